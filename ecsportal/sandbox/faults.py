"""Errors and delays that a test or a demo asks for, in any service's own protocol."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ecsportal.sandbox.errors import AwsError

# boto3's client names beside the signing names that requests carry.
_ALIASES = {"elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing"}
_ALIASES["efs"] = "elasticfilesystem"


@dataclass
class Fault:
    """One wish: which calls it strikes, and with what.

    `service` and `action` are globs; the service "resource" strikes what CloudFormation does to a
    resource (`AWS::ECS::Service.update`). Without `code` the call is only delayed. `times` None
    means always. `match` globs the top-level parameters of the request.
    """

    service: str = "*"
    action: str = "*"
    match: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    status: int = 400
    delay: float = 0
    times: int | None = None
    id: int = 0

    def strikes(self, service: str, action: str, fields: Mapping[str, Any]) -> bool:
        """True if this call is meant."""
        return (
            fnmatchcase(service, _ALIASES.get(self.service, self.service))
            and fnmatchcase(action, self.action)
            and all(_any_value(fields.get(name), glob) for name, glob in self.match.items())
        )

    @property
    def error(self) -> AwsError | None:
        """What the call ends in; None where it is only delayed."""
        return AwsError(self.code, self.message, self.status) if self.code else None


def _any_value(value: Any, glob: str) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(item is not None and fnmatchcase(str(item), glob) for item in values)


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, **wish: Any) -> int:
        """Add one (the fields of `Fault`); returns its id. TypeError for an unknown field."""
        fault = Fault(**wish)
        fault.id = next(self._ids)
        self._faults.append(fault)
        return fault.id

    def take(self, service: str, action: str, fields: Mapping[str, Any]) -> Fault | None:
        """The fault that strikes this call, if any; counts it."""
        for fault in self._faults:
            if fault.times != 0 and fault.strikes(service, action, fields):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def remove(self, fault_id: int) -> None:
        """Remove one; an unknown id is no error."""
        self._faults = [fault for fault in self._faults if fault.id != fault_id]

    def clear(self) -> None:
        """Remove all."""
        self._faults.clear()

    def listing(self) -> list[dict[str, Any]]:
        """All, with how many `times` are left, as JSON."""
        return [asdict(fault) for fault in self._faults]
