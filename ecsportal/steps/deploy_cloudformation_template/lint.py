"""cfn-lint's advice on a template, from a process of its own.

It takes seconds and much memory, so it never runs inside of a web server's or a worker's own
process; where it isn't installed there is no advice.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ecsportal.steps.look_ahead import Foreseen

SECONDS = 20.0
_SHOWN = 20
_MAIN = "from cfnlint.runner import main; main()"


def lint(template: str, *, region: str) -> list[Foreseen]:
    """Findings as warnings with their line, the first twenty."""
    if not template.strip() or importlib.util.find_spec("cfnlint") is None:
        return []
    try:
        matches = _matches(template, region)
    except (subprocess.TimeoutExpired, ValueError):
        return [Foreseen("unknown", "cfn-lint did not answer")]
    found = [_finding(match) for match in matches[:_SHOWN]]
    if len(matches) > _SHOWN:
        found.append(Foreseen("warning", f"cfn-lint has {len(matches) - _SHOWN} more findings"))
    return found


def _matches(template: str, region: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.yaml"
        path.write_text(template)
        command = [sys.executable, "-c", _MAIN, "--format", "json", "--regions", region]
        done = subprocess.run(  # noqa: S603 -- our own interpreter and a file of ours
            [*command, "--", str(path)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=folder,
            check=False,
        )
    matches: list[dict[str, Any]] = json.loads(done.stdout)
    return matches


def _finding(match: dict[str, Any]) -> Foreseen:
    line = match["Location"]["Start"]["LineNumber"]
    rule = match["Rule"]["Id"]
    return Foreseen("warning", f"Line {line}: {match['Message']}", f"cfn-lint {rule}")
