"""What can be told about the inputs in a line; they may still be half typed."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_cloudformation_template.fitted import source_of
from ecsportal.steps.step_type import ImageNeed
from ecsportal.steps.wording import counted


def summary(inputs: JsonDict) -> str:
    """`Stack shop-queue: 3 resources, 2 parameters`."""
    name = str(inputs.get("stack_name") or "") or "without a name yet"
    return f"Stack {name}: {source_words(inputs)}"


def source_words(inputs: JsonDict) -> str:
    """`3 resources`, `from S3`, `line 4, column 2: ...`."""
    if inputs.get("template_url") and not inputs.get("template"):
        return "from S3"
    if not inputs.get("template"):
        return "no template yet"
    source = source_of(inputs)
    if source.content is None:
        where = source.error.line if source.error else None
        return f"can't be read (line {where})" if where else "can't be read"
    resources = source.content.get("Resources")
    return counted(len(resources) if isinstance(resources, dict) else 0, "resource")


def parameters_words(inputs: JsonDict) -> str:
    """`2 given · 1 default · 1 missing`."""
    entries = _objects(inputs.get("parameters"))
    if not entries:
        return "None"
    needed = {p.name for p in source_of(inputs).parameters if p.default is None}
    empty = [str(entry.get("name")) for entry in entries if not entry.get("value")]
    missing = sum(name in needed for name in empty)
    said = [f"{len(entries) - len(empty)} given"]
    if len(empty) > missing:
        said.append(counted(len(empty) - missing, "default"))
    if missing:
        said.append(f"{missing} missing")
    return " · ".join(said)


def images_words(inputs: JsonDict) -> str:
    """`web, log-router`."""
    named = [str(image.get("reference") or "unnamed") for image in _objects(inputs.get("images"))]
    return ", ".join(named) or "None"


def options_words(inputs: JsonDict) -> str:
    """`named IAM · 2 tags`."""
    said = []
    capabilities = inputs.get("capabilities")
    for word in capabilities if isinstance(capabilities, list) else []:
        said.append(_SHORT.get(str(word), str(word)))
    if inputs.get("role_arn"):
        said.append(f"role {str(inputs['role_arn']).rpartition('/')[2]}")
    if inputs.get("disable_rollback") is True:
        said.append("no rollback")
    if tags := len(_objects(inputs.get("tags"))):
        said.append(counted(tags, "tag"))
    return " · ".join(said) or "Nothing special"


_SHORT = {
    "CAPABILITY_IAM": "IAM",
    "CAPABILITY_NAMED_IAM": "named IAM",
    "CAPABILITY_AUTO_EXPAND": "macros",
}


def change_set_words(inputs: JsonDict) -> str:
    """`Yes, executed by a later step`."""
    told = inputs.get("change_set")
    change_set: dict[str, Any] = told if isinstance(told, dict) else {}
    if change_set.get("enabled", False) is False:
        return "No: the stack is changed at once"
    name = f"Yes, {change_set['name']}" if change_set.get("name") else "Yes"
    return f"{name}, executed by a later step" if change_set.get("defer") is True else name


def image_needs(inputs: JsonDict) -> list[ImageNeed]:
    """The images that a release chooses a tag for, in order, each reference once."""
    needs: dict[str, ImageNeed] = {}
    for image in _objects(inputs.get("images")):
        reference, repository = (
            str(image.get("reference") or ""),
            str(image.get("repository") or ""),
        )
        if reference and repository:
            need = ImageNeed(reference, str(image.get("feed") or ""), repository)
            needs.setdefault(reference, need)
    return list(needs.values())


def _objects(value: Any) -> list[JsonDict]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
