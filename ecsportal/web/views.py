"""Pages that belong to no noun: the theme, and what an error code means."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from ecsportal.people.access import open_to_everyone
from ecsportal.web.error_catalogue import CATALOGUE, sections

THEME_AFTER = {"": "light", "light": "dark", "dark": ""}
YEAR_SECONDS = 365 * 24 * 3600


@open_to_everyone
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Switch to the next theme (system, light, dark) and go back to where the reader was."""
    wanted = THEME_AFTER.get(request.COOKIES.get("theme", ""), "light")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = redirect(back)
    if wanted:
        response.set_cookie("theme", wanted, max_age=YEAR_SECONDS, samesite="Lax")
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@open_to_everyone
@require_GET
def error_codes(request: HttpRequest) -> HttpResponse:
    """All error codes, by area."""
    return render(request, "web/error_codes.html", {"sections": sections()})


@open_to_everyone
@require_GET
def error_code(request: HttpRequest, code: str) -> HttpResponse:
    """One error code: what it means and what to do."""
    entry = CATALOGUE.get(code.upper())
    if entry is None:
        raise Http404(f"There is no error code {code}.")
    return render(request, "web/error_code.html", {"entry": entry})
