"""What only the deployment's page shows: its log's tree and AWS's states in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ecsportal.deployments.models import LogLine, StepRun, TargetRun
from ecsportal.web import components
from ecsportal.web.moments import clock_words

register = template.Library()

STACK_VERBS = {"CREATE": "Creat", "UPDATE": "Updat", "DELETE": "Delet", "IMPORT": "Import"}


@register.simple_tag
def kind_of(state: str) -> str:
    """The kind of status of a state: `executing` is `running`."""
    return components.STATES[state][0]


@register.simple_tag
def state_icon(state: str, warnings: bool = False) -> SafeString:
    """The state's shape alone, its word for screen readers only."""
    kind, word = components.STATES[state]
    if warnings and kind == "ok":
        kind, word = "warning", f"{word} with warnings"
    return format_html(
        '<span class="p-status p-is-{}">{}<span class="visually-hidden">{}</span></span>',
        kind,
        components.icon(f"s-{kind}"),
        word,
    )


@register.simple_tag
def stack_status(status: str) -> SafeString:
    """A CloudFormation state as shape and word: `UPDATE_IN_PROGRESS` is "Updating"."""
    verb = STACK_VERBS.get(status.split("_")[0], "Chang")
    if "ROLLBACK" in status:
        kind = "running" if status.endswith("IN_PROGRESS") else "rolledback"
        return components.status(kind, "Rolling back" if kind == "running" else "Rolled back")
    if status.endswith("IN_PROGRESS"):
        return components.status("running", f"{verb}ing")
    if status.endswith("FAILED"):
        return components.status("failed", "Failed")
    return components.status("ok", f"{verb}ed")


@register.filter
def clock(at: datetime) -> str:
    """The clock of a log line in the reader's zone."""
    return clock_words(at)


@register.filter
def iso_clock(at: str) -> str:
    """The clock of a time that is kept as text; the text itself where it isn't a time."""
    parsed = parse_datetime(at)
    return clock_words(parsed) if parsed and parsed.tzinfo else at


@register.filter
def node(lines: Mapping[tuple[str, str], list[LogLine]], of: str | TargetRun) -> list[LogLine]:
    """The lines of one node of the tree: a step's slug, "" for the deployment, or a target run."""
    if isinstance(of, TargetRun):
        run_of: StepRun = of.step_run
        return lines.get((run_of.slug, of.target_slug), [])
    return lines.get((of, ""), [])


@register.filter
def words(answer: str) -> str:
    """`exclude_target` as a button says it: "Exclude target"."""
    return answer.replace("_", " ").capitalize()
