"""What the step declares to the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.deploy_ecs_service.initial import initial_inputs
from ecsportal.steps.deploy_ecs_service.inputs import (
    NEWEST_VERSION,
    inputs_schema,
    read_inputs,
)
from ecsportal.steps.deploy_ecs_service.names import generated_stack_name
from ecsportal.steps.deploy_ecs_service.octopus import (
    imported_inputs,
    imported_version,
    is_kept_in,
)
from ecsportal.steps.deploy_ecs_service.rules import VALIDATION_ERROR, check_rules
from ecsportal.steps.deploy_ecs_service.rules.execution_role import execution_role_notes
from ecsportal.steps.deploy_ecs_service.running import running_import
from ecsportal.steps.deploy_ecs_service.summary import image_needs, summary
from ecsportal.steps.deploy_ecs_service.template import MissingImageError, build_template
from ecsportal.steps.deploy_ecs_service.versions import VERSIONS
from ecsportal.steps.look_ahead import Foreseen
from ecsportal.steps.octopus_source import Source
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.running_service import MatchImage, RunningImport, StackFacts
from ecsportal.steps.step_type import ImageNeed, StepForm, StepType

CLUSTER_EXPRESSION = "#{Octopus.Action.Aws.Ecs.ClusterName}"
"""Stands for the target's cluster in an exported template."""


class DeployEcsService:
    """Creates or updates an Amazon ECS service on Fargate, as one CloudFormation stack."""

    slug = "deploy-ecs-service"
    name = "Deploy Amazon ECS Service"
    summary = "Runs containers as a service on Fargate, and replaces them release by release."
    choose_when = (
        "The service is this project's own: its stack, task definition and size are described here."
    )
    version = NEWEST_VERSION
    versions = VERSIONS
    runs_on_targets = True
    can_export = True
    validation_error = VALIDATION_ERROR

    @cached_property
    def runner(self) -> StepRunner:
        """The deployment of this step on one target."""
        from ecsportal.steps.deploy_ecs_service.run import (  # noqa: PLC0415 -- templates and checks need no AWS client
            DeployEcsServiceRunner,
        )

        return DeployEcsServiceRunner()

    def initial_inputs(self) -> JsonDict:
        """The inputs of a new step: every default stated."""
        return initial_inputs()

    def check(self, inputs: JsonDict, version: int) -> list[Problem]:
        """Shape problems alone where the document cannot be read, else every broken rule."""
        try:
            return check_rules(read_inputs(inputs, version))
        except StepInputsError as error:
            return list(error.problems)

    def notes(self, inputs: JsonDict, version: int) -> list[Problem]:
        """Where the role that the stack makes, or the one given, may lack a permission."""
        try:
            return execution_role_notes(read_inputs(inputs, version))
        except StepInputsError:
            return []

    def schema(self, version: int) -> JsonDict:
        """The JSON Schema of the inputs."""
        return inputs_schema(version)

    def images(self, inputs: JsonDict) -> list[ImageNeed]:
        """The images of the containers, in order."""
        return image_needs(inputs)

    def summarise(self, inputs: JsonDict) -> str:
        """Name, size and containers in one line."""
        return summary(inputs)

    def stack_name(self, inputs: JsonDict, *, cluster: str, environment_id: str) -> str:
        """The name given, or the generated one; empty while the task has no name."""
        given, task_name = inputs.get("stack_name"), inputs.get("task_name")
        if isinstance(given, str) and given:
            return given
        if not isinstance(task_name, str) or not task_name:
            return ""
        return generated_stack_name(cluster, task_name, environment_id)

    def export(
        self,
        inputs: JsonDict,
        version: int,
        *,
        images: Mapping[str, str] | None = None,
        cluster: str = "",
    ) -> JsonDict:
        """The template; bound values stay as their expressions."""
        read = read_inputs(inputs, version)
        try:
            return build_template(read, images=images, cluster=cluster or CLUSTER_EXPRESSION)
        except MissingImageError as error:
            problem = Problem(f"images.{error.reference}", "Is missing.", "missing", "shape")
            raise StepInputsError([problem]) from error

    def from_octopus(
        self, properties: Source, packages: Mapping[str, JsonDict], package_version: str
    ) -> tuple[int, JsonDict] | None:
        """Version and inputs of the step that Octopus Deploy keeps in these properties."""
        if not is_kept_in(properties):
            return None
        inputs = imported_inputs(properties, packages)
        return imported_version(inputs, package_version), inputs

    def from_running_service(
        self,
        service: Mapping[str, Any],
        task_definition: Mapping[str, Any],
        *,
        match_image: MatchImage,
        stack: StackFacts | None,
    ) -> RunningImport:
        """The inputs that would deploy this service."""
        return running_import(service, task_definition, match_image=match_image, stack=stack)

    def look_ahead(
        self, inputs: JsonDict, version: int, *, stack_name: str, clients: Callable[[str], Any]
    ) -> list[Foreseen]:
        """What in AWS would fail the deployment."""
        from ecsportal.steps.deploy_ecs_service.look_ahead import (  # noqa: PLC0415 -- templates and checks need no AWS client
            look_ahead,
        )

        return look_ahead(inputs, version, stack_name=stack_name, clients=clients)

    def form(self, inputs: JsonDict, *, version: int, choices: Mapping[str, Any]) -> StepForm:
        """The editor's form, filled with stored inputs."""
        from ecsportal.steps.deploy_ecs_service.form.step_form import (  # noqa: PLC0415 -- forms need Django, rendering does not
            DeployEcsServiceForm,
        )

        return DeployEcsServiceForm.from_inputs(inputs, version=version, choices=choices)

    def form_from_post(
        self, post: Mapping[str, Any], *, version: int, choices: Mapping[str, Any]
    ) -> StepForm:
        """The editor's form as it was typed."""
        from ecsportal.steps.deploy_ecs_service.form.step_form import (  # noqa: PLC0415 -- forms need Django, rendering does not
            DeployEcsServiceForm,
        )

        return DeployEcsServiceForm.from_post(post, version=version, choices=choices)


STEP_TYPE: StepType = DeployEcsService()
