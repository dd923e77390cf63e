"""Where the log tells of those stopped tasks that a piece of evidence counts without naming them.

Evidence names the newest twenty that died of one thing; the log has told of each as it stopped.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q

from ecsportal.deployments.models import Deployment, Level, LogLine
from ecsportal.steps.reasons import Evidence


def last_line_before(deployment: Deployment, step: str, piece: Evidence) -> int | None:
    """The line of the newest task of the step before those that are named; None where none is.

    Two looks, and only where a piece counts more than it names.
    """
    if not piece.unnamed or not piece.each:
        return None
    # All that are named, not the oldest alone: tasks that stopped together stand in any order.
    named = [Q(text__startswith=f"Task {one.name.partition(' ')[0]} ") for one in piece.each]
    stopped = LogLine.objects.filter(
        deployment=deployment, step=step, level=Level.WARNING, text__contains=" stopped: "
    ).order_by("seq")
    first = stopped.filter(reduce(or_, named)).values_list("seq", flat=True).first()
    if first is None:
        return None
    before = stopped.filter(seq__lt=first, text__startswith="Task ")
    return before.values_list("seq", flat=True).last() or first
