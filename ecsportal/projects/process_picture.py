"""A process as a picture: boxes in the order in which they run, those that run together stacked.

The geometry alone; `projects/_process_picture.html` draws it as SVG. Lengths are pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecsportal.projects.step_document import known_type
from ecsportal.steps.contract import JsonDict

BOX_WIDTH, BOX_HEIGHT = 184, 48
GAP, STACK_GAP, ROW_GAP = 32, 8, 36
MARGIN = 4
MOST_IN_A_ROW = 6
NAME_CHARACTERS, NOTE_CHARACTERS, SHAPE_CHARACTERS = 23, 25, 3

CONDITION_WORDS = {
    "failure": "after a failure",
    "always": "always",
    "expression": "on a condition",
}


@dataclass(frozen=True)
class PictureStep:
    """A step as the picture needs it; `kind` is a status kind (ok, failed, running) or empty."""

    number: int
    name: str
    note: str
    href: str
    with_previous: bool
    kind: str = ""
    is_conditional: bool = False
    state: str = ""
    """The state in words where it runs or ran; its shape stands beside the name then."""
    since: str = ""
    """When it began (ISO 8601) while its time counts, and what has gone since."""
    elapsed: str = ""


@dataclass(frozen=True)
class Box:
    """A step at its place; x and y are its upper left corner."""

    step: PictureStep
    x: int
    y: int

    @property
    def name(self) -> str:
        """Number and name, as much as fits."""
        room = NAME_CHARACTERS - (SHAPE_CHARACTERS if self.step.state else 0)
        return _cut(f"{self.step.number} {self.step.name}", room)

    @property
    def note(self) -> str:
        """The second line, as much as fits."""
        taken = f"{self.step.elapsed} · " if self.step.elapsed else ""
        return _cut(self.step.note, NOTE_CHARACTERS - len(taken))

    @property
    def shape(self) -> str:
        """The icon of its state."""
        return f"s-{self.step.kind}"

    @property
    def css(self) -> str:
        """The classes of its group."""
        state = f" p-is-{self.step.kind}" if self.step.kind else ""
        return f"p-box{state}{' p-is-conditional' if self.step.is_conditional else ''}"


@dataclass(frozen=True)
class Picture:
    """Boxes, and the arrows between stages as SVG path data."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]
    half: int = BOX_HEIGHT // 2
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT
    text_width: int = BOX_WIDTH - 6
    """Text is cut off here, however wide its letters are."""


def picture_of(steps: Sequence[PictureStep]) -> Picture:
    """The picture of these steps; stages wrap into rows of MOST_IN_A_ROW."""
    stages = _stages(steps)
    rows = [stages[n : n + MOST_IN_A_ROW] for n in range(0, len(stages), MOST_IN_A_ROW)]
    boxes: list[Box] = []
    arrows: list[str] = []
    y = MARGIN
    for number, row in enumerate(rows):
        for column, stage in enumerate(row):
            x = MARGIN + column * (BOX_WIDTH + GAP)
            boxes += [
                Box(step, x, y + place * (BOX_HEIGHT + STACK_GAP))
                for place, step in enumerate(stage)
            ]
            if column:
                arrows.append(f"M{x - GAP + 4} {y + BOX_HEIGHT // 2}h{GAP - 9}")
        height = max(_stage_height(stage) for stage in row)
        if number + 1 < len(rows):
            arrows.append(_turn(y, height))
        y += height + ROW_GAP
    longest = max((len(row) for row in rows), default=0)
    width = 2 * MARGIN + longest * (BOX_WIDTH + GAP) - (GAP if longest else 0)
    return Picture(width, y - ROW_GAP + MARGIN if rows else 0, tuple(boxes), tuple(arrows))


def picture_steps(steps: Sequence[JsonDict], hrefs: Sequence[str]) -> list[PictureStep]:
    """The steps of a process, each with where a click on it leads."""
    return [
        PictureStep(
            number=number,
            name=step["name"],
            note=_note(step),
            href=href,
            with_previous=step["start"] == "with_previous" and number > 1,
            kind="skipped" if step["disabled"] else "",
            is_conditional=step["condition"] != "success",
        )
        for number, (step, href) in enumerate(zip(steps, hrefs, strict=True), 1)
    ]


def _note(step: JsonDict) -> str:
    if step["disabled"]:
        return "disabled"
    kind = known_type(step["type"])
    what = kind.name if kind else step["type"]
    return CONDITION_WORDS.get(step["condition"], what)


def _stages(steps: Sequence[PictureStep]) -> list[list[PictureStep]]:
    stages: list[list[PictureStep]] = []
    for step in steps:
        if step.with_previous and stages:
            stages[-1].append(step)
        else:
            stages.append([step])
    return stages


def _stage_height(stage: Sequence[PictureStep]) -> int:
    return len(stage) * (BOX_HEIGHT + STACK_GAP) - STACK_GAP


def _turn(y: int, height: int) -> str:
    """From the end of a row to the beginning of the next."""
    end = MARGIN + MOST_IN_A_ROW * (BOX_WIDTH + GAP) - GAP
    middle, start = y + height + ROW_GAP // 2, MARGIN + BOX_WIDTH // 2
    return f"M{end - BOX_WIDTH // 2} {y + height + 3}V{middle}H{start}V{y + height + ROW_GAP - 5}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
