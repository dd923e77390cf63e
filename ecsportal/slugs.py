"""Slugs: the names by which scripts and URLs call things; made once, never changed by a rename."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db.models import Model
from django.utils.text import slugify

validate_slug = RegexValidator(
    r"^[a-z0-9-]{1,60}$", 'Lower-case letters, digits and "-" only, 1 to 60 of them.'
)


def slug_for(name: str) -> str:
    """The slug that a name asks for; `item` where nothing of the name can be kept."""
    return slugify(name)[:60].strip("-") or "item"


def free_slug(name: str, model: type[Model], **within: object) -> str:
    """The name's slug, with the first free number behind it where it is taken already."""
    wanted = slug_for(name)
    taken = set(
        model._default_manager.filter(**within, slug__startswith=wanted[:55]).values_list(
            "slug", flat=True
        )
    )
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted[:56]}-{number}" in taken:
        number += 1
    return f"{wanted[:56]}-{number}"
