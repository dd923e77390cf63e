"""The first forms of a process may be asked for by several threads at once."""

from __future__ import annotations

from tests.half_loaded import printed_by

FIRST_FORMS = """
from functools import partial

import django
django.setup()
from ecsportal.steps import catalogue
from tests.half_loaded import HeldUp, run_at_once

catalogue.all()

def show(slug):
    kind = catalogue.get(slug)
    kind.form(kind.initial_inputs(), version=kind.version, choices={})
    print(slug)

run_at_once(
    partial(show, "deploy-ecs-service"),
    partial(show, "run-ecs-task"),
    HeldUp("ecsportal.steps.deploy_ecs_service.form.sections", "ecsportal.steps.run_ecs_task.form"),
)
"""


def test_two_kinds_of_steps_show_their_first_forms_at_once() -> None:
    assert printed_by(FIRST_FORMS) == ["deploy-ecs-service", "run-ecs-task"]
