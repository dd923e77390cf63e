"""What CloudFormation says of a template before it is deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.look_ahead import LooksAhead
from tests.steps.deploy_cloudformation_template.samples import LOGS, inputs


@pytest.fixture
def look(sandbox: RunningSandbox) -> Callable[[JsonDict], list[tuple[str, str]]]:
    """Kind and text of what is foreseen."""
    kind = catalogue.get("deploy-cloudformation-template")
    assert isinstance(kind, LooksAhead)

    def looked(document: JsonDict) -> list[tuple[str, str]]:
        found = kind.look_ahead(
            document, 1, stack_name="shop-logs", clients=lambda name: sandbox.client(name)
        )
        return [(each.kind, each.text) for each in found]

    return looked


Look = Callable[[JsonDict], list[tuple[str, str]]]


def test_nothing_stands_in_the_way_of_inputs_that_fit(look: Look) -> None:
    assert look(inputs()) == []


def test_parameters_and_needs_are_told(look: Look) -> None:
    macro = LOGS + "Transform: AWS::LanguageExtensions\n"
    found = look(inputs(template=macro, parameters=[{"name": "Old", "value": "1"}]))
    assert found == [
        ("failed", "The template has no parameter Old"),
        ("failed", "The template needs a value for Group"),
        (
            "failed",
            "The template has transforms (AWS::LanguageExtensions): allow macros, or use a change"
            " set",
        ),
    ]


def test_a_role_that_is_not_there_is_told(look: Look) -> None:
    role = "arn:aws:iam::123456789012:role/nobody"
    assert look(inputs(role_arn=role)) == [("failed", "Service role nobody doesn't exist")]


@pytest.mark.parametrize(
    "changes",
    [
        {"template": LOGS + "# #{Octopus.Action[A].Output.X}\n"},
        {"template": "", "template_url": "https://b.s3.amazonaws.com/#{Key}"},
    ],
)
def test_what_only_the_deployment_knows_is_waited_for(look: Look, changes: JsonDict) -> None:
    assert look(inputs(**changes)) == [
        ("unknown", "The template is known only when it is deployed")
    ]


def test_a_refusal_to_look_stands_in_nobody_s_way(look: Look, sandbox: RunningSandbox) -> None:
    sandbox.faults.add(
        service="cloudformation", action="ValidateTemplate", code="AccessDenied", status=403
    )
    assert look(inputs()) == [("unknown", "Couldn't look up the template")]


@pytest.mark.parametrize("changes", [{"template": 3}, {"template": "# " + "x" * 60_000}])
def test_what_can_t_be_read_or_would_have_to_be_stored_first_is_not_asked(
    look: Look, changes: JsonDict
) -> None:
    assert look(inputs(**changes)) == []


def test_a_deletion_foresees_termination_protection(sandbox: RunningSandbox) -> None:
    kind: Any = catalogue.get("delete-stack")
    cfn = sandbox.client("cloudformation")
    cfn.create_stack(
        StackName="kept",
        TemplateBody='{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}',
        EnableTerminationProtection=True,
    )

    def looked(name: str) -> list[str]:
        found = kind.look_ahead(
            {"stack_name": name}, 1, stack_name="", clients=lambda name: sandbox.client(name)
        )
        return [each.text for each in found]

    assert looked("kept") == ["Stack kept has termination protection"]
    assert looked("never-was") == looked("#{Name}") == []
