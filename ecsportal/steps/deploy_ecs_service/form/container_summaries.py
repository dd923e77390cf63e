"""The lines that tell what is in a folded container and its parts."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form.summaries import counted, list_, object_, objects

_NOTHING = "Nothing set"
_CONDITIONS = {
    "START": "has started",
    "HEALTHY": "is healthy",
    "COMPLETE": "has ended",
    "SUCCESS": "has ended with 0",
}


def containers(inputs: JsonDict) -> str:
    """`web, log-router`."""
    found = objects(inputs.get("containers"))
    return ", ".join(str(each.get("name") or "unnamed") for each in found) or "None yet"


def container(row: JsonDict) -> str:
    """`shop/web · port 8080 · essential`."""
    said = [str(object_(row.get("image")).get("repository") or "no image yet")]
    ports = [str(each["port"]) for each in objects(row.get("ports")) if each.get("port")]
    if ports:
        said.append(f"port{'s' if len(ports) > 1 else ''} {', '.join(ports)}")
    if variables := len(objects(row.get("environment"))):
        said.append(counted(variables, "variable"))
    if row.get("essential", True) is True:
        said.append("essential")
    return " · ".join(said)


def health(row: JsonDict) -> str:
    """The command, or that there is none."""
    check = row.get("health_check")
    if not isinstance(check, dict):
        return "None"
    command = [str(item) for item in list_(check.get("command"))]
    return " ".join(command[1:] if command[:1] == ["CMD-SHELL"] else command) or "No command yet"


def environment(row: JsonDict) -> str:
    """`4 variables, 2 of them secret · command sh -c`."""
    variables = objects(row.get("environment"))
    secrets = sum(1 for each in variables if each.get("type") == "secret")
    said = []
    if variables:
        hidden = f", {secrets} of them secret" if secrets else ""
        said.append(f"{counted(len(variables), 'variable')}{hidden}")
    if files := list_(row.get("environment_files")):
        said.append(counted(len(files), "file"))
    said += [words for key, words in _STARTED.items() if row.get(key)]
    return " · ".join(said) or _NOTHING


_STARTED = {
    "entry_point": "entry point",
    "command": "command",
    "command_list": "command list",
    "working_directory": "working directory",
}


def storage(row: JsonDict) -> str:
    """`CloudWatch · 1 mount`."""
    told, logging = object_(row.get("storage")), object_(row.get("logging"))
    kind = logging.get("type", "auto")
    said = ["Logs to CloudWatch" if kind == "auto" else f"Logs by {_driver(logging)}"]
    if mounts := objects(told.get("mount_points")):
        said.append(counted(len(mounts), "mount"))
    if others := objects(told.get("volumes_from")):
        said.append(f"volumes of {', '.join(str(each.get('container')) for each in others)}")
    if told.get("read_only_root_filesystem") is True:
        said.append("read-only root")
    return " · ".join(said)


def _driver(logging: JsonDict) -> str:
    driver = str(logging.get("driver") or "none")
    return "no driver" if driver == "none" else driver


def firelens(row: JsonDict) -> str:
    """`fluentbit`, or that it is off."""
    told = object_(row.get("firelens"))
    return "Off" if told.get("enabled") in (None, False) else str(told.get("type", "fluentbit"))


def network(row: JsonDict) -> str:
    """`2 DNS servers · 1 host`."""
    told = object_(row.get("network"))
    counts = (
        ("dns_servers", "DNS server"),
        ("dns_search_domains", "search domain"),
        ("extra_hosts", "extra host"),
    )
    said = [counted(len(list_(told.get(key))), noun) for key, noun in counts if told.get(key)]
    if told.get("disable_networking") is True:
        said.insert(0, "no network")
    return " · ".join(said) or _NOTHING


def limits(row: JsonDict) -> str:
    """`user app · 2 labels · 1 limit`."""
    said = [f"user {row['user']}"] if row.get("user") else []
    for key, noun in (("docker_labels", "label"), ("ulimits", "limit")):
        if rows := objects(row.get(key)):
            said.append(counted(len(rows), noun))
    return " · ".join(said) or _NOTHING


def order(row: JsonDict) -> str:
    """`After log-router is healthy`."""
    waits = [_awaited(each) for each in objects(row.get("depends_on"))]
    said = [f"After {' and '.join(waits)}"] if waits else []
    for key, words in (("start_timeout", "start"), ("stop_timeout", "stop")):
        if row.get(key):
            said.append(f"{words} {row[key]} s")
    return " · ".join(said) or "With the others"


def _awaited(dependency: JsonDict) -> str:
    condition: Any = dependency.get("condition")
    return f"{dependency.get('container') or '…'} {_CONDITIONS.get(str(condition), str(condition))}"
