"""What all ECS steps of Octopus Deploy keep alike: tags, and how long they wait."""

from __future__ import annotations

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.octopus_source import Source, closed

_WAITS = {
    "WaitUntilCompleted": "until_completed",
    "WaitWithTimeout": "with_timeout",
    "DontWait": "dont_wait",
}


def tags(properties: Source) -> list[JsonDict]:
    """The user's tags."""
    return [
        closed(tag, {"key": tag.text("key"), "value": tag.text("value")})
        for tag in properties.objects("Octopus.Action.Aws.Ecs.Tags")
    ]


def wait_option(properties: Source) -> JsonDict:
    """How long the step follows what it started."""
    source = properties.object("Octopus.Action.Aws.Ecs.WaitOption")
    return closed(
        source,
        {
            "type": source.word("type", _WAITS, "until_completed"),
            "timeout_minutes": source.number("timeoutMinutes"),
        },
    )
