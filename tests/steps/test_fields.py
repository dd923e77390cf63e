from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from ecsportal.steps.fields import (
    Flag,
    Number,
    OptionalNumber,
    StepModel,
    Text,
    one_of,
    path_of,
    shape_problem,
)
from ecsportal.steps.problems import Problem


class Port(StepModel):
    port: Number


class Sample(StepModel):
    name: Text = ""
    count: Number = 1
    limit: OptionalNumber = None
    public: Flag = True
    protocol: Annotated[str, one_of("tcp", "udp")] = "tcp"
    ports: list[Port] = []
    nested: Port | None = None


def read(document: Any) -> list[Problem]:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate(document)
    return [shape_problem(error) for error in refused.value.errors()]


@pytest.mark.parametrize(
    ("field", "given", "value"),
    [
        ("name", "web", "web"),
        ("name", "a #{b}", "a #{b}"),
        ("count", 3, 3),
        ("count", 3.0, 3),
        ("count", " +3 ", 3),
        ("count", "#{Count}", "#{Count}"),
        ("count", "1#{Zeros}", "1#{Zeros}"),
        ("limit", None, None),
        ("limit", " ", None),
        ("limit", "64", 64),
        ("public", False, False),
        ("public", " True ", True),
        ("public", "false", False),
        ("public", "#{Public}", "#{Public}"),
        ("protocol", "UDP", "udp"),
        ("protocol", "#{Protocol}", "#{Protocol}"),
    ],
)
def test_a_scalar_takes_a_literal_its_text_or_an_expression(
    field: str, given: Any, value: Any
) -> None:
    assert getattr(Sample.model_validate({field: given}), field) == value


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"name": 3}, Problem("name", "Has to be text; it is 3.", "type", "shape")),
        ({"name": None}, Problem("name", "Has to be text; it is null.", "type", "shape")),
        (
            {"count": "many"},
            Problem("count", 'Has to be a whole number; it is "many".', "type", "shape"),
        ),
        ({"count": 1.5}, Problem("count", "Has to be a whole number; it is 1.5.", "type", "shape")),
        (
            {"count": True},
            Problem("count", "Has to be a whole number; it is true.", "type", "shape"),
        ),
        ({"count": ""}, Problem("count", 'Has to be a whole number; it is "".', "type", "shape")),
        (
            {"limit": []},
            Problem("limit", "Has to be a whole number; it is a list.", "type", "shape"),
        ),
        (
            {"public": "maybe"},
            Problem("public", 'Has to be true or false; it is "maybe".', "type", "shape"),
        ),
        (
            {"public": 0},
            Problem("public", "Has to be true or false; it is 0.", "type", "shape"),
        ),
        (
            {"protocol": "sctp"},
            Problem("protocol", 'Has to be tcp or udp; it is "sctp".', "type", "shape"),
        ),
        ({"ports": {}}, Problem("ports", "Has to be a list; it is an object.", "type", "shape")),
        (
            {"ports": [{"port": 1}, 5]},
            Problem("ports[1]", "Has to be an object; it is 5.", "type", "shape"),
        ),
        ({"ports": [{}]}, Problem("ports[0].port", "Is missing.", "missing", "shape")),
        (
            {"nested": {"port": 1, "host": 2}},
            Problem("nested.host", "There is no field host.", "unknown_field", "shape"),
        ),
        ([], Problem("", "Has to be an object; it is a list.", "type", "shape")),
    ],
)
def test_what_cannot_be_read_is_told_with_its_path(document: Any, problem: Problem) -> None:
    assert read(document) == [problem]


def test_a_very_long_number_is_no_number() -> None:
    assert [problem.path for problem in read({"count": "9" * 5000})] == ["count"]


def test_a_path_is_written_as_the_api_writes_it() -> None:
    assert path_of(("containers", 1, "ports", 0, "port")) == "containers[1].ports[0].port"


def test_the_json_schema_allows_a_literal_or_an_expression() -> None:
    bound = {"type": "string", "pattern": "#\\{"}
    properties = Sample.model_json_schema()["properties"]
    assert properties["count"]["anyOf"] == [{"type": "integer"}, bound]
    assert properties["protocol"]["anyOf"] == [{"type": "string", "enum": ["tcp", "udp"]}, bound]
