"""How the load balancer sees the service's tasks, for services behind one."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.ecs.target_health import TargetHealth, describe_target_health
from ecsportal.steps.service_rollout import page
from ecsportal.steps.service_rollout.attempt import RolloutAttempt
from ecsportal.steps.wording import counted


def watch(attempt: RolloutAttempt) -> None:
    """Keep each target group's health, and tell it where it has changed.

    It explains and decides nothing: without permission one line says what can't be shown.
    """
    for group in dict.fromkeys(attempt.target_groups):
        try:
            targets = describe_target_health(attempt.run.aws.elbv2, group)
        except AwsError as error:
            if attempt.memory.warn_once("target-health"):
                attempt.log.verbose(f"{error.message} The health of targets can't be shown.")
            return
        _tell(attempt, group, targets)


def _tell(attempt: RolloutAttempt, group: str, targets: list[TargetHealth]) -> None:
    before = (attempt.run.resources.get("target_groups") or {}).get(group)
    page.show_target_health(attempt, group, targets)
    now = attempt.run.resources["target_groups"][group]
    unhealthy = next((t for t in targets if t.state == "unhealthy"), None)
    if unhealthy:
        attempt.memory.unhealthy = unhealthy.words
    known = [t for t in targets if not t.is_leaving]
    if not known or (before and _states(before["targets"]) == _states(now["targets"])):
        return
    healthy = sum(target.state == "healthy" for target in known)
    line = f"Target group {now['name']}: {healthy} of {counted(len(known), 'target')} healthy"
    if unhealthy:
        attempt.log.warning(f"{line}. {unhealthy.id}:{unhealthy.port}: {unhealthy.words}")
    else:
        attempt.log.info(line)


def _states(targets: list[dict[str, object]]) -> list[tuple[object, object]]:
    return sorted((target["id"], target["state"]) for target in targets)
