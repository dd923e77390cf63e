"""The form of the step."""

from __future__ import annotations

from ecsportal.steps.delete_stack.summary import summary
from ecsportal.steps.forms.parts import Field, Section
from ecsportal.steps.stack_fields import API, stack_name_field, wait_section

SECTIONS = (
    Section(
        "stack",
        "Stack",
        (
            stack_name_field(
                "Deleted with all that it holds. When there is none, the step has nothing to do."
            ),
            Field(
                "retain_resources",
                "Resources that may stay behind",
                kind="list",
                note="Logical ids. Left behind only where they can't be deleted, like a bucket that"
                " still holds something.",
                aws=f"{API}API_DeleteStack.html",
                width="p-c6",
                mono=True,
            ),
        ),
        summary,
        open_at_first=True,
    ),
    wait_section(),
)
