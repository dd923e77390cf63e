"""Task definitions as ECS has them: read whole, compared, registered as a new revision.

A definition's content is kept as the JSON that ECS speaks, so that a field which nobody here knows
goes through untouched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.ecs.whole_answers import send_whole, whole_answer

JsonDict = dict[str, Any]

READ_ONLY = frozenset(
    {
        "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
        "registeredAt", "registeredBy", "deregisteredAt",
    }
)  # fmt: skip
"""What DescribeTaskDefinition adds and RegisterTaskDefinition refuses (API Reference)."""
_OF_PORTS = {"protocol": "tcp"}
_OF_HEALTH_CHECKS = {"interval": 30, "timeout": 5, "retries": 3}


@dataclass(frozen=True)
class Definition:
    """One revision: its content without what is read only, and its tags."""

    arn: str
    content: JsonDict
    tags: Mapping[str, str] = field(default_factory=dict)
    launch_types: tuple[str, ...] = ()
    """What it may run on (`FARGATE`, `EC2`), as ECS found."""

    @property
    def family(self) -> str:
        return str(self.content["family"])

    @property
    def name(self) -> str:
        """`web:58`."""
        return self.arn.rpartition("/")[2]

    @property
    def revision(self) -> str:
        return self.arn.rpartition(":")[2]

    @property
    def containers(self) -> list[JsonDict]:
        """The container definitions, in order."""
        found: list[JsonDict] = self.content.get("containerDefinitions", [])
        return found


def describe_definition(ecs: Any, name: str) -> Definition | None:
    """The definition by ARN or `family:revision`, or a family's newest; None where none is."""
    try:
        with aws_errors:
            answer = whole_answer(
                ecs, "DescribeTaskDefinition", taskDefinition=name, include=["TAGS"]
            )
    except AwsError as error:
        if error.aws_code == "ClientException" and error.says("unable to describe"):
            return None
        raise
    return _definition(answer["taskDefinition"], answer.get("tags"))


def register_definition(ecs: Any, content: JsonDict, tags: Mapping[str, str]) -> Definition:
    """Register the content as the next revision of its family.

    There is no token for this: look at the newest revision before calling it once more.
    """
    params = dict(content)
    if tags:  # an empty list is refused
        params["tags"] = [{"key": key, "value": value} for key, value in tags.items()]
    with aws_errors:
        answer = send_whole(ecs, "RegisterTaskDefinition", params)
    return _definition(answer["taskDefinition"], answer.get("tags"))


def is_same(one: JsonDict, other: JsonDict) -> bool:
    """True where two contents say the same: what ECS fills in by itself makes no difference."""
    return _plain(one) == _plain(other)


def _definition(raw: Mapping[str, Any], tags: Any) -> Definition:
    return Definition(
        arn=raw["taskDefinitionArn"],
        content={key: value for key, value in raw.items() if key not in READ_ONLY},
        tags={tag["key"]: tag.get("value", "") for tag in tags or ()},
        launch_types=tuple(raw.get("compatibilities", ())),
    )


def _plain(content: JsonDict) -> JsonDict:
    containers = [_plain_container(each) for each in content.get("containerDefinitions", [])]
    bare: JsonDict = _stated(content)
    return bare | {"containerDefinitions": containers}


def _plain_container(container: JsonDict) -> JsonDict:
    full = {"essential": True, **container}
    full["portMappings"] = [
        {**_OF_PORTS, "hostPort": port.get("containerPort"), **port}
        for port in container.get("portMappings") or ()
    ]
    if container.get("healthCheck"):
        full["healthCheck"] = {**_OF_HEALTH_CHECKS, **container["healthCheck"]}
    for named in ("environment", "secrets"):
        # ECS gives them back in an order of its own.
        full[named] = sorted(container.get(named) or (), key=lambda each: str(each.get("name")))
    bare: JsonDict = _stated(full)
    if not bare.get("cpu"):
        bare.pop("cpu", None)
    return bare


def _stated(value: Any) -> Any:
    """Without absent values, empty lists and empty objects."""
    if isinstance(value, dict):
        kept = {key: _stated(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, [], {})}
    if isinstance(value, list):
        return [_stated(each) for each in value]
    return value
