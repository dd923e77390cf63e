"""How much one evaluation may use: the language can describe texts of any size in a few lines."""

import time

from ecsportal.octostache.errors import LimitExceededError

MAX_CHARACTERS = 128 * 1024 * 1024
"""Characters produced on the way to a result, inner values included."""

MAX_PARTS = 2_000_000
"""Pieces of templates looked at, each turn of a loop anew."""

MAX_DEPTH = 100_000
"""Values evaluated within values."""

MAX_SAME_SYMBOL = 25
"""The same expression met within itself, each time in another turn of a loop."""

MAX_INDEX_NESTING = 2_500
"""Indexers within indexers: `a[#{b[#{c}]}]` has two."""

PATTERN_SECONDS = 2.0
"""Time for all regular expressions of one evaluation together."""

MAX_PATTERN = 20_000
"""Characters of a regular expression."""


class Budget:
    """What one evaluation has left. Not shared between evaluations."""

    __slots__ = ("characters", "parts", "pattern_seconds")

    def __init__(self) -> None:
        self.characters = MAX_CHARACTERS
        self.parts = MAX_PARTS
        self.pattern_seconds = PATTERN_SECONDS

    def take_characters(self, count: int) -> None:
        """Count text about to be built; raises before the memory is used."""
        self.characters -= count
        if self.characters < 0:
            raise LimitExceededError(
                f"The text grows over {MAX_CHARACTERS:,} characters while it is evaluated."
            )

    def take_reading(self, count: int) -> None:
        """Count characters that are only looked at, by a filter, a loop or a look into JSON."""
        self.take_characters(count >> 3)

    def take_parts(self, count: int) -> None:
        """Count pieces of a template about to be evaluated."""
        self.parts -= count
        if self.parts < 0:
            raise LimitExceededError(
                f"Evaluation takes more than {MAX_PARTS:,} steps; "
                "look for loops or values that multiply each other."
            )

    def take_time(self, since: float) -> None:
        """Charge a regular expression with the time since `since` (monotonic seconds)."""
        self.pattern_seconds -= time.monotonic() - since
