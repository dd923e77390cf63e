"""The stack operation: look at the stack, decide, announce the write, make it once.

What to do in which state is CloudFormation's table (`ecsportal.cloudformation.states`); what may be
deleted while a service runs is a person's decision unless the step's inputs make it.
"""

from __future__ import annotations

from collections.abc import Callable

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import new_events, newest_event_id
from ecsportal.cloudformation.stacks import (
    Outcome,
    Stack,
    cancel_update,
    continue_rollback,
    create_stack,
    delete_stack,
    describe_stack,
    discard_change_sets,
    list_resources,
    read_template,
    update_stack,
)
from ecsportal.cloudformation.states import Next, what_next
from ecsportal.ecs.rollouts import Service, describe_service
from ecsportal.ecs.tasks import stopped_tasks
from ecsportal.steps.contract import Asks, Progress
from ecsportal.steps.deploy_ecs_service import page
from ecsportal.steps.deploy_ecs_service.attempt import Attempt
from ecsportal.steps.deploy_ecs_service.cluster import without_cluster
from ecsportal.steps.wording import counted, duration

_LOOKS = 10
"""Times a refused write leads to another look; more would be a quarrel with another tool."""
PROCEED, LOOK, ABORT = "proceed", "retry", "abort"


def look(attempt: Attempt) -> Progress:
    """Find the stack and announce what has to be written, or wait for another operation."""
    stack = _describe(attempt)
    attempt.memory.status = stack.status if stack else ""
    attempt.memory.stack_id = stack.id if stack else ""
    page.show_stack(attempt, stack)
    match what_next(stack.status if stack else None):
        case Next.CREATE:
            if gone := without_cluster(attempt):
                return gone
            attempt.log.highlight(f"Stack {attempt.stack_name} doesn't exist, creating it")
            attempt.memory.forget_stack()
            return attempt.intend("create")
        case Next.UPDATE:
            return _prepare_update(attempt, stack)
        case Next.WAIT:
            return _wait_for_others(attempt, stack)
        case Next.DISCARD:
            attempt.log.info(
                f"Stack {attempt.stack_name} holds only change sets that were never executed"
                " (REVIEW_IN_PROGRESS), deleting it first"
            )
            return attempt.intend("discard")
        case Next.CONTINUE:
            return _mend(attempt, stack)
        case _:
            return _replace(attempt, stack)


def _describe(attempt: Attempt) -> Stack | None:
    try:
        return describe_stack(attempt.cfn, attempt.stack_name)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        if attempt.memory.warn_once("describe"):
            attempt.log.warning(
                f"{error.message} Assuming that the stack {attempt.stack_name} exists and that"
                " nothing runs on it."
            )
        return Stack(id="", name=attempt.stack_name, status="UPDATE_COMPLETE")


def _wait_for_others(attempt: Attempt, stack: Stack | None) -> Progress:
    status = stack.status if stack else ""
    memory = attempt.memory
    if memory.operation_at == "":
        memory.operation_at = attempt.run.now.isoformat()
        attempt.log.info(
            f"Stack {attempt.stack_name} is in {status}: another operation runs, waiting for it"
        )
    if stack and status == "CREATE_IN_PROGRESS" and _is_our_broken_create(attempt, stack):
        attempt.log.highlight(
            f"Stack {attempt.stack_name} was begun by an earlier deployment of this step whose"
            " tasks fail, and nothing runs there: deleting it and creating it anew"
        )
        return attempt.intend("delete")
    waited = memory.operation_seconds(attempt.run.now)
    attempt.say_waiting(f"Still {status}, {duration(waited)}", waited)
    return attempt.wait()


def _is_our_broken_create(attempt: Attempt, stack: Stack) -> bool:
    """True for a first create that this very step left behind with failing tasks and none running.

    CloudFormation would go on with it for up to 3 hours, and a mended release would have to wait.
    """
    wanted = attempt.request.tags
    for key in ("Octopus.Project.Id", "Octopus.Step.Id", "Octopus.Environment.Id"):
        if stack.tags.get(key) != wanted.get(key):
            return False
    service = _service_of(attempt)
    if service is None or service.running:
        return False
    failed = [t for t in stopped_tasks(attempt.ecs, attempt.cluster, service.arn) if t.failed]
    return bool(failed)


def _prepare_update(attempt: Attempt, stack: Stack | None) -> Progress:
    """Remember how things stand, so that later only what this update does is told."""
    memory = attempt.memory
    status = stack.status if stack else ""
    if stack and stack.id:
        _remember(attempt, stack)
    what = "only its tags change, nothing restarts" if memory.tags_only else "updating it"
    attempt.log.highlight(f"Stack {attempt.stack_name} exists ({status}), {what}")
    return attempt.intend("update")


def _remember(attempt: Attempt, stack: Stack) -> None:
    memory = attempt.memory
    try:
        memory.known_events = [newest_event_id(attempt.cfn, stack.id)]
        service = _service_of(attempt)
        memory.tags_only = _same_template(attempt, stack)
    except AwsError as error:
        if error.transient or error.code != "AWS-PERMISSION":
            raise
        if memory.warn_once("remember"):
            attempt.log.warning(f"{error.message} What ran before the update stays unknown.")
        return
    if service is None:
        return
    memory.before_task_definition = service.task_definition
    memory.before_rollouts = [rollout.id for rollout in service.rollouts]
    memory.known_service_event = service.events[0].id if service.events else ""
    page.show_service(attempt, service)


def _same_template(attempt: Attempt, stack: Stack) -> bool:
    """True when template and parameters stay as they are, so that only tags can change."""
    wanted = attempt.request.parameters
    given = {key: stack.parameters.get(key) for key in wanted}
    return given == dict(wanted) and read_template(attempt.cfn, stack.id) == attempt.template


def _service_of(attempt: Attempt) -> Service | None:
    """The stack's service as it runs now, or None; remembers its name and task definition."""
    resources = list_resources(attempt.cfn, attempt.stack_name)
    page.show_resources(attempt, resources)
    memory = attempt.memory
    for resource in resources:
        if resource.type == "AWS::ECS::Service" and resource.physical_id:
            memory.service_logical, memory.service = resource.logical_id, resource.physical_id
        if resource.logical_id == attempt.names.task_definition:
            memory.task_definition = resource.physical_id
    if not memory.service:
        return None
    return describe_service(attempt.ecs, attempt.service_cluster, memory.service)


def _mend(attempt: Attempt, stack: Stack | None) -> Progress:
    """UPDATE_ROLLBACK_FAILED: go on with the rollback, or delete, as the step says."""
    if attempt.inputs.on_update_rollback_failed == "delete":
        return _replace(attempt, stack)
    if attempt.memory.continued:
        reason = f' AWS says: "{stack.reason}"' if stack and stack.reason else ""
        return ask(
            attempt,
            f"The rollback of stack {attempt.stack_name} can't be completed"
            f" (UPDATE_ROLLBACK_FAILED).{reason}",
        )
    attempt.memory.continued = True
    attempt.log.highlight(
        f"Stack {attempt.stack_name} is in UPDATE_ROLLBACK_FAILED, continuing its rollback first"
    )
    if stack and stack.id:
        attempt.memory.known_events = [newest_event_id(attempt.cfn, stack.id)]
    return attempt.intend("continue")


def _replace(attempt: Attempt, stack: Stack | None) -> Progress:
    """A state that only deletion ends; a service that still runs tasks is a person's decision."""
    status = stack.status if stack else ""
    running = _running_tasks(attempt)
    allowed = attempt.memory.may_delete or attempt.inputs.delete_stack_with_running_service is True
    if running != 0 and not allowed:
        tasks = (
            "may still run tasks" if running is None else f"still runs {counted(running, 'task')}"
        )
        return ask(
            attempt,
            f"Stack {attempt.stack_name} is in {status} and has to be deleted and created anew, but"
            f" its service {tasks}.",
        )
    attempt.log.highlight(
        f"Stack {attempt.stack_name} is in {status}, deleting it and creating it anew"
    )
    attempt.memory.known_events = [newest_event_id(attempt.cfn, attempt.stack_name)]
    return attempt.intend("delete")


def _running_tasks(attempt: Attempt) -> int | None:
    """Tasks of the stack's service that run now; None where AWS doesn't let us see."""
    try:
        service = _service_of(attempt)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        return None
    return service.running if service else 0


def ask(attempt: Attempt, situation: str) -> Asks:
    """Stop until a person decides about a stack that holds a service."""
    attempt.memory.phase = "asked"
    question = (
        f"ECS-STACK-HOLDS-SERVICE: {situation} Proceed deletes the stack with its service and"
        " creates it anew; retry looks again, after you have mended it; abort ends the step."
    )
    return Asks(question, (PROCEED, LOOK, ABORT), attempt.memory.dump())


def answered(attempt: Attempt) -> Progress:
    """Carry out what the person chose."""
    match attempt.run.answer:
        case "proceed":
            attempt.memory.may_delete = True
            attempt.memory.phase = "look"
            return _replace(attempt, describe_stack(attempt.cfn, attempt.stack_name))
        case "retry":
            attempt.memory.continued = False
            return attempt.look_again()
        case None:
            return ask(attempt, f"Stack {attempt.stack_name} waits for a decision.")
        case _:
            return attempt.fail(
                "ECS-STACK-HOLDS-SERVICE",
                f"Stack {attempt.stack_name} stays as it is, on a person's decision.",
                "Mend the stack in CloudFormation, then retry.",
                cause="stack-holds-service",
            )


def perform(attempt: Attempt) -> Progress:
    """Make the announced write, unless an earlier turn made it already."""
    operation = attempt.memory.operation
    if not attempt.run.intent_is_new and was_made(attempt, operation):
        attempt.log.verbose(f"The {operation} was sent before the worker changed; following it")
        return attempt.follow()
    outcome = _WRITES[operation](attempt, attempt.run.token(operation))
    if outcome is Outcome.ACCEPTED:
        return attempt.follow()
    return _refused(attempt, operation, outcome)


def _refused(attempt: Attempt, operation: str, outcome: Outcome) -> Progress:
    memory = attempt.memory
    if outcome is Outcome.NO_CHANGES:
        memory.no_changes = True
        memory.phase = "verify"
        memory.operation_at = attempt.run.now.isoformat()
        attempt.log.info("No updates are to be performed: the stack is already like this")
        return attempt.wait(changed=True)
    if operation in ("cancel", "continue", "undo", "delete", "discard"):
        return attempt.follow()  # its state has moved on by itself: following tells where to
    memory.looks += 1
    if memory.looks > _LOOKS:
        return attempt.fail(
            "ECS-DEPLOY-FAILED",
            f"Stack {attempt.stack_name} changes under this deployment again and again.",
            "Find out who else deploys this stack, then retry.",
            cause="stack-contended",
        )
    memory.operation_at = ""
    attempt.log.verbose(f"AWS refuses the {operation} for now ({outcome}); looking again")
    return attempt.look_again()


def was_made(attempt: Attempt, operation: str) -> bool:
    """Whether a write that was announced reached AWS, by its token or by what became of it."""
    stack = describe_stack(attempt.cfn, attempt.stack_name)
    status = stack.status if stack else ""
    if operation in ("delete", "discard", "undo"):
        return stack is None or status == "DELETE_IN_PROGRESS"
    if stack is None:
        return False
    if operation == "cancel":
        return status != "UPDATE_IN_PROGRESS"
    if operation == "continue":
        return status != "UPDATE_ROLLBACK_FAILED"
    token = attempt.run.token(operation)
    events = new_events(
        attempt.cfn, stack.id, known=attempt.memory.known_events, token_prefix=token
    )
    return bool(events)


def _create(attempt: Attempt, token: str) -> Outcome:
    return create_stack(attempt.cfn, attempt.request, token=token)


def _update(attempt: Attempt, token: str) -> Outcome:
    return update_stack(attempt.cfn, attempt.request, token=token)


def _delete(attempt: Attempt, token: str) -> Outcome:
    return delete_stack(attempt.cfn, attempt.memory.stack_id or attempt.stack_name, token=token)


def _discard(attempt: Attempt, token: str) -> Outcome:
    names = discard_change_sets(attempt.cfn, attempt.stack_name)
    if names:
        attempt.log.info(f"Deleted {counted(len(names), 'change set')}: {', '.join(names)}")
    return _delete(attempt, token)


def _cancel(attempt: Attempt, token: str) -> Outcome:
    outcome = cancel_update(attempt.cfn, attempt.stack_name, token=token)
    if outcome is Outcome.ACCEPTED:
        attempt.log.info("CancelUpdateStack accepted")
    return outcome


def _continue(attempt: Attempt, token: str) -> Outcome:
    return continue_rollback(attempt.cfn, attempt.stack_name, token=token)


_WRITES: dict[str, Callable[[Attempt, str], Outcome]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "undo": _delete,
    "discard": _discard,
    "cancel": _cancel,
    "continue": _continue,
}
