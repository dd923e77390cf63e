"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ecsportal.people.permissions import Permission, grants_of, may


def portal(request: HttpRequest) -> dict[str, Any]:
    """Theme and what the reader may see at all (`can.EventView`), from grants read once."""
    user = getattr(request, "user", None)
    can = {p.value: may(user, p) for p in Permission} if user and grants_of(user) else {}
    theme = request.COOKIES.get("theme", "")
    return {"theme": theme if theme in ("light", "dark") else "", "can": can}
