"""Which addresses a user-named host may lead to."""

from __future__ import annotations

import pytest

from ecsportal.aws.address_guard import AddressGuard, AddressRefusedError

REFUSED = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.1.1",
    "100.100.100.200",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
]
ALLOWED = [
    "10.0.0.7",
    "172.16.4.4",
    "192.168.1.20",
    "100.64.0.9",
    "52.94.1.1",
    "fd12::5",
    "2a05::1",
]


def guard(*allow: str, **names: list[str]) -> AddressGuard:
    """A guard whose host names resolve as told, and addresses to themselves."""
    return AddressGuard(
        allow, resolver=lambda host, port: names.get(host.replace(".", "_"), [host])
    )


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_of_the_machine_and_its_link_are_refused(address: str) -> None:
    with pytest.raises(AddressRefusedError, match="REMOTE_ALLOW"):
        guard().addresses_for(address, 443)


@pytest.mark.parametrize("address", ALLOWED)
def test_private_and_public_networks_are_allowed(address: str) -> None:
    assert guard().addresses_for(address, 443) == [address]


def test_a_name_is_judged_by_what_it_resolves_to() -> None:
    with pytest.raises(AddressRefusedError, match=r"registry\.example \(127\.0\.0\.1\)"):
        guard(registry_example=["127.0.0.1"]).addresses_for("registry.example", 443)


def test_one_refused_address_among_several_refuses_the_name() -> None:
    with pytest.raises(AddressRefusedError):
        guard(registry_example=["52.1.1.1", "::1"]).addresses_for("registry.example", 443)


@pytest.mark.parametrize("allow", ["localhost", "127.0.0.0/8", "127.0.0.1", " LOCALHOST ", "*"])
def test_remote_allow_opens_a_host_an_address_or_a_network(allow: str) -> None:
    assert guard(allow, localhost=["127.0.0.1"]).addresses_for("localhost", 80) == ["127.0.0.1"]


def test_remote_allow_of_one_host_opens_no_other() -> None:
    with pytest.raises(AddressRefusedError):
        guard("registry.internal", "::1").addresses_for("127.0.0.1", 80)


def test_a_name_without_address_gives_none_to_try() -> None:
    assert guard(nowhere=[]).addresses_for("nowhere", 80) == []
