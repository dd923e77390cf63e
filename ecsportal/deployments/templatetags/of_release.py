"""The deployments of one release, for the release's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from ecsportal.deployments.queries import visible_deployments
from ecsportal.releases.models import Release

register = template.Library()

MOST_SHOWN = 20


@register.simple_tag(takes_context=True)
def deployments_of(context: Context, release: Release) -> dict[str, Any]:
    """The newest deployments that the reader may see (`rows`), and whether there are more."""
    found = visible_deployments(context["request"].user).filter(release=release).order_by("-pk")
    rows = list(found[: MOST_SHOWN + 1])
    return {"rows": rows[:MOST_SHOWN], "more": len(rows) > MOST_SHOWN}
