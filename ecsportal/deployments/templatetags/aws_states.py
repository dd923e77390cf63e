"""AWS's states in words: of a stack and its resources, a load balancer's targets, a way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ecsportal.aws.causes import core_of
from ecsportal.deployments.models import RUN_FINAL_STATES, TargetRun
from ecsportal.steps.wording import sentence
from ecsportal.web import components
from ecsportal.web.moments import duration_words, moment_of

register = template.Library()

STACK_VERBS = {"CREATE": "Creat", "UPDATE": "Updat", "DELETE": "Delet", "IMPORT": "Import"}


STARTING = "initial"
TARGET_STATES = {
    "healthy": ("ok", "Healthy"),
    "unhealthy": ("failed", "Unhealthy"),
    STARTING: ("running", "Starting"),
    "draining": ("cancelled", "Draining"),
}


@register.simple_tag
def stack_status(status: str, is_over: bool = False) -> SafeString:
    """A CloudFormation state as shape and word: `UPDATE_IN_PROGRESS` is "Updating".

    An empty one is that of a stack which doesn't exist. `is_over` says that nobody looks any more:
    what went on then may have ended long ago.
    """
    if not status:
        return components.status("skipped", "No stack")
    if is_over:
        status = status.removesuffix("_CLEANUP_IN_PROGRESS")
    if is_over and status.endswith("IN_PROGRESS"):
        return components.status("pending", f"Was {_going_on(status).lower()}")
    if "ROLLBACK" in status and status.endswith("FAILED"):
        return components.status("failed", "Rollback broke off")
    if status.endswith("IN_PROGRESS"):
        return components.status("running", _going_on(status))
    if "ROLLBACK" in status:
        return components.status("rolledback", "Rolled back")
    if status.endswith("FAILED"):
        return components.status("failed", "Failed")
    return components.status("ok", f"{_verb(status)}ed")


def _verb(status: str) -> str:
    return STACK_VERBS.get(status.split("_")[0], "Chang")


def _going_on(status: str) -> str:
    return "Rolling back" if "ROLLBACK" in status else f"{_verb(status)}ing"


@register.simple_tag
def resource_status(status: str, of_stack: str, is_over: bool) -> SafeString:
    """A stack resource's state; after a rollback what it ended in is no success of its own.

    `is_over` as of `stack_status`.
    """
    back = "ROLLBACK_COMPLETE" in of_stack
    if back and status in ("UPDATE_COMPLETE", "CREATE_COMPLETE"):
        return components.status("rolledback", "Back as before")
    if status == "DELETE_COMPLETE" and (back or of_stack == "DELETE_COMPLETE"):
        return components.status("cancelled", "Deleted")
    return stack_status(status, is_over)


@register.simple_tag
def last_seen(run: TargetRun, stack: Mapping[str, Any]) -> str:
    """What a run that has ended leaves in progress on its stack; empty where nothing is."""
    status = stack["status"].removesuffix("_CLEANUP_IN_PROGRESS")
    if run.state not in RUN_FINAL_STATES or not status.endswith("IN_PROGRESS"):
        return ""
    if run.unverified:
        return ""  # its outcome is looked up, and told
    named = f": {stack['waits_for']}" if stack.get("waits_for") else ""
    return f"Last seen in {status}{named}. It goes on by itself; this page doesn't follow it."


@register.simple_tag
def target_status(state: str, is_over: bool) -> SafeString:
    """A load balancer's state of a target as shape and word; `is_over` as of `stack_status`."""
    if is_over and state == STARTING:
        return components.status("pending", "Was starting")
    return components.status(*TARGET_STATES.get(state, ("pending", state.capitalize())))


@register.simple_tag
def stack_sentence(stack: Mapping[str, Any]) -> str:
    """Where CloudFormation stands, in a sentence with its own state."""
    status = stack["status"]
    if not status:
        return f"There is no stack {stack['name']}{stack.get('where', '')}, and none was made."
    goes_on = "Nothing is in progress."
    if status.endswith("IN_PROGRESS"):
        goes_on = "It goes on by itself."
    elif status == "UPDATE_ROLLBACK_FAILED":
        goes_on = (
            f"{_why_broken_off(stack)}Nothing is in progress; the next deployment continues the"
            " rollback first."
        )
    stands = f"was last seen in {status}" if status.endswith("IN_PROGRESS") else f"is in {status}"
    said = f"Stack {stack['name']}{stack.get('where', '')} {stands}. {goes_on}"
    return f"{said} {stack['note']}" if stack.get("note") else said


def _why_broken_off(stack: Mapping[str, Any]) -> str:
    """What kept a rollback from its end, in AWS's words; empty where it didn't tell."""
    failed = [
        row
        for row in stack.get("resources") or ()
        if row.get("reason") and str(row["status"]).endswith("_FAILED")
    ]
    if not failed:
        return ""
    newest = max(failed, key=lambda row: str(row.get("since") or ""))
    says = sentence(f'AWS says: "{core_of(newest["reason"])}"')
    return f"{newest['logical_id']} can't go back. {says} "


@register.simple_tag
def takes(resource: Mapping[str, Any], is_final: bool) -> SafeString | str:
    """How long a stack resource took; it ticks while AWS works on it."""
    began, since = moment_of(resource.get("began")), moment_of(resource.get("since"))
    if began is None:
        return ""
    if not resource["status"].endswith("IN_PROGRESS"):
        return duration_words((since - began).total_seconds()) if since else ""
    if is_final:
        return ""
    words = duration_words((timezone.now() - began).total_seconds())
    return format_html('<span data-since="{}">{}</span>', began.isoformat(), words)


@register.simple_tag
def rollback_icon(rollback: Mapping[str, Any] | None, state: str) -> SafeString:
    """The shape of a way back: going on, done, broken off, or not followed to its end."""
    kind, word = rollback_kind(rollback or {}, state)
    return format_html(
        '<span class="p-status p-is-{}">{}<span class="visually-hidden">{}</span></span>',
        kind,
        components.icon(f"s-{kind}"),
        word,
    )


@register.simple_tag
def rollback_state(rollback: Mapping[str, Any], state: str) -> str:
    """The kind of status of a way back."""
    return rollback_kind(rollback, state)[0]


def rollback_kind(rollback: Mapping[str, Any], state: str) -> tuple[str, str]:
    """Kind and word of a way back."""
    if str(rollback.get("status", "")).endswith("_FAILED"):
        return "failed", "Broke off"
    if rollback.get("ended"):
        return "rolledback", "Rolled back"
    if state in RUN_FINAL_STATES:
        return "warning", "Not followed to its end"
    return "running", "Rolling back"


@register.simple_tag
def rollback_took(rollback: Mapping[str, Any] | None) -> SafeString | str:
    """How long the way back took; it ticks while it goes on."""
    began, ended = (
        moment_of((rollback or {}).get("began")),
        moment_of((rollback or {}).get("ended")),
    )
    if began is None:
        return ""
    if ended:
        return duration_words((ended - began).total_seconds())
    words = duration_words((timezone.now() - began).total_seconds())
    return format_html('<span data-since="{}">{}</span>', began.isoformat(), words)


@register.simple_tag
def limits_sentence(limits: Mapping[str, Any] | None) -> str:
    """What ends the step early: "Stops early after 3 failed tasks: 0 so far. Deadline 14:48."."""
    if not limits:
        return ""
    parts = []
    most = limits.get("fail_after_stopped_tasks")
    if most:
        tasks = "task" if most == 1 else "tasks"
        parts.append(f"Stops early after {most} failed {tasks}: {limits['failed_tasks']} so far.")
    deadline = moment_of(limits.get("deadline"))
    if deadline:
        parts.append(f"Deadline {timezone.localtime(deadline):%H:%M}.")
    return " ".join(parts)
