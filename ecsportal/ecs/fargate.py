"""Task sizes that Fargate offers, and the ways AWS lets people write them.

The table is the one of the ECS API Reference (RegisterTaskDefinition, `cpu`), Linux only.
"""

from __future__ import annotations

import re
from decimal import Decimal

_MEMORIES: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: (1024, 2048, 3072, 4096),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}

CPUS: tuple[int, ...] = tuple(_MEMORIES)
"""CPU units that a Fargate task may have, smallest first."""

_CPU = re.compile(r"\s*(?P<number>\d{0,6}\.?\d{1,6})\s*vcpu\s*", re.IGNORECASE | re.ASCII)
_MEMORY = re.compile(
    r"\s*(?P<number>\d{0,9}\.?\d{1,6})\s*(?P<unit>gb|gib|mb|mib)\s*", re.IGNORECASE | re.ASCII
)
_PLAIN = re.compile(r"\s*\d{1,9}\s*", re.ASCII)


def memories_for(cpu: int) -> tuple[int, ...]:
    """The MiB that go with these CPU units, smallest first; empty where Fargate has no such CPU."""
    return _MEMORIES.get(cpu, ())


def cpu_units(text: str) -> int | None:
    """Units from `512`, `0.5 vCPU` or `.5 vcpu`; None where the text is no size."""
    if _PLAIN.fullmatch(text):
        return int(text)
    match = _CPU.fullmatch(text)
    return _whole(Decimal(match["number"]) * 1024) if match else None


def memory_mib(text: str) -> int | None:
    """MiB from `1024`, `1 GB`, `0.5GB` or `512 MiB`; None where the text is no size.

    AWS counts its GB in steps of 1,024 MiB.
    """
    if _PLAIN.fullmatch(text):
        return int(text)
    match = _MEMORY.fullmatch(text)
    if not match:
        return None
    factor = 1024 if match["unit"].lower().startswith("g") else 1
    return _whole(Decimal(match["number"]) * factor)


def cpu_label(units: int) -> str:
    """`0.25 vCPU` from 256."""
    return f"{_trimmed(units)} vCPU"


def memory_label(mib: int) -> str:
    """`2 GB` from 2048."""
    return f"{_trimmed(mib)} GB"


def _whole(value: Decimal) -> int | None:
    return int(value) if value == value.to_integral_value() else None


def _trimmed(count: int) -> str:
    text = f"{Decimal(count) / 1024:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
