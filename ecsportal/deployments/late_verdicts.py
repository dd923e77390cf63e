"""What is told of a rollout that nobody waited for and that had no end of its own.

A third revision took its place before it had come up or failed: neither is true of it, and a
deployment that said nothing would look like one that succeeded.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from ecsportal.deployments.models import TargetRun
from ecsportal.steps.contract import Replaced

LateVerdict = dict[str, Any]
_NAMED = 3
_UNKNOWN = "Whether it would have come up isn't known."


def replaced_verdict(before: LateVerdict | None, run: TargetRun, said: Replaced) -> LateVerdict:
    """The verdict as the deployment keeps it, with the places where the same was told before."""
    place = {
        "step": run.step_run.slug,
        "target": run.target_slug,
        "name": run.step_run.name + (f" on {run.target_name}" if run.target_name else ""),
        "revision": said.revision,
        "by": said.by,
    }
    places = [*(before or {}).get("places", ()), place]
    at = timezone.now().isoformat()
    return {"verdict": "replaced", "message": _sentence(places), "at": at, "places": places}


def _sentence(places: list[dict[str, str]]) -> str:
    """One for one place; of several the first few by name."""
    first = places[0]
    if len(places) == 1:
        rollout = f"the rollout of {first['revision']} ({first['name']}) ended"
        return f"Replaced by {first['by']} before {rollout}. {_UNKNOWN}"
    named = "; ".join(f"{p['revision']} by {p['by']} ({p['name']})" for p in places[:_NAMED])
    more = f"; and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return f"Replaced before their rollouts ended: {named}{more}. {_UNKNOWN}"
