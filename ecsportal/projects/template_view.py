"""A step's template as the pages show it: coloured YAML, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.data import YamlLexer

from ecsportal.cloudformation.documents import to_yaml
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.problems import StepInputsError
from ecsportal.steps.step_type import StepType

_FORMATTER = HtmlFormatter(nowrap=True, classprefix="y-")


@dataclass(frozen=True)
class TemplatePanel:
    """The YAML as text and as HTML; both empty where `reason` says why there is none."""

    text: str
    html: SafeString
    reason: str = ""


def template_panel(step_type: StepType, inputs: JsonDict, version: int) -> TemplatePanel:
    """The exported template of these inputs; expressions stay as they are."""
    nothing = mark_safe("")
    if not step_type.can_export:
        return TemplatePanel("", nothing, "This step makes no template.")
    try:
        text = to_yaml(step_type.export(inputs, version))
    except StepInputsError as error:
        first = error.problems[0]
        return TemplatePanel("", nothing, f"{first.path}: {first.message}")
    # Pygments escapes what it colours.
    return TemplatePanel(text, mark_safe(highlight(text, YamlLexer(), _FORMATTER)))
