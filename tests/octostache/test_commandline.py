import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from ecsportal.octostache.commandline import evaluate_lines

ROOT = Path(__file__).parents[2]


def answers(*lines: str) -> tuple[int, list[dict[str, Any]]]:
    output = StringIO()
    code = evaluate_lines(StringIO("\n".join(lines) + "\n"), output)
    return code, [json.loads(line) for line in output.getvalue().splitlines()]


def test_every_line_is_answered_in_order() -> None:
    code, lines = answers(
        '{"template": "#{A}-#{Ghost}", "variables": {"A": "1"}}',
        "",
        '{"template": "x#{ | null}"}',
        '{"template": "#{bad #{A}", "variables": {"A": "1"}, "halt_on_error": false}',
        '{"template": "#{A}", "variables": {"A": "1"}, "halt_on_error": false}',
        '{"template": null, "variables": {"N": null}}',
    )

    assert code == 0
    assert lines == [
        {"text": "1-#{Ghost}", "missing": ["#{Ghost}"], "truthy": False},
        {"text": None, "missing": [], "truthy": False},
        {"text": "#{bad 1", "missing": [], "truthy": False},  # asked for, it halts
        {"text": "1", "missing": [], "truthy": True},
        {"text": None, "missing": [], "truthy": False},
    ]


def test_errors_are_answers_too() -> None:
    code, lines = answers(
        '{"template": "#{A}", "variables": {"A": "#{A}"}}',
        '{"template": "#{V | VersionMajor}", "variables": {"V": "@"}}',
        '{"template": "#{bad"}',
    )

    assert code == 0
    assert lines[0]["error"] == "recursion"
    assert lines[1] == {
        "error": "exception",
        "message": "'@' is no version number. It stands in '#{V | VersionMajor}', "
        "character 3 of the text.",
    }
    assert lines[2]["text"] == "#{bad"
    assert lines[2]["parse_error"].startswith("Character 6")


def test_a_line_that_is_no_request_is_answered_and_told_by_the_exit_code() -> None:
    code, lines = answers(
        "nonsense",
        "[]",
        '{"template": 1}',
        '{"template": "", "variables": {"A": 1}}',
        '{"template": "", "halt_on_error": 1}',
        "[" * 100_000,
        '{"template": "still here"}',
    )

    assert code == 1
    assert [line.get("error") for line in lines] == ["exception"] * 6 + [None]
    assert lines[-1]["text"] == "still here"


def test_half_characters_survive_as_json() -> None:
    request = {"template": '#{E | Truncate 1 ""}', "variables": {"E": "😀"}}

    assert answers(json.dumps(request))[1][0]["text"] == "\ud83d"


def test_the_command_needs_no_database_and_no_secrets() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "evaluate"],
        input='{"template": "#{Größe | ToUpper}", "variables": {"GRÖßE": "é"}}\n',
        capture_output=True, encoding="utf-8", cwd=ROOT, env=environment, check=False, timeout=60,
    )  # fmt: skip

    assert done.stderr == ""
    assert json.loads(done.stdout) == {"text": "É", "missing": [], "truthy": True}
    assert done.returncode == 0
