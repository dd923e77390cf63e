"""A step's template as the pages show it: numbered, coloured lines, or the reason for none."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ecsportal.cloudformation.documents import to_json, to_yaml
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.problems import StepInputsError
from ecsportal.steps.step_type import StepForm, StepType

Format = Literal["yaml", "json"]
WRITERS: dict[str, Callable[[JsonDict], str]] = {"yaml": to_yaml, "json": to_json}

MOST_MARKED = 5
"""Problems whose lines are looked for: each costs a template."""

# One line of what `to_yaml` and `to_json` write; a lexer for all of YAML takes ten times as long.
_YAML_LINE = re.compile(
    r"(?P<lead>\s*(?:- )*)(?P<key>[A-Za-z0-9_.:'-]+?(?=:(?: |$)))?(?P<colon>:)?(?P<rest>.*)"
)
_JSON_LINE = re.compile(r'(?P<lead>\s*)(?P<key>"(?:[^"\\]|\\.)*"(?=: ))?(?P<colon>:)?(?P<rest>.*)')
_FUNCTION = re.compile(r"(?<![^\s])!(?:[A-Za-z]+)")
_EXPRESSION = re.compile(r"#\{[^{}]*\}")


@dataclass(frozen=True)
class TemplatePanel:
    """The template as text and as lines of HTML; `reason` says why there is none.

    With `is_stored` the lines are those of the step as it was saved, since what was typed can't be
    read.
    """

    text: str
    html: SafeString
    format: Format = "yaml"
    reason: str = ""
    is_stored: bool = False

    @property
    def line_count(self) -> int:
        """How many lines it has."""
        return self.text.count("\n")

    @property
    def size(self) -> str:
        """`5.1 KB`."""
        length = len(self.text.encode())
        return f"{length} bytes" if length < 1000 else f"{length / 1000:.1f} KB"


@dataclass(frozen=True)
class Marks:
    """Which lines are marked: `here` are those of the field in focus, `wrong` those to fix."""

    here: frozenset[int] = frozenset()
    wrong: frozenset[int] = frozenset()


NO_MARKS = Marks()


def template_text(step_type: StepType, inputs: JsonDict, version: int, format: str) -> str:
    """The exported template of these inputs; expressions stay as they are.

    Raises StepInputsError for inputs that can't be read.
    """
    return WRITERS[format](step_type.export(inputs, version))


def template_panel(
    step_type: StepType, inputs: JsonDict, version: int, *, format: Format = "yaml"
) -> TemplatePanel:
    """The template of these inputs, or the reason why there is none."""
    nothing = mark_safe("")
    if not step_type.can_export:
        return TemplatePanel("", nothing, format, "This step makes no template.")
    try:
        text = template_text(step_type, inputs, version, format)
    except StepInputsError as error:
        return TemplatePanel("", nothing, format, reason_of(error))
    return TemplatePanel(text, code_lines(text, format), format)


def live_template(
    step_type: StepType, form: StepForm, version: int, *, focus: str
) -> TemplatePanel:
    """The template of what is typed, the lines of the field in focus and of wrong ones marked."""
    try:
        text = template_text(step_type, form.inputs(), version, "yaml")
    except StepInputsError:
        return _with_words(template_panel(step_type, form.inputs(), version), form)

    def lines_of(name: str) -> Collection[int]:
        varied = form.varied(name) if name else None
        try:
            other = template_text(step_type, varied, version, "yaml") if varied else text
        except StepInputsError:
            return ()
        return changed_lines(text, other)

    wrong = sorted({problem.path for problem in form.problems if problem.field_id})
    names = [path.replace("[", ".").replace("]", "") for path in wrong[:MOST_MARKED]]
    marks = Marks(
        here=frozenset(lines_of(focus)),
        wrong=frozenset(line for name in names for line in lines_of(name)),
    )
    return TemplatePanel(text, code_lines(text, "yaml", marks))


def _with_words(panel: TemplatePanel, form: StepForm) -> TemplatePanel:
    """The reason in the words of the form's labels, once its problems have their places."""
    if not form.problems:
        return panel
    first, more = form.problems[0], len(form.problems) - 1
    reason = f"{first.where}: {first.message}{_and_more(more)}"
    return TemplatePanel("", panel.html, panel.format, reason)


def reason_of(error: StepInputsError) -> str:
    """What has to be typed before there is a template."""
    first = error.problems[0]
    if first.code == "no_template":
        return first.message
    return f"{first.path}: {first.message}{_and_more(len(error.problems) - 1)}"


def _and_more(count: int) -> str:
    return f" And {count} more." if count else ""


def code_lines(text: str, format: str, marks: Marks = NO_MARKS) -> SafeString:
    """Each line as its own `<span>`, the line's end inside: copied, it is the text.

    The styles number the lines; that keeps a page with a thousand of them small.
    """
    pattern = _JSON_LINE if format == "json" else _YAML_LINE
    return mark_safe(
        "".join(
            f"<span{_mark(number, marks)}>{_coloured(line, pattern)}\n</span>"
            for number, line in enumerate(text.removesuffix("\n").split("\n"), 1)
        )
    )


def changed_lines(text: str, varied: str) -> Collection[int]:
    """The numbers of the lines of `text` that read otherwise in `varied`."""
    lines, others = text.split("\n"), varied.split("\n")
    if len(lines) == len(others):
        return [n for n, pair in enumerate(zip(lines, others, strict=True), 1) if _differ(pair)]
    before = _common(lines, others)
    after = min(_common(lines[::-1], others[::-1]), len(lines) - before, len(others) - before)
    return range(before + 1, len(lines) - after + 1)


def _differ(pair: tuple[str, str]) -> bool:
    return pair[0] != pair[1]


def _common(lines: Sequence[str], others: Sequence[str]) -> int:
    """How many lines at the start are the same."""
    pairs = zip(lines, others, strict=False)
    return sum(1 for _ in takewhile(lambda pair: not _differ(pair), pairs))


def _mark(number: int, marks: Marks) -> str:
    if number in marks.wrong:
        return ' class="wrong"'
    return ' class="here"' if number in marks.here else ""


def _coloured(line: str, pattern: re.Pattern[str]) -> str:
    match = pattern.fullmatch(line)
    if match is None:
        return escape(line)
    key = f'<i class="k">{escape(match["key"])}</i>' if match["key"] else ""
    return f"{match['lead']}{key}{match['colon'] or ''}{_value(match['rest'])}"


def _value(text: str) -> str:
    """A value with its function and its expressions apart."""
    parts, end = [], 0
    for found in sorted(
        [*_FUNCTION.finditer(text), *_EXPRESSION.finditer(text)], key=lambda match: match.start()
    ):
        if found.start() < end:
            continue
        css = "v" if found[0].startswith("#") else "f"
        parts.append(f'{escape(text[end : found.start()])}<b class="{css}">{escape(found[0])}</b>')
        end = found.end()
    return "".join([*parts, escape(text[end:])])
