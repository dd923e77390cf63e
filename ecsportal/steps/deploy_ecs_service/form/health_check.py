"""A container's health check. A bare command line is run in the container's shell."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form import container_summaries as summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import HEALTH_CHECK, PARAMETERS
from ecsportal.steps.forms.parts import Extra, Field, Group, Offer
from ecsportal.steps.forms.typed import text_of

_WAYS = ("CMD", "CMD-SHELL", "NONE")


def command_text(command: Any) -> str:
    """A command of the shell as the line it is; other commands one item a line."""
    if isinstance(command, list) and len(command) == 2 and command[0] == "CMD-SHELL":
        line = command[1]
        if isinstance(line, str) and line.strip() == line and line and not _is_several(line):
            return line
    return text_of(command)


def command_items(text: str) -> list[str]:
    """The items of a typed command: the first line may say how it runs, else the shell does."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines or lines[0] in _WAYS:
        return lines
    return ["CMD-SHELL", " ".join(lines)]


def in_the_shell(command: Any) -> Offer | None:
    """What is offered for an imported command that AWS would refuse: to run it in the shell."""
    if not isinstance(command, list) or not command or command[0] in _WAYS:
        return None
    return Offer("Run it with CMD-SHELL", ["CMD-SHELL", " ".join(map(str, command))])


def how_it_runs(row: JsonDict) -> str:
    """What becomes of the command, in a few words."""
    command = row.get("command")
    first = command[0] if isinstance(command, list) and command else ""
    if first == "CMD-SHELL":
        return "Runs as CMD-SHELL, in the container's shell."
    if first == "CMD":
        return "Runs as CMD, without a shell; each line is one argument."
    return "Switches off the check that the image brings." if first == "NONE" else ""


def _is_several(line: str) -> bool:
    return "\n" in line or line in _WAYS


def _seconds(path: str, label: str, note: str, default: str, unit: str = "s") -> Field:
    return Field(
        path,
        label,
        kind="number",
        unit=unit,
        width="p-c3",
        empty=None,
        placeholder=default,
        note=note,
        aws=HEALTH_CHECK,
    )


HEALTH = Group(
    "health",
    "Health check",
    (
        Extra(
            "health_check",
            "Health check",
            "health check",
            (
                Field(
                    "command",
                    "Command",
                    kind="items",
                    mono=True,
                    width="p-c12",
                    reads=command_items,
                    writes=command_text,
                    shows=how_it_runs,
                    offer=in_the_shell,
                    placeholder="curl -fs localhost:8080/healthz || exit 1",
                    note="Ends with 0 where all is well. Start with a line CMD to run a program "
                    "without a shell, one argument a line.",
                    aws=HEALTH_CHECK,
                ),
                _seconds("interval", "Interval", "5 to 300 between two checks.", "30"),
                _seconds("timeout", "Timeout", "2 to 60 for one check.", "5"),
                _seconds("retries", "Retries", "1 to 10 failures in a row.", "3", unit=""),
                _seconds("start_period", "Start period", "0 to 300 in which none counts.", "0"),
            ),
            new={
                "command": [],
                "interval": None,
                "timeout": None,
                "retries": None,
                "start_period": None,
            },
            note="ECS runs it inside the container and replaces the task when it keeps failing. "
            "Without one, only the load balancer looks.",
            aws=f"{PARAMETERS}#container_definition_healthcheck",
        ),
    ),
    summaries.health,
)
