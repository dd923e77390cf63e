"""Form fields that steps over CloudFormation stacks have in common, with their summaries."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.parts import Field, Rows, Section

GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
API = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/"
_TAGS_PAGE = f"{GUIDE}cfn-console-add-tags.html"
_WAITS = {
    "until_completed": "Until it is complete",
    "with_timeout": "Until it is complete, at most…",
    "dont_wait": "Don't wait",
}


def stack_name_field(note: str) -> Field:
    """The field of the stack's name."""
    return Field(
        "stack_name",
        "Stack name",
        note=note,
        aws=f"{GUIDE}stacks.html",
        width="p-c6",
        mono=True,
    )


def wait_section() -> Section:
    """How long the step follows the stack."""
    return Section(
        "wait",
        "Wait and deadline",
        (
            Field(
                "wait.type",
                "Wait",
                kind="choice",
                choices=tuple(_WAITS.items()),
                refresh=True,
                note="Don't wait: the step succeeds once AWS has accepted it. How it ended is"
                " looked up later, and a failure is told then.",
                aws=f"{GUIDE}using-cfn-describing-stacks.html",
                width="p-c6",
            ),
            Field(
                "wait.timeout_minutes",
                "Time limit",
                kind="number",
                unit="min",
                empty=None,
                note="A running update is then cancelled, so that the stack goes back.",
                aws=f"{GUIDE}using-cfn-stack-update-cancel.html",
                width="p-c3",
                when=_is_limited,
            ),
        ),
        wait_words,
    )


def tags_rows() -> Rows:
    """The user's tags."""
    return Rows(
        "tags",
        "Tags",
        "tag",
        (
            Field("key", "Key", note="1 to 128 characters.", aws=_TAGS_PAGE),
            Field("value", "Value", note="Up to 256.", aws=_TAGS_PAGE),
        ),
        new={"key": "", "value": ""},
        title=lambda tag: str(tag.get("key") or ""),
        note="On the stack, which hands them to its resources. The portal adds its own: project,"
        " environment, step, deployment.",
        aws=_TAGS_PAGE,
    )


def wait_words(inputs: JsonDict) -> str:
    """`At most 15 min`."""
    wait = inputs.get("wait")
    told: dict[str, Any] = wait if isinstance(wait, dict) else {}
    kind = str(told.get("type", "until_completed"))
    if kind == "with_timeout":
        return f"At most {told.get('timeout_minutes') or '…'} min"
    return _WAITS.get(kind, kind)


def _is_limited(inputs: JsonDict) -> bool:
    wait = inputs.get("wait")
    kind = wait.get("type") if isinstance(wait, dict) else ""
    return kind not in ("until_completed", "dont_wait")
