"""The form of "Deploy Amazon ECS Service"."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ecsportal.ecs.fargate import cpu_units, memories_for, memory_mib
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form.sections import KNOWN, SECTIONS
from ecsportal.steps.deploy_ecs_service.initial import initial_inputs
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs, write_inputs
from ecsportal.steps.forms.sectioned import SectionedForm
from ecsportal.steps.forms.typed import ACTION, typed
from ecsportal.steps.problems import StepInputsError


class DeployEcsServiceForm(SectionedForm):
    """All sections over the step's inputs."""

    @classmethod
    def from_inputs(
        cls, inputs: JsonDict, *, version: int, choices: Mapping[str, Any]
    ) -> DeployEcsServiceForm:
        """The form filled with stored inputs; what they leave out shows its default."""
        document = with_defaults(inputs, version)
        return cls(document, sections=SECTIONS, choices=choices, known=KNOWN)

    @classmethod
    def from_post(
        cls, post: Mapping[str, Any], *, version: int, choices: Mapping[str, Any]
    ) -> DeployEcsServiceForm:
        """The form as it was typed. Raises DamagedFormError for a damaged hidden field."""
        told = typed(post, SECTIONS)
        if post.get(ACTION) == "refresh":
            _fit_memory(told.document)
        document = with_defaults(told.document, version)
        return cls(document, sections=SECTIONS, choices=choices, acted=told.acted, known=KNOWN)


def with_defaults(inputs: JsonDict, version: int) -> JsonDict:
    """The inputs with every default stated, also while some of them can't be read."""
    try:
        return write_inputs(read_inputs(inputs, version), version)
    except StepInputsError:
        return _filled(inputs, version)


def _filled(inputs: JsonDict, version: int) -> JsonDict:
    defaults = initial_inputs()
    (container,) = defaults.pop("containers")
    if version == 1:
        del container["firelens"]
    document = _over(defaults, inputs)
    containers = document.get("containers")
    if isinstance(containers, list):
        document["containers"] = [
            _over(container, each) if isinstance(each, dict) else each for each in containers
        ]
    return document


def _over(defaults: JsonDict, document: JsonDict) -> JsonDict:
    """The document, with the defaults of what it leaves out, objects within objects too."""
    merged = copy.deepcopy(defaults) | document
    for key, default in defaults.items():
        if isinstance(default, dict) and isinstance(document.get(key), dict):
            merged[key] = _over(default, document[key])
    return merged


def _fit_memory(document: JsonDict) -> None:
    """After another CPU was chosen: the next memory that Fargate offers with it."""
    cpu = cpu_units(str(document.get("cpu", "")))
    memory = memory_mib(str(document.get("memory", "")))
    offered = memories_for(cpu) if cpu else ()
    if memory and offered and memory not in offered:
        larger = [each for each in offered if each >= memory]
        document["memory"] = str(larger[0] if larger else offered[-1])
