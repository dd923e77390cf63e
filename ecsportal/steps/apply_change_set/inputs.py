"""The inputs of the step and their rules."""

from __future__ import annotations

import re

from ecsportal.steps.bound import is_bound
from ecsportal.steps.fields import StepModel, Text
from ecsportal.steps.findings import Findings
from ecsportal.steps.problems import Problem
from ecsportal.steps.wait_option import Wait, check_wait

_STACK = re.compile(
    r"arn:aws[a-z-]*:cloudformation:[a-z0-9-]+:\d{12}:stack/[A-Za-z][A-Za-z0-9-]*/\S+"
    r"|[A-Za-z][A-Za-z0-9-]{0,127}"
)
_CHANGE_SET = re.compile(
    r"arn:aws[a-z-]*:cloudformation:[a-z0-9-]+:\d{12}:changeSet/\S+|[A-Za-z][A-Za-z0-9-]{0,127}"
)


class ApplyChangeSetInputs(StepModel):
    """Which change set of which stack, as the step that proposed it put out."""

    stack_id: Text = ""
    change_set_id: Text = ""
    wait: Wait = Wait()


def check_rules(inputs: ApplyChangeSetInputs) -> list[Problem]:
    """Every broken rule; bound values are taken on trust."""
    findings = Findings()
    if not inputs.stack_id:
        findings.add("stack_id", "missing", "Name the stack, or its id.")
    elif not is_bound(inputs.stack_id) and not _STACK.fullmatch(inputs.stack_id):
        findings.add("stack_id", "pattern", "Is neither a stack's name nor its ARN.")
    if not inputs.change_set_id:
        findings.add("change_set_id", "missing", "Name the change set, or its id.")
    elif not is_bound(inputs.change_set_id) and not _CHANGE_SET.fullmatch(inputs.change_set_id):
        findings.add("change_set_id", "pattern", "Is neither a change set's name nor its ARN.")
    check_wait(findings, inputs.wait)
    return findings.problems


def name_of(stack_id: str) -> str:
    """The stack's name, also from its ARN."""
    return stack_id.partition(":stack/")[2].partition("/")[0] or stack_id
