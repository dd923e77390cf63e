"""Random inputs that break no rule, for property tests."""

from typing import Any

from hypothesis import strategies as st

from ecsportal.ecs.fargate import CPUS, memories_for
from ecsportal.steps.contract import JsonDict
from tests.steps.deploy_ecs_service.samples import (
    LOAD_BALANCER,
    ROLE,
    SECRET,
    SECURITY_GROUP,
    SUBNET,
    TARGET_GROUP,
)

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
TEXTS = st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20)
WORDS = TEXTS.filter(lambda text: "#{" not in text and "${" not in text)


@st.composite
def documents(draw: st.DrawFn) -> JsonDict:
    """Inputs of one to three containers with any of the optional parts."""
    cpu = draw(st.sampled_from(CPUS))
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    volumes = draw(st.lists(NAMES, max_size=2, unique=True))
    containers = [
        draw(_containers(name, names[:index], volumes)) for index, name in enumerate(names)
    ]
    containers[0]["essential"] = True
    tcp = [
        {"container": each["name"], "port": port["port"], "target_group_arn": TARGET_GROUP}
        for each in containers
        for port in each["ports"]
        if port["protocol"] == "tcp"
    ]
    return {
        "task_name": draw(NAMES),
        "cpu": str(cpu),
        "memory": str(draw(st.sampled_from(memories_for(cpu)))),
        "cpu_architecture": draw(st.sampled_from(["X86_64", "ARM64"])),
        "task_role_arn": ROLE,
        "task_execution_role_arn": draw(st.sampled_from(["", ROLE])),
        "desired_count": draw(st.integers(0, 20)),
        "minimum_healthy_percent": draw(st.integers(0, 100)),
        "maximum_percent": 200,
        "assign_public_ip": draw(st.booleans()),
        "enable_ecs_managed_tags": draw(st.booleans()),
        "subnet_ids": [SUBNET],
        "security_group_ids": [SECURITY_GROUP],
        "tags": [{"key": key, "value": "v"} for key in draw(st.sets(NAMES, max_size=2))],
        "load_balancers": tcp[:1],
        "volumes": [draw(_volumes(name)) for name in volumes],
        "containers": containers,
        "beyond": draw(_beyond(tcp)),
    }  # fmt: skip


@st.composite
def _containers(draw: st.DrawFn, name: str, earlier: list[str], volumes: list[str]) -> JsonDict:
    ports = draw(st.lists(st.integers(1, 65535), max_size=2, unique=True))
    environment = draw(st.lists(NAMES, max_size=3, unique=True))
    return {
        "name": name,
        "image": {"feed": "hub", "repository": f"shop/{name}"},
        "essential": draw(st.booleans()),
        "ports": [
            {"port": port, "protocol": draw(st.sampled_from(["tcp", "udp"]))} for port in ports
        ],
        "memory": draw(st.none() | st.integers(100, 170)),
        "memory_reservation": draw(st.none() | st.integers(6, 99)),
        "cpu": draw(st.none() | st.integers(0, 85)),
        "stop_timeout": draw(st.none() | st.integers(2, 120)),
        "command": draw(WORDS),
        "entry_point": draw(WORDS.filter(str.strip) | st.just("")),
        "environment": [
            draw(st.sampled_from([
                {"name": each, "value": "1"}, {"name": each, "value": SECRET, "type": "secret"},
            ]))
            for each in environment
        ],
        "docker_labels": [{"key": "k", "value": draw(WORDS)}],
        "health_check": draw(st.none() | st.just({"command": ["CMD-SHELL", "true"], "retries": 3})),
        "depends_on": [{"container": other, "condition": "START"} for other in earlier[:1]],
        "storage": {
            "read_only_root_filesystem": draw(st.booleans()),
            "mount_points": [{"volume": each, "path": f"/{each}"} for each in volumes],
        },
        "logging": draw(st.sampled_from([{"type": "auto"}, {"type": "manual"}, _splunk()])),
        "ulimits": draw(st.sampled_from([[], [{"name": "nofile", "soft": 1024, "hard": 4096}]])),
    }  # fmt: skip


def _splunk() -> JsonDict:
    options = [
        {"name": "splunk-url", "value": "https://splunk.example.com"},
        {"name": "splunk-token", "value": SECRET, "type": "secret"},
    ]
    return {"type": "manual", "driver": "splunk", "options": options}


def _volumes(name: str) -> st.SearchStrategy[JsonDict]:
    efs = {
        "type": "efs",
        "name": name,
        "file_system_id": "fs-0123456789abcdef0",
        "root_directory": "/",
        "transit_encryption": True,
    }
    return st.sampled_from([{"type": "bind", "name": name}, efs])


def _beyond(tcp: list[JsonDict]) -> st.SearchStrategy[JsonDict]:
    metrics: list[JsonDict] = [{"metric": "cpu", "target": 50}]
    services: list[JsonDict] = []
    if tcp:
        metrics.append({"metric": "requests", "target": 500, "load_balancer_arn": LOAD_BALANCER})
        services = [
            {
                "container": tcp[0]["container"],
                "port": tcp[0]["port"],
                "alias": "a",
                "alias_port": 1,
            }
        ]
    choices: dict[str, list[Any]] = {
        "circuit_breaker": [{}, {"enabled": True}, {"enabled": True, "threshold": 4}],
        "capacity_providers": [[], [{"provider": "FARGATE_SPOT"}]],
        "execute_command": [False, True],
        "health_check_grace_period": [None, 30],
        "ephemeral_storage_gib": [None, 21],
        "propagate_tags": ["", "service"],
        "service_connect": [None, {"namespace": "shop", "services": services}],
        "autoscaling": [None, *({"min": 1, "max": 3} | metric for metric in metrics)],
        "log_retention_days": [None, 7],
    }
    return st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in choices.items()}
    )
