"""The step editor's pages: saving, problems, two editors, readers, the template and its export."""

from __future__ import annotations

import html as html_text
import json
import re
from typing import Any

import pytest
import yaml
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.people.models import Role
from ecsportal.projects import process
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.queries import current_process
from ecsportal.steps import catalogue
from tests import builders
from tests.posted_form import posted_form

pytestmark = pytest.mark.django_db

URL = "/projects/web-shop/process/deploy-web/"
NEW = "/projects/web-shop/process/new/deploy-ecs-service/"


@pytest.fixture
def project() -> Project:
    builders.feed("Docker Hub")
    builders.target("Main", tags=["web", "worker"])
    return builders.project("Web shop")


@pytest.fixture
def lead(project: Project) -> Client:
    return builders.signed_in(builders.user_with_role(Role.LEAD, name="lea"))


def opened(client: Client, url: str = URL) -> dict[str, str]:
    """The form as a browser would send it back unchanged."""
    return posted_form(client.get(url).content.decode(), "step-form")


def text_of(response: Any) -> str:
    return html_text.unescape(response.content.decode())


def steps(project: Project) -> list[dict[str, Any]]:
    saved = current_process(project)
    return saved.steps if saved else []


def change_step(project: Project, **inputs: Any) -> None:
    """What somebody else saves meanwhile."""
    step = dict(steps(project)[0])
    name = inputs.pop("name", step["name"])
    process.replace_step(
        project,
        step["slug"],
        step=step | {"name": name, "inputs": step["inputs"] | inputs},
        by=builders.user_with_role(Role.LEAD),
    )


def errors(response: Any) -> dict[str, str]:
    """Messages beside fields, by the id of the field."""
    found = re.findall(
        r'<div id="(f-[^"]+)-e">.*?<span>(.*?)</span>', response.content.decode(), re.DOTALL
    )
    return {id: html_text.unescape(message) for id, message in found}


# Saving.


def test_the_page_names_the_step_its_number_type_and_who_saved_the_process(lead: Client) -> None:
    page = text_of(lead.get(URL))
    assert re.search(r'<h1 id="heading">1 Deploy web</h1>', page)
    assert "Deploy Amazon ECS Service · version 2 · process saved" in page
    assert re.search(r'<p class="p-crumbs">.*Projects.*Web shop.*Process', page)


def test_saving_without_a_change_states_the_defaults_and_then_makes_no_revision(
    lead: Client, project: Project
) -> None:
    assert "assign_public_ip" not in steps(project)[0]["inputs"]
    response = lead.post(URL, opened(lead))
    assert (response.status_code, response["Location"]) == (302, URL)
    assert steps(project)[0]["inputs"]["assign_public_ip"] is True
    lead.post(URL, opened(lead))
    assert project.process_revisions.count() == 2


def test_what_is_typed_is_saved_and_the_rest_of_the_step_stays(
    lead: Client, project: Project
) -> None:
    builders.process(project, [steps(project)[0] | {"required": True, "attempts": 2}])
    response = lead.post(
        URL,
        opened(lead)
        | {
            "step_name": "Deploy  the web",
            "target_tags": "web, worker,web",
            "containers.0.environment": "ignored",
            "desired_count": "3",
        },
        follow=True,
    )
    assert "Deploy the web saved." in text_of(response)
    (step,) = steps(project)
    assert (step["name"], step["slug"]) == ("Deploy the web", "deploy-web")
    assert step["target_tags"] == ["web", "worker"]
    assert (step["required"], step["attempts"]) == (True, 2)
    assert step["inputs"]["desired_count"] == 3


def test_target_tags_in_use_are_suggested_and_unknown_ones_are_told(lead: Client) -> None:
    post = opened(lead) | {"target_tags": "web, wrb", "_action": "refresh"}
    page = text_of(lead.post(URL, post))
    assert '<option value="worker">' in page
    assert "In use: web, worker." in page
    assert "No deployment target carries wrb yet." in page


def test_the_image_reference_shows_its_expression(lead: Client) -> None:
    assert ">#{Octopus.Action.Package[nginx].Image}</code>" in text_of(lead.get(URL))


# Rows without JavaScript.


def test_a_row_button_saves_nothing_and_keeps_what_was_typed(
    lead: Client, project: Project
) -> None:
    post = opened(lead) | {"step_name": "Typed", "task_name": "typed"}
    response = lead.post(URL, post | {"_action": "add:containers.0.environment"})
    assert response.status_code == 200
    again = posted_form(response.content.decode(), "step-form")
    assert (again["step_name"], again["task_name"]) == ("Typed", "typed")
    assert again["containers.0.environment.0.name"] == ""
    assert project.process_revisions.count() == 1
    filled = {"containers.0.environment.0.name": "A", "containers.0.environment.0.value": "1"}
    assert lead.post(URL, again | filled).status_code == 302
    (step,) = steps(project)
    assert step["inputs"]["containers"][0]["environment"] == [
        {"name": "A", "value": "1", "type": "plain"}
    ]


def test_htmx_gets_the_form_alone(lead: Client) -> None:
    response = lead.post(
        URL, opened(lead) | {"_action": "add:tags"}, headers={"HX-Request": "true"}
    )
    assert "<html" not in text_of(response)
    assert 'data-guard="changed"' in text_of(response)


def test_problems_that_were_shown_stay_in_sight_while_rows_come_and_go(lead: Client) -> None:
    refused = lead.post(URL, opened(lead) | {"containers.0.ports.0.port": "0"})
    again = posted_form(refused.content.decode(), "step-form")
    response = lead.post(URL, again | {"_action": "add:tags"})
    assert errors(response) == {"f-containers-0-ports-0-port": "Is 0; 1 to 65535 fits."}


# Problems.


def test_a_broken_rule_is_told_beside_its_field_and_on_top(lead: Client, project: Project) -> None:
    response = lead.post(
        URL, opened(lead) | {"desired_count": "-1", "containers.0.ports.0.port": "70000"}
    )
    assert response.status_code == 422
    assert errors(response) == {
        "f-desired_count": "Is -1; the least is 0.",
        "f-containers-0-ports-0-port": "Is 70000; 1 to 65535 fits.",
    }
    page = text_of(response)
    assert 'id="form-errors" role="alert" tabindex="-1" data-focus' in page
    assert (
        '<a href="#f-containers-0-ports-0-port">Containers · nginx · port 70000 · Port</a>' in page
    )
    assert "Save with 2 problems" in page
    assert project.process_revisions.count() == 1


def test_a_step_is_saved_with_problems_when_that_is_chosen_and_stays_marked(
    lead: Client, project: Project
) -> None:
    refused = lead.post(URL, opened(lead) | {"desired_count": "-1"})
    post = posted_form(refused.content.decode(), "step-form") | {"allow_problems": "1"}
    assert lead.post(URL, post).status_code == 302
    assert steps(project)[0]["inputs"]["desired_count"] == -1
    page = lead.get(URL)
    assert errors(page) == {"f-desired_count": "Is -1; the least is 0."}
    assert "Deployments of this step are refused until this is fixed." in text_of(page)
    assert "Save with" not in text_of(page)


def test_what_cannot_be_read_is_never_saved(lead: Client, project: Project) -> None:
    post = opened(lead) | {"desired_count": "many", "allow_problems": "1"}
    response = lead.post(URL, post)
    assert response.status_code == 422
    assert errors(response) == {"f-desired_count": 'Has to be a whole number; it is "many".'}
    assert "Save with" not in text_of(response)
    assert posted_form(response.content.decode(), "step-form")["desired_count"] == "many"
    assert project.process_revisions.count() == 1


def test_name_and_tags_have_their_own_messages(lead: Client, project: Project) -> None:
    process.add_step(project, step=builders.web_step("Other"), by=None, allow_problems=True)
    nameless = lead.post(URL, opened(lead) | {"step_name": "  "})
    assert 'id="id_step_name_error"' in text_of(nameless)
    twin = lead.post(URL, opened(lead) | {"step_name": "other"})
    assert 'Another step is called "' in text_of(twin)
    tagless = lead.post(URL, opened(lead) | {"target_tags": ""})
    assert "Name at least one target tag" in text_of(tagless)
    assert [each.status_code for each in (nameless, twin, tagless)] == [422, 422, 422]
    kept = posted_form(tagless.content.decode(), "step-form") | {"allow_problems": "1"}
    assert lead.post(URL, kept).status_code == 302
    assert "Name at least one target tag" in text_of(lead.get(URL))


def test_a_damaged_hidden_field_is_told_and_what_was_typed_stays(
    lead: Client, project: Project
) -> None:
    for base in ("", "{", '{"containers": [1]}'):
        response = lead.post(URL, opened(lead) | {"_base": base, "task_name": "typed"})
        assert response.status_code == 422
        assert "The form arrived damaged and nothing was saved." in text_of(response)
        again = posted_form(response.content.decode(), "step-form")
        assert again["task_name"] == "typed"
    assert project.process_revisions.count() == 1
    assert lead.post(URL, again).status_code == 302


def test_junk_in_the_revision_shows_what_is_stored_beside_what_was_typed(lead: Client) -> None:
    for junk in ("", "x", "9" * 30, "-1"):
        post = opened(lead) | {"revision": junk, "opened": junk, "task_name": "typed"}
        response = lead.post(URL, post)
        assert response.status_code == 409
        again = posted_form(response.content.decode(), "step-form")
        assert (again["revision"], again["task_name"]) == ("1", "typed")


# Two editors.


def test_a_second_editor_sees_both_versions_and_loses_nothing(
    lead: Client, project: Project
) -> None:
    mine = opened(lead) | {"desired_count": "5", "task_name": "mine"}
    change_step(project, desired_count=3, cpu="512", memory="1024")
    response = lead.post(URL, mine)
    assert response.status_code == 409
    page = text_of(response)
    assert "saved this step meanwhile" in page
    assert re.findall(r'<th scope="row"><code>(.*?)</code>', page) == [
        "task_name",
        "cpu",
        "memory",
        "desired_count",
    ]
    again = posted_form(response.content.decode(), "step-form")
    assert (again["desired_count"], again["task_name"]) == ("5", "mine")
    # What only one of both changed is chosen already; where both did, it is what was typed.
    assert again["_take:inputs.cpu"] == "theirs"
    assert again["_take:inputs.task_name"] == "yours"
    assert again["_take:inputs.desired_count"] == "yours"
    assert project.process_revisions.count() == 2


def test_the_second_save_goes_through_with_what_was_chosen(lead: Client, project: Project) -> None:
    mine = opened(lead) | {"desired_count": "5", "task_name": "mine", "step_name": "Mine"}
    change_step(project, desired_count=3, cpu="512", memory="1024", name="Theirs")
    again = posted_form(lead.post(URL, mine).content.decode(), "step-form")
    again["_take:inputs.desired_count"] = "theirs"
    assert lead.post(URL, again).status_code == 302
    (step,) = steps(project)
    saved = step["inputs"]
    assert (step["name"], saved["task_name"], saved["desired_count"]) == ("Mine", "mine", 3)
    assert (saved["cpu"], saved["memory"]) == ("512", "1024")


def test_a_conflict_stays_in_sight_while_rows_come_and_go(lead: Client, project: Project) -> None:
    mine = opened(lead) | {"task_name": "mine"}
    change_step(project, task_name="theirs")
    again = posted_form(lead.post(URL, mine).content.decode(), "step-form")
    again["_take:inputs.task_name"] = "theirs"
    response = lead.post(URL, again | {"_action": "add:tags"})
    assert response.status_code == 200
    later = posted_form(response.content.decode(), "step-form")
    assert later["_take:inputs.task_name"] == "theirs"
    later |= {"tags.0.key": "owner", "tags.0.value": "shop"}
    assert lead.post(URL, later).status_code == 302
    saved = steps(project)[0]["inputs"]
    assert saved["task_name"] == "theirs"
    assert saved["tags"] == [{"key": "owner", "value": "shop"}]


def test_a_third_save_in_between_is_shown_again(lead: Client, project: Project) -> None:
    mine = opened(lead) | {"task_name": "mine"}
    change_step(project, desired_count=3)
    again = posted_form(lead.post(URL, mine).content.decode(), "step-form")
    change_step(project, desired_count=4)
    response = lead.post(URL, again)
    assert response.status_code == 409
    last = posted_form(response.content.decode(), "step-form")
    assert lead.post(URL, last).status_code == 302
    saved = steps(project)[0]["inputs"]
    assert (saved["task_name"], saved["desired_count"]) == ("mine", 4)


def test_an_edit_of_another_step_is_no_conflict(lead: Client, project: Project) -> None:
    process.add_step(project, step=builders.web_step("Other"), by=None)
    mine = opened(lead) | {"task_name": "mine"}
    process.set_step_disabled(project, "other", disabled=True, by=None)
    assert lead.post(URL, mine).status_code == 302
    assert [step["disabled"] for step in steps(project)] == [False, True]


def test_a_step_deleted_meanwhile_keeps_what_was_typed_and_may_be_added_again(
    lead: Client, project: Project
) -> None:
    mine = opened(lead) | {"task_name": "mine"}
    process.delete_step(project, "deploy-web", by=None)
    response = lead.post(URL, mine)
    assert response.status_code == 409
    assert "Somebody deleted this step meanwhile." in text_of(response)
    again = posted_form(response.content.decode(), "step-form")
    assert again["task_name"] == "mine"
    assert lead.post(URL, again).status_code == 302
    (step,) = steps(project)
    assert (step["slug"], step["inputs"]["task_name"]) == ("deploy-web", "mine")
    assert lead.post(URL, again).status_code in (302, 409)
    assert len(steps(project)) == 1


def test_a_step_that_never_was_is_not_found(lead: Client) -> None:
    url = "/projects/web-shop/process/nothing/"
    assert lead.get(url).status_code == 404
    assert lead.post(url, {"revision": "1"}).status_code == 404
    assert lead.get("/projects/web-shop/process/new/nothing/").status_code == 404


# A new step.


def test_a_new_step_is_added_once_however_often_it_is_sent(lead: Client, project: Project) -> None:
    post = opened(lead, NEW) | {
        "step_name": "Worker",
        "target_tags": "worker",
        "task_name": "worker",
        "subnet_ids": "subnet-0a1b2c3d",
        "security_group_ids": "sg-0a1b2c3d",
        "containers.0.name": "worker",
        "containers.0.image.feed": "docker-hub",
        "containers.0.image.repository": "shop/worker",
    }
    for _ in range(2):
        response = lead.post(NEW, post)
        assert response["Location"] == "/projects/web-shop/process/worker/"
    assert [step["slug"] for step in steps(project)] == ["deploy-web", "worker"]
    assert steps(project)[1]["inputs"]["containers"][0]["essential"] is True


def test_a_new_step_shows_no_problem_before_it_is_saved(lead: Client, project: Project) -> None:
    page = lead.get(NEW)
    assert errors(page) == {}
    assert "form-errors" not in text_of(page)
    response = lead.post(NEW, opened(lead, NEW) | {"step_name": "Worker"})
    assert response.status_code == 422
    assert errors(response)["f-containers-0-image-repository"] == "Name the image's repository."
    kept = posted_form(response.content.decode(), "step-form") | {"allow_problems": "1"}
    assert lead.post(NEW, kept).status_code == 302
    assert len(steps(project)) == 2


def test_the_first_step_of_a_project(lead: Client) -> None:
    builders.project("Empty", steps=[])
    ProcessRevision.objects.filter(project__slug="empty").delete()
    url = "/projects/empty/process/new/deploy-ecs-service/"
    post = opened(lead, url) | {"step_name": "First", "allow_problems": "1"}
    assert lead.post(url, post)["Location"] == "/projects/empty/process/first/"


# Readers.


def test_a_reader_sees_the_step_without_a_bar_and_may_send_nothing(project: Project) -> None:
    viewer = builders.signed_in(builders.user_with_role(Role.VIEWER))
    page = text_of(viewer.get(URL))
    assert "Needs the permission ProcessEdit in Web shop." in page
    form = page.partition('id="step-form"')[2].partition("</form>")[0]
    assert "p-savebar" not in form
    assert 'type="submit"' not in form
    assert viewer.post(URL, {"revision": "1", "_base": "{}"}).status_code == 403
    assert viewer.get(NEW).status_code == 403


def test_an_invisible_project_is_not_found(project: Project) -> None:
    elsewhere = builders.user_with_role(Role.LEAD, projects=[builders.project("Elsewhere")])
    client = builders.signed_in(elsewhere)
    for path in ("", "template/", "export/"):
        assert client.get(URL + path).status_code in (404, 405)
        assert client.post(URL + path).status_code in (404, 405)


# The template.


def live(client: Client, post: dict[str, str], url: str = URL) -> Any:
    return client.post(f"{url}template/", post, headers={"HX-Request": "true"})


def test_the_template_follows_what_is_typed_and_marks_the_field_in_focus(lead: Client) -> None:
    post = opened(lead) | {"desired_count": "7", "_focus": "desired_count"}
    response = live(lead, post)
    assert response["HX-Retarget"] == "#template-panel"
    marked = re.findall(r'<span class="here">(.*?)</span>', text_of(response), re.DOTALL)
    assert [re.sub("<.*?>", "", line).strip() for line in marked] == ["Default: 7"]


def test_lines_of_wrong_values_are_marked(lead: Client) -> None:
    response = live(lead, opened(lead) | {"containers.0.ports.0.port": "70000"})
    marked = re.findall(r'<span class="wrong">(.*?)</span>', text_of(response), re.DOTALL)
    assert [re.sub("<.*?>", "", line).strip(" -\n") for line in marked] == [
        "ContainerPort: 70000",
        "HostPort: 70000",
    ]
    assert '<li data-field="f-containers-0-ports-0-port"' in text_of(response)


def test_the_last_template_stays_while_the_input_cannot_be_read(lead: Client) -> None:
    response = live(lead, opened(lead) | {"containers.0.ports.0.port": "x"})
    assert "HX-Retarget" not in response
    page = text_of(response)
    assert "<pre" not in page
    assert "Containers · nginx · port x · Port: Has to be a whole number" in page


def test_without_javascript_the_saved_template_stands_in_for_an_unreadable_one(
    lead: Client,
) -> None:
    response = lead.post(URL, opened(lead) | {"desired_count": "x", "task_name": "typed"})
    page = text_of(response)
    assert "This is the template as saved" in page
    assert '<i class="k">TaskDefinitionweb</i>' in page


def test_the_template_is_of_the_steps_own_version(lead: Client, project: Project) -> None:
    step = steps(project)[0] | {"version": 1, "name": "Deploy ECS service"}
    slug = "deploy-ecs-service"  # as the step type is called
    process.save_process(project, steps=[step | {"slug": slug}], by=None, allow_problems=True)
    url = f"/projects/web-shop/process/{slug}/"
    post = opened(lead, url)
    assert "firelens" not in post["_base"]
    base = json.loads(post["_base"])
    base["containers"][0]["firelens"] = {"enabled": True}
    response = live(lead, post | {"_base": json.dumps(base)}, url)
    assert "Upgrade the step to version 2" in text_of(response)
    assert lead.post(url, post).status_code == 302
    assert steps(project)[0]["version"] == 1


def test_a_damaged_form_still_has_a_template(lead: Client) -> None:
    assert live(lead, {"_base": "{", "desired_count": "4"}).status_code == 200
    assert live(lead, {}, NEW).status_code == 200


# Export.


def test_the_export_dialog_shows_the_whole_template_in_both_formats(
    lead: Client, project: Project
) -> None:
    kind, step = catalogue.get("deploy-ecs-service"), steps(project)[0]
    expected = kind.export(step["inputs"], step["version"])
    for query, read in (("", yaml.BaseLoader), ("&format=json", None)):
        page = lead.get(f"{URL}?dialog=export{query}").content.decode()
        assert '<dialog class="p-dialog" id="export" aria-labelledby="export-title" open>' in page
        code = page.partition('id="export-text"')[2].partition(">")[2].partition("</pre>")[0]
        text = html_text.unescape(re.sub("<.*?>", "", code))
        download = lead.get(f"{URL}export/?{query.removeprefix('&')}")
        assert download.content.decode() == text
        if read is None:
            assert json.loads(text) == expected
    assert download["Content-Disposition"] == 'attachment; filename="web-shop-deploy-web.json"'


def test_a_step_that_cannot_be_read_has_no_export(lead: Client, project: Project) -> None:
    builders.process(project, [builders.web_step(inputs={"desired_count": "many"})])
    page = text_of(lead.get(f"{URL}?dialog=export"))
    assert "There is no template yet. desired_count: Has to be a whole number" in page
    assert lead.get(f"{URL}export/").status_code == 404


# Size.


def test_queries_do_not_grow_with_containers_and_variables(
    lead: Client, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lead.get(URL)
    with django_assert_num_queries(21):
        lead.get(URL)
    containers = [
        {
            "name": f"c{number}",
            "image": {"reference": f"r{number}", "feed": "docker-hub", "repository": "shop/web"},
            "environment": [{"name": f"V{n}", "value": f"#{{V{n}}}"} for n in range(50)],
        }
        for number in range(10)
    ]
    builders.process(project, [builders.web_step(inputs={"containers": containers})])
    with django_assert_num_queries(21):
        page = lead.get(URL)
    post = posted_form(page.content.decode(), "step-form")
    assert len(post) < 200
    assert lead.post(URL, post).status_code == 302
    assert steps(project)[0]["inputs"]["containers"][9]["environment"][49]["name"] == "V49"


# Expressions.


def test_an_expression_without_a_value_is_told_beside_its_field(
    lead: Client, project: Project
) -> None:
    builders.target("Shop", environments=[builders.environment("Staging")])
    change_step(project, task_name="#{Project.Task}", desired_count="#{Octopus.Environment.Name}")

    page = text_of(lead.get(URL))

    assert "#{Project.Task} has no value in Staging." in page
    assert "#{Octopus.Environment.Name} has no value" not in page


def test_text_fields_know_where_names_are_offered(lead: Client) -> None:
    assert 'data-names="/projects/web-shop/variables/names/"' in text_of(lead.get(URL))


# Steps that build on another one, and steps without targets.


def test_the_editor_of_one_step_knows_the_others(lead: Client, project: Project) -> None:
    task = {
        "name": "Migrate",
        "type": "run-ecs-task",
        "version": 1,
        "target_tags": ["web"],
        "inputs": {"step": "deploy-web"},
    }
    process.save_process(
        project, steps=[*steps(project), task], by=builders.user_with_role(Role.LEAD)
    )
    page = text_of(lead.get("/projects/web-shop/process/migrate/"))
    assert "There is no step" not in page
    assert "Of step Deploy web" in page


def test_a_step_without_targets_asks_for_no_tags(lead: Client) -> None:
    page = text_of(lead.get("/projects/web-shop/process/new/manual-intervention/"))
    assert 'name="target_tags"' not in page
    assert 'href="#template"' not in page


def test_a_bound_field_shows_what_it_becomes_in_the_next_environment(
    lead: Client, project: Project
) -> None:
    staging = builders.environment("Staging")
    builders.target("Shop", environments=[staging], tags=["web"])
    builders.variables(
        project,
        {"name": "Web.Count", "value": "3"},
        {"name": "Web.Key", "type": "sensitive", "value": "hidden"},
    )
    change_step(project, desired_count="#{Web.Count}", stack_name="#{Web.Key}")

    page = text_of(lead.get(URL))

    assert 'id="f-desired_count-is">Staging: 3</p>' in page
    assert "hidden" not in page.partition("f-stack_name-is")[2].partition("</p>")[0]
    typed = opened(lead) | {"task_name": "web-#{Web.Count}"}
    assert '<li data-for="f-task_name-is">Staging: web-3</li>' in text_of(live(lead, typed))
