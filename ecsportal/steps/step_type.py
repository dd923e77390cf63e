"""What a step type declares to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.problems import PlacedProblem, Problem


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
    far; `place(problems)` puts messages beside their fields, `advise(notes)` what is only worth
    knowing, and `problems` lists all with the places they found; `compare(stored)` marks what
    differs from the stored inputs, of which `change_count` tells how much; `varied(name)` is the
    document with another value in that field, or None; `foretell(where, inputs)` shows what bound
    fields become somewhere. Some panels are fetched when opened: `panel(name)` is one, `open(name)`
    has the form show it.
    """

    template_name: str

    @property
    def problems(self) -> Sequence[PlacedProblem]: ...

    def inputs(self) -> JsonDict: ...
    def place(self, problems: list[Problem]) -> None: ...
    def advise(self, notes: list[Problem]) -> None: ...
    def compare(self, stored: JsonDict) -> None: ...
    def foretell(self, where: str, inputs: Mapping[str, Any]) -> None: ...
    @property
    def change_count(self) -> int: ...
    def open(self, name: str) -> None: ...
    def panel(self, name: str) -> Any: ...
    def varied(self, name: str) -> JsonDict | None: ...


@runtime_checkable
class NamesItsValidation(Protocol):
    """A step type whose validation errors bear a name, by which people look for them in logs."""

    validation_error: str


@runtime_checkable
class ReadsSteps(Protocol):
    """A step type whose steps build on another step of the process."""

    def reads_steps(self, inputs: JsonDict) -> list[str]:
        """The slugs of those steps, whatever the inputs look like."""


class StepType(Protocol):
    """One kind of step. The catalogue finds it as `STEP_TYPE` in `steps/<package>/step_type.py`."""

    slug: str
    """What is stored and what the API says: `deploy-ecs-service`."""
    name: str
    summary: str
    """What it does, in one sentence."""
    choose_when: str
    """When to choose it, and not another, in one sentence."""
    version: int
    """The newest major version; a step type with several declares them (`versions.HasVersions`)."""
    runs_on_targets: bool
    can_export: bool

    @property
    def runner(self) -> StepRunner: ...

    def initial_inputs(self) -> JsonDict:
        """The inputs of a new step: every default stated."""

    def check(self, inputs: JsonDict, version: int) -> list[Problem]:
        """Everything wrong with the inputs; bound fields (`#{...}`) are taken on trust."""

    def notes(self, inputs: JsonDict, version: int) -> list[Problem]:
        """What is allowed but worth a warning in the editor and the log; never blocks."""

    def schema(self, version: int) -> JsonDict:
        """The JSON Schema of the inputs."""

    def images(self, inputs: JsonDict) -> list[ImageNeed]:
        """The images that a release must choose tags for, in order."""

    def summarise(self, inputs: JsonDict) -> str:
        """One line for the process page."""

    def stack_name(self, inputs: JsonDict, *, cluster: str, environment_id: str) -> str:
        """The stack that the step would create there, or empty when it has none."""

    def export(
        self,
        inputs: JsonDict,
        version: int,
        *,
        images: Mapping[str, str] | None = None,
        cluster: str = "",
    ) -> JsonDict:
        """The CloudFormation template, with expressions for what is not known yet.

        `images` are image texts by reference. Raises StepInputsError for inputs it cannot read,
        and for a reference that `images` lacks.
        """

    def form(self, inputs: JsonDict, *, version: int, choices: Mapping[str, Any]) -> StepForm:
        """The form filled with stored inputs; `choices` has `feeds` as (slug, name) pairs."""

    def form_from_post(
        self, post: Mapping[str, Any], *, version: int, choices: Mapping[str, Any]
    ) -> StepForm:
        """The form as it was typed (a QueryDict), its rows as the pressed button left them."""


@dataclass(frozen=True)
class Confirmation:
    """What a person types before a deployment that they start by hand may do this.

    `word` is what has to be typed (a stack's name), `does` what the step will do, in words.
    """

    word: str
    does: str


@runtime_checkable
class AsksToConfirm(Protocol):
    """A step type whose steps destroy something; the deploy page asks first."""

    def confirmations(self, inputs: JsonDict) -> list[Confirmation]:
        """What is asked for inputs that are evaluated as far as possible."""
