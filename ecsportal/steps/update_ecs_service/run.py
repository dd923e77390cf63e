"""Running the step on one target: a revision, an update, and the watch until it has settled."""

from __future__ import annotations

from collections.abc import Callable

from ecsportal.aws.causes import Cause
from ecsportal.aws.errors import AwsError
from ecsportal.ecs.rollouts import Verdict, describe_service, judge
from ecsportal.steps.aws_runner import AwsRunner
from ecsportal.steps.aws_trouble import say_who
from ecsportal.steps.contract import (
    Cancelled,
    Failed,
    JsonDict,
    LaterOutcome,
    Progress,
    RunContext,
    Succeeded,
)
from ecsportal.steps.service_rollout import page, watch
from ecsportal.steps.update_ecs_service import ending, later, writing
from ecsportal.steps.update_ecs_service.attempt import UpdateAttempt, UpdateMemory
from ecsportal.steps.update_ecs_service.inputs import UpdateEcsServiceInputs, check_rules
from ecsportal.steps.wording import duration, sentence

_BACK_SECONDS = 900
"""How long the way back is followed; it goes on without us."""


def _next(attempt: UpdateAttempt) -> Progress:
    """The part that is due by the run's phase."""
    memory = attempt.memory
    if memory.phase == "begin":
        return _begin(attempt)
    if memory.phase == "follow":
        return _follow_back(attempt) if memory.operation == "back" else _follow(attempt)
    if memory.cancelling and memory.operation != "back":
        return _cancel(attempt)  # AWS gave no answer when the cancel asked what had been made
    writes: dict[str, Callable[[UpdateAttempt], Progress]] = {
        "register": _register,
        "update": _update,
        "back": _back,
    }
    return writes[memory.operation](attempt)


def _begin(attempt: UpdateAttempt) -> Progress:
    """Say who runs here and with what, then remember what the service runs."""
    if attempt.memory.cancelling:
        return Cancelled("Nothing was changed.")
    say_who(attempt)
    for image in attempt.run.images.values():
        attempt.log.info(f"Image {image.reference}: {image.image}")
    return _remember(attempt) or _prepare(attempt)


def _remember(attempt: UpdateAttempt) -> Failed | None:
    """Remember what runs, so that later only this rollout is told."""
    memory = attempt.memory
    try:
        service = describe_service(attempt.ecs, attempt.cluster, attempt.inputs.service_name)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        attempt.log.warning(f"{error.message} The rollout can't be followed.")
        memory.is_blind = True
        return None
    if service is None or service.status == "INACTIVE":
        return attempt.fail(
            attempt.failed_code,
            f"There is no service {attempt.short_name} in cluster {attempt.cluster},"
            f" {attempt.run.target.region}.",
            "Correct the service's name or the deployment target, then retry.",
            cause="service-not-found",
        )
    if service.status == "DRAINING":
        return attempt.fail(
            attempt.failed_code,
            f"Service {attempt.short_name} in cluster {attempt.cluster},"
            f" {attempt.run.target.region}, is being deleted (DRAINING) and can't be updated.",
            "Find out who deleted it. Once its last task has ended, create the service anew,"
            " then retry.",
            cause="service-draining",
        )
    memory.service = service.arn
    memory.before_task_definition = service.task_definition
    memory.before_rollouts = [rollout.id for rollout in service.rollouts]
    memory.known_service_event = service.events[0].id if service.events else ""
    memory.target_groups = list(service.target_groups)
    page.show_service(attempt, service)
    return None


def _prepare(attempt: UpdateAttempt) -> Progress:
    """Make sure that there can be a new revision, then announce it."""
    template = writing.template_of(attempt)
    if isinstance(template, Failed):
        return template
    content = writing.content_from(attempt, template)
    return content if isinstance(content, Failed) else attempt.intend("register")


def _register(attempt: UpdateAttempt) -> Progress:
    template = writing.template_of(attempt)
    if isinstance(template, Failed):
        return template
    content = writing.content_from(attempt, template)
    if isinstance(content, Failed):
        return content
    registered = writing.register(attempt, template, content)
    memory = attempt.memory
    memory.task_definition = registered.arn
    memory.logging = [
        {key: each[key] for key in ("name", "logConfiguration")}
        for each in registered.containers
        if (each.get("logConfiguration") or {}).get("logDriver") == "awslogs"
    ]
    attempt.log.info(f"Registered {registered.name} from {template.name}")
    return attempt.intend("update")


def _update(attempt: UpdateAttempt) -> Progress:
    """Update the service; with `dont_wait` its acceptance is the end."""
    writing.update(attempt)
    revision = attempt.memory.task_definition.rpartition("/")[2]
    attempt.log.info(f"{attempt.short_name} is updated to {revision}")
    if attempt.inputs.wait.type == "dont_wait" or attempt.memory.is_blind:
        attempt.log.info("AWS has accepted the update: accepted, not verified")
        blind = attempt.memory.is_blind
        return Succeeded(ending.outputs(attempt), warnings=blind, unverified=not blind)
    return attempt.follow()


def _follow(attempt: UpdateAttempt) -> Progress:
    """Tell what is new; end once the revision runs, cannot run any more, or time is up."""
    memory = attempt.memory
    changed = watch.watch(attempt)
    service = describe_service(attempt.ecs, attempt.service_cluster, memory.service)
    verdict = ending.verdict_on(attempt, service)
    if verdict is Verdict.SETTLED and service is not None:
        return ending.settled(attempt, service)
    if verdict is not Verdict.ROLLING:
        cause = ending.why_not(attempt, service, verdict)
        ending.keep(attempt, cause, attempt.failed_code)
        # After FAILED without a rollback the broken revision stays: it has to be taken back.
        return _give_up(attempt) if verdict is Verdict.FAILED else ending.ended(attempt)
    if attempt.past_deadline:
        watch.keep_what_waits(attempt)
        return _stop(attempt, ending.time_is_up(attempt), attempt.timeout_code)
    hopeless = watch.early_end(attempt)
    if hopeless is not None:
        return _stop(attempt, hopeless, attempt.failed_code)
    ran = memory.operation_seconds(attempt.run.now)
    attempt.say_waiting(f"{attempt.short_name} replaces its tasks, {duration(ran)}", ran)
    return attempt.wait(changed=changed)


def _stop(attempt: UpdateAttempt, cause: Cause, code: str) -> Progress:
    ending.keep(attempt, cause, code)
    attempt.log.highlight(f"{sentence(cause.sentence)} The step gives up this rollout.")
    return _give_up(attempt)


def _give_up(attempt: UpdateAttempt) -> Progress:
    """Go back where that is wanted and possible, else end here: ECS goes on by itself."""
    before = attempt.memory.before_task_definition
    if attempt.inputs.cancel_on_failure is not True or not before:
        return ending.ended(attempt)
    attempt.log.info(f"{attempt.short_name} goes back to {before.rpartition('/')[2]}")
    return attempt.intend("back")


def _back(attempt: UpdateAttempt) -> Progress:
    """Update to what ran before; where AWS refuses that, the end says so.

    A cancel that it refuses is no cancel, unless the service is gone.
    """
    try:
        writing.go_back(attempt)
    except AwsError as error:
        was_cancelled = attempt.memory.failure is None
        if error.transient or error.expired or (was_cancelled and error.code != "AWS-NOT-FOUND"):
            raise
        attempt.log.warning(f"The service can't go back: {error.message}")
        return ending.ended(attempt)
    return attempt.follow()


def _follow_back(attempt: UpdateAttempt) -> Progress:
    """Wait until what ran before runs again, or it takes too long to wait for."""
    memory = attempt.memory
    service = describe_service(attempt.ecs, attempt.service_cluster, memory.service)
    if service is not None:
        page.show_service(attempt, service)
    ran = memory.operation_seconds(attempt.run.now)
    verdict = judge(service, expected=memory.before_task_definition)
    if verdict is Verdict.ROLLING and ran < _BACK_SECONDS:
        attempt.say_waiting(f"{attempt.short_name} goes back, {duration(ran)}", ran)
        return attempt.wait()
    return ending.ended(attempt)


def _cancel(attempt: UpdateAttempt) -> Progress:
    """What a cancel does in each phase."""
    memory = attempt.memory
    if memory.operation == "back":
        return _next(attempt)
    announced = memory.phase == "intent"
    if memory.phase == "begin" or (announced and memory.operation == "register"):
        return Cancelled("The service was not changed.")
    if announced and not writing.has_rollout(attempt, memory.task_definition):
        return Cancelled("The service was not changed.")
    if not memory.before_task_definition:
        return Cancelled("ECS goes on with the rollout: what ran before isn't known.")
    back = memory.before_task_definition.rpartition("/")[2]
    attempt.log.highlight(f"{attempt.short_name} goes back to {back}")
    return attempt.intend("back")


def _attempt(run: RunContext, state: JsonDict, inputs: UpdateEcsServiceInputs) -> UpdateAttempt:
    return UpdateAttempt(run, UpdateMemory.load(state), inputs)


class UpdateRunner(AwsRunner[UpdateEcsServiceInputs, UpdateAttempt]):
    """Updates the service of one target; a cancel lets it go back to what ran before."""

    def outcome(self, run: RunContext, state: JsonDict) -> LaterOutcome:
        """How a rollout that nobody waited for has ended."""
        return later.outcome(self._stored(run, state))


RUNNER = UpdateRunner(
    model=UpdateEcsServiceInputs,
    rules=check_rules,
    attempt=_attempt,
    begin=_begin,
    go_on=_next,
    undo=_cancel,
)
