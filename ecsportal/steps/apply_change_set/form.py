"""The form of the step."""

from __future__ import annotations

from ecsportal.steps.apply_change_set.summary import summary
from ecsportal.steps.forms.parts import Field, Section
from ecsportal.steps.stack_fields import API, GUIDE, wait_section

SECTIONS = (
    Section(
        "change-set",
        "Change set",
        (
            Field(
                "stack_id",
                "Stack",
                mono=True,
                width="p-c6",
                placeholder="#{Octopus.Action[Step].Output.AwsOutputs[StackId]}",
                note="Its name or id: the output AwsOutputs[StackId] of the step that proposed it.",
                aws=f"{GUIDE}using-cfn-updating-stacks-changesets.html",
            ),
            Field(
                "change_set_id",
                "Change set",
                mono=True,
                width="p-c6",
                placeholder="#{Octopus.Action[Step].Output.AwsOutputs[ChangesetId]}",
                note="Its name or id: the output AwsOutputs[ChangesetId] of that step.",
                aws=f"{API}API_ExecuteChangeSet.html",
            ),
        ),
        summary,
        open_at_first=True,
    ),
    wait_section(),
)
