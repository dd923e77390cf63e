"""What every page says when no worker runs; it lives here since only deployments know workers."""

from __future__ import annotations

from django import template
from django.template import Context

from ecsportal.deployments import worker_status

register = template.Library()


@register.simple_tag(takes_context=True)
def worker_problem(context: Context) -> str:
    """A sentence while no worker runs; nothing for the signed-out, who are told nothing."""
    user = context.get("user")
    if user is None or not user.is_authenticated:
        return ""
    return worker_status.worker_problem() or ""
