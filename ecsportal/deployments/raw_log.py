"""The whole task log as text: a header, a heading for each node, a line for each line.

It is read piece by piece by the lines' numbers, so that a slow reader holds nothing open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils import timezone

from ecsportal.deployments import sentences
from ecsportal.deployments.log_lines import lines_between
from ecsportal.deployments.models import Deployment
from ecsportal.deployments.proven import with_outcome

CONTENT_TYPE = "text/plain; charset=utf-8"
LINES_AT_ONCE = 2_000

Node = tuple[str, str, str]


@dataclass(frozen=True)
class Head:
    """What the text begins with, and the headings of its nodes."""

    deployment: int
    title: str
    file_name: str
    asked_at: datetime
    steps: dict[str, str]
    """By slug: `Success: Step 1: Deploy web`."""


@dataclass(frozen=True)
class Cursor:
    """Where the text goes on: after which line, in which node."""

    seq: int = 0
    node: Node = ("", "", "")


def head_of(deployment_id: int) -> Head:
    """The deployment's header."""
    found = with_outcome(Deployment.objects.filter(pk=deployment_id))
    deployment = found.select_related("project", "environment", "release").get()
    names = f"{deployment.project.name} {deployment.release.version}"
    state = sentences.late_word(deployment) or deployment.get_state_display()
    return Head(
        deployment=deployment.pk,
        title=f"Deploy {names} to {deployment.environment.name}: {state}",
        file_name=f"{deployment.project.slug}-{deployment.release.version}-{deployment.pk}.log",
        asked_at=deployment.created_at,
        steps={
            step.slug: f"{step.get_state_display()}: Step {step.position + 1}: {step.name}"
            for step in deployment.steps.all()
        },
    )


def disposition(head: Head) -> str:
    """The header that makes a browser save it."""
    return f'attachment; filename="{head.file_name}"'


def opening(head: Head, zone: tzinfo) -> str:
    """The text before the first line."""
    asked = timezone.localtime(head.asked_at, zone)
    return f"{head.title}\nAsked for {asked:%Y-%m-%d %H:%M:%S %Z}\n\n"


def piece(head: Head, cursor: Cursor, zone: tzinfo) -> tuple[str, Cursor]:
    """The next lines as text, and where to go on; an empty text at the end."""
    parts: list[str] = []
    node, seq = cursor.node, cursor.seq
    for line in lines_between(head.deployment, cursor.seq + 1, cursor.seq + LINES_AT_ONCE):
        own: Node = (line.step, line.target, line.part)
        if own != node:
            parts.append(f"| == {_heading(head, own)} ==\n")
        node, seq = own, line.seq
        at = timezone.localtime(line.at, zone)
        parts.append(f"{at:%H:%M:%S}   {line.level.capitalize():<9}|   {line.text}\n")
    return "".join(parts), Cursor(seq, node)


def parts(head: Head, zone: tzinfo) -> Iterator[str]:
    """The whole text, piece by piece."""
    yield opening(head, zone)
    cursor = Cursor()
    while True:
        text, cursor = piece(head, cursor, zone)
        if not text:
            return
        yield text


def _heading(head: Head, node: Node) -> str:
    step, target, part = node
    where = f" on {target}" if target else ""
    return f"{head.steps.get(step, 'Deployment')}{where}{f', {part}' if part else ''}"
