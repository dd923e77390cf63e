"""Names of variables, and tokens that only a deployment resolves."""

from __future__ import annotations

import pytest

from ecsportal.projects.variables.names import (
    fault_of_name,
    is_known_when_deploying,
    is_set_by_portal,
    name_in_token,
)


@pytest.mark.parametrize("name", ["A", "A.B-c_d", "Db Name", "Task[web].Image", "Ünïcode", "a:b/c"])
def test_what_can_be_looked_up_is_a_name(name: str) -> None:
    assert fault_of_name(name) == ""


@pytest.mark.parametrize(
    "name", ["", "  ", "a|b", "a$b", "a}b", "#{a}", "x[#{y}]", "calc 1", "a.", "x" * 301, "a\x00b"]
)
def test_what_no_expression_could_name_is_refused(name: str) -> None:
    assert fault_of_name(name) != ""


@pytest.mark.parametrize(
    "name",
    [
        "Octopus.Environment.Name",
        "octopus.environment.NAME",
        "Octopus.Action[Deploy web].Output.ServiceName",
        "Octopus.Action[Deploy web].Output[shop].AwsOutputs[StackId]",
        "Octopus.Action.Package[nginx].Image",
        "Octopus.Deployment.Targets[shop].Name",
    ],
)
def test_system_variables_are_known_by_their_names(name: str) -> None:
    assert is_set_by_portal(name)


@pytest.mark.parametrize("name", ["Octopus.Environment", "Octopus.Mine", "OctopusPrintVariables"])
def test_other_names_of_that_kind_are_free(name: str) -> None:
    assert not is_set_by_portal(name)


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("#{A.B}", "A.B"),
        ("#{A.B | ToUpper}", "A.B"),
        ('#{if A == "b" }yes#{/if}', "A"),
        ("#{unless A}no#{/unless}", "A"),
        ("no token", "no token"),
    ],
)
def test_the_name_in_a_token_is_found(token: str, name: str) -> None:
    assert name_in_token(token) == name


def test_the_releases_number_is_known_when_deploying() -> None:
    assert is_known_when_deploying("#{Octopus.Release.Number | ToUpper}")
    assert not is_known_when_deploying("#{Release.Number}")
