"""The deployments of one release, for the release's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.template import Context

from ecsportal.deployments.proven import ENDED_WELL
from ecsportal.deployments.queries import visible_deployments
from ecsportal.releases.models import Release
from ecsportal.releases.queries import Deployability

register = template.Library()

MOST_SHOWN = 20


@register.simple_tag(takes_context=True)
def deployments_of(context: Context, release: Release) -> dict[str, Any]:
    """The newest deployments that the reader may see (`rows`), and whether there are more."""
    found = visible_deployments(context["request"].user).filter(release=release).order_by("-pk")
    rows = list(found[: MOST_SHOWN + 1])
    return {"rows": rows[:MOST_SHOWN], "more": len(rows) > MOST_SHOWN}


@register.simple_tag
def next_place(release: Release, places: Sequence[Deployability]) -> Deployability | None:
    """The first of `places`, in their order, where the release hasn't succeeded yet.

    One that failed later, or went on without a target that failed, hasn't.
    """
    been = set(release.deployments.filter(ENDED_WELL).values_list("environment_id", flat=True))
    return next((place for place in places if place.environment.pk not in been), None)
