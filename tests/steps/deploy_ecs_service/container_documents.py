"""Random containers that use every field and break no rule, for property tests."""

from typing import Any

from hypothesis import strategies as st

from ecsportal.steps.contract import JsonDict
from tests.steps.deploy_ecs_service.samples import SECRET
from tests.steps.deploy_ecs_service.words import NAMES, WORDS

LIMITS = ("core", "memlock", "nofile", "stack")


@st.composite
def container_lists(draw: st.DrawFn, cpu: int, memory: int, volumes: list[str]) -> list[JsonDict]:
    """One to four containers that fit into the task; each may depend on those before it."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    router = draw(st.none() | st.sampled_from(names))
    containers: list[JsonDict] = []
    for name in names:
        container = draw(_containers(name, volumes, router)) | {
            "essential": not containers or draw(st.booleans()),
            "cpu": draw(st.none() | st.integers(0, cpu // len(names))),
            **draw(_memories(memory // len(names))),
            "depends_on": draw(_dependencies(containers)),
        }
        earlier = [each["name"] for each in containers]
        container["storage"]["volumes_from"] = [
            {"container": other, "read_only": draw(st.booleans())} for other in earlier[:1]
        ]
        containers.append(container)
    return containers


@st.composite
def _containers(draw: st.DrawFn, name: str, volumes: list[str], router: str | None) -> JsonDict:
    ports = draw(st.lists(st.integers(1, 65535), max_size=2, unique=True))
    return {
        "name": name,
        "image": {"feed": "hub", "reference": name, "repository": f"shop/{name}"},
        "repository_authentication": draw(
            st.sampled_from([{}, {"type": "secrets_manager", "secret_arn": SECRET}])
        ),
        "ports": [
            {"port": port, "protocol": draw(st.sampled_from(["tcp", "udp"]))} for port in ports
        ],
        "health_check": draw(st.none() | _health_checks()),
        "entry_point": draw(WORDS.filter(str.strip) | st.just("")),
        "command": draw(WORDS),
        "command_list": draw(st.lists(WORDS, max_size=3)),
        "working_directory": draw(st.sampled_from(["", "/srv"])),
        "user": draw(st.sampled_from(["", "app", "1000:1000"])),
        "start_timeout": draw(st.none() | st.integers(2, 120)),
        "stop_timeout": draw(st.none() | st.integers(2, 120)),
        "environment_files": [
            f"arn:aws:s3:::settings/{number}.env" for number in range(draw(st.integers(0, 3)))
        ],
        "environment": draw(_variables()),
        "network": {"disable_networking": False, "dns_servers": []},
        "storage": {
            "read_only_root_filesystem": draw(st.booleans()),
            "mount_points": [
                {"volume": each, "path": f"/{each}", "read_only": draw(st.booleans())}
                for each in volumes
            ],
        },
        "logging": draw(_logs(router)),
        "firelens": draw(_firelens()) if name == router else {},
        "docker_labels": [{"key": f"k{n}", "value": draw(WORDS)} for n in range(2)],
        "ulimits": draw(_ulimits()),
    }  # fmt: skip


@st.composite
def _memories(draw: st.DrawFn, most: int) -> JsonDict:
    hard = draw(st.none() | st.integers(7, most))
    soft = draw(st.none() | st.integers(6, most if hard is None else hard - 1))
    return {"memory": hard, "memory_reservation": soft}


@st.composite
def _dependencies(draw: st.DrawFn, earlier: list[JsonDict]) -> list[JsonDict]:
    found = []
    for other in earlier:
        conditions = ["START"]
        conditions += ["HEALTHY"] if other["health_check"] else []
        conditions += [] if other["essential"] else ["COMPLETE", "SUCCESS"]
        condition = draw(st.none() | st.sampled_from(conditions))
        if condition:
            found.append({"container": other["name"], "condition": condition})
    return found


def _health_checks() -> st.SearchStrategy[JsonDict]:
    return st.fixed_dictionaries({
        "command": st.sampled_from([["CMD-SHELL", "true || exit 1"], ["CMD", "/check", "-v"]]),
        "interval": st.none() | st.integers(5, 300),
        "timeout": st.none() | st.integers(2, 60),
        "retries": st.none() | st.integers(1, 10),
        "start_period": st.none() | st.integers(0, 300),
    })  # fmt: skip


@st.composite
def _variables(draw: st.DrawFn) -> list[JsonDict]:
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    plain = WORDS.map(lambda text: {"value": text})
    secret = st.just({"value": SECRET, "type": "secret"})
    return [{"name": name} | draw(plain | secret) for name in names]


def _logs(router: str | None) -> st.SearchStrategy[JsonDict]:
    secret = [{"name": "token", "value": SECRET, "type": "secret"}]

    def manual(driver: str, **options: str) -> JsonDict:
        plain = [{"name": name.replace("_", "-"), "value": options[name]} for name in options]
        return {"type": "manual", "driver": driver, "options": plain + secret}

    choices: list[JsonDict] = [
        {"type": "auto"},
        {"type": "manual"},
        manual("splunk", splunk_url="https://splunk.example.com"),
        manual(
            "awslogs", awslogs_group="/w", awslogs_region="eu-west-1", awslogs_stream_prefix="w"
        ),
    ]
    return st.sampled_from(choices + ([manual("awsfirelens", Name="http")] if router else []))


def _firelens() -> st.SearchStrategy[JsonDict]:
    choices: dict[str, list[Any]] = {
        "enabled": [True],
        "type": ["fluentd", "fluentbit"],
        "enable_ecs_log_metadata": [True, False],
        "config": [{"type": "none"}, {"type": "file", "value": "/extra.conf"}],
    }
    return st.fixed_dictionaries({name: st.sampled_from(each) for name, each in choices.items()})


def _ulimits() -> st.SearchStrategy[list[JsonDict]]:
    names = st.lists(st.sampled_from(LIMITS), max_size=2, unique=True)
    return names.map(lambda found: [{"name": name, "soft": 10, "hard": 20} for name in found])
