"""The pages of infrastructure: what they show, to whom, and that nothing typed is lost."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Environment, Feed
from ecsportal.people.models import Role, User
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

LISTS = ("environments", "targets", "accounts", "feeds")


@pytest.fixture
def browser(client_of_administrator: Client) -> Client:
    cache.clear()
    return client_of_administrator


@pytest.fixture
def reader(db: None) -> Client:
    return builders.signed_in(builders.user_with_role(Role.VIEWER))


def page(name: str, *slugs: str) -> str:
    return reverse(f"infrastructure:{name}", args=slugs)


ACCOUNT = {
    "name": "shop",
    "kind": "access_key",
    "access_key_id": "AKIAEXAMPLE",
    "secret_access_key": "wJalrX",
    "session_minutes": "60",
}
TARGET = {
    "name": "shop-dev",
    "account": "shop",
    "region": "eu-west-1",
    "cluster": "demo",
    "environments": ["development"],
    "target_tags": "web, jobs",
}
FEED = {"name": "Registry", "kind": "docker", "repository": "library/nginx"}


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_offers_the_next_step_to_those_who_may(
    name: str, browser: Client, reader: Client
) -> None:
    offered = browser.get(page(name)).content.decode()
    assert "btn-primary" in offered
    assert " yet" in offered
    shown = reader.get(page(name)).content.decode()
    assert " yet" in shown
    assert "btn-primary" not in shown


def test_a_target_without_accounts_sends_to_the_account_first(browser: Client) -> None:
    assert page("account_create") in browser.get(page("targets")).content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_needs_the_same_queries_whatever_its_length(name: str, browser: Client) -> None:
    def queries_with(rows: int) -> int:
        for _ in range(rows):
            builders.target(environments=[builders.environment()])
            builders.feed()
        with CaptureQueriesContext(connection) as queries:
            browser.get(page(name))
        return len(queries)

    queries_with(1)  # the first page of a process also fills caches
    assert queries_with(1) == queries_with(5)


def test_an_environment_is_added_and_listed(browser: Client) -> None:
    answer = browser.post(page("environment_create"), {"name": "Production", "production": "on"})
    assert answer["Location"] == page("environments")
    assert "Production" in browser.get(page("environments")).content.decode()


def test_a_taken_name_keeps_what_was_typed(browser: Client) -> None:
    builders.environment("Production")
    answer = browser.post(
        page("environment_create"), {"name": "production", "description": "kept text"}
    )
    assert answer.status_code == 422
    assert "kept text" in answer.content.decode()
    assert "There is a" in answer.content.decode()


def test_a_second_editor_sees_both_versions_and_can_save_over(browser: Client) -> None:
    row = builders.environment("Production", description="stored by another", revision=2)
    typed = {"name": "Live", "description": "mine", "revision": "1"}
    answer = browser.post(page("environment", row.slug), typed)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "stored by another" in text
    assert "mine" in text
    assert 'name="revision" value="2"' in text
    browser.post(page("environment", row.slug), {**typed, "revision": "2"})
    row.refresh_from_db()
    assert (row.name, row.description) == ("Live", "mine")


def test_environments_are_moved_by_buttons(browser: Client) -> None:
    for name in ("Dev", "Prod"):
        builders.environment(name)
    browser.post(page("environment_move", "prod"), {"places": "-1"})
    assert list(Environment.objects.values_list("slug", flat=True)) == ["prod", "dev"]


@pytest.mark.parametrize("kind", ["environment", "account", "target", "feed"])
def test_what_is_unused_is_deleted_after_a_question(kind: str, browser: Client) -> None:
    row = getattr(builders, kind)("Lonely")
    assert (
        'role="alertdialog"'
        in browser.get(page(kind, "lonely") + "?dialog=delete").content.decode()
    )
    assert browser.post(page(f"{kind}_delete", "lonely"))["Location"] == page(f"{kind}s")
    assert not type(row).objects.filter(slug="lonely").exists()


def test_what_is_in_use_names_its_users_and_stays(browser: Client) -> None:
    account = builders.account("shop")
    target = builders.target("shop-prod", account=account)
    dialog = browser.get(page("account", "shop")).content.decode()
    assert f'target <a href="{page("target", target.slug)}">shop-prod</a>' in dialog
    assert "Delete account" not in dialog
    answer = browser.post(page("account_delete", "shop"), follow=True)
    assert "shop is used by 1 target. Move them first." in answer.content.decode()
    assert AwsAccount.objects.exists()


def test_an_account_is_saved_and_tested_in_one_go(browser: Client, sandbox: RunningSandbox) -> None:
    made = browser.post(
        page("account_create_and_test"), {**ACCOUNT, "endpoint_url": sandbox.url}, follow=True
    )
    text = made.content.decode()
    assert made.redirect_chain[-1][0] == page("account", "shop")
    assert 'role="status"' in text
    assert "123456789012" in text
    assert "wJalrX" not in text
    assert "Set. Type to replace it." in text


def test_wrong_keys_stand_beside_their_field_in_awss_words(
    browser: Client, sandbox: RunningSandbox
) -> None:
    builders.account("shop", endpoint_url=sandbox.url)
    sandbox.faults.add(
        service="sts",
        action="GetCallerIdentity",
        code="SignatureDoesNotMatch",
        message="The signature does not match.",
        status=403,
    )
    typed = {**ACCOUNT, "secret_access_key": "", "endpoint_url": sandbox.url, "revision": "1"}
    answer = browser.post(page("account_save_and_test", "shop"), typed, follow=True)
    form = answer.context["form"]
    assert "The signature does not match." in form.errors["secret_access_key"][0]
    assert 'aria-describedby="id_secret_access_key_error"' in answer.content.decode()
    assert AwsAccount.objects.get().secret_access_key == "secret-example"


def test_a_broken_rule_saves_and_tests_nothing(browser: Client, sandbox: RunningSandbox) -> None:
    typed = {**ACCOUNT, "role_arn": "PortalDeploy", "endpoint_url": sandbox.url}
    answer = browser.post(page("account_create_and_test"), typed)
    assert answer.status_code == 422
    assert "role_arn" in answer.context["form"].errors
    assert sandbox.count("sts.GetCallerIdentity") == 0


def test_fields_of_the_other_kind_dont_count(browser: Client) -> None:
    browser.post(page("account_create"), {**ACCOUNT, "kind": "worker"})
    assert AwsAccount.objects.get().access_key_id == ""


def test_seconds_from_the_api_outlive_an_edit_of_the_name(browser: Client) -> None:
    builders.account("shop", session_duration=3601)
    browser.post(page("account", "shop"), {**ACCOUNT, "name": "renamed", "revision": "1"})
    account = AwsAccount.objects.get()
    assert (account.name, account.session_duration) == ("renamed", 3601)


def test_the_template_bucket_is_set_on_the_accounts_page(browser: Client) -> None:
    builders.account("shop")
    typed = {**ACCOUNT, "template_bucket": "Shop Templates", "revision": "1"}
    answer = browser.post(page("account", "shop"), typed)
    assert "template_bucket" in answer.context["form"].errors
    browser.post(page("account", "shop"), {**typed, "template_bucket": "shop-templates"})
    assert AwsAccount.objects.get().template_bucket == "shop-templates"
    assert b"shop-templates" in browser.get(page("account", "shop")).content


@pytest.fixture
def shop(sandbox: RunningSandbox, db: None) -> AwsAccount:
    builders.environment("Development")
    return builders.account("shop", endpoint_url=sandbox.url)


def test_a_target_is_saved_and_checked_in_one_go(browser: Client, shop: AwsAccount) -> None:
    answer = browser.post(page("target_create_and_check"), TARGET, follow=True)
    assert "Healthy" in answer.content.decode()
    target = DeploymentTarget.objects.get()
    assert (target.target_tags, target.health) == (["web", "jobs"], "healthy")


def test_an_unreachable_target_is_told_above_the_list(browser: Client, shop: AwsAccount) -> None:
    builders.target("lost", account=shop, cluster="nowhere")
    browser.post(page("targets_check"))
    text = browser.get(page("targets")).content.decode()
    assert "can't be reached:" in text
    assert "There is no cluster &quot;nowhere&quot; in eu-west-1" in text


def test_a_disabled_target_isnt_checked_with_all(browser: Client, shop: AwsAccount) -> None:
    builders.target("off", account=shop, cluster="nowhere", disabled=True)
    browser.post(page("targets_check"))
    assert DeploymentTarget.objects.get().health == "unknown"


def test_one_target_is_checked(browser: Client, shop: AwsAccount) -> None:
    builders.target("one", account=shop, cluster="demo")
    answer = browser.post(page("target_check", "one"), follow=True)
    assert "arn:aws:ecs:eu-west-1:123456789012:cluster/demo" in answer.content.decode()


def test_targets_are_filtered_and_sorted_by_the_url(browser: Client, shop: AwsAccount) -> None:
    development = Environment.objects.get()
    builders.target("alpha", account=shop, environments=[development], tags=["Web"])
    builders.target("beta", account=shop, tags=["jobs"])

    def shown(query: str) -> list[str]:
        return [row.name for row in browser.get(page("targets") + query).context["page"]]

    assert shown("") == ["alpha", "beta"]
    assert shown("?sort=-name") == ["beta", "alpha"]
    assert shown("?sort=nonsense") == ["alpha", "beta"]
    assert shown("?tag=web") == ["alpha"]
    assert shown("?environment=development") == ["alpha"]
    assert shown("?q=bet") == ["beta"]
    assert "Clear the filter" in browser.get(page("targets") + "?q=zzz").content.decode()


def test_clusters_are_suggested_once_account_and_region_are_known(
    browser: Client, shop: AwsAccount, sandbox: RunningSandbox
) -> None:
    assert "<option" not in browser.get(page("clusters")).content.decode()
    asked = page("clusters") + "?account=shop&region=eu-west-1"
    assert '<option value="demo">' in browser.get(asked).content.decode()
    sandbox.faults.add(
        service="ecs", action="ListClusters", code="AccessDeniedException", status=400
    )
    refused = browser.get(asked)
    assert refused.status_code == 200
    assert "type the name" in refused.content.decode()


def test_a_feed_is_saved_and_tested_in_one_go(browser: Client, sandbox: RunningSandbox) -> None:
    typed = {**FEED, "url": sandbox.url}
    answer = browser.post(page("feed_create_and_test"), typed, follow=True)
    assert "library/nginx has " in answer.content.decode()
    assert Feed.objects.get().test_repository == "library/nginx"


def test_a_missing_repository_stands_beside_its_field(
    browser: Client, sandbox: RunningSandbox
) -> None:
    builders.feed("Registry", url=sandbox.url)
    typed = {**FEED, "url": sandbox.url, "repository": "no/such", "revision": "1"}
    answer = browser.post(page("feed_save_and_test", "registry"), typed, follow=True)
    assert "doesn't exist" in answer.context["form"].errors["repository"][0]


def test_a_tag_picker_gets_its_options_or_a_sentence(
    reader: Client, sandbox: RunningSandbox
) -> None:
    cache.clear()
    builders.feed("Registry", url=sandbox.url)
    asked = page("feed_tags", "registry") + "?repository=library/nginx"
    text = reader.get(asked + "&tag=1.29").content.decode()
    assert text.index('data-value="1.29"') < text.index('data-value="1.28')
    assert 'aria-selected="true" data-value="1.29"' in text
    assert "No tag of library/nginx" in reader.get(asked + "&search=zzz").content.decode()
    missing = reader.get(page("feed_tags", "registry") + "?repository=no/such")
    assert (missing.status_code, "doesn&#x27;t exist" in missing.content.decode()) == (200, True)
    assert reader.get(page("feed_tags", "registry")).status_code == 404


def test_repositories_are_suggested(reader: Client, sandbox: RunningSandbox) -> None:
    builders.feed("Registry", url=sandbox.url)
    text = reader.get(page("feed_repositories", "registry") + "?search=nginx").content.decode()
    assert '<option value="library/nginx">' in text


@pytest.mark.parametrize("kind", ["environment", "account", "target", "feed"])
def test_a_reader_sees_facts_without_forms_and_without_secrets(kind: str, reader: Client) -> None:
    getattr(builders, kind)("Seen", **({"role_arn": "arn"} if kind == "account" else {}))
    answer = reader.get(page(kind, "seen"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert '<form method="post" action="' not in text.split("<main", 1)[1]
    assert "secret-example" not in text
    assert reader.post(page(kind, "seen"), {"name": "Mine"}).status_code == 403


def test_a_reader_of_one_environment_sees_what_belongs_to_it(administrator: User) -> None:
    seen, hidden = builders.environment("Seen"), builders.environment("Hidden")
    builders.target("near", environments=[seen, hidden])
    builders.target("far", environments=[hidden])
    browser = builders.signed_in(builders.user_with_role(Role.VIEWER, environments=[seen]))
    text = browser.get(page("targets")).content.decode()
    assert "near" in text
    assert "far" not in text
    assert "Hidden" not in text
    assert browser.get(page("target", "far")).status_code == 404
    assert browser.get(page("environment", "hidden")).status_code == 404
