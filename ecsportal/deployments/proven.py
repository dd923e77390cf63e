"""Which deployments brought a release that was seen to run, so that one may go back to it.

Of a step that doesn't wait AWS's acceptance is a success, and proves nothing: what it brought may
fail later, be replaced before it came up, or never be seen again.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from ecsportal.deployments.models import State, TargetRun

ENDED_WELL = Q(state=State.SUCCEEDED, late_error__isnull=True, late_verdict__isnull=True)
"""Succeeded, and nothing else has become known since."""

_STILL_OPEN = TargetRun.objects.filter(step_run__deployment=OuterRef("pk"), unverified=True)
PROVEN = ENDED_WELL & ~Q(Exists(_STILL_OPEN))
"""The same, and nothing is left to be looked up: what "the last good release" means everywhere."""
