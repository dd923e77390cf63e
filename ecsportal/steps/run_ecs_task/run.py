"""Running the step on one target: choose, announce, start, follow. No call waits."""

from __future__ import annotations

from collections.abc import Callable

from ecsportal.aws.causes import Cause
from ecsportal.aws.errors import AwsError
from ecsportal.ecs.definitions import Definition
from ecsportal.ecs.failures import cause_of_text
from ecsportal.ecs.runs import Network, RunRequest, Started, run_tasks, stop_task, tasks_started_by
from ecsportal.ecs.tasks import Task, describe_tasks
from ecsportal.steps.aws_runner import AwsRunner
from ecsportal.steps.aws_trouble import say_who
from ecsportal.steps.contract import Cancelled, JsonDict, Progress, RunContext
from ecsportal.steps.modelled import unfit
from ecsportal.steps.problems import Problem
from ecsportal.steps.reasons import told
from ecsportal.steps.run_ecs_task.attempt import TaskAttempt, TaskMemory
from ecsportal.steps.run_ecs_task.choosing import choose, network_of, register
from ecsportal.steps.run_ecs_task.container_output import tell_output
from ecsportal.steps.run_ecs_task.ending import ended, stopped_by_step
from ecsportal.steps.run_ecs_task.inputs import RunEcsTaskInputs, check_rules
from ecsportal.steps.run_ecs_task.page import show_tasks
from ecsportal.steps.run_memory import seconds_since
from ecsportal.steps.time_limit import time_is_up
from ecsportal.steps.wording import counted, duration

_QUIET_ENDS = 2
"""Looks without a new line after the tasks' end: CloudWatch is some seconds behind."""
_UNSEEN_SECONDS, _MISSED_LOOKS = 60, 5
"""ECS may not show a task for some seconds after it was started; it forgets one after an hour."""
_STOPPING_SECONDS = 300
"""How long tasks that were asked to stop are followed; ECS kills them after two minutes."""

_STOPPED_NOW = ", stopped now"


def _next(attempt: TaskAttempt) -> Progress:
    """The part that is due by the run's phase."""
    memory = attempt.memory
    if memory.phase == "begin":
        return _begin(attempt)
    if memory.phase == "follow":
        return _follow(attempt)
    if memory.cancelling and memory.operation != "stop":
        return _cancel(attempt)
    writes: dict[str, Callable[[TaskAttempt], Progress]] = {
        "register": _register,
        "run": _run,
        "stop": _stop,
    }
    return writes[memory.operation](attempt)


def _begin(attempt: TaskAttempt) -> Progress:
    """Say who runs here, then find the task definition."""
    if attempt.memory.cancelling:
        return Cancelled("No task was started.")
    say_who(attempt)
    chosen = choose(attempt)
    return _announce(attempt, chosen) if isinstance(chosen, Definition) else chosen


def _register(attempt: TaskAttempt) -> Progress:
    registered = register(attempt)
    return _announce(attempt, registered) if isinstance(registered, Definition) else registered


def _announce(attempt: TaskAttempt, definition: Definition) -> Progress:
    """Settle container and network, and announce the run."""
    memory, inputs = attempt.memory, attempt.inputs
    container = _container(definition, inputs.container)
    if container is None:
        names = ", ".join(str(each.get("name")) for each in definition.containers)
        text = f"{definition.name} has no container {inputs.container}, only {names}."
        return unfit([Problem("container", text, "unknown")])
    memory.task_definition, memory.container = definition.arn, str(container["name"])
    memory.images = {str(c["name"]): str(c.get("image", "")) for c in definition.containers}
    memory.logging = [
        {key: each[key] for key in ("name", "logConfiguration")}
        for each in definition.containers
        if (each.get("logConfiguration") or {}).get("logDriver") == "awslogs"
    ]
    memory.launch_type = "FARGATE" if _is_for_fargate(definition) else ""
    if definition.content.get("networkMode") == "awsvpc":
        memory.network = _network(attempt)
        if memory.network is None:
            text = f"{definition.name} uses the network mode awsvpc: name at least one subnet."
            return unfit([Problem("subnet_ids", text, "missing")])
    attempt.log.info(_what_runs(attempt, definition))
    return attempt.intend("run")


def _what_runs(attempt: TaskAttempt, definition: Definition) -> str:
    inputs, memory = attempt.inputs, attempt.memory
    image = memory.images[memory.container]
    command = f": {' '.join(inputs.command_list)}" if inputs.command_list else ""
    times = f" {counted(int(inputs.count), 'time')}" if int(inputs.count) > 1 else ""
    return f"Runs {definition.name}{times}, container {memory.container} ({image}){command}"


def _container(definition: Definition, name: str) -> JsonDict | None:
    """The named container, else the first essential one."""
    if name:
        return next((each for each in definition.containers if each.get("name") == name), None)
    essential = [each for each in definition.containers if each.get("essential", True)]
    return next(iter(essential or definition.containers), None)


def _is_for_fargate(definition: Definition) -> bool:
    return "FARGATE" in (
        definition.content.get("requiresCompatibilities") or definition.launch_types
    )


def _network(attempt: TaskAttempt) -> JsonDict | None:
    inputs = attempt.inputs
    if inputs.subnet_ids:
        return {
            "subnets": list(inputs.subnet_ids),
            "security_groups": list(inputs.security_group_ids),
            "public_ip": inputs.assign_public_ip is True,
        }
    return network_of(attempt.other_step)


def _run(attempt: TaskAttempt) -> Progress:
    """Start the tasks; the token makes a repeated call start nothing twice."""
    started = run_tasks(attempt.ecs, _request(attempt))
    memory = attempt.memory
    memory.tasks = [task.arn for task in started.tasks]
    show_tasks(attempt, started.tasks)
    if started.failures:
        return _not_placed(attempt, started)
    ids = ", ".join(task.short_id for task in started.tasks)
    word = "Task" if len(started.tasks) == 1 else "Tasks"
    attempt.log.info(f"{word} {ids} started in cluster {attempt.cluster}")
    return attempt.follow()


def _request(attempt: TaskAttempt) -> RunRequest:
    memory, inputs, network = attempt.memory, attempt.inputs, attempt.memory.network
    return RunRequest(
        cluster=attempt.cluster,
        task_definition=memory.task_definition,
        count=int(inputs.count),
        token=attempt.run.token("run"),
        started_by=attempt.started_by,
        launch_type=memory.launch_type,
        network=Network(**network) if network else None,
        container=memory.container,
        command=inputs.command_list,
        environment={item.name: item.value for item in inputs.environment},
    )


def _not_placed(attempt: TaskAttempt, started: Started) -> Progress:
    """Not all tasks could start: those that did are stopped, half a run is none."""
    text = started.failures[0]
    cause = cause_of_text(text, attempt.naming) or Cause(
        "unknown", f'ECS can\'t start the task. AWS says: "{text}"', "Correct what AWS names, then"
        " retry.", heals=True, quote=text,
    )  # fmt: skip
    if started.tasks:
        stopped_by_step(attempt, code=attempt.not_started, cause=cause)
        return attempt.intend("stop")
    return attempt.fail(
        attempt.not_started,
        cause.sentence,
        cause.advice,
        cause=cause.slug,
        evidence=[told(failure, noun="task") for failure in started.failures],
    )


def _follow(attempt: TaskAttempt) -> Progress:
    """Tell what is new; end once all tasks have ended and written their last line."""
    memory = attempt.memory
    tasks = describe_tasks(attempt.ecs, attempt.cluster, memory.tasks)
    show_tasks(attempt, tasks)
    changed = _tell_statuses(attempt, tasks)
    wrote = tell_output(attempt, tasks)
    count = _still_running(attempt, tasks)
    if not count or _took_too_long_to_stop(attempt):
        memory.quiet_ends = 0 if wrote else memory.quiet_ends + 1
        if memory.quiet_ends >= _QUIET_ENDS or not memory.logging:
            return ended(attempt, tasks)
        return attempt.wait(changed=True)
    if not memory.stopping_at and attempt.past_deadline and tasks:
        return _time_is_up(attempt, tasks)
    ran = memory.operation_seconds(attempt.run.now)
    attempt.say_waiting(f"{counted(count, 'task')} running, {duration(ran)}", ran)
    return attempt.wait(changed=changed or wrote)


def _still_running(attempt: TaskAttempt, tasks: list[Task]) -> int:
    """How many have not ended; one that ECS doesn't know may only be too new to be shown."""
    memory = attempt.memory
    missing = len(memory.tasks) - len(tasks)
    memory.missed = memory.missed + 1 if missing else 0
    young = memory.operation_seconds(attempt.run.now) < _UNSEEN_SECONDS
    forgotten = memory.missed >= _MISSED_LOOKS and not young
    running = sum(task.status != "STOPPED" for task in tasks)
    return running if forgotten else running + missing


def _tell_statuses(attempt: TaskAttempt, tasks: list[Task]) -> bool:
    changed = False
    for task in tasks:
        if attempt.memory.statuses.get(task.id) != task.status:
            attempt.memory.statuses[task.id] = task.status
            attempt.log.verbose(f"Task {task.short_id} is {task.status}")
            changed = True
    return changed


def _took_too_long_to_stop(attempt: TaskAttempt) -> bool:
    began = attempt.memory.stopping_at
    return bool(began) and seconds_since(began, attempt.run.now) > _STOPPING_SECONDS


def _time_is_up(attempt: TaskAttempt, tasks: list[Task]) -> Progress:
    minutes = int(attempt.inputs.timeout_minutes)
    running = [f"{task.short_id}, last seen in {task.status}" for task in tasks
               if task.status != "STOPPED"]  # fmt: skip
    noun = "task" if len(running) == 1 else "tasks"
    waited_for = f"{noun} {'; '.join(running)}" if running else "its tasks, which ECS doesn't show"
    cause = time_is_up(
        attempt.run,
        attempt.given,
        f"{waited_for}{_STOPPED_NOW}",
        "Find out from its log what held it up. Give it more time if it was only slow, then retry.",
    )
    attempt.log.highlight(f"{minutes} min are used up: stopping the task")
    stopped_by_step(attempt, code=attempt.timeout_code, cause=cause)
    return attempt.intend("stop")


def _stop(attempt: TaskAttempt) -> Progress:
    """Ask all tasks to stop; asking twice does no harm."""
    memory = attempt.memory
    why = "cancelled" if memory.cancelling else str((memory.failure or {}).get("cause", "ended"))
    for arn in memory.tasks:
        try:
            stop_task(attempt.ecs, attempt.cluster, arn, f"ECS Portal: deployment step {why}")
        except AwsError as error:
            if not error.says("not found"):
                _could_not_stop(attempt, error)
                raise
    memory.stopping_at = memory.stopping_at or attempt.run.now.isoformat()
    return attempt.follow()


def _could_not_stop(attempt: TaskAttempt, error: AwsError) -> None:
    """Where that is final, the sentence doesn't say that the tasks are stopped."""
    failure = attempt.memory.failure
    if failure is not None and not (error.transient or error.expired):
        said = failure["message"].replace(_STOPPED_NOW, ", which could not be stopped")
        attempt.memory.failure = {**failure, "message": said}


def _cancel(attempt: TaskAttempt) -> Progress:
    """What a cancel does in each phase."""
    memory = attempt.memory
    if memory.phase == "begin" or (memory.phase == "intent" and memory.operation == "register"):
        return Cancelled("No task was started.")
    if memory.phase == "intent" and memory.operation == "run":
        # The call may have been made: the mark tells, whoever made it.
        memory.tasks = tasks_started_by(attempt.ecs, attempt.cluster, attempt.started_by)
        if not memory.tasks:
            return Cancelled("No task was started.")
    if memory.stopping_at or memory.operation == "stop":
        return _next(attempt)
    attempt.log.highlight(f"Stopping {counted(len(memory.tasks), 'task')}")
    return attempt.intend("stop")


def _attempt(run: RunContext, state: JsonDict, inputs: RunEcsTaskInputs) -> TaskAttempt:
    return TaskAttempt(run, TaskMemory.load(state), inputs)


RUNNER = AwsRunner(
    model=RunEcsTaskInputs,
    rules=check_rules,
    attempt=_attempt,
    begin=_begin,
    go_on=_next,
    undo=_cancel,
)
"""Runs the tasks on one target; a cancel stops them."""
