"""What CloudFormation says of a template before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ecsportal.aws.errors import aws_errors


@dataclass(frozen=True)
class Validated:
    """What ValidateTemplate tells: parameters with whether they have a default, and its needs."""

    parameters: dict[str, bool]
    capabilities: tuple[str, ...] = ()
    capabilities_reason: str = ""
    transforms: tuple[str, ...] = ()


def validate_template(cfn: Any, *, body: str = "", url: str = "") -> Validated:
    """Let CloudFormation read the template; raises AwsError with its words where it can't."""
    source = {"TemplateURL": url} if url else {"TemplateBody": body}
    with aws_errors:
        answer = cfn.validate_template(**source)
    return Validated(
        parameters={p["ParameterKey"]: "DefaultValue" in p for p in answer.get("Parameters", [])},
        capabilities=tuple(answer.get("Capabilities", ())),
        capabilities_reason=answer.get("CapabilitiesReason", ""),
        transforms=tuple(answer.get("DeclaredTransforms", ())),
    )
