"""The pages of variables: the table and its acts, pasting, the preview, library sets."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ecsportal.audit.models import AuditEvent
from ecsportal.people.models import Role, User
from ecsportal.projects.models import LibrarySet, Project
from ecsportal.projects.variables.queries import current_variables
from tests import builders

pytestmark = pytest.mark.django_db
PAGE = "/projects/web-shop/variables/"
PLANTED = "planted-secret-7c1f"
HTMX = {"HX-Request": "true", "HX-Target": "variables"}


@pytest.fixture
def administrator(db: None) -> User:
    return builders.user_with_role(Role.ADMINISTRATOR)


@pytest.fixture
def client(administrator: User) -> Client:
    return builders.signed_in(administrator)


@pytest.fixture
def project(db: None) -> Project:
    production = builders.environment("Production")
    builders.environment("Staging")
    builders.target("Main", environments=[production])
    library = builders.library("Defaults", {"name": "Region", "value": "eu-west-1"})
    row = builders.project("Web shop")
    builders.variables(
        row,
        {"name": "Count", "value": "2"},
        {"name": "Count", "value": "4", "scope": {"environments": ["production"]}},
        {"name": "Password", "value": PLANTED, "type": "sensitive"},
        libraries=[library.slug],
    )
    return row


def text(response: Any) -> str:
    """The page's body, entities read and white space folded."""
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


def entries(owner: Project | LibrarySet) -> list[tuple[str, str | None, list[str]]]:
    current = current_variables(owner)
    return [
        (e["name"], e["value"], e["scope"]["environments"])
        for e in (current.variables if current else [])
    ]


def value_form(**changes: Any) -> dict[str, Any]:
    return {"name": "Count", "type": "text", "value": "3", "control": "line"} | changes


def test_values_stand_by_name_with_their_scopes_and_library_sets(
    client: Client, project: Project
) -> None:
    page = text(client.get(PAGE))

    assert 'rowspan="2"> <code class="p-strong p-break">Count</code>' in page
    assert "Everywhere" in page
    assert "Production</span>" in page
    assert "Library set “Defaults”" in page
    assert "Edit it in the library set" in page
    assert "3 names, 4 values" in page


def test_an_empty_page_says_what_variables_are_for(client: Client) -> None:
    builders.project("Web shop")

    assert "Values in steps can be typed directly" in text(client.get(PAGE))


def test_the_table_is_filtered(client: Client, project: Project) -> None:
    by_name = text(client.get(PAGE, {"q": "reg"}, headers=HTMX))
    by_environment = text(client.get(PAGE, {"q": "count", "environment": "staging"}, headers=HTMX))
    nothing = text(client.get(PAGE, {"q": PLANTED}, headers=HTMX))

    assert "eu-west-1" in by_name
    assert "Count" not in by_name.split("<footer>")[0]
    assert ">2</code>" in by_environment
    assert ">4</code>" not in by_environment
    assert "No variable matches" in nothing


def test_a_value_is_edited_in_its_row(client: Client, project: Project) -> None:
    opened = text(client.get(f"{PAGE}1/", headers=HTMX))
    saved = client.post(f"{PAGE}1/", value_form(value="3\r\n4", environments=["staging"]))

    assert opened.count('id="value-form"') == 1
    assert saved.status_code == 302
    assert entries(project)[0] == ("Count", "3\n4", ["staging"])


def test_a_value_is_added_and_undone(client: Client, project: Project) -> None:
    client.post(f"{PAGE}new/", value_form(name="Size", value="512"))
    assert ("Size", "512", []) in entries(project)

    client.post(f"{PAGE}undo/", {"revision": "2"})
    assert ("Size", "512", []) not in entries(project)


def test_a_wrong_value_keeps_what_was_typed(client: Client, project: Project) -> None:
    response = client.post(f"{PAGE}new/", value_form(name="a[b", value="kept text"), headers=HTMX)

    assert response.status_code == 422
    assert "kept text" in text(response)
    assert 'class="p-note p-is-failed"' in text(response)


def test_a_deleted_value_can_be_taken_back_in_its_place(client: Client, project: Project) -> None:
    before = entries(project)
    response = client.post(f"{PAGE}2/delete/", headers=HTMX, follow=True)

    assert "Count deleted." in text(response)
    assert len(entries(project)) == 2
    assert response.headers["HX-Push-Url"] == f"{PAGE}?deleted=2&revision=2"

    client.post(f"{PAGE}undo/", {"revision": "2"})
    assert entries(project) == before
    assert "Count deleted." not in text(client.get(f"{PAGE}?deleted=2&revision=2"))


def test_a_stale_edit_shows_both_versions_and_saves_on_the_second_try(
    client: Client, project: Project
) -> None:
    client.post(f"{PAGE}1/", value_form(value="8", revision="1"))

    stale = client.post(f"{PAGE}1/", value_form(value="9", revision="1"), headers=HTMX)
    page = text(stale)
    again = client.post(f"{PAGE}1/", value_form(value="9", revision="2"))

    assert stale.status_code == 409
    assert "Value: stored <code>8</code>, yours <code>9</code>" in page
    assert 'name="revision" value="2"' in page
    assert again.status_code == 302
    assert entries(project)[0] == ("Count", "9", [])


def test_an_edit_of_a_value_deleted_meanwhile_is_not_lost(client: Client, project: Project) -> None:
    client.post(f"{PAGE}1/delete/")

    response = client.post(f"{PAGE}1/", value_form(value="typed", revision="1"), headers=HTMX)

    assert response.status_code == 409
    assert "typed" in text(response)
    assert "Saving adds yours as a new value." in text(response)
    assert f'action="{PAGE}new/"' in text(response)


def test_an_untouched_secret_stays_and_a_new_one_replaces_it(
    client: Client, project: Project
) -> None:
    def secret() -> int:
        current = current_variables(project)
        assert current
        return int(current.variables[2]["secret"])

    first = secret()
    form = value_form(name="Password", type="sensitive", value="", description="For the shop")
    client.post(f"{PAGE}3/", form | {"secret": ""})
    assert secret() == first

    client.post(f"{PAGE}3/", form | {"secret": "another"})
    assert secret() != first


def test_secrets_are_on_no_page(client: Client, project: Project) -> None:
    wrong = value_form(name="a[b", type="sensitive", secret=PLANTED)
    pasted = {"text": f"Token={PLANTED}", "sensitive": "on", "act": "look"}
    answers = [
        client.get(PAGE),
        client.get(f"{PAGE}3/"),
        client.get(f"{PAGE}history/"),
        client.get(f"{PAGE}preview/?environment=production&expression=%23%7BPassword%7D"),
        client.post(f"{PAGE}new/", wrong),
        client.post(f"{PAGE}paste/", pasted),
        client.post(f"{PAGE}paste/", pasted | {"act": "save"}, follow=True),
        client.post(f"{PAGE}3/delete/", follow=True),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 422, 200, 200, 200]
    assert not [answer for answer in answers if PLANTED in text(answer)]
    assert "Set " in text(answers[0])


def test_a_value_can_be_asked_for_when_deploying(client: Client, project: Project) -> None:
    asked = {"asked": "on", "label": "Ticket", "control": "choice", "choices": "a\r\nb\r\n"}
    client.post(f"{PAGE}new/", value_form(name="Ticket", value="a", **asked))

    current = current_variables(project)
    assert current
    assert current.variables[-1]["prompt"] == {
        "label": "Ticket",
        "help": "",
        "required": False,
        "control": "choice",
        "choices": ["a", "b"],
    }
    assert "“Ticket”, a choice of 2" in text(client.get(PAGE))


def test_pasting_shows_what_changes_before_it_saves(client: Client, project: Project) -> None:
    body = {"text": "Count=5\nNew=1\nRegion=x", "act": "look", "revision": "1"}
    look = text(client.post(f"{PAGE}paste/", body))
    assert "2 added, 1 changed, 0 the same. 2 other values stay." in look
    assert entries(project)[0] == ("Count", "2", [])

    client.post(f"{PAGE}paste/", body | {"act": "save"})
    assert entries(project)[0] == ("Count", "5", [])
    assert ("New", "1", []) in entries(project)


def test_pasting_names_the_lines_that_cannot_be_read(client: Client, project: Project) -> None:
    page = text(client.post(f"{PAGE}paste/", {"text": "nothing here", "act": "save"}))

    assert "line 1: Has to be NAME=value." in page


def test_pasting_over_a_save_meanwhile_shows_the_plan_anew(
    client: Client, project: Project
) -> None:
    client.post(f"{PAGE}1/", value_form(value="8"))

    response = client.post(f"{PAGE}paste/", {"text": "Count=5", "act": "save", "revision": "1"})

    assert response.status_code == 409
    assert entries(project)[0] == ("Count", "8", [])


def test_values_that_tie_are_marked(client: Client, project: Project) -> None:
    client.post(f"{PAGE}new/", value_form(value="7"))

    page = text(client.get(PAGE))

    assert 'class="p-tie"' in page
    assert "Values of Count are equally specific" in page


def test_values_of_two_library_sets_that_tie_are_marked_in_their_place(
    client: Client, project: Project
) -> None:
    other = builders.library("House", {"name": "region", "value": "us-east-1"})
    builders.variables(project, libraries=["defaults", other.slug])
    words = (
        'Values of Region are equally specific: "eu-west-1" of the library set "Defaults" '
        '(everywhere), and "us-east-1" of the library set "House" (everywhere). '
        "The first one counts."
    )

    page = text(client.get(PAGE))
    assert page.count('class="p-tie"') == 2
    assert page.count(words) == 1

    builders.variables(
        project, {"name": "Region", "value": "own"}, libraries=["defaults", other.slug]
    )
    assert "equally specific" not in text(client.get(PAGE))


def test_values_of_a_library_set_that_tie_are_marked_on_its_own_page(client: Client) -> None:
    builders.library("Twice", {"name": "A", "value": "1"}, {"name": "A", "value": "2"})

    assert '"1" of the library set "Twice" (everywhere), and "2"' in text(
        client.get("/libraries/twice/")
    )


def test_a_tag_can_be_typed_before_a_target_carries_it(client: Client, project: Project) -> None:
    def tags() -> list[str]:
        current = current_variables(project)
        assert current
        return list(current.variables[-1]["scope"]["target_tags"])

    typed = value_form(name="Size", target_tags=["WEB"], new_tags=" blue-green , web,blue-green")
    client.post(f"{PAGE}new/", typed)
    assert tags() == ["WEB", "blue-green"]
    assert "No target carries the tag blue-green yet." in text(client.get(PAGE))

    opened = text(client.get(f"{PAGE}4/", headers=HTMX))
    assert re.search('value="blue-green" id="[a-z_0-9]+" checked', opened)

    builders.target("Blue", tags=["Blue-Green"])
    assert "No target carries" not in text(client.get(PAGE))


def test_a_tag_that_no_target_could_carry_is_told_beside_its_field(
    client: Client, project: Project
) -> None:
    response = client.post(f"{PAGE}new/", value_form(name="Size", new_tags="x" * 61), headers=HTMX)

    page = text(response)
    assert response.status_code == 422
    assert "1 to 60 characters, no comma." in page
    assert '<details class="p-scope-pick" open>' in page
    assert "x" * 61 in page


def test_the_preview_tells_the_winner_and_why_the_others_lose(
    client: Client, project: Project
) -> None:
    asked = {"environment": "production", "step": "deploy-web", "target": "main", "name": "Count"}
    page = text(client.get(f"{PAGE}preview/", asked))

    assert '<code class="p-strong p-break">4</code>' in page
    assert '<code class="p-break">4</code> wins. Environment matches.' in page
    assert "Less specific: it applies everywhere." in page


def test_the_playground_points_at_the_character(client: Client, project: Project) -> None:
    asked = {"environment": "production", "expression": "ab #{Count | Nonsense"}
    page = text(client.get(f"{PAGE}preview/", asked))
    fine = text(client.get(f"{PAGE}preview/", asked | {"expression": "n=#{Count}"}))

    assert re.search(r"Character \d+", page)
    assert "<mark>" in page
    assert '<code class="p-break p-value-text">n=4</code>' in fine


def test_names_complete(client: Client, project: Project) -> None:
    assert client.get(f"{PAGE}names/?name=Cou").json() == {"names": ["Count"]}


def test_readers_see_values_and_no_way_to_change_them(project: Project) -> None:
    reader = builders.signed_in(builders.user_with_role(Role.VIEWER))

    page = text(reader.get(PAGE))

    assert "Needs the permission VariableEdit in Web shop" in page
    assert "Add variable" not in page
    assert "Edit Count" not in page
    assert 'id="value-form"' not in text(reader.get(f"{PAGE}1/"))
    assert [
        reader.post(f"{PAGE}{path}").status_code
        for path in (
            "1/",
            "new/",
            "1/delete/",
            "undo/",
            "paste/",
            "libraries/",
            "history/1/restore/",
        )
    ] == [403] * 7


def test_somebody_limited_to_staging_sees_and_changes_only_that(project: Project) -> None:
    staging = project_environment("staging")
    client = builders.signed_in(builders.user_with_role(Role.LEAD, environments=[staging]))
    page = text(client.get(PAGE))
    assert ">4</code>" not in page
    assert "Applies beyond the environments of your role" in page
    assert "production" not in text(client.get(f"{PAGE}preview/?environment=staging")).lower()

    refused = client.post(f"{PAGE}1/", value_form())
    added = client.post(f"{PAGE}new/", value_form(value="6", environments=["staging"]))

    assert refused.status_code == 422
    assert "Needs the permission VariableEdit" in text(refused)
    assert added.status_code == 302


def project_environment(slug: str) -> Any:
    from ecsportal.infrastructure.models import Environment  # noqa: PLC0415 -- only here

    return Environment.objects.get(slug=slug)


def test_a_tie_is_told_without_the_environments_that_its_reader_does_not_see(
    project: Project,
) -> None:
    both = {"environments": ["staging", "production"]}
    builders.variables(
        project,
        {"name": "A", "value": "1", "scope": both},
        {"name": "A", "value": "2", "scope": both},
    )
    staging = project_environment("staging")
    lead = builders.user_with_role(Role.LEAD, environments=[staging])

    page = text(builders.signed_in(lead).get(PAGE))
    answer = builders.api_client(lead).get("/api/v1/projects/web-shop/variables").json()

    words = (
        'Values of A are equally specific: "1" of the project (staging), and "2" of the project '
        "(staging). The first one counts."
    )
    assert words in page
    assert answer["warnings"] == [words]
    assert "production" not in page.lower()


def test_library_sets_are_made_edited_and_deleted(client: Client) -> None:
    created = client.post("/libraries/new/", {"name": "Shop defaults"})
    assert created.headers["Location"] == "/libraries/shop-defaults/"

    client.post("/libraries/shop-defaults/values/new/", value_form(name="Region", value="eu"))
    library = LibrarySet.objects.get()
    assert entries(library) == [("Region", "eu", [])]
    assert "Region" in text(client.get("/libraries/shop-defaults/"))

    client.post("/libraries/shop-defaults/settings/", {"name": "Defaults", "description": "All"})
    assert "Defaults" in text(client.get("/libraries/"))

    client.post("/libraries/shop-defaults/delete/")
    assert "No library sets" in text(client.get("/libraries/"))


def test_a_library_set_in_use_is_kept(client: Client, project: Project) -> None:
    page = text(client.post("/libraries/defaults/delete/", follow=True))

    assert "Defaults is used by 1 project." in page
    assert LibrarySet.objects.count() == 1


def test_a_project_includes_orders_and_removes_library_sets(
    client: Client, project: Project
) -> None:
    builders.library("Other")

    def order(act: str, library: str) -> list[str]:
        client.post(f"{PAGE}libraries/", {"act": act, "library": library})
        current = current_variables(project)
        return current.libraries if current else []

    assert order("include", "other") == ["defaults", "other"]
    assert order("up", "other") == ["other", "defaults"]
    assert order("remove", "other") == ["defaults"]
    assert "Other" in text(client.get(f"{PAGE}libraries/"))


def test_long_values_are_cut_by_characters_and_by_lines(client: Client, project: Project) -> None:
    lines = "\n".join(f"line {number}" for number in range(30))
    builders.variables(
        project, {"name": "Lines", "value": lines}, {"name": "Long", "value": "x" * 500}
    )

    page = client.get(PAGE).content.decode()

    assert "line 7…</code>" in page
    assert "line 8" not in page.split('id="preview"')[0]
    assert f"{'x' * 400}…</code>" in page


def test_what_differs_late_in_a_long_value_is_told(client: Client, project: Project) -> None:
    builders.variables(project, {"name": "Long", "value": "x" * 100 + "before"})
    current = current_variables(project)
    assert current
    builders.variables(
        project, {"id": current.variables[0]["id"], "name": "Long", "value": "x" * 100 + "after"}
    )

    assert f"Long (everywhere): …{'x' * 12}before → …{'x' * 12}after" in text(
        client.get(f"{PAGE}history/")
    )


def test_the_history_says_who_changed_what(
    client: Client, administrator: User, project: Project
) -> None:
    client.post(f"{PAGE}1/", value_form(value="8"))

    page = text(client.get(f"{PAGE}history/"))

    assert "Count (everywhere): 2 → 8" in page
    assert str(administrator) in page


def test_an_earlier_revision_is_restored_from_the_history(client: Client, project: Project) -> None:
    before = current_variables(project)
    assert before
    client.post(f"{PAGE}1/", value_form(value="8"))
    client.post(f"{PAGE}3/delete/")
    page = text(client.get(f"{PAGE}history/"))
    assert page.count("/restore/") == 2
    assert 'name="expected" value="3"' in page

    restored = client.post(f"{PAGE}history/1/restore/", {"expected": "3"}, follow=True)

    after = current_variables(project)
    assert after
    assert after.number == 4
    assert after.variables == before.variables  # the secret is the very same one
    assert after.libraries == ["defaults"]
    assert "The values of revision 1 are current again, as revision 4." in text(restored)
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.after["revision"]) == ("variables.changed", 4)


def test_a_restore_does_not_go_over_a_save_meanwhile(client: Client, project: Project) -> None:
    client.post(f"{PAGE}1/", value_form(value="8"))
    client.post(f"{PAGE}1/", value_form(value="9", revision="2"))

    page = text(client.post(f"{PAGE}history/1/restore/", {"expected": "2"}, follow=True))

    assert entries(project)[0] == ("Count", "9", [])
    assert "are current again" not in page
    assert "Somebody saved meanwhile." in page


def test_a_library_set_is_restored_from_its_history(client: Client, project: Project) -> None:
    library = LibrarySet.objects.get()
    client.post("/libraries/defaults/values/1/", value_form(name="Region", value="us"))

    client.post("/libraries/defaults/values/history/1/restore/", {"expected": "2"})

    assert entries(library) == [("Region", "eu-west-1", [])]


def test_more_values_cost_no_more_queries(client: Client, project: Project) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(PAGE)
            client.get(f"{PAGE}preview/?environment=production")
        return len(caught)

    few = queries()
    more = [{"name": f"N{n}", "value": "x", "type": "sensitive"} for n in range(40)]
    for name in ("One", "Two", "Three"):
        builders.library(name, {"name": "Region", "value": name})
    builders.variables(project, *more, libraries=["defaults", "one", "two", "three"])

    assert queries() <= few


def test_names_are_offered_as_they_are_typed(client: Client, project: Project) -> None:
    names = f"/projects/{project.slug}/variables/names/"
    assert client.get(names, {"name": "Co"}).json()["names"][0] == "Count"
    assert client.get(names, {"name": "octopus.env"}).json()["names"][0] == (
        "Octopus.Environment.Name"
    )
