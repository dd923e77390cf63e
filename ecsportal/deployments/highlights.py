"""What each step told as a highlight, repeated above the log: the few newest, and how many before.

However many a step writes, it is one query over an index of highlights alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, Count, F, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import RowNumber
from django.utils.text import Truncator

from ecsportal.deployments.models import Deployment, LogLine
from ecsportal.deployments.stages import Stage

OF_A_STEP = 3
FEW_STEPS = 4
"""Above so many steps that tell something, each repeats its newest highlight alone."""
MOST_OPEN = 8
"""Lines above which the list is folded at first."""
_LONGEST = 240
# As the index has it, word for word: SQLite takes a partial index for a literal only.
_IS_HIGHLIGHT = RawSQL("level = 'highlight'", (), output_field=BooleanField())  # noqa: S611 -- ours


@dataclass(frozen=True)
class Told:
    """One highlight: its line in the log, and on which target where the step has several."""

    line: LogLine
    target: str

    @property
    def text(self) -> str:
        """Short enough to be read at a glance; the line has all of it."""
        return Truncator(self.line.text).chars(_LONGEST)


@dataclass(frozen=True)
class StepHighlights:
    """The newest highlights of a step, in the log's order, and how many came before them."""

    stage: Stage
    lines: Sequence[Told]
    before: int


def highlights(deployment: Deployment, stages: Sequence[Stage]) -> list[StepHighlights]:
    """Of each step that told any, in the steps' order."""
    rows = (
        LogLine.objects.filter(_IS_HIGHLIGHT, deployment=deployment)
        .exclude(step="")
        .annotate(
            place=Window(RowNumber(), partition_by=[F("step")], order_by=F("seq").desc()),
            of=Window(Count("pk"), partition_by=[F("step")]),
        )
        .filter(place__lte=OF_A_STEP)
        .order_by("seq")
    )
    found: dict[str, list[LogLine]] = {}
    count: dict[str, int] = {}
    for row in rows:
        found.setdefault(row.step, []).append(row)
        count[row.step] = row.of
    most = OF_A_STEP if len(found) <= FEW_STEPS else 1
    return [
        _of_stage(stage, found[stage.run.slug][-most:], count[stage.run.slug])
        for stage in stages
        if stage.run.slug in found
    ]


def are_few(steps: Sequence[StepHighlights]) -> bool:
    """Whether they may stand open without pushing the log away."""
    return sum(len(step.lines) for step in steps) <= MOST_OPEN


def _of_stage(stage: Stage, lines: Sequence[LogLine], count: int) -> StepHighlights:
    targets = stage.on_targets
    names = {run.target_slug: run.target_name for run in targets} if len(targets) > 1 else {}
    told = [Told(line, names.get(line.target, "")) for line in lines]
    return StepHighlights(stage, told, count - len(told))
