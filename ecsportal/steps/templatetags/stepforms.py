"""Filters of the step editor's templates."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def idname(name: str) -> str:
    """A field's dotted name as a part of an HTML id."""
    return name.replace(".", "-")


@register.filter
def fixes(count: int) -> str:
    """`3 to fix`."""
    return f"{count} to fix"
