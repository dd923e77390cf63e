"""Step types whose inputs are one pydantic model with a form of sections over it.

Such a type names its model, its rules and its sections; reading, the JSON Schema, the initial
inputs and the form follow from them.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import ValidationError

from ecsportal.steps.contract import Failed, JsonDict, RunContext, StepError
from ecsportal.steps.fields import StepModel, shape_problem
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.step_type import ImageNeed, StepForm
from ecsportal.steps.wording import broken_inputs

if TYPE_CHECKING:
    from ecsportal.steps.forms.parts import Section

Model = TypeVar("Model", bound=StepModel)


class ModelledStep(ABC, Generic[Model]):
    """A step type of one version, without a template; every field of `model` has a default."""

    model: type[Model]
    version = 1
    can_export = False

    def sections(self) -> Sequence[Section]:
        """The form's sections; none where the step type brings a form of its own."""
        return ()

    @abstractmethod
    def rules(self, inputs: Model) -> list[Problem]:
        """Every broken rule, in the order of the document."""

    def advice(self, inputs: Model) -> list[Problem]:
        """What is allowed but worth a warning."""
        return []

    def read(self, document: object) -> Model:
        """The inputs in a stored or evaluated document; raises StepInputsError."""
        return read_model(self.model, document)

    def initial_inputs(self) -> JsonDict:
        """The inputs of a new step: every default stated."""
        return self.model().model_dump(mode="json")

    def check(self, inputs: JsonDict, version: int) -> list[Problem]:
        """Shape problems alone where the document cannot be read, else every broken rule."""
        try:
            return self.rules(self.read(inputs))
        except StepInputsError as error:
            return list(error.problems)

    def notes(self, inputs: JsonDict, version: int) -> list[Problem]:
        """The advice on inputs that can be read."""
        try:
            return self.advice(self.read(inputs))
        except StepInputsError:
            return []

    def schema(self, version: int) -> JsonDict:
        """The JSON Schema of the inputs."""
        return self.model.model_json_schema()

    def images(self, inputs: JsonDict) -> list[ImageNeed]:
        """None, unless the step type says otherwise."""
        return []

    def stack_name(self, inputs: JsonDict, *, cluster: str, environment_id: str) -> str:
        """Empty: the step makes no stack."""
        return ""

    def export(
        self,
        inputs: JsonDict,
        version: int,
        *,
        images: Mapping[str, str] | None = None,
        cluster: str = "",
    ) -> JsonDict:
        """Always refused: the step makes no template."""
        raise StepInputsError([Problem("type", "This step makes no template.", "no_template")])

    def form(self, inputs: JsonDict, *, version: int, choices: Mapping[str, Any]) -> StepForm:
        """The form filled with stored inputs; what they leave out shows its default."""
        from ecsportal.steps.forms.sectioned import (  # noqa: PLC0415 -- checks need no form
            SectionedForm,
        )

        document = self._with_defaults(inputs)
        return SectionedForm(document, sections=self.sections(), choices=choices)

    def form_from_post(
        self, post: Mapping[str, Any], *, version: int, choices: Mapping[str, Any]
    ) -> StepForm:
        """The form as it was typed. Raises DamagedFormError for a damaged hidden field."""
        from ecsportal.steps.forms.sectioned import (  # noqa: PLC0415 -- checks need no form
            SectionedForm,
        )
        from ecsportal.steps.forms.typed import typed  # noqa: PLC0415 -- as above

        told = typed(post, self.sections())
        document = self._with_defaults(told.document)
        return SectionedForm(document, sections=self.sections(), choices=choices, acted=told.acted)

    def _with_defaults(self, inputs: JsonDict) -> JsonDict:
        try:
            return self.read(inputs).model_dump(mode="json")
        except StepInputsError:
            return laid_over(self.initial_inputs(), inputs)


def read_model(model: type[Model], document: object) -> Model:
    """The document as the model has it; raises StepInputsError with every place at once."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise StepInputsError(shape_problem(each) for each in error.errors()) from error


def laid_over(defaults: JsonDict, document: JsonDict) -> JsonDict:
    """The document with the defaults of what it leaves out, objects within objects too."""
    merged = copy.deepcopy(defaults) | document
    for key, default in defaults.items():
        if isinstance(default, dict) and isinstance(document.get(key), dict):
            merged[key] = laid_over(default, document[key])
    return merged


def fit_inputs(
    model: type[Model], rules: Callable[[Model], list[Problem]], run: RunContext
) -> Model | Failed:
    """The evaluated inputs of a run, or its end where they break a shape or a rule."""
    try:
        inputs = read_model(model, run.inputs)
        problems = rules(inputs)
    except StepInputsError as error:
        return unfit(error.problems)
    return unfit(problems) if problems else inputs


def unfit(problems: Sequence[Problem]) -> Failed:
    """The end of a run whose inputs turn out wrong once their expressions are filled in."""
    return Failed(
        StepError(
            code="ECS-VALIDATION",
            message=broken_inputs([problem.path for problem in problems]),
            advice="Correct the step's inputs or the variables they use, and deploy again.",
            cause="validation",
            details=tuple(f"{p.path}: {p.message}".removeprefix(": ") for p in problems),
        )
    )
