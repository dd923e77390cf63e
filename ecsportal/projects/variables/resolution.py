"""Which value of a variable counts in a situation, and why (octopus-behaviours A1).

The most specific value that applies wins. Between equals a project's value beats a library set's;
still equal, the first one counts: by the order of the library sets, then of the values. That last
case is a tie, and worth a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ecsportal.projects.variables.scopes import Kind, Situation, kinds_in, may_meet, settles
from ecsportal.projects.variables.values import VariableValue, fold


class Reason(StrEnum):
    """Why a value lost."""

    OTHER_SCOPE = "other_scope"
    LESS_SPECIFIC = "less_specific"
    FROM_LIBRARY = "from_library"
    LATER = "later"
    SYSTEM = "system"


@dataclass(frozen=True)
class Tie:
    """Values that are equally specific; `others` lose only by their place.

    `by_order` is False where the project's value beats a library set's: a rule decides, and nothing
    has to be warned of when deploying.
    """

    name: str
    winner: VariableValue
    others: tuple[VariableValue, ...]
    by_order: bool = True

    @property
    def words(self) -> str:
        """The warning, naming all of them."""
        losers = " and ".join(f"{other.shown} of {other.place}" for other in self.others)
        rule = "The first one counts." if self.by_order else "The project's value counts."
        return (
            f"Values of {self.name} are equally specific: {self.winner.shown} of "
            f"{self.winner.place}, and {losers}. {rule}"
        )


@dataclass(frozen=True)
class Loser:
    """A value that doesn't count, and why in words."""

    value: VariableValue
    reason: Reason
    words: str


@dataclass(frozen=True)
class Explanation:
    """All that is to say about one name in one situation."""

    name: str
    winner: VariableValue | None
    why: str
    matched: tuple[Kind, ...] = ()
    losers: tuple[Loser, ...] = ()
    tie: Tie | None = None
    """Also where only the rule "project before library" decided."""


@dataclass(frozen=True)
class Resolution:
    """The winners by folded name, in the order of first appearance, and the ties among them."""

    situation: Situation
    winners: dict[str, VariableValue]
    ties: tuple[Tie, ...]

    def __iter__(self) -> Iterator[VariableValue]:
        return iter(self.winners.values())

    def get(self, name: str) -> VariableValue | None:
        """The value that counts, or None."""
        return self.winners.get(fold(name))


class VariableSet:
    """Values of a project and its library sets, grouped by name once, resolved many times."""

    def __init__(self, values: Iterable[VariableValue]) -> None:
        grouped: dict[str, list[VariableValue]] = {}
        for value in sorted(values, key=lambda v: (v.source.order, v.position)):
            grouped.setdefault(fold(value.name), []).append(value)
        self._by_name = grouped

    def __iter__(self) -> Iterator[VariableValue]:
        return (value for values in self._by_name.values() for value in values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold(name) in self._by_name

    @property
    def names(self) -> list[str]:
        """Every name once, as its first value spells it."""
        return [values[0].name for values in self._by_name.values()]

    def values_of(self, name: str) -> list[VariableValue]:
        """The values of one name: the project's first."""
        return list(self._by_name.get(fold(name), ()))

    def prompted(self) -> VariableSet:
        """All values of the names that have a prompted one."""
        return VariableSet(
            value
            for values in self._by_name.values()
            if any(v.prompt for v in values)
            for value in values
        )

    def resolve(self, situation: Situation) -> Resolution:
        """The value that counts for every name that has one here."""
        winners: dict[str, VariableValue] = {}
        ties = []
        for name, values in self._by_name.items():
            best, winner, equals = -1, None, 0
            for value in values:
                specificity = value.scope.specificity(situation)
                if specificity is None or specificity < best:
                    continue
                if specificity > best:
                    best, winner, equals = specificity, value, 1
                else:
                    equals += 1  # the earlier one stays: that is the rule's order
            if winner is None:
                continue
            winners[name] = winner
            if equals > 1:
                tie = _tie(values, winner, best, situation)
                if tie and tie.by_order:
                    ties.append(tie)
        return Resolution(situation, winners, tuple(ties))

    def explain(
        self, name: str, situation: Situation, *, system: Collection[str] = ()
    ) -> Explanation:
        """Why the value is what it is; `system` are folded names that nobody can replace."""
        values = self.values_of(name)
        if fold(name) in system:
            return _system(name, values)
        winner = self.resolve_one(name, situation)
        if winner is None:
            losers = tuple(_elsewhere(value, situation) for value in values)
            why = "No value applies here." if values else f"There is no variable {name}."
            return Explanation(name, None, why, losers=losers)
        best = winner.scope.specificity(situation) or 0
        losers = tuple(
            _loser(value, winner, best, situation) for value in values if value is not winner
        )
        matched = kinds_in(best)
        return Explanation(
            winner.name,
            winner,
            _why(matched, losers),
            matched,
            losers,
            _tie(values, winner, best, situation, with_libraries=True),
        )

    def resolve_one(self, name: str, situation: Situation) -> VariableValue | None:
        """As `resolve`, for one name."""
        only = VariableSet(self.values_of(name))
        return only.resolve(situation).get(name)

    def possible_ties(
        self, tag_sets: Collection[frozenset[str]] = (), *, at_most: int = 100
    ) -> list[Tie]:
        """Values that could tie somewhere, before they do; each with the first that it ties with.

        A project's and a library set's value never do, nor do those of library sets where one of
        the project's decides. `tag_sets` as for `may_meet`.
        """
        ties: list[Tie] = []
        for values in self._by_name.values():
            compared = values[:_COMPARED]
            for number, later in enumerate(compared):
                rivals = (v for v in compared[:number] if _may_tie(v, later, compared, tag_sets))
                earlier = next(rivals, None)
                if earlier is not None:
                    ties.append(Tie(earlier.name, earlier, (later,)))
                    if len(ties) == at_most:
                        return ties
        return ties


_COMPARED = 300
"""Values of one name beyond these are not compared for possible ties: it grows with the square."""


def _may_tie(
    earlier: VariableValue,
    later: VariableValue,
    values: Iterable[VariableValue],
    tag_sets: Collection[frozenset[str]],
) -> bool:
    if earlier.source.is_project != later.source.is_project:
        return False
    if not may_meet(earlier.scope, later.scope, tag_sets):
        return False
    return later.source.is_project or not any(
        v.source.is_project and settles(v.scope, earlier.scope, later.scope) for v in values
    )


def _tie(
    values: Iterable[VariableValue],
    winner: VariableValue,
    best: int,
    situation: Situation,
    *,
    with_libraries: bool = False,
) -> Tie | None:
    equal = [v for v in values if v is not winner and v.scope.specificity(situation) == best]
    same = tuple(v for v in equal if v.source.is_project == winner.source.is_project)
    if same:
        return Tie(winner.name, winner, same)
    return (
        Tie(winner.name, winner, tuple(equal), by_order=False) if equal and with_libraries else None
    )


def _why(matched: tuple[Kind, ...], losers: tuple[Loser, ...]) -> str:
    """Why the winner won, in words."""
    if not matched:
        rest = [loser for loser in losers if loser.reason is not Reason.OTHER_SCOPE]
        if rest:
            return "Applies everywhere, and comes first."
        return (
            "Applies everywhere." if not losers else "Applies everywhere; nothing else fits here."
        )
    return f"{_listed(matched)} {'matches' if len(matched) == 1 else 'match'}.".capitalize()


def _loser(value: VariableValue, winner: VariableValue, best: int, situation: Situation) -> Loser:
    specificity = value.scope.specificity(situation)
    if specificity is None:
        return _elsewhere(value, situation)
    if specificity < best:
        kinds = kinds_in(specificity)
        what = f"only the {_listed(kinds)} {'matches' if len(kinds) == 1 else 'match'}"
        what = what if kinds else "it applies everywhere"
        return Loser(value, Reason.LESS_SPECIFIC, f"Less specific: {what}.")
    if value.source.is_project != winner.source.is_project:
        return Loser(value, Reason.FROM_LIBRARY, "Same scope, but from a library set.")
    return Loser(value, Reason.LATER, "Equally specific, but it comes later.")


def _elsewhere(value: VariableValue, situation: Situation) -> Loser:
    rule = value.scope.obstacle(situation)
    if rule is None:
        return Loser(value, Reason.OTHER_SCOPE, "Doesn't apply here.")
    names = ", ".join(rule.names)
    return Loser(
        value, Reason.OTHER_SCOPE, f"Doesn't apply here: only for {rule.kind.words} {names}."
    )


def _system(name: str, values: Iterable[VariableValue]) -> Explanation:
    words = "System variables can't be replaced."
    losers = tuple(Loser(value, Reason.SYSTEM, words) for value in values)
    return Explanation(name, None, "Set by the portal.", losers=losers)


def _listed(kinds: tuple[Kind, ...]) -> str:
    names = [kind.words for kind in kinds]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
