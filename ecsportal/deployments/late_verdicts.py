"""What is told of a step that nobody waited for, and whose end nobody has seen.

A third revision took its place before it had come up or failed, or the portal had to stop looking
first: neither success nor failure is known of it, and a deployment that said nothing would look
like one that succeeded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils import timezone

from ecsportal.deployments.models import TargetRun
from ecsportal.steps.contract import Replaced

LateVerdict = dict[str, Any]
REPLACED, UNSEEN = "replaced", "unseen"
_NAMED = 3


@dataclass(frozen=True)
class Unseen:
    """The portal stopped looking before there was an end to be seen.

    `why` is a sentence without its full stop, with what was known at the last look.
    """

    why: str


def joined_verdict(
    before: LateVerdict | None, run: TargetRun, said: Replaced | Unseen
) -> LateVerdict:
    """The verdict as the deployment keeps it: of this run, and of those that were told before."""
    place = {
        "verdict": UNSEEN if isinstance(said, Unseen) else REPLACED,
        "step": run.step_run.slug,
        "target": run.target_slug,
        "name": run.step_run.name + (f" on {run.target_name}" if run.target_name else ""),
        **asdict(said),
    }
    places = [*(before or {}).get("places", ()), place]
    unseen = [each for each in places if each.get("verdict") == UNSEEN]
    replaced = [each for each in places if each not in unseen]
    return {
        "verdict": UNSEEN if unseen else REPLACED,
        "message": " ".join([*_of_replaced(replaced), *_of_unseen(unseen)]),
        "at": timezone.now().isoformat(),
        "places": places,
    }


def _of_replaced(places: list[dict[str, str]]) -> list[str]:
    """Sentences: of one place in full, of several the first few by name."""
    if not places:
        return []
    first, unknown = places[0], "Whether it would have come up isn't known."
    if len(places) == 1:
        rollout = f"the rollout of {first['revision']} ({first['name']}) ended"
        return [f"Replaced by {first['by']} before {rollout}.", unknown]
    named = "; ".join(f"{p['revision']} by {p['by']} ({p['name']})" for p in places[:_NAMED])
    return [f"Replaced before their rollouts ended: {named}{_more(places)}.", unknown]


def _of_unseen(places: list[dict[str, str]]) -> list[str]:
    if not places:
        return []
    named = [f"{place['why']} ({place['name']})" for place in places[:_NAMED]]
    return [
        f"{'. '.join(named)}{_more(places)}.",
        "Whether it ended well isn't known: look in AWS, and deploy again where in doubt.",
    ]


def _more(places: list[dict[str, str]]) -> str:
    return f"; and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
