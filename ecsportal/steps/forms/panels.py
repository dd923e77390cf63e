"""Which panels have their fields on the page; the others travel in the hidden document alone."""

from __future__ import annotations

from collections.abc import Callable


def opened_after(opened: frozenset[str], action: str, restored: str = "") -> frozenset[str]:
    """The opened panels' names once the action has moved, removed or brought back a row.

    `restored` names the place of a row that the action brought back.
    """
    verb, _, name = action.partition(":")
    if verb == "restore":
        name = restored
    owner, _, number = name.rpartition(".")
    if not owner or not number.isdecimal():
        return opened
    if verb == "open":
        return opened | {name}
    moves = _MOVES.get(verb)
    if moves is None:
        return opened
    moved = (_moved(each, owner, moves, int(number)) for each in opened)
    return frozenset(each for each in moved if each)


def _moved(panel: str, owner: str, to: Callable[[int, int], int | None], index: int) -> str:
    if not panel.startswith(f"{owner}."):
        return panel
    number, dot, inner = panel[len(owner) + 1 :].partition(".")
    if not number.isdecimal():
        return panel
    place = to(int(number), index)
    return "" if place is None else f"{owner}.{place}{dot}{inner}"


def _swapped(place: int, one: int, other: int) -> int:
    return other if place == one else one if place == other else place


_MOVES: dict[str, Callable[[int, int], int | None]] = {
    "up": lambda place, index: _swapped(place, index, max(index - 1, 0)),
    "down": lambda place, index: _swapped(place, index, index + 1),
    "remove": lambda place, index: None if place == index else place - (place > index),
    "restore": lambda place, index: place + (place >= index),
}
