"""The picture of a process as the progress of a deployment: for those too long for cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from ecsportal.deployments.models import RUN_FINAL_STATES, RunState
from ecsportal.deployments.stages import Stage
from ecsportal.projects.process_picture import MOST_IN_A_ROW, Picture, PictureStep, picture_of
from ecsportal.web.components import STATES
from ecsportal.web.moments import duration_words


def progress_picture(groups: Sequence[Sequence[Stage]]) -> Picture | None:
    """The steps with their states; None for a process whose cards fit side by side.

    A group's stages run together.
    """
    if len(groups) <= MOST_IN_A_ROW:
        return None
    now = timezone.now()
    return picture_of(
        [
            _picture_step(stage, now, with_previous=place > 0)
            for group in groups
            for place, stage in enumerate(group)
        ]
    )


def _picture_step(stage: Stage, now: datetime, *, with_previous: bool) -> PictureStep:
    kind, word = STATES[stage.look]
    if stage.run.warnings and kind == "ok":
        kind, word = "warning", f"{word} with warnings"
    began = stage.run.started_at if stage.is_running else None
    return PictureStep(
        number=stage.number,
        name=stage.run.name,
        note=_note(stage),
        href=f"#node-{stage.run.slug}",
        with_previous=with_previous,
        kind=kind,
        state=word,
        since=began.isoformat(timespec="seconds") if began else "",
        elapsed=duration_words((now - began).total_seconds()) if began else "",
    )


def _note(stage: Stage) -> str:
    """The reason of a step that didn't run, how long it took, how many of its targets are done."""
    if stage.note:
        return stage.note
    count = len(stage.on_targets)
    targets = f"{count} target{'' if count == 1 else 's'}" if count else "no target"
    if stage.is_running:
        ended = sum(run.state in RUN_FINAL_STATES for run in stage.on_targets)
        return f"{ended} of {targets}" if count > 1 else ""
    if stage.run.started_at and stage.run.finished_at:
        took = duration_words((stage.run.finished_at - stage.run.started_at).total_seconds())
        failed = sum(run.state == RunState.FAILED for run in stage.on_targets)
        parts = [took, f"failed on {failed} of {count}" if failed and count > 1 else ""]
        parts.append("with rollback" if stage.rollbacks else "")
        return " · ".join(filter(None, parts))
    if stage.never_ran:
        return "not run"
    return f"about {duration_words(stage.expected)}" if stage.expected else targets
