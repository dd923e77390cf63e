"""What the step declares to the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from ecsportal.cloudformation.documents import DocumentError
from ecsportal.steps.bound_template import parse_bound, with_images
from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.deploy_cloudformation_template.images import as_it_will_be
from ecsportal.steps.deploy_cloudformation_template.inputs import DeployTemplateInputs
from ecsportal.steps.deploy_cloudformation_template.rules import advice, check_rules
from ecsportal.steps.deploy_cloudformation_template.summary import image_needs, summary
from ecsportal.steps.look_ahead import Foreseen
from ecsportal.steps.modelled import ModelledStep
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.step_type import ImageNeed, StepForm, StepType


class DeployCloudFormationTemplate(ModelledStep[DeployTemplateInputs]):
    """Creates or updates any stack from a template of your own."""

    slug = "deploy-cloudformation-template"
    name = "Deploy an AWS CloudFormation template"
    summary = "Creates or updates a stack of anything: queues, buckets, alarms, whole services."
    choose_when = "Something beside the service belongs to the release; a template describes it."
    model = DeployTemplateInputs
    runs_on_targets = True
    can_export = True

    @cached_property
    def runner(self) -> StepRunner:
        """The deployment of this step on one target."""
        from ecsportal.steps.deploy_cloudformation_template.run import (  # noqa: PLC0415 -- checks need no AWS client
            DeployTemplateRunner,
        )

        return DeployTemplateRunner()

    def rules(self, inputs: DeployTemplateInputs) -> list[Problem]:
        """Every broken rule, of the template and of what is given to it."""
        return check_rules(inputs)

    def advice(self, inputs: DeployTemplateInputs) -> list[Problem]:
        """Secrets typed plainly, templates that can't be read before they are deployed."""
        return advice(inputs)

    def images(self, inputs: JsonDict) -> list[ImageNeed]:
        """The images that the template's expressions stand for."""
        return image_needs(inputs)

    def summarise(self, inputs: JsonDict) -> str:
        """The stack's name and how much the template holds."""
        return summary(inputs)

    def stack_name(self, inputs: JsonDict, *, cluster: str, environment_id: str) -> str:
        """The name given."""
        name = inputs.get("stack_name")
        return name if isinstance(name, str) else ""

    def export(
        self,
        inputs: JsonDict,
        version: int,
        *,
        images: Mapping[str, str] | None = None,
        cluster: str = "",
    ) -> JsonDict:
        """The template as an object; bound values stay as their expressions."""
        text = self.read(inputs).template
        if not text.strip():
            message = "Nothing is pasted; a template in S3 isn't shown here."
            raise StepInputsError([Problem("template", message, "no_template")])
        try:
            return parse_bound(with_images(text, dict(images or {})))
        except DocumentError as error:
            raise StepInputsError([Problem("template", str(error), "syntax", "shape")]) from error

    def look_ahead(
        self, inputs: JsonDict, version: int, *, stack_name: str, clients: Callable[[str], Any]
    ) -> list[Foreseen]:
        """What CloudFormation would not take."""
        from ecsportal.steps.deploy_cloudformation_template.look_ahead import (  # noqa: PLC0415 -- checks need no AWS client
            look_ahead,
        )

        return look_ahead(inputs, clients)

    def lint(self, inputs: JsonDict, *, region: str) -> list[Foreseen]:
        """What cfn-lint objects to, where it is installed; takes seconds."""
        from ecsportal.steps.deploy_cloudformation_template.lint import (  # noqa: PLC0415 -- starts a process
            lint,
        )

        return lint(as_it_will_be(self.read(inputs)), region=region)

    def form(self, inputs: JsonDict, *, version: int, choices: Mapping[str, Any]) -> StepForm:
        """The form filled with stored inputs, with a field for every parameter of the template."""
        from ecsportal.steps.deploy_cloudformation_template.form import (  # noqa: PLC0415 -- checks need no form
            DeployTemplateForm,
        )

        return DeployTemplateForm(self._with_defaults(inputs), choices=choices)

    def form_from_post(
        self, post: Mapping[str, Any], *, version: int, choices: Mapping[str, Any]
    ) -> StepForm:
        """The form as it was typed. Raises DamagedFormError for a damaged hidden field."""
        from ecsportal.steps.deploy_cloudformation_template.form import (  # noqa: PLC0415 -- as above
            DeployTemplateForm,
        )

        return DeployTemplateForm.from_post(post, defaults=self.initial_inputs(), choices=choices)


STEP_TYPE: StepType = DeployCloudFormationTemplate()
