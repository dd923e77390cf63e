"""CloudFormation operations that read templates: of a stack, of a change set, or as given."""

from __future__ import annotations

import json
from typing import Any

from ecsportal.sandbox.cloudformation.capabilities import reason_for, required_capabilities
from ecsportal.sandbox.cloudformation.parameters import is_secret
from ecsportal.sandbox.cloudformation.stack_calls import read_template
from ecsportal.sandbox.cloudformation.state import StackRegion, Wire
from ecsportal.sandbox.cloudformation.template import Template
from ecsportal.sandbox.errors import AwsError, validation_error


def get_template(region: StackRegion, params: Wire) -> Wire:
    """GetTemplate of a stack or of a change set."""
    stack = region.stack(params["StackName"])
    intent = stack.intent
    if params.get("ChangeSetName"):
        name = params["ChangeSetName"]
        found = [each for each in stack.change_sets.values() if name in {each.name, each.id}]
        if not found:
            raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
        intent = found[0].intent
    return {"TemplateBody": intent.template.text, "StagesAvailable": ["Original", "Processed"]}


def validate_template(region: StackRegion, params: Wire) -> Wire:
    """ValidateTemplate."""
    template = read_template(region, params, None)
    return {
        "Parameters": [
            _parameter(name, written) for name, written in template.section("Parameters").items()
        ],
        **_what_it_needs(template),
    }


def get_template_summary(region: StackRegion, params: Wire) -> Wire:
    """GetTemplateSummary of a template or of a stack."""
    if params.get("StackName"):
        template = region.stack(params["StackName"]).intent.template
    elif params.get("TemplateBody") is None and not params.get("TemplateURL"):
        raise validation_error(
            "One of the parameters TemplateBody, TemplateURL, StackName or StackSetName is required"
        )
    else:
        template = read_template(region, params, None)
    metadata = template.content.get("Metadata")
    return _without_none(
        {
            "Parameters": [
                _summed_up(name, written)
                for name, written in template.section("Parameters").items()
            ],
            "ResourceTypes": sorted({str(each["Type"]) for each in template.resources.values()}),
            "Version": str(template.content.get("AWSTemplateFormatVersion", "2010-09-09")),
            "Metadata": None if metadata is None else json.dumps(metadata),
            "ResourceIdentifierSummaries": _identifiers(template),
            **_what_it_needs(template),
        }
    )


def _parameter(name: str, written: Wire) -> Wire:
    default = written.get("Default")
    return _without_none(
        {
            "ParameterKey": name,
            "DefaultValue": None if default is None else str(default),
            "NoEcho": is_secret(written),
            "Description": written.get("Description"),
        }
    )


def _summed_up(name: str, written: Wire) -> Wire:
    allowed = [str(each) for each in written.get("AllowedValues", [])]
    return {
        **_parameter(name, written),
        "ParameterType": written["Type"],
        "ParameterConstraints": {"AllowedValues": allowed} if allowed else {},
    }


def _identifiers(template: Template) -> list[Wire]:
    """Which resources an import could take up, by type."""
    by_type: dict[str, list[str]] = {}
    for name, written in template.resources.items():
        by_type.setdefault(str(written["Type"]), []).append(name)
    return [{"ResourceType": kind, "LogicalResourceIds": names} for kind, names in by_type.items()]


def _what_it_needs(template: Template) -> Wire:
    return _without_none(
        {
            "Description": template.content.get("Description"),
            "DeclaredTransforms": template.transforms,
            "Capabilities": required_capabilities(template) or None,
            "CapabilitiesReason": reason_for(template) or None,
        }
    )


def _without_none(wire: dict[str, Any]) -> Wire:
    return {key: value for key, value in wire.items() if value is not None}
