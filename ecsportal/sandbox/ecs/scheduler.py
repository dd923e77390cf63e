"""The service scheduler: starts and stops tasks, and judges rollouts."""

from __future__ import annotations

import math
from datetime import timedelta

from ecsportal.sandbox import scenarios
from ecsportal.sandbox.ecs import task_life, timing
from ecsportal.sandbox.ecs.failures import NO_CAPACITY
from ecsportal.sandbox.ecs.state import KEPT_EVENTS, Deployment, EcsRegion, Service, Tags, Task
from ecsportal.sandbox.identifiers import number_id

SCHEDULER = "ServiceSchedulerInitiated"
_STILL_SERVING = frozenset({"RUNNING", "DEACTIVATING"})


def say(region: EcsRegion, service: Service, text: str) -> None:
    """Add a service event; newest first, and never twice the same in a row."""
    message = f"(service {service.name}) {text}"
    if service.events and service.events[0]["message"] == message:
        return
    event = {"id": number_id(16), "createdAt": region.clock.now(), "message": message}
    service.events.insert(0, event)
    del service.events[KEPT_EVENTS:]


def look_soon(region: EcsRegion, service: Service, seconds: float = timing.LOOK) -> None:
    """Have the scheduler look at the service; several wishes become one look."""
    if service.look_planned:
        return
    service.look_planned = True

    def look() -> None:
        service.look_planned = False
        _look(region, service)

    region.clock.after(seconds, look)


def begin_deployment(region: EcsRegion, service: Service, fresh: Deployment) -> None:
    """Make `fresh` the PRIMARY deployment; those before it that still run tasks stay, as ACTIVE."""
    running = {task.started_by for task in region.tasks_of(service)}
    older = [each for each in service.deployments if each is not fresh and each.id in running]
    for each in older:
        each.status = "ACTIVE"
    fresh.status, fresh.rollout_state = "PRIMARY", "IN_PROGRESS"
    fresh.reason = f"ECS deployment {fresh.id} in progress."
    fresh.updated_at = region.clock.now()
    fresh.failed_tasks, fresh.not_before = 0, None
    service.deployments = [fresh, *older]
    look_soon(region, service)


def stop_all(region: EcsRegion, service: Service) -> None:
    """Drain the service; it turns INACTIVE with its last task."""
    service.status, service.desired_count = "DRAINING", 0
    look_soon(region, service)


def _look(region: EcsRegion, service: Service) -> None:
    if service.status == "DRAINING":
        _drain(region, service)
    elif service.status == "ACTIVE":
        changed = _stop_surplus(region, service)
        changed = _start_missing(region, service) or changed
        if not changed:
            _warn_if_blocked(region, service)
        _judge(region, service)


def _drain(region: EcsRegion, service: Service) -> None:
    _stop_tasks(region, service, [task for task in region.tasks_of(service) if task.wanted])
    if not any(True for _ in region.tasks_of(service)):
        service.status = "INACTIVE"
        service.deployments = []


def _wanted(region: EcsRegion, service: Service) -> tuple[list[Task], list[Task]]:
    tasks = [task for task in region.tasks_of(service) if task.wanted]
    new = [task for task in tasks if task.started_by == service.primary.id]
    return new, [task for task in tasks if task.started_by != service.primary.id]


def _limits(service: Service) -> tuple[int, int]:
    low = math.ceil(service.desired_count * service.percent("minimumHealthyPercent", 100) / 100)
    high = service.desired_count * service.percent("maximumPercent", 200) // 100
    return low, high


def _stop_surplus(region: EcsRegion, service: Service) -> bool:
    new, old = _wanted(region, service)
    low, high = _limits(service)
    desired = service.desired_count
    victims = [task for task in old if not task.healthy]
    new_best_last = sorted(new, key=lambda task: task.healthy)
    victims += new_best_last[: max(0, len(new) - desired)]
    healthy_old = [task for task in old if task.healthy]
    healthy = len(healthy_old) + sum(task.healthy for task in new if task not in victims)
    lacking = desired - len(new) if service.primary.rollout_state != "FAILED" else 0
    needs_room = lacking > 0 and len(new) + len(healthy_old) >= high
    count = max(healthy - desired, lacking if needs_room else 0)
    victims += healthy_old[: max(0, min(count, healthy - low))]
    _stop_tasks(region, service, victims)
    return bool(victims)


def _stop_tasks(region: EcsRegion, service: Service, victims: list[Task]) -> None:
    if not victims:
        return
    running = [task for task in victims if task.last_status == "RUNNING"]
    for group in target_groups(service) if running else ():
        say(region, service, f"deregistered {len(running)} targets in (target-group {group})")
        say(region, service, f"has begun draining connections on {len(running)} tasks.")
    names = " ".join(f"(task {task.id})" for task in victims)
    say(region, service, f"has stopped {len(victims)} running tasks: {names}.")
    cause = service.primary.id
    for task in victims:
        task_life.stop(
            region, task, SCHEDULER, f"Scaling activity initiated by (deployment {cause})"
        )


def _start_missing(region: EcsRegion, service: Service) -> bool:
    primary, now = service.primary, region.clock.now()
    if primary.rollout_state == "FAILED" or (primary.not_before and now < primary.not_before):
        return False
    new, old = _wanted(region, service)
    _, high = _limits(service)
    count = min(service.desired_count - len(new), high - len(new) - len(old))
    if count <= 0:
        return False
    if scenarios.FULL in task_life.scenarios_in(region, primary.definition):
        say(region, service, f"was unable to place a task. Reason: {NO_CAPACITY}.")
        look_soon(region, service, timing.PLACED_AGAIN)
        return False
    order = task_life.Launch(
        cluster=service.cluster,
        definition=primary.definition,
        group=f"service:{service.name}",
        started_by=primary.id,
        extras={
            **primary.settings,
            "target_group": next(iter(target_groups(service)), ""),
            "grace": service.settings.get("healthCheckGracePeriodSeconds", 0),
        },
        tags=_task_tags(service, primary),
        on_change=lambda task: _task_changed(region, service, task),
    )
    started = [task_life.launch(region, order) for _ in range(count)]
    names = " ".join(f"(task {task.id})" for task in started)
    say(region, service, f"has started {count} tasks: {names}.")
    return True


def target_groups(service: Service) -> list[str]:
    """The ARNs of the service's target groups."""
    return [
        str(each["targetGroupArn"])
        for each in service.settings.get("loadBalancers", [])
        if each.get("targetGroupArn")
    ]


def _task_tags(service: Service, deployment: Deployment) -> Tags:
    source = service.settings.get("propagateTags", "NONE")
    tags = dict(service.tags) if source == "SERVICE" else {}
    if source == "TASK_DEFINITION":
        tags = dict(deployment.definition.tags)
    if service.settings.get("enableECSManagedTags"):
        tags["aws:ecs:clusterName"] = service.cluster.name
        tags["aws:ecs:serviceName"] = service.name
    return tags


def _task_changed(region: EcsRegion, service: Service, task: Task) -> None:
    if task.last_status == "RUNNING" and not task.healthy:
        for group in target_groups(service):
            say(region, service, f"registered 1 targets in (target-group {group})")
    if task.failed and not task.wanted and task.last_status == "STOPPED":
        task.failed = False
        _count_failure(region, service, task)
    elif task.failed and "health checks" in task.stopped_reason and not task.pending:
        _say_unhealthy(region, service, task)
    look_soon(region, service)


def _say_unhealthy(region: EcsRegion, service: Service, task: Task) -> None:
    if task.last_status != "DEACTIVATING":
        return
    groups = target_groups(service)
    if not groups:
        say(region, service, f"(task {task.id}) failed container health checks.")
    for group in groups:
        port = service.settings["loadBalancers"][0].get("containerPort", 80)
        reason = "(reason Health checks failed with these codes: [503])"
        say(
            region,
            service,
            f"(port {port}) is unhealthy in (target-group {group}) due to {reason}.",
        )


def _count_failure(region: EcsRegion, service: Service, task: Task) -> None:
    deployment = next((each for each in service.deployments if each.id == task.started_by), None)
    if deployment is None or deployment.rollout_state == "FAILED":
        return
    deployment.failed_tasks += 1
    now = region.clock.now()
    wait = timing.BACKOFF[min(deployment.failed_tasks, len(timing.BACKOFF)) - 1]
    deployment.not_before = now + timedelta(seconds=wait)
    region.clock.after(wait, lambda: look_soon(region, service, 0))
    if deployment.failed_tasks == 3:
        say(
            region,
            service,
            "is unable to consistently start tasks successfully. For more information, see the "
            "Troubleshooting section of the Amazon ECS Developer Guide.",
        )
    if deployment is service.primary and deployment.rollout_state == "IN_PROGRESS":
        _break_circuit(region, service, deployment, task)


def _break_circuit(region: EcsRegion, service: Service, deployment: Deployment, task: Task) -> None:
    breaker = service.settings.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker")
    if not breaker or not breaker.get("enable"):
        return
    if deployment.failed_tasks < _threshold(breaker, service.desired_count):
        return
    started = "started" in task.times and "health checks" in task.stopped_reason
    cause = "tasks failed health checks" if started else "tasks failed to start"
    deployment.rollout_state = "FAILED"
    deployment.reason = f"ECS deployment circuit breaker: {cause}."
    deployment.updated_at = region.clock.now()
    say(region, service, f"(deployment {deployment.id}) deployment failed: {cause}.")
    last = service.last_completed
    if breaker.get("rollback") and last is not None and not deployment.is_rollback:
        _roll_back(region, service, deployment, last)


def _threshold(breaker: dict[str, object], desired: int) -> int:
    wish = breaker.get("thresholdConfiguration")
    if isinstance(wish, dict) and wish.get("type") == "COUNT":
        return max(1, int(wish.get("value", 3)))
    percent = int(wish.get("value", 50)) if isinstance(wish, dict) else 50
    count = math.ceil(desired * percent / 100)
    if isinstance(wish, dict) and wish.get("type") == "UNBOUNDED_PERCENT":
        return max(1, count)
    return min(200, max(3, count))


def _roll_back(region: EcsRegion, service: Service, failed: Deployment, last: Deployment) -> None:
    say(region, service, f"rolling back to deployment {last.id}.")
    begin_deployment(region, service, last)
    last.is_rollback = True
    last.reason = f"ECS deployment circuit breaker: rolling back to deploymentId {last.id}."
    failed.status = "ACTIVE"
    if failed not in service.deployments:
        # The trap for naive pollers: the failed one is listed on, but it isn't the primary one.
        service.deployments.append(failed)


def _warn_if_blocked(region: EcsRegion, service: Service) -> None:
    new, old = _wanted(region, service)
    low, high = _limits(service)
    is_blocked = (
        len(new) < service.desired_count
        and len(new) + len(old) >= high
        and sum(task.healthy for task in old) <= low
        and all(task.healthy for task in old)
    )
    if is_blocked:
        say(
            region,
            service,
            "was unable to stop or start tasks during a deployment because of the service "
            "deployment configuration. Update the minimumHealthyPercent or maximumPercent value "
            "and try again.",
        )


def _judge(region: EcsRegion, service: Service) -> None:
    primary = service.primary
    if primary.rollout_state != "IN_PROGRESS":
        return
    new, _ = _wanted(region, service)
    others = [task for task in region.tasks_of(service) if task.started_by != primary.id]
    is_done = (
        len(new) == service.desired_count
        and all(task.healthy for task in new)
        and not any(task.wanted or task.last_status in _STILL_SERVING for task in others)
    )
    if not is_done:
        return
    primary.rollout_state, primary.updated_at = "COMPLETED", region.clock.now()
    primary.reason = f"ECS deployment {primary.id} completed."
    service.last_completed = primary
    service.deployments = [
        each
        for each in service.deployments
        if each is primary or (primary.is_rollback and each.rollout_state == "FAILED")
    ]
    say(region, service, "has reached a steady state.")
    say(region, service, f"(deployment {primary.id}) deployment completed.")
