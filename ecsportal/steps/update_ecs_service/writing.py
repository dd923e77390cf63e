"""The step's writes: a new revision, the service's update, and the way back."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.ecs.definitions import (
    Definition,
    describe_definition,
    is_same,
    register_definition,
)
from ecsportal.ecs.rollouts import describe_service
from ecsportal.ecs.service_updates import tag_service, update_service
from ecsportal.steps.contract import Failed, JsonDict
from ecsportal.steps.deploy_ecs_service.template import MissingImageError
from ecsportal.steps.modelled import unfit
from ecsportal.steps.problems import Problem
from ecsportal.steps.update_ecs_service.attempt import UpdateAttempt
from ecsportal.steps.update_ecs_service.changes import (
    NoSuchContainerError,
    changed_content,
    merged_tags,
)

_MARKS = ("Octopus.Deployment.Id", "Octopus.Step.Id")
"""Tags by which a revision is known as this deployment's own."""


def template_of(attempt: UpdateAttempt) -> Definition | Failed:
    """The definition whose content is taken; the target's family has to be there too."""
    given = attempt.inputs.template_task_definition
    template = describe_definition(attempt.ecs, given or attempt.inputs.target_task_definition)
    if template is None:
        return _missing(attempt, given or attempt.inputs.target_task_definition)
    if (
        template.family != attempt.family
        and describe_definition(attempt.ecs, attempt.family) is None
    ):
        return _missing(attempt, attempt.family)
    return template


def _missing(attempt: UpdateAttempt, name: str) -> Failed:
    return attempt.fail(
        attempt.failed_code,
        f"There is no task definition {name} in {attempt.run.target.region}.",
        "Correct the name, or register the task definition first.",
        cause="definition-not-found",
    )


def content_from(attempt: UpdateAttempt, template: Definition) -> JsonDict | Failed:
    """The content of the new revision, or why there can't be one."""
    try:
        return changed_content(
            template.content,
            attempt.inputs.containers,
            family=attempt.family,
            images=attempt.images,
        )
    except NoSuchContainerError as error:
        text = f"{template.name}: {error}"
        return unfit([Problem(f"containers[{error.index}].name", text, "unknown")])
    except MissingImageError as error:
        return unfit([Problem("images", str(error), "missing")])


def register(attempt: UpdateAttempt, template: Definition, content: JsonDict) -> Definition:
    """Register the content, unless a call that was lost has done so already."""
    if not attempt.run.intent_is_new:
        newest = describe_definition(attempt.ecs, attempt.family)
        if newest is not None and _is_ours(attempt, newest) and is_same(content, newest.content):
            return newest
    tags = merged_tags(template.tags, attempt.tags)
    return register_definition(attempt.ecs, content, tags)


def _is_ours(attempt: UpdateAttempt, definition: Definition) -> bool:
    return all(definition.tags.get(mark) == attempt.tags.get(mark) for mark in _MARKS)


def update(attempt: UpdateAttempt) -> None:
    """Let the service run the new revision, unless it does already, and tag it."""
    memory = attempt.memory
    if attempt.run.intent_is_new or not has_rollout(attempt, memory.task_definition):
        updated = update_service(
            attempt.ecs,
            attempt.cluster,
            attempt.inputs.service_name,
            task_definition=memory.task_definition,
            force=True,
        )
        memory.service = updated.arn
    _tag(attempt)


def go_back(attempt: UpdateAttempt) -> None:
    """Let the service run what ran before."""
    update_service(
        attempt.ecs,
        attempt.service_cluster,
        attempt.memory.service or attempt.inputs.service_name,
        task_definition=attempt.memory.before_task_definition,
        force=False,
    )


def has_rollout(attempt: UpdateAttempt, task_definition: str) -> bool:
    """True where the service rolls that revision out, or runs it."""
    service = describe_service(attempt.ecs, attempt.cluster, attempt.inputs.service_name)
    return service is not None and bool(service.rollouts_of(task_definition))


def _tag(attempt: UpdateAttempt) -> None:
    """Tags tell who deployed; a service without them runs all the same."""
    try:
        tag_service(attempt.ecs, attempt.memory.service, attempt.tags)
    except AwsError as error:
        if error.transient or error.expired:
            raise
        attempt.log.warning(f"The service can't be tagged: {error.message}")
