"""Tags and filters of the page components (ux.md section 4)."""

from __future__ import annotations

from django import template

register = template.Library()
