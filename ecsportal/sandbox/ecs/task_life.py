"""A task's life: from PROVISIONING to STOPPED, as its images' scenarios have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ecsportal.sandbox import scenarios
from ecsportal.sandbox.ecs import failures, timing
from ecsportal.sandbox.ecs.container_logs import write_end, write_start, write_stop
from ecsportal.sandbox.ecs.state import (
    Cluster,
    Container,
    EcsRegion,
    Tags,
    Task,
    TaskDefinition,
    Wire,
)
from ecsportal.sandbox.identifiers import hex_id

_ENDS_BADLY = frozenset({scenarios.CRASH, scenarios.OOM, scenarios.ARCH})
_SAYS_NOTHING = frozenset({scenarios.OOM, scenarios.ARCH})
_FAILS_TO_START = frozenset({scenarios.MISSING, scenarios.DENIED})


@dataclass(frozen=True)
class Launch:
    """What a task is launched with; `on_change` None for a task that no service keeps."""

    cluster: Cluster
    definition: TaskDefinition
    group: str
    started_by: str = ""
    overrides: Wire = field(default_factory=dict)
    extras: Wire = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    on_change: Callable[[Task], None] | None = None


def launch(region: EcsRegion, order: Launch) -> Task:
    """Begin a task; the rest of its life goes onto the clock's agenda."""
    task_id = hex_id()
    task = Task(
        id=task_id,
        arn=region.arn(f"task/{order.cluster.name}/{task_id}"),
        cluster=order.cluster,
        definition=order.definition,
        group=order.group,
        started_by=order.started_by,
        containers=[
            _container(region, order, task_id, body) for body in order.definition.containers
        ],
        created_at=region.clock.now(),
        overrides=order.overrides,
        extras=order.extras,
        tags=order.tags,
        on_change=order.on_change,
    )
    region.tasks[task.arn] = task
    _plan(region, task, timing.PROVISIONING, _begin_pulling)
    return task


def stop(region: EcsRegion, task: Task, code: str, reason: str, *, failed: bool = False) -> None:
    """Begin to stop a task; nothing happens to one that is stopping already."""
    if not task.wanted:
        return
    task.desired_status, task.stop_code, task.stopped_reason = "STOPPED", code, reason
    task.failed = failed
    now = region.clock.now()
    task.times["stopping"] = now
    task.age += 1
    task.healthy = False
    if task.last_status == "RUNNING":
        task.last_status = "DEACTIVATING"
        _plan(region, task, timing.DEACTIVATING, _stop_containers)
    else:
        task.last_status = "DEPROVISIONING"
        _plan(region, task, timing.DEPROVISIONING, _finish)
    _tell(task)


def scenarios_in(region: EcsRegion, definition: TaskDefinition) -> set[str]:
    """The scenarios of a definition's images."""
    return {region.scenarios.of(str(each["image"])) for each in definition.containers}


def scenario_of(region: EcsRegion, task: Task) -> tuple[str, Container]:
    """The scenario that rules the task, and the container it comes from.

    What keeps one container from starting keeps the task from starting; a container that ends
    takes the task along only if it is essential.
    """
    played = [(region.scenarios.of(each.image), each) for each in task.containers]
    for scenario, container in played:
        if scenario in _FAILS_TO_START or scenario == scenarios.STUCK:
            return scenario, container
    for scenario, container in played:
        if scenario and container.essential:
            return scenario, container
    return "", _worker(task)


def _worker(task: Task) -> Container:
    """The container that a one-off task is run for: the one whose command is overridden."""
    overrides = task.overrides.get("containerOverrides", [])
    names = {each.get("name") for each in overrides if each.get("command")}
    return next((each for each in task.containers if each.name in names), task.containers[0])


def _container(region: EcsRegion, order: Launch, task_id: str, body: Wire) -> Container:
    path = f"container/{order.cluster.name}/{task_id}/{hex_id()}"
    image, essential = str(body["image"]), bool(body.get("essential", True))
    return Container(str(body["name"]), image, essential, region.arn(path))


def _plan(
    region: EcsRegion, task: Task, seconds: float, step: Callable[[EcsRegion, Task], None]
) -> None:
    age = task.age

    def act() -> None:
        if task.age == age and task.arn in region.tasks:
            step(region, task)

    region.clock.after(seconds, act)


def _tell(task: Task) -> None:
    if task.on_change is not None:
        task.on_change(task)


def _begin_pulling(region: EcsRegion, task: Task) -> None:
    task.last_status = "PENDING"
    task.times["connectivity"] = task.times["pull_started"] = region.clock.now()
    scenario, _ = scenario_of(region, task)
    missing_group = failures.missing_log_group(region, task)
    if scenario in _FAILS_TO_START or missing_group:
        _plan(region, task, timing.PULL_FAILS, _fail_to_start)
    elif scenario != scenarios.STUCK:
        is_slow = scenario == scenarios.SLOW
        _plan(region, task, timing.SLOW_PULLING if is_slow else timing.PULLING, _activate)
    _tell(task)


def _fail_to_start(region: EcsRegion, task: Task) -> None:
    scenario, container = scenario_of(region, task)
    group = failures.missing_log_group(region, task)
    if scenario == scenarios.MISSING:
        reason = container.reason = failures.cannot_pull(container.image)
    elif scenario == scenarios.DENIED:
        reason = failures.denied_secret(region, task, container)
    else:
        reason = failures.no_log_group(group)
    stop(region, task, "TaskFailedToStart", reason, failed=True)


def _activate(region: EcsRegion, task: Task) -> None:
    task.last_status = "ACTIVATING"
    task.times["pull_stopped"] = region.clock.now()
    _plan(region, task, timing.ACTIVATING, _run)
    _tell(task)


def _run(region: EcsRegion, task: Task) -> None:
    task.last_status = "RUNNING"
    task.times["started"] = region.clock.now()
    for container in task.containers:
        container.status = "RUNNING"
    scenario, container = scenario_of(region, task)
    for each in task.containers:
        write_start(region, task, each, scenario if each is container else "")
    if scenario in _ENDS_BADLY or scenarios.exit_code_of(scenario) is not None:
        _plan(region, task, timing.CRASHES, _end)
    elif scenario == scenarios.UNHEALTHY:
        grace = float(task.extras.get("grace", 0))
        _plan(region, task, max(timing.UNHEALTHY, grace), _fail_health_check)
    else:
        _plan(region, task, timing.HEALTHY, _become_healthy)
        if task.on_change is None:
            is_slow = scenario == scenarios.SLOW
            _plan(region, task, timing.SLOW_WORK if is_slow else timing.ONE_OFF_ENDS, _end)
    _tell(task)


def _end(region: EcsRegion, task: Task) -> None:
    scenario, container = scenario_of(region, task)
    code, reason = failures.exit_of(scenario)
    container.exit_code, container.reason, container.status = code, reason, "STOPPED"
    if scenario not in _SAYS_NOTHING:
        write_end(region, task, container)
    stop(
        region,
        task,
        "EssentialContainerExited",
        "Essential container in task exited",
        failed=bool(scenario),
    )


def _become_healthy(region: EcsRegion, task: Task) -> None:
    task.healthy = True
    for container, body in zip(task.containers, task.definition.containers, strict=True):
        container.health = "HEALTHY" if body.get("healthCheck") else "UNKNOWN"
    _tell(task)


def _fail_health_check(region: EcsRegion, task: Task) -> None:
    _, container = scenario_of(region, task)
    group = str(task.extras.get("target_group", ""))
    if not group:
        container.health = "UNHEALTHY"
    if task.on_change is None:
        _plan(region, task, timing.ONE_OFF_ENDS, _end)
        return
    reason = (
        f"Task failed ELB health checks in (target-group {group})"
        if group
        else "Task failed container health checks"
    )
    stop(region, task, "ServiceSchedulerInitiated", reason, failed=True)


def _stop_containers(region: EcsRegion, task: Task) -> None:
    task.last_status = "STOPPING"
    _plan(region, task, timing.STOPPING, _deprovision)
    _tell(task)


def _deprovision(region: EcsRegion, task: Task) -> None:
    task.last_status = "DEPROVISIONING"
    task.times["execution_stopped"] = region.clock.now()
    for container in task.containers:
        container.status = "STOPPED"
        if container.exit_code is None:
            container.exit_code = failures.ASKED_TO_STOP
        write_stop(region, task, container)
    _plan(region, task, timing.DEPROVISIONING, _finish)
    _tell(task)


def _finish(region: EcsRegion, task: Task) -> None:
    task.last_status = "STOPPED"
    task.times["stopped"] = region.clock.now()
    for container in task.containers:
        container.status = "STOPPED"
    _plan(region, task, timing.STOPPED_KEPT, _forget)
    _tell(task)


def _forget(region: EcsRegion, task: Task) -> None:
    region.tasks.pop(task.arn, None)
