"""Who uses an environment, account, target or feed.

What is in use isn't deleted, and the refusal names the users. The apps above infrastructure know of
uses that this one can't see; each registers its finders in `AppConfig.ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.urls import reverse

from ecsportal.infrastructure.models import AwsAccount, Environment, Named

UsedKind = Literal["environment", "account", "target", "feed"]


@dataclass(frozen=True)
class Use:
    """One thing that uses another: `kind` is its noun (`target`), `url` its page."""

    kind: str
    slug: str
    name: str
    url: str


Finder = Callable[[Any], Iterable[Use]]
"""Finds the uses of one object of the kind that it was registered for."""

_finders: dict[str, list[Finder]] = {}


def register_use(kind: UsedKind, finder: Finder) -> None:
    """Ask `finder` too when uses of a `kind` are looked for; registering twice counts once."""
    known = _finders.setdefault(kind, [])
    if finder not in known:
        known.append(finder)


def uses_of(kind: UsedKind, thing: Named) -> list[Use]:
    """Everything that uses `thing`, in the order in which the finders were registered."""
    return [use for finder in _finders.get(kind, []) for use in finder(thing)]


def _use(kind: str, page: str, rows: Iterable[Named]) -> list[Use]:
    return [
        Use(kind, row.slug, row.name, reverse(f"infrastructure:{page}", args=[row.slug]))
        for row in rows
    ]


def _uses_of_environment(environment: Environment) -> list[Use]:
    return _use("target", "target", environment.targets.all()) + _use(
        "account", "account", environment.accounts.all()
    )


def _uses_of_account(account: AwsAccount) -> list[Use]:
    return _use("target", "target", account.targets.all()) + _use(
        "feed", "feed", account.feeds.all()
    )


def register_own_uses() -> None:
    """The uses within infrastructure itself."""
    register_use("environment", _uses_of_environment)
    register_use("account", _uses_of_account)
