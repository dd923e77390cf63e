"""How the service stands before its stack is changed: what runs, and what may be deleted."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import newest_event_id
from ecsportal.cloudformation.stacks import Stack, list_resources, read_template
from ecsportal.ecs.rollouts import Service, describe_service
from ecsportal.ecs.tasks import stopped_tasks
from ecsportal.steps.deploy_ecs_service.attempt import Attempt
from ecsportal.steps.service_rollout.page import show_service
from ecsportal.steps.stack_operation.page import show_resources
from ecsportal.steps.wording import counted


def remember(attempt: Attempt, stack: Stack) -> str:
    """Remember what runs, so that later only what this update does is told; says what it does."""
    memory = attempt.memory
    memory.known_events = [newest_event_id(attempt.cfn, stack.id)]
    service = _service_of(attempt)
    memory.tags_only = _same_template(attempt, stack)
    if service is not None:
        memory.before_task_definition = service.task_definition
        memory.before_rollouts = [rollout.id for rollout in service.rollouts]
        memory.known_service_event = service.events[0].id if service.events else ""
        show_service(attempt, service, is_before=True)
    return "only its tags change, nothing restarts" if memory.tags_only else "updating it"


def in_use(attempt: Attempt) -> str:
    """That the service still runs tasks, where the step doesn't allow to delete it then."""
    running = _running_tasks(attempt)
    if running == 0 or attempt.inputs.delete_stack_with_running_service is True:
        return ""
    if running is None:
        return "its service may still run tasks"
    return f"its service still runs {counted(running, 'task')}"


def is_our_broken_create(attempt: Attempt, stack: Stack) -> bool:
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


def _same_template(attempt: Attempt, stack: Stack) -> bool:
    """True when template and parameters stay as they are, so that only tags can change."""
    wanted = attempt.request.parameters
    given = {key: stack.parameters.get(key) for key in wanted}
    return given == dict(wanted) and read_template(attempt.cfn, stack.id) == attempt.template


def _service_of(attempt: Attempt) -> Service | None:
    """The stack's service as it runs now, or None; remembers its name and task definition."""
    resources = list_resources(attempt.cfn, attempt.stack_name)
    show_resources(attempt, resources)
    memory = attempt.memory
    for resource in resources:
        if resource.type == "AWS::ECS::Service" and resource.physical_id:
            memory.service_logical, memory.service = resource.logical_id, resource.physical_id
        if resource.logical_id == attempt.names.task_definition:
            memory.task_definition = resource.physical_id
    if not memory.service:
        return None
    return describe_service(attempt.ecs, attempt.service_cluster, memory.service)


def _running_tasks(attempt: Attempt) -> int | None:
    """Tasks of the stack's service that run now; None where AWS doesn't let us see."""
    try:
        service = _service_of(attempt)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        return None
    return service.running if service else 0
