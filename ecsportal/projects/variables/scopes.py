"""Where a value applies, and how specific that is (octopus-behaviours A1).

Within a kind the names are alternatives, different kinds must all match, an empty kind matches
anything. A kind that has no meaning in a situation (a step where none is asked for) never matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property


class Kind(IntEnum):
    """Kinds of scope with the bit that a match sets: the strongest kind has the highest.

    Comparing the sums is the rule that the strongest kind decides, and that two kinds beat one.
    Bits 4 and 5 are kept for tenants and their tags.
    """

    PROCESS = 1
    CHANNEL = 2
    ENVIRONMENT = 3
    TARGET_TAG = 6
    """A tag that is only on the target."""
    ASKED_TARGET_TAG = 7
    """A tag that is on the target and asked for by the step."""
    TARGET = 8
    STEP = 9

    @property
    def words(self) -> str:
        """How sentences name it."""
        return _WORDS[self]


_WORDS = {
    Kind.PROCESS: "process",
    Kind.CHANNEL: "channel",
    Kind.ENVIRONMENT: "environment",
    Kind.TARGET_TAG: "target tag",
    Kind.ASKED_TARGET_TAG: "target tag of the step",
    Kind.TARGET: "target",
    Kind.STEP: "step",
}

FIELDS = ("environments", "targets", "target_tags", "steps", "channels")
"""The kinds that a person can choose, as the API names them."""


def fold_name(text: str) -> str:
    """The form under which slugs and tags are compared."""
    return text.strip().lower()


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold_name, names))


@dataclass(frozen=True)
class Situation:
    """What a value is wanted for. Empty means that there is none of it; all names are slugs."""

    environment: str = ""
    channel: str = ""
    step: str = ""
    step_tags: frozenset[str] = frozenset()
    """The target tags that the step asks for."""
    target: str = ""
    target_tags: frozenset[str] = frozenset()
    """The tags that the target carries."""
    process: str = "deployment"

    @classmethod
    def of(
        cls,
        *,
        environment: str = "",
        channel: str = "",
        step: str = "",
        step_tags: Iterable[str] = (),
        target: str = "",
        target_tags: Iterable[str] = (),
    ) -> Situation:
        """A situation from names in any letter case."""
        return cls(
            environment=fold_name(environment),
            channel=fold_name(channel),
            step=fold_name(step),
            step_tags=_folded(step_tags),
            target=fold_name(target),
            target_tags=_folded(target_tags),
        )


@dataclass(frozen=True)
class Scope:
    """Names by kind, as they were written; nothing in it means everywhere."""

    environments: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    target_tags: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Iterable[str]]) -> Scope:
        """From the object that the API and revisions have; what is left out is empty."""
        return cls(**{name: tuple(document.get(name, ())) for name in FIELDS})

    def as_document(self) -> dict[str, list[str]]:
        """The object that the API and revisions have."""
        return {name: list(getattr(self, name)) for name in FIELDS}

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """What has to match, strongest kind first."""
        chosen = (
            (Kind.STEP, self.steps),
            (Kind.TARGET, self.targets),
            (Kind.TARGET_TAG, self.target_tags),
            (Kind.ENVIRONMENT, self.environments),
            (Kind.CHANNEL, self.channels),
            (Kind.PROCESS, self.processes),
        )
        return tuple(Rule(kind, _folded(names), names) for kind, names in chosen if names)

    def specificity(self, situation: Situation) -> int | None:
        """The sum of the matched kinds' bits, 0 for everywhere; None where it doesn't apply."""
        total = 0
        for rule in self.rules:
            kind = rule.matched(situation)
            if kind is None:
                return None
            total |= 1 << kind
        return total

    def obstacle(self, situation: Situation) -> Rule | None:
        """The strongest rule that the situation doesn't meet; None where the scope applies."""
        return next((rule for rule in self.rules if rule.matched(situation) is None), None)


@dataclass(frozen=True)
class Rule:
    """One kind of a scope; `kind` is TARGET_TAG for all tags, the step's or not."""

    kind: Kind
    folded: frozenset[str]
    names: tuple[str, ...] = field(compare=False)

    def matched(self, situation: Situation) -> Kind | None:
        """The kind that a match counts as; None for no match."""
        kind = self.kind
        if kind is Kind.TARGET_TAG:
            common = self.folded & situation.target_tags
            if not common:
                return None
            return Kind.ASKED_TARGET_TAG if common & situation.step_tags else Kind.TARGET_TAG
        return kind if _name_of(situation, kind) in self.folded else None


def _name_of(situation: Situation, kind: Kind) -> str:
    if kind is Kind.STEP:
        return situation.step
    if kind is Kind.TARGET:
        return situation.target
    if kind is Kind.ENVIRONMENT:
        return situation.environment
    return situation.channel if kind is Kind.CHANNEL else situation.process


def kinds_in(specificity: int) -> tuple[Kind, ...]:
    """The kinds whose bits are set, strongest first."""
    return tuple(kind for kind in sorted(Kind, reverse=True) if specificity >> kind & 1)


def may_meet(first: Scope, second: Scope, tag_sets: Iterable[frozenset[str]] = ()) -> bool:
    """True where some situation gives both the same specificity.

    `tag_sets` are the folded tags of the targets that exist: two different tags meet only on one
    that carries both.
    """
    if [rule.kind for rule in first.rules] != [rule.kind for rule in second.rules]:
        return False
    for one, other in zip(first.rules, second.rules, strict=True):
        if one.folded & other.folded:
            continue
        if one.kind is not Kind.TARGET_TAG:
            return False
        if not any(one.folded & tags and other.folded & tags for tags in tag_sets):
            return False
    return True


def settles(decider: Scope, first: Scope, second: Scope) -> bool:
    """True where `decider` is as specific as both wherever both apply: a tie of them never counts.

    One that has a value's tags, or more, matches at least as strongly as that value.
    """
    kinds = [rule.kind for rule in decider.rules]
    if any(kinds != [rule.kind for rule in scope.rules] for scope in (first, second)):
        return False
    for rule, one, other in zip(decider.rules, first.rules, second.rules, strict=True):
        if rule.kind is Kind.TARGET_TAG:
            if not (one.folded <= rule.folded or other.folded <= rule.folded):
                return False
        elif not one.folded & other.folded <= rule.folded:
            return False
    return True
