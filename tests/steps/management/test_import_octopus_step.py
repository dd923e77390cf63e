import io
import json
from pathlib import Path
from typing import Any

from django.core.management import call_command

DEPLOY = "Octopus.Action.Aws.Ecs.Deploy."


def run(tmp_path: Path, exported: Any) -> tuple[int, str, list[str]]:
    file = tmp_path / "step.json"
    file.write_text(json.dumps(exported), encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_octopus_step", str(file), stdout=out, stderr=err)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue(), err.getvalue().splitlines()
    return 0, out.getvalue(), err.getvalue().splitlines()


def test_the_step_is_printed_and_the_rest_reported(tmp_path: Path) -> None:
    properties = {f"{DEPLOY}ServiceTaskName": "web", f"{DEPLOY}Cpu": "300", "Odd": "1"}
    code, out, err = run(tmp_path, {"Name": "Deploy web", "Properties": properties})
    assert code == 0
    assert list(json.loads(out)) == ["type", "version", "name", "target_tags", "inputs"]
    assert err[0] == "Odd: Is not carried over: this step has no such input."
    assert err[1].startswith("warning: cpu: Fargate has no task of 300 CPU units")


def test_what_is_no_step_prints_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, {"Name": "x"}) == (
        2,
        "",
        ["Properties: Holds no properties of a step that can be imported."],
    )
    assert run(tmp_path, []) == (
        2,
        "",
        ["Has to be an object: a step or an action of Octopus Deploy."],
    )
