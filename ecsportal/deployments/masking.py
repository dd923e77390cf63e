"""Secrets reach neither the task log nor the page: they are replaced before anything is stored."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"
SHORTEST = 4
"""Shorter values are not masked: they would blacken ordinary words (octopus-behaviours A1)."""


class Masker:
    """Replaces secrets in text, also where they were URL-encoded, base64- or JSON-encoded."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        # Longest first, so that a secret within a secret leaves nothing of the outer one.
        ordered = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def mask(self, text: str) -> str:
        """The text without any secret."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def mask_json(self, value: Any) -> Any:
        """The same JSON value without any secret in its texts; keys are ours and stay."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {key: self.mask_json(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_json(inner) for inner in value]
        return value


def _forms(secret: str) -> Iterable[str]:
    if len(secret) < SHORTEST:
        return
    for whole in {secret, *secret.splitlines()}:
        if len(whole) < SHORTEST:
            continue
        yield whole
        yield quote(whole, safe="")
        yield quote_plus(whole)
        yield json.dumps(whole)[1:-1]
        yield base64.b64encode(whole.encode()).decode()
