"""How a view declares and checks its permission.

Every view wears `@requires(...)` or `@open_to_everyone`; the middleware refuses a view that wears
neither, and a test walks all URLs. An object's own page asks again, with the object's project and
environment, through `refuse_unless`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may

P = ParamSpec("P")


class UserRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


class PermissionMissingError(Exception):
    """The object is visible, the act isn't allowed: a 403 that names the permission."""

    def __init__(self, permission: Permission, where: str = "") -> None:
        self.permission = permission
        self.where = where
        super().__init__(f"Needs the permission {permission}{f' in {where}' if where else ''}.")


def refuse_unless(
    user: User,
    permission: Permission,
    *,
    project_id: int | None = None,
    environment_id: int | None = None,
    where: str = "",
) -> None:
    """Raise PermissionMissingError unless `may(...)`; `where` names project or environment."""
    if not may(user, permission, project_id=project_id, environment_id=environment_id):
        raise PermissionMissingError(permission, where)


def requires(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[UserRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Let only those in who hold the permission somewhere; the signed-out go to sign-in."""

    def decorate(
        view: Callable[Concatenate[UserRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if not may(request.user, permission):
                raise PermissionMissingError(permission)
            return view(cast(UserRequest, request), *args, **kwargs)

        checked.required_permission = permission  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[HttpRequest, P], HttpResponseBase], checked)

    return decorate


def open_to_everyone(view: Callable[..., Any]) -> Callable[..., Any]:
    """Declare that a view needs no sign-in."""
    view.required_permission = None  # type: ignore[attr-defined]
    return view


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    # A fragment must not swap the sign-in page into the middle of another page.
    response = HttpResponse(status=401)
    page = urlsplit(request.headers.get("HX-Current-URL", "/"))
    back = urlunsplit(("", "", page.path, page.query, ""))
    response["HX-Redirect"] = redirect_to_login(back).url
    return response
