"""What a step type declares to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.problems import Problem


@dataclass(frozen=True)
class ImageNeed:
    """An image that a step needs; its tag is chosen with the release."""

    reference: str
    feed: str
    repository: str
    container: str = ""


class StepForm(Protocol):
    """A step's form as the editor uses it; it keeps what was typed, right or wrong.

    `template_name` renders the fields with the form as `form`; `inputs()` is the document typed so
    far; `place(problems)` puts messages beside their fields and keeps the rest as `other_problems`.
    """

    template_name: str

    def inputs(self) -> JsonDict: ...
    def place(self, problems: list[Problem]) -> None: ...


class StepType(Protocol):
    """One kind of step. The catalogue finds it as `STEP_TYPE` in the package under `steps/`."""

    slug: str
    """What is stored and what the API says: `deploy-ecs-service`."""
    name: str
    summary: str
    """When to choose it, in one sentence."""
    version: int
    """The newest major version."""
    runner: StepRunner
    runs_on_targets: bool
    can_export: bool

    def initial_inputs(self) -> JsonDict:
        """The inputs of a new step: every default stated."""

    def check(self, inputs: JsonDict, version: int) -> list[Problem]:
        """Everything wrong with the inputs; bound fields (`#{...}`) are taken on trust."""

    def schema(self, version: int) -> JsonDict:
        """The JSON Schema of the inputs."""

    def images(self, inputs: JsonDict) -> list[ImageNeed]:
        """The images that a release must choose tags for, in order."""

    def summarise(self, inputs: JsonDict) -> str:
        """One line for the process page."""

    def stack_name(self, inputs: JsonDict, *, cluster: str, environment_id: str) -> str:
        """The stack that the step would create there, or empty when it has none."""

    def export(self, inputs: JsonDict, version: int) -> JsonDict:
        """The CloudFormation template with placeholders for what is not known yet."""

    def form(self, inputs: JsonDict, *, choices: Mapping[str, Any]) -> StepForm:
        """The form filled with stored inputs; `choices` has `feeds` as (slug, name) pairs."""

    def form_from_post(self, post: Mapping[str, Any], *, choices: Mapping[str, Any]) -> StepForm:
        """The form as it was typed (a QueryDict), rows added, removed or moved as its buttons said."""
