"""The form of the step: its parameter fields are those of the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsportal.cloudformation.parameters import Parameter
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_cloudformation_template.fitted import fitted, source_of
from ecsportal.steps.deploy_cloudformation_template.inputs import AUTO_EXPAND, IAM, NAMED_IAM
from ecsportal.steps.deploy_cloudformation_template.source import Source
from ecsportal.steps.deploy_cloudformation_template.summary import (
    change_set_words,
    images_words,
    options_words,
    parameters_words,
    source_words,
)
from ecsportal.steps.forms.acts import NOTHING_DONE, Acted
from ecsportal.steps.forms.documents import read_object
from ecsportal.steps.forms.parts import Choices, Field, Part, Rows, Section
from ecsportal.steps.forms.sectioned import SectionedForm
from ecsportal.steps.forms.typed import BASE, typed
from ecsportal.steps.stack_fields import API, GUIDE, stack_name_field, tags_rows, wait_section

_CAPABILITIES: Choices = (
    ("", "None"),
    (IAM, "IAM resources"),
    (NAMED_IAM, "IAM resources, also named ones"),
    (AUTO_EXPAND, "Macros"),
    (f"{IAM},{AUTO_EXPAND}", "IAM resources, and macros"),
    (f"{NAMED_IAM},{AUTO_EXPAND}", "IAM resources, also named ones, and macros"),
)


class DeployTemplateForm(SectionedForm):
    """All sections over the step's inputs, fitted to the template that stands in them."""

    def __init__(
        self, document: JsonDict, *, choices: Mapping[str, Any], acted: Acted = NOTHING_DONE
    ) -> None:
        fit = fitted(document, choices)
        super().__init__(fit, sections=sections_for(fit), choices=choices, acted=acted)

    @classmethod
    def from_post(
        cls, post: Mapping[str, Any], *, defaults: JsonDict, choices: Mapping[str, Any]
    ) -> DeployTemplateForm:
        """The form as it was typed. Raises DamagedFormError for a damaged hidden field."""
        base = {**defaults, **read_object(post.get(BASE, ""))}
        told = typed(post, sections_for(base, shown=_names(base)))
        document = {**defaults, **told.document}
        return cls(document, choices=choices, acted=told.acted)

    def _hidden(self) -> JsonDict:
        """Without the template: its field sends it always, and once is enough for a long one."""
        return {**self._document, "template": ""}


def _names(base: JsonDict) -> list[str]:
    parameters = base.get("parameters")
    entries = parameters if isinstance(parameters, list) else []
    return [str(entry.get("name", "")) if isinstance(entry, dict) else "" for entry in entries]


def sections_for(document: JsonDict, *, shown: Sequence[str] = ()) -> tuple[Section, ...]:
    """The sections; `shown` are names of parameters that the form had, where it can't tell."""
    source = source_of(document)
    return (
        _SOURCE,
        Section(
            "parameters",
            "Parameters",
            _parameter_parts(document, source, shown),
            parameters_words,
            note="" if source.parameters or not source.content else "The template has none.",
            open_at_first=True,
        ),
        _IMAGES,
        _OPTIONS,
        _CHANGE_SET,
        wait_section(),
    )


def _parameter_parts(document: JsonDict, source: Source, shown: Sequence[str]) -> tuple[Part, ...]:
    if not shown and (source.content is None or source.is_open):
        return (_FREE_PARAMETERS,)
    names = shown or _names(document)
    return (
        *(
            _parameter_field(index, name, source.by_name.get(name))
            for index, name in enumerate(names)
        ),
        *((_FREE_PARAMETERS,) if shown else ()),
    )


def _parameter_field(index: int, name: str, parameter: Parameter | None) -> Field:
    path = f"parameters.{index}.value"
    if parameter is None:
        return Field(path, name, width="p-c6", note="Not in the template.", aws=_PARAMETERS_PAGE)
    default = parameter.default
    choices: Choices = ()
    if parameter.allowed:
        first = "Choose…" if default is None else f"{default or 'empty'} (the template's default)"
        choices = (("", first), *((each, each or "empty") for each in parameter.allowed if each))
    return Field(
        path,
        name,
        kind="choice" if choices and not parameter.is_list else "text",
        choices=choices,
        width="p-c6",
        mono=not parameter.is_number,
        placeholder="" if default is None else default[:200],
        note=_parameter_note(parameter),
        aws=_PARAMETERS_PAGE,
    )


def _parameter_note(parameter: Parameter) -> str:
    said = [parameter.description.rstrip(".")] if parameter.description else []
    if parameter.type != "String":
        said.append(parameter.type)
    if parameter.is_secret:
        said.append("Secret: bind it to a sensitive variable")
    if parameter.hint:
        said.append(parameter.hint.rstrip("."))
    said.append("Needs a value" if parameter.default is None else "Empty: the template's default")
    return ". ".join(said) + "."


_PARAMETERS_PAGE = f"{GUIDE}parameters-section-structure.html"


def _feeds(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    return (("", "Choose a feed…"), *choices.get("feeds", ()))


_SOURCE = Section(
    "source",
    "Template",
    (
        stack_name_field(
            "Created when it isn't there, else updated. Add #{Octopus.Environment.Name}"
            " where environments share an account."
        ),
        Field(
            "template_url",
            "Address in S3",
            note="Instead of the text below: https://bucket.s3.region.amazonaws.com/key.",
            aws=f"{API}API_CreateStack.html",
            width="p-c6",
            mono=True,
            refresh=True,
        ),
        Field(
            "template",
            "Template",
            kind="lines",
            height=18,
            width="p-c12",
            refresh=True,
            file_types=".yaml,.yml,.json,.template,.txt",
            note="YAML or JSON, with short tags (!Ref) or without; #{…} anywhere. It is kept with"
            " the revision of the process.",
            aws=f"{GUIDE}template-guide.html",
        ),
    ),
    source_words,
    open_at_first=True,
)
_FREE_PARAMETERS = Rows(
    "parameters",
    "Values",
    "parameter",
    (
        Field("name", "Name", mono=True, note="As the template says it.", aws=_PARAMETERS_PAGE),
        Field("value", "Value", mono=True, note="Text, number or list.", aws=_PARAMETERS_PAGE),
    ),
    new={"name": "", "value": ""},
    title=lambda row: str(row.get("name") or ""),
    note="The portal reads the parameters of a pasted template. Of one in S3 it doesn't: name them"
    " here.",
    aws=_PARAMETERS_PAGE,
)
_IMAGES = Section(
    "images",
    "Images",
    (
        Rows(
            "images",
            "Images",
            "image",
            (
                Field(
                    "reference",
                    "Image reference",
                    mono=True,
                    note="As in #{Octopus.Action.Package[reference].Image}.",
                    aws=f"{GUIDE}aws-properties-ecs-taskdefinition-containerdefinition.html",
                ),
                Field(
                    "feed",
                    "Feed",
                    kind="choice",
                    choices=_feeds,
                    note="Where the image's tags come from.",
                    aws=f"{GUIDE}aws-properties-ecs-taskdefinition-containerdefinition.html",
                ),
                Field(
                    "repository",
                    "Repository",
                    mono=True,
                    suggest="repositories",
                    note="Without a tag: the tag is chosen with the release.",
                    aws=f"{GUIDE}aws-properties-ecs-taskdefinition-containerdefinition.html",
                ),
            ),
            new={"reference": "", "feed": "", "repository": ""},
            title=lambda row: str(row.get("reference") or ""),
            note="Each release chooses a tag for each. They come from the template's"
            " #{Octopus.Action.Package[reference].Image}.",
            aws=f"{GUIDE}aws-properties-ecs-taskdefinition-containerdefinition.html",
        ),
    ),
    images_words,
)


def _capabilities_text(value: Any) -> str:
    words = [str(each) for each in value] if isinstance(value, list) else []
    if NAMED_IAM in words:
        words = [word for word in words if word != IAM]
    order = [IAM, NAMED_IAM, AUTO_EXPAND]
    return ",".join(sorted(words, key=lambda w: order.index(w) if w in order else len(order)))


_OPTIONS = Section(
    "options",
    "Stack",
    (
        Field(
            "capabilities",
            "The template may make",
            kind="choice",
            choices=_CAPABILITIES,
            reads=lambda text: [word for word in text.split(",") if word],
            writes=_capabilities_text,
            note="CloudFormation asks to have this acknowledged.",
            aws=f"{API}API_CreateStack.html",
            width="p-c6",
        ),
        Field(
            "role_arn",
            "Service role",
            note="CloudFormation works with this role's rights. Empty: with the account's. Once"
            " given it stays with the stack.",
            aws=f"{GUIDE}using-iam-servicerole.html",
            width="p-c6",
            mono=True,
        ),
        Field(
            "disable_rollback",
            "Keep what a failed operation made",
            kind="flag",
            note="To look at it. The next deployment may have to delete the stack.",
            aws=f"{GUIDE}stack-failure-options.html",
            width="p-c12",
        ),
        tags_rows(),
    ),
    options_words,
)
_CHANGE_SET = Section(
    "change-set",
    "Change set",
    (
        Field(
            "change_set.enabled",
            "Change the stack by way of a change set",
            kind="flag",
            refresh=True,
            note="The log then tells what changes before anything does. Transforms and macros need"
            " it, unless macros are allowed above.",
            aws=f"{GUIDE}using-cfn-updating-stacks-changesets.html",
            width="p-c12",
        ),
        Field(
            "change_set.name",
            "Name",
            mono=True,
            placeholder="one of its own for each deployment",
            note="An older change set of that name gives way.",
            aws=f"{API}API_CreateChangeSet.html",
            width="p-c6",
            when=lambda inputs: _has_change_set(inputs),
        ),
        Field(
            "change_set.defer",
            "Leave its execution to a later step",
            kind="flag",
            note='"Apply an AWS CloudFormation change set" takes it from the outputs of this step.',
            aws=f"{API}API_ExecuteChangeSet.html",
            width="p-c12",
            when=lambda inputs: _has_change_set(inputs),
        ),
    ),
    change_set_words,
)


def _has_change_set(inputs: JsonDict) -> bool:
    change_set = inputs.get("change_set")
    return isinstance(change_set, dict) and change_set.get("enabled") is not False
