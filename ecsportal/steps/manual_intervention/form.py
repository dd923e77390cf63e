"""The form of the step."""

from __future__ import annotations

import re

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.parts import Field, Section
from ecsportal.steps.manual_intervention.inputs import DEFAULT_ROLES

_SHOWN = 80
_MARKS = re.compile(r"^(#{1,6}|[-*])\s+|\*\*|`")
"""What Markdown writes around words."""


def asked(inputs: JsonDict) -> str:
    """Who is asked, in a few words: `deployer or lead`."""
    named = inputs.get("responsible", list(DEFAULT_ROLES))
    roles = [str(role) for role in named if role] if isinstance(named, list) else []
    return " or ".join(roles) or "nobody yet"


def first_line(inputs: JsonDict) -> str:
    """The first line of the instructions without its marks, shortened; empty without any."""
    lines = str(inputs.get("instructions") or "").strip().splitlines()
    line = _MARKS.sub("", lines[0]) if lines else ""
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _answer(inputs: JsonDict) -> str:
    parts = [f"Asks {asked(inputs)}"]
    if inputs.get("note_required") is True:
        parts.append("note required")
    if inputs.get("block") is False:
        parts.append("lets other deployments pass")
    return ", ".join(parts)


SECTIONS = (
    Section(
        "instructions",
        "Instructions",
        (
            Field(
                "instructions",
                "Instructions",
                kind="lines",
                height=8,
                width="p-c12",
                note="Markdown; expressions are filled in. Shown where the answer is given.",
            ),
        ),
        lambda inputs: first_line(inputs) or "No instructions yet",
        open_at_first=True,
    ),
    Section(
        "answer",
        "Answer",
        (
            Field(
                "responsible",
                "Responsible roles",
                kind="list",
                width="p-c6",
                note="deployer, lead or administrator, one a line. Whoever holds one of them in "
                "the environment may answer, or a higher one.",
            ),
            Field(
                "note_required",
                "Require a note",
                kind="flag",
                width="p-c12",
                note="The note goes into the log, the audit and the output Manual.Notes.",
            ),
            Field(
                "block",
                "Hold other deployments meanwhile",
                kind="flag",
                empty=True,
                width="p-c12",
                note="Without it, another deployment of the project to the environment may run "
                "while this one waits; this one goes on after it.",
            ),
        ),
        _answer,
        open_at_first=True,
    ),
)
