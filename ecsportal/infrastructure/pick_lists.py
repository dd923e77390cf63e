"""What the AWS accounts of deployment targets have, for fields that may name it.

Each account and region is asked once, side by side with the others; what it said is kept for a
while. A refusal is a sentence beside the others' lists: every field can be typed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ecsportal.aws import sessions
from ecsportal.aws.credentials import TURN_LIMITS, AwsCredentials
from ecsportal.aws.errors import AwsError
from ecsportal.aws.lookups import LOOKUPS, MOST, Lookup, Offer
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.asking import ask_all
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.infrastructure.remote_cache import Kept, read_kept
from ecsportal.problems import RemoteFailed

PICK_KINDS = {
    kind: " and ".join(lookup.noun for lookup in lookups) for kind, lookups in LOOKUPS.items()
}
"""What each kind of list offers, in words: `secrets and parameters`."""
MOST_PLACES = 8
"""Accounts and regions asked for one list."""
SECONDS = 12.0
_GLOBAL = frozenset({"roles"})
"""Kinds that an account has once for all regions."""


@dataclass(frozen=True)
class Place:
    """An account and region, and the environments whose targets are there."""

    credentials: AwsCredentials
    account: str
    region: str
    environments: tuple[str, ...]
    key: str
    """Names it in the cache; changes with every edit of the account."""

    def client(self, service: str) -> Any:
        """A boto3 client there."""
        return sessions.client(service, self.credentials, self.region, limits=TURN_LIMITS)

    @property
    def label(self) -> str:
        """`Development, Staging · shop-development · eu-west-1`."""
        whose = ", ".join(self.environments)
        return " · ".join(filter(None, [whose, self.account, self.region]))


@dataclass(frozen=True)
class PickList:
    """What one place offers; `refusals` say what it didn't tell, `old_since` when it was read."""

    place: Place
    offers: tuple[Offer, ...] = ()
    refusals: tuple[str, ...] = ()
    old_since: datetime | None = None

    @property
    def is_cut(self) -> bool:
        """True where the account has more than is read."""
        return len(self.offers) >= MOST


def places_of(targets: Iterable[DeploymentTarget], *, by_account: bool = False) -> list[Place]:
    """The accounts and regions of these targets, each once, in the environments' order.

    Takes targets with their account and environments loaded; `by_account` leaves one region each.
    """
    found: dict[tuple[Any, ...], Place] = {}
    for target in targets:
        account = target.account
        here = (account.pk,) if by_account else (account.pk, target.region)
        names = [environment.name for environment in target.environments.all()]
        known = found.get(here)
        if known is None:
            found[here] = Place(
                credentials=aws_credentials(account),
                account=account.name,
                region=target.region,
                environments=tuple(names),
                key=f"{account.pk}.{account.revision}:{target.region}",
            )
        else:
            merged = dict.fromkeys([*known.environments, *names])
            found[here] = replace(known, environments=tuple(merged))
    return list(found.values())


def pick_lists(
    targets: Iterable[DeploymentTarget], kind: str, *, within: str = "", anew: bool = False
) -> list[PickList]:
    """What the places of these targets offer; `within` narrows it as the look-up says.

    Asks AWS: call it from a `/remote/` page. Raises KeyError for an unknown kind.
    """
    lookups = LOOKUPS[kind]
    places = places_of(targets, by_account=kind in _GLOBAL)[:MOST_PLACES]
    questions = [(place, lookup) for place in places for lookup in lookups]
    too_late: _Answer = RemoteFailed("AWS does not answer in time.")
    answers = ask_all(
        lambda asked: _answer(*asked, within, anew), questions, too_late=too_late, seconds=SECONDS
    )
    told = list(zip(questions, answers, strict=True))
    return [
        _joined(place, [(asked[1], answer) for asked, answer in told if asked[0] is place])
        for place in places
    ]


_Answer = Kept[list[Offer]] | RemoteFailed


def _answer(place: Place, lookup: Lookup, within: str, anew: bool) -> _Answer:
    digest = hashlib.sha256(f"{lookup.noun}:{within}".encode()).hexdigest()[:32]

    def read() -> list[Offer]:
        try:
            return lookup.read(place.client, within)
        except AwsError as error:
            raise RemoteFailed(why(error, lookup.prefix), code=error.code) from error

    try:
        return read_kept(f"pick:{place.key}:{digest}", read, anew=anew)
    except RemoteFailed as refusal:
        return refusal


def why(error: AwsError, prefix: str) -> str:
    """A refused call in short: `AccessDenied on ec2:DescribeSubnets`."""
    if error.code == "AWS-PERMISSION" and error.operation:
        return f"AccessDenied on {prefix}:{error.operation}."
    return error.message


def _joined(place: Place, told: Sequence[tuple[Lookup, _Answer]]) -> PickList:
    offers: list[Offer] = []
    refusals: list[str] = []
    old: list[datetime] = []
    for lookup, answer in told:
        refusal = answer if isinstance(answer, RemoteFailed) else answer.refusal
        if refusal is not None:
            refusals.append(f"Couldn't read {lookup.noun}: {refusal.detail} Type {lookup.typed}.")
        if isinstance(answer, Kept):
            offers += answer.value
            if answer.refusal is not None:
                old.append(answer.read_at)
    return PickList(place, tuple(offers), tuple(refusals), min(old, default=None))
