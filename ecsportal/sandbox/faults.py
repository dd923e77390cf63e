"""Errors and delays that a test or a demo asks for, in any service's own protocol."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

from ecsportal.sandbox.errors import AwsError

# boto3's client names beside the signing names that requests carry.
_ALIASES = {"elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing"}
_ALIASES["efs"] = "elasticfilesystem"


@dataclass
class Fault:
    """One wish: which calls it strikes, and with what.

    `service`, `action` and `region` are globs; the service "resource" strikes what CloudFormation
    does to a resource (`AWS::ECS::Service.update`). Without `code` and `drop` the call is only
    delayed. `times` None means always. `match` globs the top-level parameters of the request.
    `drop` closes the connection without an answer: "before" the call is carried out, or "after".
    `per_second` strikes only calls above so many per second, counted by region and service.
    """

    service: str = "*"
    action: str = "*"
    region: str = "*"
    match: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    status: int = 400
    delay: float = 0
    drop: Literal["", "before", "after"] = ""
    times: int | None = None
    per_second: float | None = None
    id: int = 0

    def strikes(self, call: Call) -> bool:
        """True if this call is meant."""
        return (
            fnmatchcase(call.service, _ALIASES.get(self.service, self.service))
            and fnmatchcase(call.action, self.action)
            and fnmatchcase(call.region, self.region)
            and all(_any_value(call.fields.get(name), glob) for name, glob in self.match.items())
        )

    @property
    def error(self) -> AwsError | None:
        """What the call ends in; None where it is only delayed."""
        return AwsError(self.code, self.message, self.status) if self.code else None


@dataclass(frozen=True)
class Call:
    """A call as faults see it; `at` is the sandbox's time."""

    service: str
    action: str
    fields: Mapping[str, Any]
    region: str
    at: datetime


class _Bucket:
    """Lets so many calls a second through, and a second's worth at once."""

    def __init__(self, per_second: float, at: datetime) -> None:
        self._rate, self._left, self._at = per_second, max(1.0, per_second), at

    def is_empty(self, at: datetime) -> bool:
        """Take one; True if there was none left."""
        gained = (at - self._at).total_seconds() * self._rate
        self._left, self._at = min(max(1.0, self._rate), self._left + gained), at
        if self._left < 1:
            return True
        self._left -= 1
        return False


def _any_value(value: Any, glob: str) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(item is not None and fnmatchcase(str(item), glob) for item in values)


def _check_match(match: Any) -> None:
    """Refuse at once what would otherwise break every call that the fault is compared with."""
    example = 'for example {"StackName": "cf-ecs-*"}'
    if not isinstance(match, Mapping):
        raise ValueError(f"match is an object of request parameters and globs, {example}")
    wrong = next((name for name, glob in match.items() if not isinstance(glob, str)), None)
    if wrong is not None:
        raise ValueError(f"match.{wrong} is a glob, as text, {example}")


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)
        self._buckets: dict[tuple[int, str, str], _Bucket] = {}

    def add(self, **wish: Any) -> int:
        """Add one (the fields of `Fault`); returns its id.

        TypeError for an unknown field, ValueError for a `drop` that there isn't or a `match` that
        isn't parameters with their globs.
        """
        fault = Fault(**wish)
        _check_match(fault.match)
        if fault.drop not in {"", "before", "after"}:
            raise ValueError("drop is before or after")
        fault.id = next(self._ids)
        self._faults.append(fault)
        return fault.id

    def take(self, call: Call) -> Fault | None:
        """The fault that strikes this call, if any; counts it."""
        for fault in self._faults:
            if fault.times != 0 and fault.strikes(call) and self._is_due(fault, call):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def _is_due(self, fault: Fault, call: Call) -> bool:
        if fault.per_second is None:
            return True
        key = fault.id, call.region, call.service
        bucket = self._buckets.setdefault(key, _Bucket(fault.per_second, call.at))
        return bucket.is_empty(call.at)

    def remove(self, fault_id: int) -> None:
        """Remove one; an unknown id is no error."""
        self._faults = [fault for fault in self._faults if fault.id != fault_id]

    def clear(self) -> None:
        """Remove all."""
        self._faults.clear()
        self._buckets.clear()

    def listing(self) -> list[dict[str, Any]]:
        """All, with how many `times` are left, as JSON."""
        return [asdict(fault) for fault in self._faults]
