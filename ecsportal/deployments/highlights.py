"""What each step told as a highlight, repeated above the log: the few newest, and how many before.

However many a step writes, it is three queries over an index of highlights alone: how many there
are, the ends of the index, and those few lines. Numbering all of them to pick the newest would sort
them all, which took a third of a second for 50,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, Count, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.utils.text import Truncator

from ecsportal.deployments.models import Deployment, LogLine, StepRun
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
    last_before: int
    """The number of the log's line that has the newest of those before."""


def highlights(deployment: Deployment, stages: Sequence[Stage]) -> list[StepHighlights]:
    """Of each step that told any, in the steps' order."""
    count = _counts(deployment)
    most = OF_A_STEP if len(count) <= FEW_STEPS else 1
    found: dict[str, list[LogLine]] = {}
    # One more than is shown: the link to those before leads to it.
    for line in _lines(deployment, _newest(deployment, most + 1) if count else []):
        found.setdefault(line.step, []).append(line)
    return [
        _of_stage(stage, found[stage.run.slug], count.get(stage.run.slug, 0), most)
        for stage in stages
        if stage.run.slug in found
    ]


def _counts(deployment: Deployment) -> dict[str, int]:
    """How many highlights each step has told: read from the index alone, nothing is sorted."""
    rows = LogLine.objects.filter(_IS_HIGHLIGHT, deployment=deployment).exclude(step="")
    return dict(rows.order_by().values_list("step").annotate(of=Count("*")))


def _newest(deployment: Deployment, most: int) -> list[int]:
    """The numbers of the newest few of each step: so many looks at an end of the index."""
    of_step = LogLine.objects.filter(
        _IS_HIGHLIGHT, deployment=deployment, step=OuterRef("slug")
    ).order_by("-seq")
    places = {f"place_{n}": Subquery(of_step.values("seq")[n : n + 1]) for n in range(most)}
    steps = StepRun.objects.filter(deployment=deployment).order_by()
    rows: Iterable[tuple[int | None, ...]] = steps.annotate(**places).values_list(*places)
    return [seq for row in rows for seq in row if seq is not None]


def _lines(deployment: Deployment, numbers: Sequence[int]) -> QuerySet[LogLine]:
    return LogLine.objects.filter(deployment=deployment, seq__in=numbers).order_by("seq")


def are_few(steps: Sequence[StepHighlights]) -> bool:
    """Whether they may stand open without pushing the log away."""
    return sum(len(step.lines) for step in steps) <= MOST_OPEN


def _of_stage(stage: Stage, lines: Sequence[LogLine], count: int, most: int) -> StepHighlights:
    targets = stage.on_targets
    names = {run.target_slug: run.target_name for run in targets} if len(targets) > 1 else {}
    told = [Told(line, names.get(line.target, "")) for line in lines[-most:]]
    # A line written between the looks is among the newest, but not in the count.
    return StepHighlights(stage, told, max(0, count - len(told)), lines[0].seq)
