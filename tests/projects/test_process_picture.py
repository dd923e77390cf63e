"""The geometry of a process's picture."""

from __future__ import annotations

from ecsportal.projects.process_picture import (
    BOX_HEIGHT,
    BOX_WIDTH,
    GAP,
    MARGIN,
    MOST_IN_A_ROW,
    STACK_GAP,
    PictureStep,
    picture_of,
    picture_steps,
)
from tests import builders


def step(number: int, *, together: bool = False, name: str = "Deploy") -> PictureStep:
    return PictureStep(number, name, "", f"#{number}", with_previous=together)


def test_steps_stand_side_by_side_with_an_arrow_between() -> None:
    picture = picture_of([step(1), step(2)])

    assert [(box.x, box.y) for box in picture.boxes] == [
        (MARGIN, MARGIN),
        (MARGIN + BOX_WIDTH + GAP, MARGIN),
    ]
    assert len(picture.arrows) == 1
    assert picture.width == 2 * MARGIN + 2 * BOX_WIDTH + GAP
    assert picture.height == 2 * MARGIN + BOX_HEIGHT


def test_steps_that_run_together_are_stacked() -> None:
    picture = picture_of([step(1), step(2), step(3, together=True)])

    assert [box.x for box in picture.boxes[1:]] == [MARGIN + BOX_WIDTH + GAP] * 2
    assert [box.y for box in picture.boxes[1:]] == [MARGIN, MARGIN + BOX_HEIGHT + STACK_GAP]
    assert len(picture.arrows) == 1


def test_a_long_process_wraps() -> None:
    picture = picture_of([step(n) for n in range(1, MOST_IN_A_ROW + 2)])

    last = picture.boxes[-1]
    assert last.x == MARGIN
    assert last.y > BOX_HEIGHT
    assert len(picture.arrows) == MOST_IN_A_ROW


def test_no_step_can_start_together_with_nothing() -> None:
    assert len(picture_of([step(1, together=True)]).boxes) == 1


def test_an_empty_process_has_an_empty_picture() -> None:
    assert (picture_of([]).height, picture_of([]).boxes) == (0, ())


def test_long_names_are_cut() -> None:
    (box,) = picture_of([step(1, name="A name that is much too long for a box")]).boxes

    assert box.name == "1 A name that is much …"


def test_steps_of_a_process_tell_their_conditions() -> None:
    steps = [
        builders.web_step("One", start="with_previous"),
        builders.web_step("Two", start="with_previous", condition="failure"),
        builders.web_step("Three", disabled=True),
    ]

    told = picture_steps(steps, ["a", "b", "c"])

    assert [(s.note, s.with_previous, s.is_conditional, s.kind) for s in told] == [
        ("Deploy Amazon ECS Service", False, False, ""),
        ("after a failure", True, True, ""),
        ("disabled", False, False, "skipped"),
    ]
