"""A question about a stack: how it stands, and what each answer does about it."""

from __future__ import annotations

from collections.abc import Mapping

from ecsportal.steps.contract import Asks, JsonDict


def asking(code: str, situation: str, does: Mapping[str, str], state: JsonDict) -> Asks:
    """The question under its code; `does` has the answers in the order of their buttons.

    Log and API tell all of it in one text; the page lists what each answer does.
    """
    said = "; ".join(f"{answer} {what}" for answer, what in does.items())
    text = f"{code}: {situation} {said[:1].upper()}{said[1:]}."
    return Asks(text, tuple(does), state, situation=situation, does=does, code=code)
