"""Which button a failure's card fills, for the person whom it woke.

The cause's row says what mends it (`aws.causes.Mend`); what runs there says how urgent it is:

1. What passes by itself fills Retry, also where one target has the new release already: the retry
   brings it to the others. What only the release's earlier steps can make again fills Deploy again,
   which does the same.
2. Everything else fills Roll back while the environment is mixed, part of it new and part old:
   first one version everywhere, then the cause.
3. The new version itself fills Roll back, unless it runs whole and alone by now; then a retry finds
   that out. Where nothing ever worked there, there is no way back: the step, or a new release.
4. A setting fills the editor where it is: the variables, the step or the AWS account.
5. What is set right in AWS, and what nobody knows, fills Retry: the advice comes before it.
6. Where AWS allows too little the account is offered beside it: another identity there, or its
   role's name, mends that as well as its policy in AWS does.
7. Who may not do that has Copy report filled, and reads which permission it needs: a button that
   doesn't mend anything would only cost time, and the report is for whoever may.
"""

from __future__ import annotations

from collections.abc import Iterable

from ecsportal.aws.causes import Mend
from ecsportal.deployments.models import Deployment, RunState, StepRun, TargetRun
from ecsportal.people.permissions import Permission
from ecsportal.steps.causes import mend_of

_NEEDS = {
    Mend.RELEASE: Permission.RELEASE_CREATE,
    Mend.STEP: Permission.PROCESS_EDIT,
    Mend.VARIABLES: Permission.VARIABLE_EDIT,
    Mend.ACCOUNT: Permission.ACCOUNT_EDIT,
}

_OF_THE_IDENTITY = ("aws-permission", "permission")
"""Causes that the account's identity has in AWS, though the portal's account may be right."""


def filled_button(
    cause: str,
    failed: Iterable[TargetRun],
    once: Iterable[StepRun],
    *,
    version: str,
    last_good: Deployment | None,
) -> Mend:
    """What to offer first after this cause ended the `failed` runs.

    `once` are the steps that don't belong to each attempt; `version` is the release's. Never
    ELSEWHERE: that is a retry for whoever reads the page.
    """
    mend = mend_of(cause, can_go_back=last_good is not None)
    if mend in (Mend.RETRY, Mend.AGAIN):
        return mend
    if last_good is not None and _is_mixed(once):
        return Mend.ROLL_BACK
    if mend is Mend.ELSEWHERE or (mend is Mend.ROLL_BACK and _runs_whole(version, failed)):
        return Mend.RETRY
    return mend


def concerns_account(cause: str) -> bool:
    """Whether the AWS account is at fault, or what its identity may do."""
    return cause in _OF_THE_IDENTITY or mend_of(cause) is Mend.ACCOUNT


def needed_for(mend: Mend) -> Permission:
    """Who may press the filled button."""
    return _NEEDS.get(mend, Permission.DEPLOYMENT_CREATE)


def filled_answer(mend: Mend) -> str:
    """The answer that a failed run's question fills: another try, where that may help.

    A release is frozen, so another try of it doesn't see what was changed meanwhile; the account
    isn't part of it.
    """
    return "retry" if mend in (Mend.RETRY, Mend.ACCOUNT) else "fail"


def _is_mixed(steps: Iterable[StepRun]) -> bool:
    """Part of it has arrived: a step ended well on a target and stays."""
    return any(
        run.state == RunState.SUCCEEDED and run.target_slug
        for step in steps
        for run in step.targets.all()
    )


def _runs_whole(version: str, failed: Iterable[TargetRun]) -> bool:
    """The services of the failed runs were last seen with this version's tasks alone, all up."""
    services = [service for run in failed for service in run.resources.get("services") or ()]
    return bool(services) and all(_serves_only(version, each["revisions"]) for each in services)


def _serves_only(version: str, revisions: Iterable[dict[str, object]]) -> bool:
    running = [row for row in revisions if row["running"]]
    return bool(running) and all(
        row["version"] == version and row["running"] == row["desired"] for row in running
    )
