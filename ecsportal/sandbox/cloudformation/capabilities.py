"""What a template must have acknowledged before it may be used, and for which of its resources."""

from __future__ import annotations

from ecsportal.sandbox.cloudformation.resource_types import IAM_NAMES, IAM_TYPES
from ecsportal.sandbox.cloudformation.template import Template
from ecsportal.sandbox.errors import AwsError

IAM, NAMED_IAM, AUTO_EXPAND = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"


def required_capabilities(template: Template) -> list[str]:
    """The capabilities that the template's IAM resources and macros ask for."""
    needed = set()
    for resource in template.resources.values():
        if resource["Type"] in IAM_TYPES:
            is_named = IAM_NAMES & (resource.get("Properties") or {}).keys()
            needed.add(NAMED_IAM if is_named else IAM)
    if NAMED_IAM in needed:
        needed.discard(IAM)
    if template.transforms:
        needed.add(AUTO_EXPAND)
    return sorted(needed)


def reason_for(template: Template) -> str:
    """Why they are needed, as GetTemplateSummary puts it; empty where nothing is."""
    types = sorted(
        {each["Type"] for each in template.resources.values() if each["Type"] in IAM_TYPES}
    )
    if types:
        return f"The following resource(s) require capabilities: [{', '.join(types)}]"
    if template.transforms:
        listed = ", ".join(template.transforms)
        return f"The following transform(s) require capabilities: [{listed}]"
    return ""


def check_capabilities(template: Template, given: tuple[str, ...], *, reviewed: bool) -> None:
    """InsufficientCapabilitiesException if the template needs more than is acknowledged."""
    for needed in required_capabilities(template):
        if needed == AUTO_EXPAND and reviewed:
            continue
        covers = {needed, NAMED_IAM} if needed == IAM else {needed}
        if not covers & set(given):
            raise AwsError(
                "InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]"
            )
