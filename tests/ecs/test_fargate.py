import pytest

from ecsportal.ecs.fargate import (
    CPUS,
    cpu_label,
    cpu_units,
    memories_for,
    memory_label,
    memory_mib,
)


def test_there_are_seventy_four_pairs() -> None:
    assert sum(len(memories_for(cpu)) for cpu in CPUS) == 74


@pytest.mark.parametrize(
    ("cpu", "memories"),
    [
        (256, (512, 1024, 2048)),
        (512, (1024, 2048, 3072, 4096)),
        (1024, (2048, 3072, 4096, 5120, 6144, 7168, 8192)),
        (300, ()),
        (32768, ()),
    ],
)
def test_a_cpu_goes_with_its_memories(cpu: int, memories: tuple[int, ...]) -> None:
    assert memories_for(cpu) == memories


@pytest.mark.parametrize(
    ("cpu", "first", "last", "step"),
    [
        (2048, 4096, 16384, 1024),
        (4096, 8192, 30720, 1024),
        (8192, 16384, 61440, 4096),
        (16384, 32768, 122880, 8192),
    ],
)
def test_large_cpus_take_memory_in_steps(cpu: int, first: int, last: int, step: int) -> None:
    assert memories_for(cpu) == tuple(range(first, last + 1, step))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("256", 256), (" 1024 ", 1024), ("0.5 vCPU", 512), (".25 vCPU", 256), ("1vcpu", 1024),
        ("16 vCPU", 16384), ("0.3 vCPU", None), ("", None), ("vCPU", None), ("-1", None),
        ("0.5", None), ("1 GB", None), ("²", None),
    ],
)  # fmt: skip
def test_cpu_is_read_as_aws_writes_it(text: str, units: int | None) -> None:
    assert cpu_units(text) == units


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        ("512", 512), ("1 GB", 1024), ("0.5GB", 512), ("2 gb", 2048), ("2 GiB", 2048),
        ("512 MiB", 512), ("0.3 GB", None), ("", None), ("1 TB", None), ("GB", None),
    ],
)  # fmt: skip
def test_memory_is_read_as_aws_writes_it(text: str, mib: int | None) -> None:
    assert memory_mib(text) == mib


def test_sizes_are_shown_in_vcpu_and_gb() -> None:
    assert [cpu_label(units) for units in (256, 1024, 16384)] == ["0.25 vCPU", "1 vCPU", "16 vCPU"]
    assert [memory_label(mib) for mib in (512, 10240)] == ["0.5 GB", "10 GB"]
