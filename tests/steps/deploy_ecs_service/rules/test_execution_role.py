from typing import Any

import pytest

from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.rules.execution_role import execution_role_notes
from tests.steps.deploy_ecs_service.samples import ROLE, SECRET, container, document


def notes(inputs: dict[str, Any]) -> list[tuple[str, str]]:
    return [(note.path, note.message) for note in execution_role_notes(read_inputs(inputs))]


@pytest.mark.parametrize(
    ("fields", "path", "need"),
    [
        (
            {"repository_authentication": {"type": "secrets_manager", "secret_arn": SECRET}},
            "repository_authentication", "read the registry's secret",
        ),
        (
            {"environment_files": ["arn:aws:s3:::s/a.env"]},
            "environment_files", "read the environment files from S3",
        ),
        (
            {"environment": [{"name": "A", "value": SECRET, "type": "secret"}]},
            "environment", "read the secrets",
        ),
        (
            {
                "logging": {
                    "type": "manual", "driver": "splunk",
                    "options": [{"name": "splunk-token", "value": SECRET, "type": "secret"}],
                }
            },
            "logging.options", "read the log driver's secrets",
        ),
    ],
)  # fmt: skip
def test_what_the_stack_s_own_role_may_not_do_is_noted(
    fields: dict[str, Any], path: str, need: str
) -> None:
    assert notes(document(container("web", **fields))) == [
        (
            f"containers[0].{path}",
            f"The role that the stack makes may not {need}. "
            "Name an execution role that may, or the tasks stop before they start.",
        )
    ]
    manual = fields | {"logging": {"type": "manual"}}
    assert notes(document(container("web", **manual), task_execution_role_arn=ROLE)) == []


def test_a_given_role_has_to_write_automatic_logs() -> None:
    assert notes(document(task_execution_role_arn=ROLE)) == [
        (
            "task_execution_role_arn",
            "Automatic logging writes with this role: it needs logs:CreateLogStream and "
            "logs:PutLogEvents.",
        )
    ]


def test_a_plain_step_needs_nothing_more() -> None:
    assert notes(document()) == []
