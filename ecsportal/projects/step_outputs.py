"""Which outputs a step can use: those of the steps that have ended when it begins."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ecsportal.projects.variables.names import name_in_token
from ecsportal.projects.variables.values import fold

_OUTPUT = re.compile(r"Octopus\.Action\[(.+?)\]\.Output\b", re.IGNORECASE)


class StepOutputs:
    """The order of a process's steps, as far as it decides whose outputs are there.

    A step that starts together with the one above it can't use that one's outputs.
    """

    def __init__(
        self, steps: Sequence[Mapping[str, Any]], *, without: Collection[str] = ()
    ) -> None:
        """`without` are the slugs of steps that don't run."""
        self._names = {fold(step["name"]): step for step in steps}
        self._without = frozenset(without)
        self._ended: dict[str, frozenset[str]] = {}
        ended = frozenset[str]()
        for number, step in enumerate(steps):
            if step.get("start") != "with_previous":
                ended = frozenset(before["slug"] for before in steps[:number])
            self._ended[step["slug"]] = ended

    def why_never(self, token: str, step: str) -> str:
        """Why the output that a token looks up can't be there for this step, as a sentence.

        Empty where it can, and for a token that looks up no output.
        """
        found = _OUTPUT.match(name_in_token(token))
        if found is None:
            return ""
        other = self._names.get(fold(found[1]))
        if other is None:
            return f'There is no step "{found[1].strip()}" in this process.'
        if other["slug"] == step:
            return "A step can't use its own output."
        if other["slug"] not in self._ended.get(step, ()):
            return f"{other['name']} hasn't ended when this step begins."
        return f"{other['name']} doesn't run." if other["slug"] in self._without else ""

    def can_come(self, token: str, step: str) -> bool:
        """True for a token that looks up an output that may be there when this step begins."""
        is_output = _OUTPUT.match(name_in_token(token)) is not None
        return is_output and not self.why_never(token, step)
