"""The inputs of the step and their rules."""

from __future__ import annotations

from typing import Annotated

from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs.container import (
    ContainerImage,
    NamedValue,
    is_whole_image,
)
from ecsportal.steps.deploy_ecs_service.rules.environment import check_files, check_variables
from ecsportal.steps.fields import Flag, Number, StepModel, Text, one_of
from ecsportal.steps.findings import Findings, check_range
from ecsportal.steps.problems import Problem
from ecsportal.steps.tags import Tag
from ecsportal.steps.texts import check_tags, check_unique
from ecsportal.steps.wait_option import Wait, check_wait

Action = Annotated[str, one_of("replace", "append")]


class EnvironmentChange(StepModel):
    """What becomes of a container's variables and secrets; without items they stay."""

    action: Action = "append"
    items: list[NamedValue] = []


class FilesChange(StepModel):
    """What becomes of a container's environment files; without items they stay."""

    action: Action = "append"
    items: list[Text] = []


class ContainerChange(StepModel):
    """What becomes of one container of the task definition; without an image its own stays."""

    name: Text = ""
    image: ContainerImage | None = None
    environment: EnvironmentChange = EnvironmentChange()
    environment_files: FilesChange = FilesChange()


class UpdateEcsServiceInputs(StepModel):
    """Which service, from which task definition, with which changes.

    `target_task_definition` is the family that gets the new revision, `template_task_definition`
    the one whose content is taken; empty means the target's newest revision.
    """

    service_name: Text = ""
    target_task_definition: Text = ""
    template_task_definition: Text = ""
    tags: list[Tag] = []
    wait: Wait = Wait()
    containers: list[ContainerChange] = []
    fail_after_stopped_tasks: Number = 3
    no_progress_minutes: Number = 15
    cancel_on_failure: Flag = True


def check_rules(inputs: UpdateEcsServiceInputs) -> list[Problem]:
    """Every broken rule; bound values are taken on trust."""
    findings = Findings()
    if not inputs.service_name:
        findings.add("service_name", "missing", "Name the service as ECS has it.")
    if not inputs.target_task_definition:
        message = "Name the task definition family that the service runs."
        findings.add("target_task_definition", "missing", message)
    check_tags(findings, "tags", inputs.tags)
    check_wait(findings, inputs.wait)
    check_range(findings, "fail_after_stopped_tasks", inputs.fail_after_stopped_tasks, 1, None)
    check_range(findings, "no_progress_minutes", inputs.no_progress_minutes, 1, None, "minutes")
    if not inputs.containers:
        findings.add("containers", "missing", "Name at least one container of the definition.")
    check_unique(findings, "containers", "name", (each.name for each in inputs.containers))
    _check_references(findings, inputs.containers)
    for index, container in enumerate(inputs.containers):
        _check_container(findings, f"containers[{index}]", container)
    return findings.problems


def _check_references(findings: Findings, containers: list[ContainerChange]) -> None:
    """One reference names one image: the release chooses a single tag for it."""
    images: dict[str, tuple[str, str]] = {}
    for index, container in enumerate(containers):
        if container.image is None or is_bound(container.image.name):
            continue
        source = (container.image.feed, container.image.repository)
        if images.setdefault(container.image.name, source) != source:
            message = f"{container.image.name} names another image already."
            findings.add(f"containers[{index}].image.reference", "duplicate", message)


def _check_container(findings: Findings, path: str, container: ContainerChange) -> None:
    if not container.name:
        findings.add(f"{path}.name", "missing", "Name the container as the definition has it.")
    image = container.image
    if image is not None and not image.repository:
        findings.add(f"{path}.image.repository", "missing", "Name the repository.")
    elif image is not None and not image.feed and not is_whole_image(image.feed, image.repository):
        message = "Choose the feed that the image's tags come from."
        findings.add(f"{path}.image.feed", "missing", message)
    check_variables(findings, f"{path}.environment.items", container.environment.items)
    check_files(findings, f"{path}.environment_files.items", container.environment_files.items)
