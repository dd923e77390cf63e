"""None of these tests may open the database: pytest-django refuses it without a mark."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.steps.deploy_ecs_service.samples import document


def run(source: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("render_step", source, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def written(tmp_path: Path, asked: Any) -> str:
    file = tmp_path / "step.json"
    file.write_text(json.dumps(asked), encoding="utf-8")
    return str(file)


def test_the_template_is_printed(tmp_path: Path) -> None:
    asked = {"type": "deploy-ecs-service", "inputs": document()}
    code, out, err = run(written(tmp_path, asked))
    assert (code, err) == (0, "")
    assert list(json.loads(out)) == ["AWSTemplateFormatVersion", "Parameters", "Resources"]


def test_the_document_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"type": "deploy-ecs-service", "inputs": document(), "format": "yaml"}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(asked)))
    code, out, _ = run("-")
    assert (code, out.splitlines()[0]) == (0, "AWSTemplateFormatVersion: '2010-09-09'")


def test_warnings_go_beside_the_template(tmp_path: Path) -> None:
    asked = {"type": "deploy-ecs-service", "inputs": document(task_name="web shop")}
    code, out, err = run(written(tmp_path, asked))
    assert (code, err) == (
        0,
        'warning: task_name: Letters, digits, "-" and "_" only: the space has to go.\n',
    )
    assert json.loads(out)["Parameters"]["TaskDefinitionName"]["Default"] == "web shop"


def test_a_strict_document_with_a_broken_rule_prints_no_template(tmp_path: Path) -> None:
    inputs = document(task_name="web shop")
    asked = {"type": "deploy-ecs-service", "inputs": inputs, "strict": True}
    assert run(written(tmp_path, asked)) == (
        2,
        "",
        'task_name: Letters, digits, "-" and "_" only: the space has to go.\n',
    )


def test_each_wrong_shape_is_a_line(tmp_path: Path) -> None:
    asked = {"type": "deploy-ecs-service", "inputs": {"task_name": "web", "colour": "red"}}
    assert run(written(tmp_path, asked)) == (
        2,
        "",
        "cpu: Is missing.\nmemory: Is missing.\ncolour: There is no field colour.\n",
    )


def test_a_file_that_is_not_there_or_no_json_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.json")
    assert run(missing) == (2, "", f"{missing}: There is no such file, or it can't be read.\n")
    broken = tmp_path / "broken.json"
    broken.write_text('{"type": ')
    assert run(str(broken)) == (
        2,
        "",
        f"{broken}: This is no JSON: line 1, column 10: Expecting value.\n",
    )
    long = tmp_path / "long.json"
    long.write_text(f'{{"version": {"9" * 5000}}}')
    assert run(str(long)) == (2, "", f"{long}: A number has too many digits.\n")
    half = tmp_path / "half.json"
    half.write_text('{"type": "\\ud83d"}')
    assert run(str(half)) == (
        2,
        "",
        f"{half}: A text holds half a character: \\ud83d stands alone.\n",
    )
    odd = tmp_path / "odd.json"
    odd.write_bytes(b"\xff\xfe{")
    assert run(str(odd)) == (2, "", f"{odd}: This is no UTF-8 text.\n")
