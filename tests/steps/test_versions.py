"""Migrations between versions, good ones and each way in which one can hurt."""

from collections.abc import Callable
from typing import Any

import pytest

from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.step_type import DeployEcsService
from ecsportal.steps.problems import Problem
from ecsportal.steps.versions import (
    MISSING,
    InputChange,
    MigrationError,
    Version,
    changes_between,
    migrated,
    versions_of,
)
from tests.steps.deploy_ecs_service.samples import container, document


class Scripted(DeployEcsService):
    """The ECS step with migrations of the test's own; each version takes what version 2 takes."""

    slug = "scripted-versions"
    name = "Scripted"

    def __init__(self, *migrations: tuple[Callable[[JsonDict], JsonDict], tuple[str, ...]]) -> None:
        self.version = len(migrations) + 1
        self.versions = (  # type: ignore[assignment]
            Version(1, "First."),
            *(
                Version(number, "Next.", may_change=may_change, migrate=migrate)
                for number, (migrate, may_change) in enumerate(migrations, 2)
            ),
        )

    def check(self, inputs: JsonDict, version: int) -> list[Problem]:
        return super().check(inputs, 2)


def found(migrate: Callable[[JsonDict], JsonDict], *may_change: str, **fields: Any) -> list[str]:
    """What stands in the way of this migration."""
    with pytest.raises(MigrationError) as refused:
        migrated(Scripted((migrate, may_change)), document(**fields), 1, 2)
    assert "nothing was changed" in str(refused.value)
    return list(refused.value.found)


def test_every_step_type_has_a_migration_to_each_of_its_versions() -> None:
    for step_type in catalogue.all():
        declared = versions_of(step_type)
        assert [version.major for version in declared] == list(range(1, step_type.version + 1))
        assert all(version.migrate and version.summary for version in declared[1:])


def test_migrations_follow_one_another() -> None:
    step_type = Scripted(
        (
            lambda inputs: inputs | {"desired_count": inputs["desired_count"] + 1},
            ("desired_count",),
        ),
        (
            lambda inputs: inputs | {"desired_count": inputs["desired_count"] * 10},
            ("desired_count",),
        ),
    )
    assert migrated(step_type, document(desired_count=1), 1, 3)["desired_count"] == 20
    assert migrated(step_type, document(desired_count=1), 2, 3)["desired_count"] == 10


def test_the_inputs_given_stay_as_they_are() -> None:
    def migrate(inputs: JsonDict) -> JsonDict:
        inputs["tags"].append({"key": "a", "value": "b"})
        return inputs

    inputs = document(tags=[])
    assert migrated(Scripted((migrate, ("tags",))), inputs, 1, 2)["tags"] != []
    assert inputs["tags"] == []


def test_a_field_silently_reset_is_refused() -> None:
    assert found(lambda inputs: inputs | {"desired_count": 1}, "cpu", desired_count=3) == [
        "It changes desired_count."
    ]


def test_a_field_silently_dropped_or_added_is_refused() -> None:
    assert found(lambda inputs: inputs | {"maximum_percent": 200}) == ["It adds maximum_percent."]

    def drop(inputs: JsonDict) -> JsonDict:
        del inputs["tags"]
        return inputs

    assert found(drop, tags=[{"key": "a", "value": "b"}]) == ["It removes tags."]


def test_a_value_of_another_type_is_another_value() -> None:
    assert found(lambda inputs: inputs | {"desired_count": "1"}, desired_count=1) == [
        "It changes desired_count."
    ]


def test_a_doubled_reference_is_refused_even_where_containers_may_change() -> None:
    def double(inputs: JsonDict) -> JsonDict:
        inputs["containers"].append(inputs["containers"][0] | {"name": "copy"})
        return inputs

    [said] = found(double, "containers")
    assert said.startswith("It leaves containers[1].image.reference broken: web already names")


def test_a_doubled_name_is_refused_even_where_names_may_change() -> None:
    def rename(inputs: JsonDict) -> JsonDict:
        for each in inputs["containers"]:
            each["name"] = "web"
        return inputs

    with pytest.raises(MigrationError, match="It leaves containers"):
        migrated(
            Scripted((rename, ("containers[*].name",))),
            document(container("web"), container("api")),
            1,
            2,
        )


def test_a_bound_value_turned_literal_is_refused_even_where_it_may_change() -> None:
    assert found(lambda inputs: inputs | {"cpu": "256"}, "cpu", cpu="#{Cpu}") == [
        "It drops the expression #{Cpu} of cpu."
    ]


def test_a_bound_value_may_move() -> None:
    def move(inputs: JsonDict) -> JsonDict:
        return inputs | {"task_role_arn": inputs["stack_name"], "stack_name": ""}

    step_type = Scripted((move, ("task_role_arn", "stack_name")))
    upgraded = migrated(step_type, document(stack_name="#{Name}", task_role_arn=""), 1, 2)
    assert upgraded["task_role_arn"] == "#{Name}"


def test_a_shape_that_the_version_does_not_take_is_refused() -> None:
    [said] = found(lambda inputs: inputs | {"colour": "red"}, "colour")
    assert said == "It leaves colour broken: There is no field colour."


def test_a_migration_that_crashes_is_refused_by_name() -> None:
    def crash(inputs: JsonDict) -> JsonDict:
        raise KeyError("containers")

    assert found(crash) == ["It ended with KeyError: 'containers'."]


def test_a_missing_migration_is_named() -> None:
    with pytest.raises(LookupError, match="Scripted has no migration to version 4"):
        migrated(Scripted(), document(), 3, 4)


def test_a_declared_path_covers_what_lies_under_it_and_nothing_beside() -> None:
    def touch(inputs: JsonDict) -> JsonDict:
        for each in inputs["containers"]:
            each["logging"] = {"type": "manual"}
            each["user"] = "root"
        return inputs

    assert found(touch, "containers[*].logging") == ["It adds containers[0].user."]


def test_changes_are_listed_value_by_value() -> None:
    before = {"a": 1, "b": [{"c": True}], "d": "x"}
    after = {"a": 1, "b": [{"c": False}, {"c": True}]}
    assert changes_between(before, after) == [
        InputChange("b[0].c", True, False),
        InputChange("b[1]", MISSING, {"c": True}),
        InputChange("d", "x", MISSING),
    ]
