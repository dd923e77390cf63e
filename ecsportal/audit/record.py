"""Writing to the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecsportal.audit.models import AuditEvent

if TYPE_CHECKING:
    from ecsportal.people.models import User

SECRET_FIELDS = frozenset({"secret_access_key", "password", "secret", "external_id"})
CHANGED_SECRET = "(changed)"


_NOBODY = {"command": "command line"}
"""Who acted, where no user did."""


@dataclass(frozen=True)
class Origin:
    """Where an act came from; the web's middleware sets it per request, a command for itself."""

    via: str = "engine"
    address: str | None = None
    request_id: str = ""
    api_key: str = ""
    """The prefix of the key that an API call came with."""


origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 -- frozen


def record(  # noqa: PLR0913 -- an event has this many facts
    action: str,
    *,
    by: User | None,
    subject_kind: str,
    subject: str,
    subject_url: str = "",
    project_slug: str = "",
    environment_slug: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an event, in the transaction of the change it tells of; only what differs is kept.

    `by` None means the portal itself, or whoever runs a command on the server. A changed
    secret shows only that it changed.
    """
    source = origin.get()
    kept_before, kept_after = _difference(before, after)
    AuditEvent.objects.create(
        user=by,
        username=by.username if by else _NOBODY.get(source.via, "portal"),
        address=source.address,
        via=source.via,
        api_key=source.api_key,
        action=action,
        subject_kind=subject_kind,
        subject=subject[:200],
        subject_url=subject_url,
        project_slug=project_slug,
        environment_slug=environment_slug,
        before=kept_before,
        after=kept_after,
        request_id=source.request_id,
    )


def _difference(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    old, new = dict(before or {}), dict(after or {})
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return (
        {n: _masked(n, old[n]) for n in changed if n in old} if before is not None else None,
        {n: _masked(n, new[n]) for n in changed if n in new} if after is not None else None,
    )


def _masked(name: str, value: Any) -> Any:
    return CHANGED_SECRET if name in SECRET_FIELDS and value else value
