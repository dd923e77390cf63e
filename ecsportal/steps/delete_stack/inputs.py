"""The inputs of the step and their rules."""

from __future__ import annotations

import re

from ecsportal.steps.bound import is_bound
from ecsportal.steps.fields import StepModel, Text
from ecsportal.steps.findings import Findings, duplicates
from ecsportal.steps.problems import Problem
from ecsportal.steps.texts import check_stack_name
from ecsportal.steps.wait_option import Wait, check_wait

_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")


class DeleteStackInputs(StepModel):
    """Which stack, and which of its resources may stay behind."""

    stack_name: Text = ""
    retain_resources: list[Text] = []
    wait: Wait = Wait()


def check_rules(inputs: DeleteStackInputs) -> list[Problem]:
    """Every broken rule; bound values are taken on trust."""
    findings = Findings()
    if not inputs.stack_name:
        findings.add("stack_name", "missing", "Name the stack to delete.")
    check_stack_name(findings, "stack_name", inputs.stack_name)
    for index, name in enumerate(inputs.retain_resources):
        if not is_bound(name) and not _LOGICAL_ID.fullmatch(name):
            message = f'"{name}" is no logical id: letters and digits only.'
            findings.add(f"retain_resources[{index}]", "pattern", message)
    for index, name in duplicates(inputs.retain_resources):
        findings.add(f"retain_resources[{index}]", "duplicate", f"{name} is there already.")
    check_wait(findings, inputs.wait)
    return findings.problems
