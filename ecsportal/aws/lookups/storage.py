"""EFS file systems and their access points."""

from __future__ import annotations

from ecsportal.aws.lookups.offers import Clients, Offer, by_name, name_tag, paged


def file_systems(clients: Clients, within: str = "") -> list[Offer]:
    """Each with its name, and its state where that isn't "available"."""
    return by_name(
        [
            Offer(
                system["FileSystemId"],
                system.get("Name") or name_tag(system.get("Tags")),
                tuple(
                    filter(
                        None,
                        [
                            "encrypted" if system.get("Encrypted") else "not encrypted",
                            _unless_usable(system.get("LifeCycleState", "")),
                        ],
                    )
                ),
            )
            for system in paged(clients("efs"), "describe_file_systems", "FileSystems")
        ]
    )


def access_points(clients: Clients, within: str = "") -> list[Offer]:
    """Those of the file system `within`, or of all; each with the folder that it opens."""
    arguments = {"FileSystemId": within} if within else {}
    found = paged(clients("efs"), "describe_access_points", "AccessPoints", **arguments)
    return by_name(
        [
            Offer(
                point["AccessPointId"],
                point.get("Name") or name_tag(point.get("Tags")),
                tuple(
                    filter(
                        None,
                        [
                            (point.get("RootDirectory") or {}).get("Path", "/"),
                            "" if within else point.get("FileSystemId", ""),
                            _unless_usable(point.get("LifeCycleState", "")),
                        ],
                    )
                ),
            )
            for point in found
        ]
    )


def _unless_usable(state: str) -> str:
    return "" if state in ("", "available") else state
