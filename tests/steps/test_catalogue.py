from collections.abc import Iterator

import pytest

from ecsportal.steps import catalogue
from ecsportal.steps.deploy_ecs_service.step_type import DeployEcsService


class Renamed(DeployEcsService):
    slug = "renamed"
    name = "A step of one's own"


@pytest.fixture
def registered() -> Iterator[Renamed]:
    step_type = Renamed()
    catalogue.register(step_type)
    yield step_type
    catalogue.unregister("renamed")


def test_a_package_with_a_step_type_is_found() -> None:
    assert catalogue.get("deploy-ecs-service").name == "Deploy Amazon ECS Service"


def test_an_unknown_slug_is_named() -> None:
    with pytest.raises(catalogue.UnknownStepTypeError, match="There is no step type nothing."):
        catalogue.get("nothing")


def test_a_step_type_can_be_registered_at_run_time(registered: Renamed) -> None:
    assert catalogue.get("renamed") is registered
    assert catalogue.all()[0] is registered


def test_a_registered_step_type_can_be_taken_back(registered: Renamed) -> None:
    catalogue.unregister("renamed")
    assert registered not in catalogue.all()
