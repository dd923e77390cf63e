"""Environments through their services."""

from __future__ import annotations

import pytest

from ecsportal.audit.models import AuditEvent
from ecsportal.infrastructure.details import EnvironmentDetails
from ecsportal.infrastructure.environments import (
    create_environment,
    delete_environment,
    move_environment,
    reorder_environments,
    update_environment,
)
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.problems import InUse, NameTaken, StaleRevision, ValidationProblem
from tests import builders


def _slugs() -> list[str]:
    return list(Environment.objects.values_list("slug", flat=True))


def test_a_new_environment_is_last_and_has_a_slug_from_its_name(administrator: User) -> None:
    create_environment(EnvironmentDetails(name="Development"), by=administrator)
    made = create_environment(
        EnvironmentDetails(name=" Pre-Prod EU ", order=None), by=administrator
    )
    assert (made.slug, made.name, made.order, made.revision) == ("pre-prod-eu", "Pre-Prod EU", 2, 1)
    event = AuditEvent.objects.get(subject="Pre-Prod EU")
    assert (event.action, event.environment_slug) == ("environment.created", "pre-prod-eu")
    assert event.after["name"] == "Pre-Prod EU"


def test_a_slug_may_be_given_once(administrator: User) -> None:
    create_environment(EnvironmentDetails(name="A"), by=administrator, slug="prod")
    with pytest.raises(NameTaken) as refused:
        create_environment(EnvironmentDetails(name="B"), by=administrator, slug="prod")
    assert refused.value.errors[0].path == "slug"


@pytest.mark.parametrize("slug", ["new", "With Space", "x" * 61])
def test_a_slug_that_no_page_could_have_is_refused(administrator: User, slug: str) -> None:
    with pytest.raises(ValidationProblem):
        create_environment(EnvironmentDetails(name="A"), by=administrator, slug=slug)


def test_a_name_that_would_take_a_pages_path_gets_another_slug(administrator: User) -> None:
    assert create_environment(EnvironmentDetails(name="New"), by=administrator).slug == "new-2"


def test_a_name_is_taken_whatever_its_letter_case(administrator: User) -> None:
    builders.environment("Production")
    with pytest.raises(NameTaken) as refused:
        create_environment(EnvironmentDetails(name="production"), by=administrator)
    assert 'an environment "production"' not in str(refused.value)
    assert refused.value.errors[0].path == "name"


def test_a_rename_keeps_slug_and_order_and_is_recorded_once(administrator: User) -> None:
    row = builders.environment("Production", order=7)
    update_environment(row, EnvironmentDetails(name="Live"), by=administrator)
    update_environment(row, EnvironmentDetails(name="Live"), by=administrator)
    row.refresh_from_db()
    assert (row.slug, row.name, row.order, row.revision) == ("production", "Live", 7, 2)
    event = AuditEvent.objects.get()
    assert (event.before, event.after) == ({"name": "Production"}, {"name": "Live"})


def test_the_second_of_two_editors_is_told(administrator: User) -> None:
    row = builders.environment("Production")
    first, second = Environment.objects.get(), Environment.objects.get()
    update_environment(first, EnvironmentDetails(name="Live"), by=administrator, revision=1)
    with pytest.raises(StaleRevision) as refused:
        update_environment(second, EnvironmentDetails(name="Prod"), by=administrator, revision=1)
    assert refused.value.current == 2
    row.refresh_from_db()
    assert row.name == "Live"


def test_an_environment_in_use_stays_and_its_users_are_named(administrator: User) -> None:
    row = builders.environment("Production")
    builders.target("shop-prod", environments=[row])
    builders.account("shop").environments.add(row)
    with pytest.raises(InUse) as refused:
        delete_environment(row, by=administrator)
    assert refused.value.detail == (
        "Production is used by 1 target and 1 account. Move them first."
    )
    assert [use["slug"] for use in refused.value.used_by] == ["shop-prod", "shop"]


def test_an_environment_with_deployments_stays(administrator: User) -> None:
    row = builders.environment("Production")
    builders.deployment(builders.release(builders.project("web-shop")), row)
    with pytest.raises(InUse):
        delete_environment(row, by=administrator)
    assert Environment.objects.exists()


def test_an_unused_environment_goes(administrator: User) -> None:
    row = builders.environment("Production")
    delete_environment(row, by=administrator)
    assert not Environment.objects.exists()
    assert AuditEvent.objects.get().action == "environment.deleted"


def test_moving_goes_a_place_at_a_time_and_stops_at_the_ends(administrator: User) -> None:
    rows = [builders.environment(name) for name in ("Dev", "Staging", "Prod")]
    move_environment(rows[2], by=administrator, places=-1)
    assert _slugs() == ["dev", "prod", "staging"]
    move_environment(rows[0], by=administrator, places=-5)
    assert _slugs() == ["dev", "prod", "staging"]
    move_environment(rows[0], by=administrator, places=9)
    assert _slugs() == ["prod", "staging", "dev"]
    assert list(Environment.objects.values_list("order", flat=True)) == [1, 2, 3]


def test_an_order_that_misses_an_environment_is_refused(administrator: User) -> None:
    builders.environment("Dev")
    builders.environment("Prod")
    with pytest.raises(ValidationProblem):
        reorder_environments(["prod"], by=administrator)
