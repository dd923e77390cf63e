"""Every rule of the step's inputs; bound values are taken on trust until they are known."""

from __future__ import annotations

import re
from typing import Any

from ecsportal.cloudformation.parameters import MOST_PARAMETERS
from ecsportal.cloudformation.stacks import INLINE_BYTES
from ecsportal.cloudformation.template_bucket import MOST_BYTES
from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_cloudformation_template.inputs import (
    AUTO_EXPAND,
    IAM,
    NAMED_IAM,
    DeployTemplateInputs,
)
from ecsportal.steps.deploy_cloudformation_template.source import Source, read_source
from ecsportal.steps.findings import Findings
from ecsportal.steps.problems import Problem
from ecsportal.steps.texts import check_stack_name, check_tags, check_unique
from ecsportal.steps.wait_option import check_wait

_CHANGE_SET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_IAM_NAMES = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}
_IAM_TYPES = {
    *_IAM_NAMES,
    "AWS::IAM::AccessKey",
    "AWS::IAM::Policy",
    "AWS::IAM::UserToGroupAddition",
}
_MOST = {"Resources": 500, "Parameters": MOST_PARAMETERS, "Outputs": 200}


def check_rules(inputs: DeployTemplateInputs) -> list[Problem]:
    """Every broken rule, in the order of the document."""
    findings = Findings()
    if not inputs.stack_name:
        findings.add("stack_name", "missing", "Name the stack.")
    check_stack_name(findings, "stack_name", inputs.stack_name)
    source = read_source(inputs.template)
    _check_origin(findings, inputs)
    if inputs.template and not inputs.template_url:
        _check_template(findings, inputs, source)
    check_unique(findings, "parameters", "name", (p.name for p in inputs.parameters))
    if source.content is not None and not source.is_open:
        _check_parameters(findings, inputs, source)
    _check_images(findings, inputs, source)
    if source.content is not None:
        _check_capabilities(findings, inputs, source.content)
    check_id(findings, "role_arn", "role", inputs.role_arn)
    check_tags(findings, "tags", inputs.tags)
    check_wait(findings, inputs.wait)
    _check_change_set(findings, inputs)
    return findings.problems


def advice(inputs: DeployTemplateInputs) -> list[Problem]:
    """What is allowed but worth knowing."""
    findings = Findings()
    source = read_source(inputs.template)
    size = len(inputs.template.encode())
    if INLINE_BYTES < size <= MOST_BYTES:
        findings.add(
            "template",
            "needs_bucket",
            f"Has {size:,} bytes; more than {INLINE_BYTES:,} go through the template bucket of the"
            " target's account.",
        )
    elif source.is_open and inputs.template:
        findings.add(
            "template",
            "open",
            "Holds #{if} or #{each}: what the template is shows only when deploying, and is checked"
            " then.",
        )
    for index, given in enumerate(inputs.parameters):
        parameter = source.by_name.get(given.name)
        if parameter and parameter.is_secret and given.value and not is_bound(given.value):
            findings.add(
                f"parameters[{index}].value",
                "typed_secret",
                f"{given.name} is secret (NoEcho), and what is typed here can be read by everybody"
                " who sees the process. Bind it to a sensitive variable.",
            )
    return findings.problems


def _check_origin(findings: Findings, inputs: DeployTemplateInputs) -> None:
    if inputs.template and inputs.template_url:
        message = "The template is pasted above: clear one of the two."
        findings.add("template_url", "both", message)
    elif not inputs.template.strip() and not inputs.template_url:
        findings.add("template", "missing", "Paste the template, or give its address in S3.")
    url = inputs.template_url
    if url and not is_bound(url) and not re.fullmatch(r"https://[^\s/]+/\S+", url):
        message = "Is no address in S3, like https://bucket.s3.eu-west-1.amazonaws.com/web.yaml."
        findings.add("template_url", "pattern", message)


def _check_template(findings: Findings, inputs: DeployTemplateInputs, source: Source) -> None:
    size = len(inputs.template.encode())
    if size > MOST_BYTES:
        message = f"Has {size:,} bytes; CloudFormation takes {MOST_BYTES:,} (1 MB) at most."
        findings.add("template", "too_long", message)
    elif source.error is not None and not source.is_open:
        findings.add("template", "syntax", str(source.error))
    elif source.content is not None and not source.is_open:
        _check_content(findings, source.content)


def _check_content(findings: Findings, content: JsonDict) -> None:
    resources = content.get("Resources")
    if not isinstance(resources, dict) or not resources:
        findings.add("template", "no_resources", "A template has Resources, at least one.")
        return
    for section, most in _MOST.items():
        count = len(content.get(section) or ())
        if count > most:
            message = f"Has {count} {section.lower()}; CloudFormation takes {most} at most."
            findings.add("template", "too_many", message)
    for name, resource in resources.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            if str(name).startswith("Fn::"):
                continue  # a macro that makes resources
            findings.add("template", "no_type", f"Resource {name} has no Type.")
            return


def _check_parameters(findings: Findings, inputs: DeployTemplateInputs, source: Source) -> None:
    given = {value.name for value in inputs.parameters}
    for index, value in enumerate(inputs.parameters):
        path = f"parameters[{index}].value"
        parameter = source.by_name.get(value.name)
        if parameter is None:
            if is_bound(value.name):
                continue
            message = (
                f"The template has no parameter {value.name}. Clear this to leave it out, or"
                " add the parameter to the template."
            )
            findings.add(path, "unknown_parameter", message)
        elif not value.value:
            if parameter.default is None:
                findings.add(path, "missing", "Give a value: the template has no default for it.")
        elif not is_bound(value.value) and (wrong := parameter.wrong(value.value)):
            findings.add(path, "value", wrong)
    missing = [p.name for p in source.parameters if p.default is None and p.name not in given]
    if missing and not any(is_bound(name) for name in given):
        message = f"Give a value for {_named(missing)}: the template has no default."
        findings.add("parameters", "missing", message)


def _check_images(findings: Findings, inputs: DeployTemplateInputs, source: Source) -> None:
    check_unique(findings, "images", "reference", (i.reference for i in inputs.images))
    for index, image in enumerate(inputs.images):
        path = f"images[{index}]"
        if not image.reference:
            findings.add(f"{path}.reference", "missing", "The image needs a reference.")
        if not image.repository:
            message = f"Say which repository {image.reference or 'the image'} is in."
            findings.add(f"{path}.repository", "missing", message)
        if not image.feed:
            findings.add(f"{path}.feed", "missing", "Choose the feed that has the image's tags.")
    known = {image.reference.lower() for image in inputs.images}
    missing = [each for each in source.images if each.lower() not in known]
    if missing:
        message = f"The template uses the image{'s' if len(missing) > 1 else ''} {_named(missing)}."
        findings.add("images", "missing", f"{message} Add an image of that reference.")


def _check_capabilities(
    findings: Findings, inputs: DeployTemplateInputs, content: JsonDict
) -> None:
    given = set(inputs.capabilities)
    resources = content.get("Resources")
    kinds: dict[str, Any] = resources if isinstance(resources, dict) else {}
    for name, resource in kinds.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if kind not in _IAM_TYPES:
            continue
        properties = resource.get("Properties")
        named = isinstance(properties, dict) and _IAM_NAMES.get(str(kind)) in properties
        if named and NAMED_IAM not in given:
            message = f"{name} is an {kind} with a name of its own: allow named IAM resources."
            findings.add("capabilities", "capability", message)
            return
        if not given & {IAM, NAMED_IAM}:
            message = f"{name} is an {kind}: allow IAM resources."
            findings.add("capabilities", "capability", message)
            return
    if content.get("Transform") and AUTO_EXPAND not in given and inputs.change_set.enabled is False:
        message = (
            "The template has a Transform: allow macros here, or let the stack change by way of a"
            " change set."
        )
        findings.add("capabilities", "transform", message)


def _check_change_set(findings: Findings, inputs: DeployTemplateInputs) -> None:
    name = inputs.change_set.name
    if name and not is_bound(name) and not _CHANGE_SET_NAME.fullmatch(name):
        message = (
            "A change set's name starts with a letter and holds letters, digits and"
            ' "-" only, 128 at most.'
        )
        findings.add("change_set.name", "pattern", message)
    if inputs.change_set.defer is True and inputs.change_set.enabled is False:
        message = "Only a change set can be applied later: switch it on as well."
        findings.add("change_set.defer", "no_change_set", message)


def _named(names: list[str]) -> str:
    shown = names[:5]
    rest = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(shown) + rest
