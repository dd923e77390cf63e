"""What can stand in the way of an act, in words that pages and the API both show.

Services raise these. A page puts them beside its fields (`add_to_form`) or shows `detail`; the API
answers application/problem+json (RFC 9457) from the same object. `code` is stable: scripts rely on
it, and `/docs/errors/<code>` explains it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.forms import BaseForm


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one input; `path` as `steps[0].inputs.cpu`, empty for the whole.

    `line` counts from 1 where what was sent is a text.
    """

    path: str
    message: str
    code: str = "wrong"
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The error as the API tells it."""
        told = {"path": self.path, "message": self.message, "code": self.code}
        return told if self.line is None else told | {"line": self.line}


class Problem(Exception):  # noqa: N818 -- RFC 9457's word
    """The act can't be done as asked. Subclasses fix the status; `code` names the rule."""

    status = 409
    title = "Not possible now"
    code = "CONFLICT"

    def __init__(self, detail: str, *, code: str = "", **extra: Any) -> None:
        """`detail` says what happened and what to do; `extra` are further members for the API."""
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.extra: dict[str, Any] = extra

    @property
    def field_errors(self) -> tuple[FieldError, ...]:
        """What belongs beside single fields; none for most problems."""
        return ()

    def as_json(self) -> dict[str, Any]:
        """The body of the API's answer."""
        body: dict[str, Any] = {
            "type": f"/docs/errors/{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.field_errors:
            body["errors"] = [error.as_json() for error in self.field_errors]
        return body | self.extra

    def add_to_form(self, form: BaseForm, names: Mapping[str, str] | None = None) -> None:
        """Put each error beside its field; what fits none stands above the form.

        `names` maps a path to the form's field where the two differ.
        """
        if not self.field_errors:
            form.add_error(None, self.detail)
        for error in self.field_errors:
            field = (names or {}).get(error.path, error.path)
            if field in form.fields:
                form.add_error(field, error.message)
            else:
                form.add_error(None, f"{error.path}: {error.message}" if field else error.message)


class ValidationProblem(Problem):
    """What was sent breaks a rule: 422."""

    status = 422
    title = "Some values break a rule"
    code = "VALIDATION"

    def __init__(self, errors: Iterable[FieldError], detail: str = "", *, code: str = "") -> None:
        self.errors = tuple(errors)
        super().__init__(detail or _summary(self.errors), code=code)

    @property
    def field_errors(self) -> tuple[FieldError, ...]:
        return self.errors


class NotFound(Problem):
    """It doesn't exist, or the asking user may not see it: 404."""

    status = 404
    title = "Not found"
    code = "NOT_FOUND"


class NotAllowed(Problem):
    """A rule other than a missing permission forbids the act for this user: 403."""

    status = 403
    title = "Not allowed"
    code = "NOT_ALLOWED"


class Conflict(Problem):
    """The state of things forbids the act now: 409."""


class StaleRevision(Conflict):
    """Somebody saved in between: 409. `current` is the revision that counts now."""

    title = "Changed meanwhile"
    code = "STALE_REVISION"

    def __init__(self, *, current: int, detail: str = "", **extra: Any) -> None:
        self.current = current
        super().__init__(
            detail
            or f"Somebody saved in between: revision {current} is the newest now. "
            "Load it, bring your changes over, and save again.",
            current=current,
            **extra,
        )


class NameTaken(ValidationProblem):
    """A name or slug that must be unique is in use: 422, beside its field."""

    code = "NAME_TAKEN"

    def __init__(self, noun: str, name: str, *, path: str = "name") -> None:
        super().__init__(
            [FieldError(path, f'There is a {noun} "{name}" already. Choose another name.', "taken")]
        )


class InUse(Conflict):
    """It can't be deleted while others need it: 409, with `used_by`."""

    title = "Still in use"
    code = "IN_USE"

    def __init__(self, name: str, used_by: Sequence[Mapping[str, Any]]) -> None:
        """`used_by`: objects with `kind`, `slug` (or `id`) and `name`."""
        self.used_by = [dict(use) for use in used_by]
        them = "it" if len(self.used_by) == 1 else "them"
        runs = all(use["kind"] == "deployment" for use in self.used_by)
        first = f"Wait for {them} to end, or cancel {them}." if runs else "Move them first."
        super().__init__(
            f"{name} is used by {_counted(self.used_by)}. {first}", used_by=self.used_by
        )


class RemoteFailed(Problem):
    """AWS or a registry refused or didn't answer while somebody waited: 502."""

    status = 502
    title = "The other side failed"
    code = "REMOTE_FAILED"


class TooManyRequests(Problem):
    """Asked too often: 429; `retry_after` in seconds."""

    status = 429
    title = "Too many requests"
    code = "TOO_MANY_REQUESTS"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(detail)


def _summary(errors: Sequence[FieldError]) -> str:
    if len(errors) == 1:
        path, message = errors[0].path, errors[0].message
        return f"{path}: {message}" if path else message
    return f"{len(errors)} values break a rule. Correct them and send again."


def _counted(used_by: Sequence[Mapping[str, Any]]) -> str:
    """`2 targets and 1 feed` for uses of these kinds, in order of first sight."""
    counts: dict[str, int] = {}
    for use in used_by:
        kind = str(use.get("kind", "object")).replace("_", " ")
        counts[kind] = counts.get(kind, 0) + 1
    parts = [f"{number} {kind}{'' if number == 1 else 's'}" for kind, number in counts.items()]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
