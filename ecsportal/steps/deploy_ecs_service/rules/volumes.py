"""Rules of volumes, and of what containers mount."""

from __future__ import annotations

from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.container import Container
from ecsportal.steps.deploy_ecs_service.inputs.storage import Volume
from ecsportal.steps.findings import Findings, listed
from ecsportal.steps.texts import check_name, check_unique


def check_volumes(findings: Findings, volumes: list[Volume]) -> None:
    """Names are unique, and EFS volumes are complete."""
    check_unique(findings, "volumes", "name", (volume.name for volume in volumes))
    for index, volume in enumerate(volumes):
        path = f"volumes[{index}]"
        check_name(findings, f"{path}.name", volume.name, "volume")
        if volume.type == "efs":
            _check_efs(findings, path, volume)


def check_storage(
    findings: Findings, path: str, container: Container, inputs: DeployEcsServiceInputs
) -> None:
    """Mounted volumes exist, and other containers' mounts come from others that exist."""
    names = [volume.name for volume in inputs.volumes]
    for index, mount in enumerate(container.storage.mount_points):
        at = f"{path}.storage.mount_points[{index}]"
        if not mount.path:
            findings.add(f"{at}.path", "missing", "State where in the container it appears.")
        known = mount.volume in names or is_bound(mount.volume) or any(map(is_bound, names))
        if not known:
            declared = f"only {listed(names, 'and')}" if names else "none so far"
            message = f'There is no volume "{mount.volume}" in this step, {declared}.'
            findings.add(f"{at}.volume", "unknown_volume", message)
    for index, source in enumerate(container.storage.volumes_from):
        at = f"{path}.storage.volumes_from[{index}].container"
        check_other_container(findings, at, source.container, container, inputs)


def check_other_container(
    findings: Findings,
    path: str,
    name: str,
    container: Container,
    inputs: DeployEcsServiceInputs,
) -> Container | None:
    """The other container of that name; adds a problem and returns None where there is none."""
    names = [each.name for each in inputs.containers]
    if is_bound(name) or any(map(is_bound, names)):
        return None
    if name == container.name:
        findings.add(path, "itself", f"{name} is this container itself.")
        return None
    if name not in names:
        message = f'There is no container "{name}" in this step, only {listed(names, "and")}.'
        findings.add(path, "unknown_container", message)
    return inputs.container(name)


def _check_efs(findings: Findings, path: str, volume: Volume) -> None:
    if not volume.file_system_id:
        findings.add(f"{path}.file_system_id", "missing", "Name the EFS file system.")
    check_id(findings, f"{path}.file_system_id", "file_system", volume.file_system_id)
    check_id(findings, f"{path}.access_point_id", "access_point", volume.access_point_id)
    root = volume.root_directory
    if root and not is_bound(root) and not root.startswith("/"):
        message = f'"{root}" has to start with "/".'
        findings.add(f"{path}.root_directory", "pattern", message)
    elif volume.access_point_id and root not in ("", "/") and not is_bound(root):
        message = 'With an access point the root directory is empty or "/".'
        findings.add(f"{path}.root_directory", "access_point", message)
    if volume.transit_encryption is False:
        reason = "An access point" if volume.access_point_id else "IAM authorization"
        if volume.access_point_id or volume.iam_authorization is True:
            message = f"{reason} needs encryption in transit."
            findings.add(f"{path}.transit_encryption", "encryption_needed", message)
