"""What only the deployment's page shows: steps, diagnosis, questions, the log's tree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ecsportal.deployments import sentences
from ecsportal.deployments.diagnosis import ContainerLog, advice_steps
from ecsportal.deployments.earlier_tasks import last_line_before
from ecsportal.deployments.guided_failure import EXCLUDE, FAIL, IGNORE, RETRY
from ecsportal.deployments.log_lines import ShownLine, lines_html
from ecsportal.deployments.models import (
    Deployment,
    Level,
    LogLine,
    TargetRun,
)
from ecsportal.deployments.progress_page import LONG_NODE
from ecsportal.deployments.stages import Stage, look_of
from ecsportal.deployments.step_changes import StepChanges
from ecsportal.releases.markdown import rendered
from ecsportal.steps.reasons import Evidence, kept
from ecsportal.steps.wording import sentence
from ecsportal.web import components
from ecsportal.web.moments import clock_words, moment_of

register = template.Library()


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


@register.filter
def late_word(deployment: Deployment) -> str:
    """What became of a step that didn't wait, in a word or two."""
    return sentences.late_word(deployment)


@register.simple_tag
def late_status(deployment: Deployment, size: str = "") -> SafeString:
    """The badge of that: its word, with the kind that goes with it."""
    word = sentences.late_word(deployment)
    return components.status(sentences.late_kind(deployment), word, size=size)


@register.filter
def look(run: TargetRun) -> str:
    """How a run on a target shows in the log's tree."""
    return look_of(run.state, [run])


@register.filter
def as_steps(advice: str) -> list[str]:
    """What to do, a sentence each."""
    return advice_steps(advice)


@register.filter
def folds(stage: Stage, run: TargetRun) -> bool:
    """Whether the target's node is closed at first, so that one that failed is seen."""
    return stage.folds(run)


@register.simple_tag
def diff_verdict(step: StepChanges) -> SafeString:
    """The one verdict of a step's head."""
    kind, words = step.verdict
    icons = {"ok": "plus" if step.is_first else "refresh", "failed": "s-failed"}
    return components.fact_tag(words, kind=kind, icon_name=icons.get(kind, ""))


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
    return components.when(moment_of(at), "relative", timezone.now())


@register.filter
def iso_clock(at: str) -> str:
    """The clock of a time that is kept as text; the text itself where it isn't a time."""
    parsed = moment_of(at)
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
