"""What every error code of the portal means and what to do about it.

API problems link here (`type: /docs/errors/<code>`), so does a failed deployment. A test holds the
catalogue to the codes that the source uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class ErrorEntry:
    """One code: its meaning in a sentence, and what its reader can do."""

    area: str
    code: str
    meaning: str
    advice: str


_TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "Deployments": {
        "ECS-DEPLOY-FAILED": (
            "CloudFormation or ECS couldn't bring the service up; what ran before keeps serving "
            "unless the deployment's page says otherwise.",
            "The deployment's page names the cause, its evidence and what to change. Mend that in "
            "the image or the process, then deploy a new release or retry.",
        ),
        "ECS-VALIDATION": (
            "The step's settings break a rule of ECS or CloudFormation once their expressions are "
            "filled in.",
            "The message names the field and the rule. Change the step, create a release and "
            "deploy it.",
        ),
        "ECS-TIMEOUT": (
            "The step used up the time that its wait option gives.",
            "The message names what it waited for, and how that was last seen. Find out what held "
            "it up; give it more time if it was only slow, then retry.",
        ),
        "CFN-DEPLOY-FAILED": (
            "CloudFormation couldn't bring the stack to what the template says; unless the "
            "deployment's page says otherwise it went back to what was there before.",
            "The deployment's page names the resource that failed first and AWS's own words. "
            "Mend that in the template or its parameters, then deploy a new release or retry.",
        ),
        "CFN-STACK-BUSY": (
            "Somebody else's operation on the stack goes on for long, so a person is asked "
            "whether to wait for it.",
            "Find out who began it. Proceed cancels an update and deletes what is still created "
            "(nothing else can be stopped), retry waits on, abort ends the step.",
        ),
        "CFN-STACK-STUCK": (
            "The stack's last rollback broke off, and broke off again when it was continued.",
            "Mend the resource that the question names, in AWS, then retry; or skip it, so that "
            "the rollback ends without it and the update follows; or let the step delete the stack "
            "with all that it holds.",
        ),
        "CFN-DELETE-FAILED": (
            "CloudFormation couldn't delete the stack; what it could not delete is still there.",
            "The deployment's page names what is in the way. Empty or release it and retry, let "
            "it stay behind, or switch off the stack's termination protection.",
        ),
        "CFN-CHANGE-SET": (
            "The change set that the step should execute is gone, was executed already or no "
            "longer fits the stack.",
            "Deploy the release again: the step that proposes it makes a new one.",
        ),
        "DEPLOYMENT-EXPIRED": (
            "The deployment didn't start before the time that it was given to give up, so nothing "
            "was deployed.",
            "The message names the deployment that was ahead of it, and how that stood. Wait for "
            "its end or cancel it, then retry; where none was ahead, see that a worker runs.",
        ),
        "STEP-TIMEOUT": (
            "The step used up the time that its wait option gives.",
            "The message names what it waited for, and how that was last seen. Find out what held "
            "it up; give it more time if it was only slow, then retry.",
        ),
        "ECS-STACK-HOLDS-SERVICE": (
            "The stack has to be deleted first, and its service still runs tasks.",
            "Delete the stack in AWS's console once nobody needs the tasks, or answer proceed. The "
            "ECS step can also allow it beforehand (delete a stack with a running service).",
        ),
        "ECS-TASK-FAILED": (
            "A task that the deployment ran once ended with another exit code than 0, or its "
            "containers never started. The steps after it were not run.",
            "The deployment's page names the container, its exit code and its last lines. Mend "
            "that, then retry or deploy a new release.",
        ),
        "ECS-TASK-NOT-STARTED": (
            "ECS could start no task: the task definition, its execution role or capacity is "
            "missing.",
            "The message names what is missing. Mend it and retry.",
        ),
        "MANUAL-ABORTED": (
            "A person who was asked by a manual intervention chose to abort the deployment.",
            "Read their note on the deployment's page, settle what has to change, and deploy "
            "again.",
        ),
        "HTTP-CHECK-FAILED": (
            "The address of an HTTP check did not answer as expected in any of its attempts.",
            "Read the last answer on the deployment's page and what the service logs. If it only "
            "starts slowly, allow more attempts or a longer pause.",
        ),
        "TARGET-DELETED": (
            "The deployment target was deleted after the deployment was queued.",
            "Deploy the release again: it goes to the targets that match now.",
        ),
        "TARGET-DISABLED": (
            "The deployment target was disabled after the deployment was queued.",
            "Enable the target and retry, or deploy again without it.",
        ),
        "PORTAL-ERROR": (
            "The portal met an error of its own; nothing is known to be wrong with your service.",
            "Retry. If it comes back, give the id in the message to whoever runs the portal.",
        ),
        "NOT_FINISHED": (
            "The deployment hasn't ended yet, and this can be done only afterwards.",
            "Wait for its end or cancel it.",
        ),
        "ALREADY_FINISHED": (
            "The deployment has ended already.",
            "Reload its page. A retry is a new deployment.",
        ),
        "ALREADY_RETRIED": (
            "The deployment was retried before, and that retry knows more of what has succeeded.",
            "The message names the retry. Retry that one, wait for it, or deploy the release "
            "again.",
        ),
        "NOT_RESPONSIBLE": (
            "The question names the roles that may answer it, and yours there isn't among them.",
            "Ask somebody who holds one of the named roles in that environment.",
        ),
        "QUESTION_CLOSED": (
            "The question was answered meanwhile, or the deployment went on without it.",
            "Reload the deployment's page and answer what it asks now.",
        ),
    },
    "AWS": {
        "AWS-PERMISSION": (
            "The credentials may not make the call that the message names.",
            "Allow the action in the IAM policy of the account's user or role (the guide's page "
            "aws-permissions has all that the portal needs), or give the AWS account another "
            "identity; then retry.",
        ),
        "AWS-CREDENTIALS": (
            "AWS doesn't accept the account's credentials, or the role can't be assumed.",
            "Enter new keys in the AWS account, or mend the role's trust policy, and test it.",
        ),
        "AWS-THROTTLED": (
            "AWS asks for fewer calls.",
            "Nothing: the portal waits and asks again. If it lasts, something else uses up the "
            "account's rate.",
        ),
        "AWS-UNREACHABLE": (
            "AWS doesn't answer, or no trusted connection to it is possible.",
            "Check the worker's network, the account's endpoint and region, and the AWS Health "
            "dashboard.",
        ),
        "AWS-NOT-FOUND": (
            "What the call names doesn't exist in this account and region.",
            "Check the name, the account and the region.",
        ),
        "AWS-VALIDATION": (
            "AWS refuses what was sent: a value breaks one of its rules.",
            "AWS's own words beside the message name the value. Change it in the step.",
        ),
        "AWS-LIMIT": (
            "A quota of the AWS account is used up.",
            "Raise the quota in Service Quotas or remove what is no longer needed.",
        ),
        "AWS-ERROR": (
            "AWS refuses the call for a reason that the portal doesn't know.",
            "AWS's own words stand beside the message.",
        ),
    },
    "Feeds": {
        "FEED-UNREACHABLE": (
            "The registry can't be reached, answers too late, or shows a certificate that isn't "
            "trusted.",
            "Check the feed's URL and the portal's network. A tag can be typed meanwhile.",
        ),
        "FEED-CREDENTIALS": (
            "The registry doesn't accept the feed's sign-in, or wants one.",
            "Enter a user name and a password or token in the feed, and test it.",
        ),
        "FEED-NOT-FOUND": (
            "The repository doesn't exist in the registry, or is hidden from who asks.",
            "Check the spelling, or give the feed a sign-in.",
        ),
        "FEED-LIMIT": (
            "The registry refuses for now: its limit is used up.",
            "Type a tag, or ask again later. A sign-in raises the limit of Docker Hub.",
        ),
        "FEED-NOT-A-REGISTRY": (
            "The address answers with a page, not as a Docker registry.",
            "Correct the feed's URL, such as https://registry-1.docker.io.",
        ),
        "FEED-REFUSED": (
            "The portal doesn't connect to this address: it is a loopback or link-local one.",
            "Correct the feed's URL, or let the operator name it in REMOTE_ALLOW.",
        ),
        "FEED-ANSWER": (
            "The registry answered something unexpected.",
            "Ask again later, or type a tag.",
        ),
        "FEED-TAG-MISSING": (
            "The registry has no such tag in this repository.",
            "Push the image, or choose another tag.",
        ),
    },
    "Releases": {
        "VERSION_TAKEN": (
            "A release of this project has the version already.",
            "Take the next free number, which the answer names.",
        ),
        "NOTHING_TO_RELEASE": (
            "The process has no step that could be released.",
            "Add a step to the process first.",
        ),
        "BUSY": (
            "Others create releases of this project at the same moment.",
            "Try again.",
        ),
    },
    "API and forms": {
        "VALIDATION": (
            "A field doesn't follow its rule, or isn't known.",
            "The answer's errors name each field and its rule. Mend them and send again.",
        ),
        "MALFORMED_JSON": (
            "The body isn't JSON.",
            "The message names the place where reading stopped.",
        ),
        "NAME_TAKEN": ("Another one has this name.", "Choose another name."),
        "NOT_FOUND": (
            "It doesn't exist, or you may not see it.",
            "Check the slug or number, and which projects and environments your roles cover.",
        ),
        "PERMISSION_MISSING": (
            "You may see it, and not do this.",
            "The message names the permission. Ask an administrator for a role that has it.",
        ),
        "NOT_ALLOWED": (
            "A rule other than a missing permission forbids this for you.",
            "The message names the rule.",
        ),
        "KEY_REFUSED": (
            "The API key is missing, unknown, expired or revoked, or its owner is deactivated.",
            "Send a key in the header X-API-Key. Settings, API keys makes a new one.",
        ),
        "METHOD_NOT_ALLOWED": (
            "This address doesn't know the method.",
            "The header Allow of the answer lists those that it knows.",
        ),
        "TOO_LARGE": (
            "The body is larger than the portal reads.",
            "Send less at once: at most 4 MiB.",
        ),
        "TOO_MANY_REQUESTS": (
            "Asked too often.",
            "Wait for the seconds in Retry-After.",
        ),
        "MIGRATION_REFUSED": (
            "The migration to a newer version of the step type would have changed values that it "
            "doesn't declare; the step was left as it is.",
            "Keep the step at its version, and report the named values to whoever maintains the "
            "step type.",
        ),
        "NOTHING_TO_UPGRADE": (
            "The step already has this version of its type, or a newer one.",
            "Nothing to do; GET /step-types lists the versions.",
        ),
        "STALE_REVISION": (
            "Somebody saved in between, so your revision isn't the newest.",
            "Load the newest, bring your changes over and save again.",
        ),
        "CONFLICT": (
            "The state of things forbids this now.",
            "The message says what has to change first.",
        ),
        "IN_USE": (
            "Others still need it, so it can't be deleted.",
            "The answer lists them under used_by. Move them first.",
        ),
        "LAST_ADMINISTRATOR": (
            "Nobody would be left who may administer the portal.",
            "Make somebody else an administrator first.",
        ),
        "IDEMPOTENCY_KEY_REUSED": (
            "This Idempotency-Key came before, with another body.",
            "Use a new key for a new request.",
        ),
        "IDEMPOTENT_CALL_RUNNING": (
            "The first call with this Idempotency-Key still runs.",
            "Ask again with the same key: you get its answer.",
        ),
        "IDEMPOTENT_CALL_CUT_OFF": (
            "The first call with this Idempotency-Key was cut off, so its result isn't known.",
            "Look whether it took effect, then send it with a new key.",
        ),
        "REMOTE_FAILED": (
            "AWS or a registry refused or didn't answer while you waited.",
            "The message has their words. Try again later.",
        ),
        "DATABASE_AWAY": (
            "The portal couldn't reach its database while it worked on the call, such as during "
            "the database's restart. Whether the call was carried out isn't known.",
            "Ask again after Retry-After, with the same Idempotency-Key if the call had one. If it "
            "stays so, look at /readyz and at the database.",
        ),
        "INTERNAL": (
            "Something broke in the portal.",
            "Give the id in X-Request-ID to whoever runs the portal: its log has the details.",
        ),
    },
}

CATALOGUE: dict[str, ErrorEntry] = {
    code: ErrorEntry(area, code, *texts)
    for area, entries in _TEXTS.items()
    for code, texts in entries.items()
}


def sections() -> list[tuple[str, list[ErrorEntry]]]:
    """All entries by area, in the catalogue's order."""
    return [
        (area, list(entries)) for area, entries in groupby(CATALOGUE.values(), lambda e: e.area)
    ]
