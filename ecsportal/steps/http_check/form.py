"""The form of the step."""

from __future__ import annotations

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.parts import Field, Section
from ecsportal.steps.http_check.inputs import METHODS


def request_words(inputs: JsonDict) -> str:
    """`GET https://shop.example/healthz`."""
    url = str(inputs.get("url") or "")
    return f"{inputs.get('method', 'GET')} {url}" if url else "No address yet"


def _answer_words(inputs: JsonDict) -> str:
    text = str(inputs.get("body_contains") or "")
    return f"{inputs.get('status', 200)}" + (f', with "{text[:40]}"' if text else "")


def _attempts_words(inputs: JsonDict) -> str:
    return f"{inputs.get('attempts', 10)} times, every {inputs.get('interval_seconds', 3)} s"


SECTIONS = (
    Section(
        "request",
        "Request",
        (
            Field(
                "url",
                "Address",
                width="p-c8",
                mono=True,
                placeholder="https://…/healthz",
                note="As the portal's worker reaches it. An earlier step's output can be part of "
                "it: #{Octopus.Action[Step].Output.Name}.",
            ),
            Field(
                "method",
                "Method",
                kind="choice",
                choices=tuple((method, method) for method in METHODS),
                empty="GET",
                note="POST sends no body.",
            ),
        ),
        request_words,
        open_at_first=True,
    ),
    Section(
        "answer",
        "Expected answer",
        (
            Field(
                "status",
                "Status",
                kind="number",
                note="Redirects are followed, unless a redirect is what is expected.",
            ),
            Field(
                "body_contains",
                "Body contains",
                width="p-c8",
                mono=True,
                keeps_spaces=True,
                note="In the first MB of the answer, letter case counts. Empty: any body.",
            ),
        ),
        _answer_words,
        open_at_first=True,
    ),
    Section(
        "attempts",
        "Attempts",
        (
            Field(
                "attempts",
                "Attempts",
                kind="number",
                note="The first right answer ends the step.",
            ),
            Field(
                "interval_seconds",
                "Pause between them",
                kind="number",
                unit="s",
                note="Each attempt itself waits at most 10 s.",
            ),
        ),
        _attempts_words,
        open_at_first=True,
    ),
)
