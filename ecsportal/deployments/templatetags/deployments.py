"""What only the deployment's page shows: its log's tree and AWS's states in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ecsportal.aws.causes import core_of
from ecsportal.deployments import sentences
from ecsportal.deployments.diagnosis import ContainerLog, advice_steps
from ecsportal.deployments.earlier_tasks import last_line_before
from ecsportal.deployments.guided_failure import EXCLUDE, FAIL, IGNORE, RETRY
from ecsportal.deployments.log_lines import ShownLine, lines_html
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    Level,
    LogLine,
    TargetRun,
)
from ecsportal.deployments.progress_page import LONG_NODE
from ecsportal.deployments.stages import Stage
from ecsportal.deployments.step_changes import StepChanges
from ecsportal.releases.markdown import rendered
from ecsportal.steps.reasons import Evidence, kept
from ecsportal.steps.wording import sentence
from ecsportal.web import components
from ecsportal.web.moments import clock_words, duration_words

register = template.Library()

STACK_VERBS = {"CREATE": "Creat", "UPDATE": "Updat", "DELETE": "Delet", "IMPORT": "Import"}


@register.simple_tag
def earlier_in_log(deployment: Deployment, step: str, piece: Evidence) -> str:
    """The address of what a piece of evidence counts without naming it: its line, or its node."""
    line = last_line_before(deployment, step, piece)
    if line is None:
        return f"#node-{step}"
    return f"{reverse('deployments:detail', args=[deployment.pk])}?line={line}#L{line}"


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


@register.filter
def late_word(deployment: Deployment) -> str:
    """What became of a step that didn't wait, in a word or two."""
    return sentences.late_word(deployment)


@register.simple_tag
def late_status(deployment: Deployment, size: str = "") -> SafeString:
    """The badge of that: its word, with the kind that goes with it."""
    word = sentences.late_word(deployment)
    return components.status(sentences.late_kind(deployment), word, size=size)


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


@register.filter
def as_steps(advice: str) -> list[str]:
    """What to do, a sentence each."""
    return advice_steps(advice)


@register.filter
def folds(stage: Stage, run: TargetRun) -> bool:
    """Whether the target's node is closed at first, so that one that failed is seen."""
    return stage.folds(run)


STARTING = "initial"
TARGET_STATES = {
    "healthy": ("ok", "Healthy"),
    "unhealthy": ("failed", "Unhealthy"),
    STARTING: ("running", "Starting"),
    "draining": ("cancelled", "Draining"),
}


@register.simple_tag
def target_status(state: str, is_over: bool) -> SafeString:
    """A load balancer's state of a target as shape and word; `is_over` as of `stack_status`."""
    if is_over and state == STARTING:
        return components.status("pending", "Was starting")
    return components.status(*TARGET_STATES.get(state, ("pending", state.capitalize())))


@register.simple_tag
def diff_verdict(step: StepChanges) -> SafeString:
    """The one verdict of a step's head."""
    kind, words = step.verdict
    icons = {"ok": "plus" if step.is_first else "refresh", "failed": "s-failed"}
    return components.fact_tag(words, kind=kind, icon_name=icons.get(kind, ""))


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
    return f'{newest["logical_id"]} can\'t go back. AWS says: "{core_of(newest["reason"])}" '


@register.simple_tag
def takes(resource: Mapping[str, Any], is_final: bool) -> SafeString | str:
    """How long a stack resource took; it ticks while AWS works on it."""
    began, since = _moment(resource.get("began")), _moment(resource.get("since"))
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
    began, ended = _moment((rollback or {}).get("began")), _moment((rollback or {}).get("ended"))
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
    deadline = _moment(limits.get("deadline"))
    if deadline:
        parts.append(f"Deadline {timezone.localtime(deadline):%H:%M}.")
    return " ".join(parts)


@register.simple_tag
def container_output(log: ContainerLog, label: str) -> SafeString:
    """A container's last lines, the telling one marked; it begins scrolled to its end."""
    lines = format_html_join(
        "\n",
        "{}",
        (
            (format_html('<span class="bad">{}</span>', text) if number == log.telling else text,)
            for number, text in enumerate(log.lines)
        ),
    )
    end = format_html('\n<span class="dim">{}</span>', log.end) if log.end else ""
    return format_html(
        '<div class="p-out p-out--end" tabindex="0" role="group" aria-label="{}">'
        "<pre>{}{}</pre></div>",
        label,
        lines,
        end,
    )


@register.simple_tag
def iso_when(at: str) -> SafeString:
    """A time that is kept as text, relative and ticking; nothing where it isn't a time."""
    return components.when(_moment(at), "relative", timezone.now())


@register.filter
def iso_clock(at: str) -> str:
    """The clock of a time that is kept as text; the text itself where it isn't a time."""
    parsed = _moment(at)
    return clock_words(parsed) if parsed else at


@register.simple_tag
def log_items(lines: Sequence[ShownLine]) -> SafeString:
    """Lines of the task log, to stand in a list."""
    return lines_html(lines)


@register.simple_tag
def found_line(line: LogLine, deployment_id: int, words: str) -> SafeString:
    """A line that a search found: it leads to its place in the log, the words are marked."""
    return format_html(
        '<li class="p-line p-line--{}"><a href="{}?line={}#L{}" aria-label="Line {}">{}</a>'
        "{}<span>{}</span></li>",
        Level.ERROR if line.level == Level.FATAL else line.level,
        reverse("deployments:detail", args=[deployment_id]),
        line.seq,
        line.seq,
        line.seq,
        line.seq,
        format_html(
            '<time datetime="{}" data-clock>{}</time>', line.at.isoformat(), clock_words(line.at)
        ),
        _marked(line.text, words),
    )


def _marked(text: str, words: str) -> SafeString:
    """The text with every place of the words marked, letter case aside."""
    parts = re.split(f"({re.escape(words)})", text, flags=re.IGNORECASE)
    pairs = ((format_html("<mark>{}</mark>", part) if n % 2 else part,)
             for n, part in enumerate(parts))  # fmt: skip
    return format_html_join("", "{}", pairs)


@register.simple_tag
def log_lines(
    lines: Mapping[tuple[str, str, str], Sequence[ShownLine]],
    step: str,
    target: str = "",
    part: str = "",
) -> SafeString:
    """The list of lines of one node of the tree: a step, a step on a target, a part of that."""
    own = lines.get((step, target, part), ())
    return format_html(
        '<ol class="p-lines{}" data-lines="{}/{}{}">{}</ol>',
        " p-lines--long" if len(own) > LONG_NODE else "",
        step,
        target,
        f"/{part}" if part else "",
        lines_html(own),
    )


@register.simple_tag
def markdown(text: str) -> SafeString:
    """A step's instructions as HTML; raw HTML in them stays text."""
    return rendered(text)


@register.filter
def revision_number(revision: str) -> str:
    """`58` of `shop-web:58`: the service stands above it."""
    return revision.rpartition(":")[2]


_CONSEQUENCES = {
    RETRY: "runs the step on this target again.",
    FAIL: "ends the deployment as failed; steps that run after a failure still run.",
    IGNORE: "goes on; the deployment ends with warnings.",
    EXCLUDE: "goes on without this target in every later step.",
}


@register.filter
def consequence(answer: str) -> str:
    """What an answer to a failure does, after its button's word."""
    return _CONSEQUENCES.get(answer, "")


@register.filter
def done_by(does: Mapping[str, str], answer: str) -> str:
    """What an answer to a step's question does, after its button's word."""
    return sentence(does[answer]) if answer in does else ""


@register.filter
def said(error: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """What AWS said, as it is stored with an error."""
    return kept(error)


@register.filter
def words(answer: str) -> str:
    """`exclude_target` as a button says it: "Exclude target"."""
    return answer.replace("_", " ").capitalize()


def _moment(text: str | None) -> datetime | None:
    parsed = parse_datetime(text or "")
    return parsed if parsed and parsed.tzinfo else None
