"""What the step declares to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.deploy_ecs_service.inputs.container import ContainerImage
from ecsportal.steps.deploy_ecs_service.summary import image_needs
from ecsportal.steps.modelled import ModelledStep
from ecsportal.steps.octopus_source import Source
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import ImageNeed, StepType
from ecsportal.steps.update_ecs_service.inputs import (
    ContainerChange,
    UpdateEcsServiceInputs,
    check_rules,
)
from ecsportal.steps.update_ecs_service.octopus import imported_inputs, is_kept_in

if TYPE_CHECKING:
    from ecsportal.steps.forms.parts import Section


class UpdateEcsService(ModelledStep[UpdateEcsServiceInputs]):
    """Gives a service that exists a new revision of its task definition."""

    slug = "update-ecs-service"
    name = "Update Amazon ECS Service"
    summary = "Rolls new images out to a service that others own, and changes nothing else."
    choose_when = (
        "Terraform, a stack or another team has made the service, and its images are deployed here."
    )
    model = UpdateEcsServiceInputs
    runs_on_targets = True

    def initial_inputs(self) -> JsonDict:
        """Every default stated, and one container that waits for its name."""
        change = ContainerChange(image=ContainerImage(repository=""))
        return UpdateEcsServiceInputs(containers=[change]).model_dump(mode="json")

    @cached_property
    def runner(self) -> StepRunner:
        """The update on one target."""
        from ecsportal.steps.update_ecs_service.run import (  # noqa: PLC0415 -- checks need no AWS client
            RUNNER,
        )

        return RUNNER

    def images(self, inputs: JsonDict) -> list[ImageNeed]:
        """The images of the containers that get a new one."""
        return image_needs(inputs)

    def sections(self) -> Sequence[Section]:
        """Service, containers, tags, rollout."""
        from ecsportal.steps.update_ecs_service.form import (  # noqa: PLC0415 -- checks need no form
            SECTIONS,
        )

        return SECTIONS

    def rules(self, inputs: UpdateEcsServiceInputs) -> list[Problem]:
        """What ECS or the step itself would refuse."""
        return check_rules(inputs)

    def summarise(self, inputs: JsonDict) -> str:
        """`shop-web, task definition web: containers web and log`."""
        from ecsportal.steps.update_ecs_service.form import (  # noqa: PLC0415 -- as above
            container_names,
            service_words,
        )

        names = container_names(inputs)
        return service_words(inputs) + (f": {', '.join(names)}" if names else "")

    def from_octopus(
        self, properties: Source, packages: Mapping[str, JsonDict], package_version: str
    ) -> tuple[int, JsonDict] | None:
        """Version and inputs of the step that Octopus Deploy keeps in these properties."""
        if not is_kept_in(properties):
            return None
        return self.version, imported_inputs(properties, packages)


STEP_TYPE: StepType = UpdateEcsService()
