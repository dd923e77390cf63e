"""Volumes of the task, and what a container mounts."""

from __future__ import annotations

from typing import Annotated

from ecsportal.steps.fields import Flag, StepModel, Text, one_of


class Volume(StepModel):
    """A scratch volume (`bind`) or an EFS file system; the EFS fields of a bind volume are unused.

    An empty access point or root directory is left out of the template, unless `render_empty` names
    it: a step imported from Octopus Deploy may have deployed it as empty text.
    """

    type: Annotated[str, one_of("bind", "efs")]
    name: Text
    file_system_id: Text = ""
    access_point_id: Text = ""
    root_directory: Text = ""
    transit_encryption: Flag = False
    iam_authorization: Flag = False
    render_empty: list[Annotated[str, one_of("access_point_id", "root_directory")]] = []


class MountPoint(StepModel):
    """A volume of the task, at a path inside the container."""

    volume: Text
    path: Text
    read_only: Flag = False


class VolumesFrom(StepModel):
    """All mounts of another container."""

    container: Text
    read_only: Flag = False


class ContainerStorage(StepModel):
    """What a container sees of disks."""

    read_only_root_filesystem: Flag = False
    mount_points: list[MountPoint] = []
    volumes_from: list[VolumesFrom] = []
