"""Evaluation of JSON lines, for `manage.py evaluate` and whoever scripts against it."""

import json
from typing import Any, TextIO

from ecsportal.octostache.errors import OctostacheError
from ecsportal.octostache.variables import Variables


def evaluate_lines(stdin: TextIO, stdout: TextIO) -> int:
    """Answer every line of `stdin` with one line, in order; the exit code.

    A line that cannot be evaluated is answered with its error and does not stop the rest. The exit
    code is 1 if a line was not understood at all.
    """
    code = 0
    for line in stdin:
        if not line.strip():
            continue
        try:
            request = _read(line)
        except ValueError as error:
            code = 1
            answer: dict[str, Any] = {"error": "exception", "message": str(error)}
        else:
            answer = _answer(**request)
        stdout.write(json.dumps(answer) + "\n")
        stdout.flush()
    return code


def _read(line: str) -> dict[str, Any]:
    """The template, variables and halt_on_error of a line; raises ValueError."""
    try:
        request = json.loads(line)
    except RecursionError:
        raise ValueError("The line is nested too deeply.") from None
    if not isinstance(request, dict):
        raise ValueError("The line holds no JSON object.")  # noqa: TRY004 -- one kind for all
    template, variables = request.get("template"), request.get("variables") or {}
    halt_on_error = request.get("halt_on_error", True)
    if template is not None and not isinstance(template, str):
        raise ValueError('"template" is neither a text nor null.')
    if not isinstance(variables, dict) or not all(
        value is None or isinstance(value, str) for value in variables.values()
    ):
        raise ValueError('"variables" is no object of texts and nulls.')
    if not isinstance(halt_on_error, bool):
        raise ValueError('"halt_on_error" is neither true nor false.')
    return {"template": template, "variables": variables, "halt_on_error": halt_on_error}


def _answer(
    *, template: str | None, variables: dict[str, str | None], halt_on_error: bool
) -> dict[str, Any]:
    known = Variables(variables)
    try:
        result = known.evaluate(template, halt_on_error=halt_on_error)
        truthy = result.truthy if halt_on_error else known.truthy(template)
    except OctostacheError as error:
        return {"error": error.kind, "message": str(error)}
    answer: dict[str, Any] = {"text": result.text, "missing": list(result.missing)}
    if result.parse_error is not None:
        answer["parse_error"] = result.parse_error
    return answer | {"truthy": truthy}
