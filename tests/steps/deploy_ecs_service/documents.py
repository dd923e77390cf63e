"""Random inputs that use every field and break no rule, for property tests."""

from typing import Any

from hypothesis import strategies as st

from ecsportal.ecs.fargate import CPUS, memories_for
from ecsportal.steps.contract import JsonDict
from tests.steps.deploy_ecs_service.container_documents import container_lists
from tests.steps.deploy_ecs_service.samples import LOAD_BALANCER, ROLE, TARGET_GROUP
from tests.steps.deploy_ecs_service.words import NAMES, TAG_TEXTS

RETENTIONS = [None, 1, 7, 30, 3653]


@st.composite
def documents(draw: st.DrawFn) -> JsonDict:
    """Inputs of one to four containers with any of the optional parts, `beyond` included."""
    cpu = draw(st.sampled_from(CPUS))
    memory = draw(st.sampled_from(memories_for(cpu)))
    volumes = draw(st.lists(NAMES, max_size=3, unique=True))
    containers = draw(container_lists(cpu, memory, volumes))
    balancers = _balancers(draw(st.sampled_from([0, 1, 5])), containers)
    beyond = draw(_beyond(_tcp_ports(containers), bool(balancers)))
    count, scaling = draw(st.integers(0, 20)), beyond["autoscaling"]
    return {
        "task_name": draw(NAMES),
        "stack_name": draw(st.sampled_from(["", "adopted-stack"])),
        "task_role_arn": ROLE if beyond["execute_command"] else draw(st.sampled_from(["", ROLE])),
        "task_execution_role_arn": draw(st.sampled_from(["", ROLE])),
        "cpu": str(cpu),
        "memory": str(memory),
        "cpu_architecture": draw(st.sampled_from(["X86_64", "ARM64"])),
        "desired_count": count,
        "security_group_ids": [f"sg-0123456{n}" for n in range(draw(st.integers(1, 5)))],
        "subnet_ids": [f"subnet-01234{n:03}" for n in range(draw(st.integers(1, 16)))],
        "assign_public_ip": draw(st.booleans()),
        "enable_ecs_managed_tags": draw(st.booleans()),
        "tags": draw(_tags()),
        **draw(_percents(scaling["min"] if scaling else count)),
        "wait": draw(
            st.sampled_from([{"type": "dont_wait"}, {"type": "with_timeout", "timeout_minutes": 5}])
        ),
        "load_balancers": balancers,
        "volumes": [draw(_volumes(name)) for name in volumes],
        "containers": containers,
        "on_update_rollback_failed": draw(st.sampled_from(["continue_rollback", "delete"])),
        "delete_stack_with_running_service": draw(st.booleans()),
        "fail_after_stopped_tasks": draw(st.integers(1, 9)),
        "no_progress_minutes": draw(st.integers(1, 99)),
        "cancel_on_failure": draw(st.booleans()),
        "beyond": beyond,
    }


def _tags() -> st.SearchStrategy[list[JsonDict]]:
    keys = st.lists(TAG_TEXTS.filter(bool), max_size=20, unique=True)
    return keys.map(lambda found: [{"key": key, "value": key[:4]} for key in found])


@st.composite
def _percents(draw: st.DrawFn, count: int) -> JsonDict:
    least, most = draw(st.integers(0, 100)), draw(st.integers(100, 200))
    if count and count * most // 100 <= -(-count * least // 100):
        most = 200
    return {"minimum_healthy_percent": least, "maximum_percent": most}


def _tcp_ports(containers: list[JsonDict]) -> list[tuple[str, int]]:
    return [
        (each["name"], port["port"])
        for each in containers
        for port in each["ports"]
        if port["protocol"] == "tcp"
    ]


def _balancers(count: int, containers: list[JsonDict]) -> list[JsonDict]:
    return [
        {"container": name, "port": port, "target_group_arn": f"{TARGET_GROUP}{number}"}
        for name, port in _tcp_ports(containers)[:1]
        for number in range(count)
    ]


def _volumes(name: str) -> st.SearchStrategy[JsonDict]:
    efs: JsonDict = {"type": "efs", "name": name, "file_system_id": "fs-0123456789abcdef0"}
    encrypted = efs | {"transit_encryption": True}
    return st.sampled_from([
        {"type": "bind", "name": name},
        efs | {"root_directory": "/data"},
        encrypted | {"iam_authorization": True},
        encrypted | {"root_directory": "/", "access_point_id": "fsap-0123456789abcdef0"},
    ])  # fmt: skip


def _beyond(tcp: list[tuple[str, int]], has_balancer: bool) -> st.SearchStrategy[JsonDict]:
    metrics: list[JsonDict] = [{"metric": "cpu", "target": 50}, {"metric": "memory", "target": 90}]
    if has_balancer:
        metrics.append({"metric": "requests", "target": 500, "load_balancer_arn": LOAD_BALANCER})
    services = [
        {"container": name, "port": port, "alias": f"a{number}", "alias_port": 80}
        for number, (name, port) in enumerate(tcp)
    ]
    spot = {"provider": "FARGATE_SPOT", "weight": 3}
    choices: dict[str, list[Any]] = {
        "circuit_breaker": [{}, {"enabled": True, "rollback": False, "threshold": 4}],
        "capacity_providers": [[], [spot], [{"provider": "FARGATE", "base": 1}, spot]],
        "execute_command": [False, True],
        "health_check_grace_period": [None, 0, 2147483647],
        "ephemeral_storage_gib": [None, 21, 200],
        "propagate_tags": ["", "service", "task_definition"],
        "service_connect": [None, {"namespace": "shop"}, {"services": services}],
        "autoscaling": [None, *({"min": 1, "max": 3} | metric for metric in metrics)],
        "pin_digests": [False, True],
        "log_group_name": ["", "/shop/web.1_#"],
        "log_retention_days": RETENTIONS,
    }
    return st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in choices.items()}
    )
