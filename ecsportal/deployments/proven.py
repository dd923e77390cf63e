"""Which deployments brought a release that was seen to run, so that one may go back to it.

Of a step that doesn't wait AWS's acceptance is a success, and proves nothing: what it brought may
fail later, be replaced before it came up, or never be seen again. Where a person let a deployment
go on after a step had failed on a target, what ran there before may run there still.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from ecsportal.deployments.models import Deployment, State, TargetRun

_RUNS = TargetRun.objects.filter(step_run__deployment=OuterRef("pk"))
_SET_ASIDE = Q(warnings=True) & Exists(_RUNS.exclude(set_aside="").exclude(target_slug=""))
ENDED_WELL = (
    Q(state=State.SUCCEEDED, late_error__isnull=True, late_verdict__isnull=True) & ~_SET_ASIDE
)
"""Succeeded on each target, and nothing else has become known since."""

_OPEN = Q(Exists(_RUNS.filter(unverified=True)))
PROVEN = ENDED_WELL & ~_OPEN
"""The same, and nothing is left to be looked up: what "the last good release" means everywhere."""


def with_outcome(rows: QuerySet[Deployment]) -> QuerySet[Deployment]:
    """The same deployments; each knows whether its outcome is still open (`outcome_open`)."""
    return rows.annotate(end_unseen=Q(state=State.SUCCEEDED) & _OPEN)
