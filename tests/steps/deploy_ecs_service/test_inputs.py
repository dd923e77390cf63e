import json
from typing import Any

import pytest

from ecsportal.steps.deploy_ecs_service.inputs import inputs_schema, read_inputs, write_inputs
from ecsportal.steps.problems import Problem, StepInputsError
from tests.steps.deploy_ecs_service.samples import container, document

# The document of the reference that shows every key, with ids made real.
EVERY_KEY: dict[str, Any] = json.loads(
    """
{"task_name": "web", "stack_name": "", "task_role_arn": "", "task_execution_role_arn": "",
 "cpu": "256", "memory": "512", "cpu_architecture": "X86_64", "desired_count": 1,
 "security_group_ids": ["sg-0123456789abcdef0"], "subnet_ids": ["subnet-0123456789abcdef0"],
 "assign_public_ip": true, "enable_ecs_managed_tags": false,
 "tags": [{"key": "owner", "value": "team"}],
 "minimum_healthy_percent": 100, "maximum_percent": 200,
 "wait": {"type": "until_completed", "timeout_minutes": null},
 "load_balancers": [{"container": "web", "port": 80, "target_group_arn": "arn:..."}],
 "volumes": [{"type": "efs", "name": "data", "file_system_id": "fs-...", "access_point_id": "",
   "root_directory": "/", "transit_encryption": true, "iam_authorization": false}],
 "containers": [{"name": "web",
   "image": {"reference": "nginx", "feed": "docker-hub", "repository": "library/nginx"},
   "repository_authentication": {"type": "default", "secret_arn": ""},
   "memory_reservation": null, "memory": null, "cpu": null, "gpus": null, "essential": true,
   "ports": [{"port": 80, "protocol": "tcp"}],
   "health_check": {"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
     "interval": 30, "timeout": 5, "retries": 3, "start_period": 0},
   "entry_point": "", "command": "", "working_directory": "", "user": "",
   "start_timeout": null, "stop_timeout": null, "environment_files": [],
   "environment": [{"name": "A", "value": "1", "type": "plain"}],
   "network": {"disable_networking": false, "dns_servers": [], "dns_search_domains": [],
     "extra_hosts": [{"hostname": "h", "ip_address": "10.0.0.1"}]},
   "storage": {"read_only_root_filesystem": false,
     "mount_points": [{"volume": "data", "path": "/data", "read_only": false}],
     "volumes_from": [{"container": "other", "read_only": true}]},
   "logging": {"type": "auto", "driver": "awslogs",
     "options": [{"name": "splunk-url", "value": "...", "type": "plain"}]},
   "firelens": {"enabled": false, "type": "fluentbit", "enable_ecs_log_metadata": true,
     "config": {"type": "none", "value": ""}},
   "docker_labels": [{"key": "k", "value": "v"}],
   "depends_on": [{"container": "other", "condition": "START"}],
   "ulimits": [{"name": "nofile", "soft": 1024, "hard": 4096}]}]}
"""
)


def problems(inputs: Any, version: int = 2) -> list[Problem]:
    with pytest.raises(StepInputsError) as refused:
        read_inputs(inputs, version)
    return list(refused.value.problems)


def test_the_document_with_every_key_is_read_and_written_back() -> None:
    written = write_inputs(read_inputs(EVERY_KEY))
    assert {key: written[key] for key in EVERY_KEY if key not in ("containers", "volumes")} == {
        key: value for key, value in EVERY_KEY.items() if key not in ("containers", "volumes")
    }
    assert written["volumes"] == [EVERY_KEY["volumes"][0] | {"render_empty": []}]
    assert written["containers"] == [EVERY_KEY["containers"][0] | {"command_list": []}]


def test_only_name_and_size_are_required_above_the_containers() -> None:
    assert [problem.path for problem in problems({})] == ["task_name", "cpu", "memory"]


def test_everything_else_has_the_reference_s_default() -> None:
    inputs = read_inputs(document())
    web = inputs.containers[0]
    assert (inputs.desired_count, inputs.minimum_healthy_percent, inputs.maximum_percent) == (
        1,
        100,
        200,
    )
    assert (inputs.assign_public_ip, inputs.enable_ecs_managed_tags) == (True, False)
    assert (inputs.cpu_architecture, inputs.wait.type) == ("X86_64", "until_completed")
    assert (web.essential, web.logging.type, web.logging.driver) == (True, "auto", "none")
    assert (web.firelens.enabled, web.firelens.enable_ecs_log_metadata) == (False, True)
    assert (web.health_check, web.memory, web.cpu, web.stop_timeout) == (None, None, None, None)


@pytest.mark.parametrize(
    ("cpu", "memory", "stored"),
    [
        ("0.5 vCPU", "1 GB", ("512", "1024")),
        (256, 512, ("256", "512")),
        ("#{Cpu}", "#{Memory} GB", ("#{Cpu}", "#{Memory} GB")),
        ("lots", "", ("lots", "")),
    ],
)
def test_sizes_are_stored_as_units_and_mib(cpu: Any, memory: Any, stored: tuple[str, str]) -> None:
    inputs = read_inputs(document(cpu=cpu, memory=memory))
    assert (inputs.cpu, inputs.memory) == stored


def test_a_size_that_is_no_text_is_refused() -> None:
    assert problems(document(cpu=None)) == [
        Problem("cpu", "Has to be text; it is null.", "type", "shape")
    ]


@pytest.mark.parametrize(
    ("repository", "reference", "name"),
    [("library/nginx", "", "nginx"), ("nginx", "", "nginx"), ("shop/web", "frontend", "frontend")],
)
def test_an_image_is_known_by_its_reference_or_its_last_path_part(
    repository: str, reference: str, name: str
) -> None:
    image = {"repository": repository, "reference": reference}
    inputs = read_inputs(document(container("web", image=image)))
    assert inputs.containers[0].image.name == name


def test_version_1_has_no_firelens_and_keeps_its_documents_so() -> None:
    with_firelens = document(container("web"), container("router", firelens={"enabled": True}))
    assert problems(with_firelens, version=1) == [
        Problem(
            "containers[1].firelens",
            "Version 1 of this step has no FireLens. Upgrade the step to version 2.",
            "unknown_field",
            "shape",
        )
    ]
    assert "firelens" not in write_inputs(read_inputs(document(), 1), 1)["containers"][0]


def test_version_1_tells_other_mistakes_together_with_firelens() -> None:
    broken = document(container("web", firelens={}, cpu="x"), 5)  # type: ignore[arg-type]
    assert [problem.path for problem in problems(broken, version=1)] == [
        "containers[0].firelens",
        "containers[0].cpu",
        "containers[1]",
    ]


@pytest.mark.parametrize("value", [[], None, 3, {"containers": {}}])
def test_a_document_of_any_other_kind_is_refused(value: Any) -> None:
    assert problems(value, version=1)
    assert problems(value, version=2)


def test_the_schema_of_version_1_leaves_firelens_out() -> None:
    assert "firelens" in inputs_schema(2)["$defs"]["Container"]["properties"]
    schema = inputs_schema(1)
    assert "firelens" not in schema["$defs"]["Container"]["properties"]
    assert "FireLens" not in json.dumps(schema["$defs"]["Container"])
    assert schema["required"] == ["task_name", "cpu", "memory"]
