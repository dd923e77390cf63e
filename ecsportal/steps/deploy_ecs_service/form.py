"""The form of "Deploy Amazon ECS Service"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.ecs.fargate import cpu_units, memories_for, memory_mib
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form_sections import SECTIONS
from ecsportal.steps.forms.sectioned import SectionedForm
from ecsportal.steps.forms.typed import ACTION, typed_document


class DeployEcsServiceForm(SectionedForm):
    """All sections over the step's inputs."""

    @classmethod
    def from_inputs(
        cls, inputs: JsonDict, *, version: int, choices: Mapping[str, Any]
    ) -> DeployEcsServiceForm:
        """The form filled with stored inputs."""
        return cls(inputs, sections=SECTIONS, choices=choices)

    @classmethod
    def from_post(
        cls, post: Mapping[str, Any], *, version: int, choices: Mapping[str, Any]
    ) -> DeployEcsServiceForm:
        """The form as it was typed. Raises ValueError for a damaged hidden field."""
        document = typed_document(post, SECTIONS)
        if str(post.get(ACTION, "")).startswith("refresh"):
            _fit_memory(document)
        return cls(document, sections=SECTIONS, choices=choices)


def _fit_memory(document: JsonDict) -> None:
    """After another CPU was chosen: the next memory that Fargate offers with it."""
    cpu = cpu_units(str(document.get("cpu", "")))
    memory = memory_mib(str(document.get("memory", "")))
    offered = memories_for(cpu) if cpu else ()
    if memory and offered and memory not in offered:
        larger = [each for each in offered if each >= memory]
        document["memory"] = str(larger[0] if larger else offered[-1])
