"""The step editor in a browser: rows, problems as one types, the template, two editors."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_every_page import look_at
from tests.browser.watched_page import WatchedPage, take_screenshots
from tests.demo.running_demo import Demo
from tests.steps.deploy_ecs_service.every_input import every_input


@pytest.fixture
def editor(page: Page, shop: str) -> Page:
    """The editor of the step, some of its sections and the first container unfolded."""
    page.goto(f"/projects/{shop}/process/deploy-web/")
    for section in ("configuration", "task-size", "containers"):
        page.locator(f"#{section} > summary").click()
    head(page, 0).click()
    expect(field(page, "containers.0.name")).to_be_visible()
    page.locator("#group-containers-0-environment > summary").click()
    return page


def head(page: Page, container: int) -> Locator:
    return page.locator(f"#head-containers-{container}")


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name='{name}']")


def variables(page: Page, container: int) -> list[str]:
    """The names of a container's environment variables, as they stand there."""
    fields = page.locator(f"[name^='containers.{container}.environment.'][name$='.name']")
    return [each.input_value() for each in fields.all()]


def saved(page: Page) -> None:
    page.keyboard.press("Control+s")
    expect(page.locator(".p-toast")).to_contain_text("Deploy web saved.")


def test_rows_are_added_moved_removed_and_brought_back_without_losing_what_was_typed(
    editor: Page,
) -> None:
    field(editor, "task_name").fill("typed-before")
    before = variables(editor, 0)
    editor.locator("#add-containers-0-environment").click()
    last = len(before)
    expect(field(editor, f"containers.0.environment.{last}.name")).to_be_focused()
    editor.keyboard.type("FIRST")
    editor.keyboard.press("Tab")
    editor.keyboard.type("#{Value}")
    for place in reversed(range(last)):
        editor.keyboard.press("Alt+ArrowUp")
        expect(field(editor, f"containers.0.environment.{place}.value")).to_be_focused()
        expect(field(editor, f"containers.0.environment.{place}.value")).to_have_value("#{Value}")
    assert variables(editor, 0) == ["FIRST", *before]
    editor.locator("#remove-containers-0-environment-1").click()
    expect(editor.get_by_text(f"Removed {before[0]}.")).to_be_visible()
    expect(editor.locator("#remove-containers-0-environment-1")).to_be_focused()
    editor.get_by_role("button", name="Undo").click()
    expect(field(editor, f"containers.0.environment.{last}.name")).to_be_visible()
    assert variables(editor, 0) == ["FIRST", *before]
    expect(field(editor, "task_name")).to_have_value("typed-before")
    expect(editor.get_by_text("Unsaved changes")).to_be_visible()
    saved(editor)
    expect(head(editor, 0).locator("..")).to_have_attribute("open", "")
    expect(field(editor, f"containers.0.environment.{last}.name")).to_be_visible()
    assert variables(editor, 0) == ["FIRST", *before]


def test_a_container_stays_open_while_it_moves(editor: Page) -> None:
    names = [editor.locator(f"#title-containers-{place}").inner_text() for place in (0, 1)]
    field(editor, "containers.0.name").focus()
    editor.keyboard.press("Alt+ArrowDown")
    expect(editor.locator("#title-containers-1")).to_have_text(names[0])
    expect(field(editor, "containers.1.name")).to_be_focused()
    expect(field(editor, "containers.1.name")).to_be_visible()
    expect(editor.locator("#group-containers-1-environment")).to_have_attribute("open", "")
    expect(editor.locator("#group-containers-1-storage")).not_to_have_attribute("open", "")
    expect(field(editor, "containers.0.name")).to_be_hidden()


def test_a_problem_shows_beside_its_field_once_it_was_left(
    editor: Page, watched: WatchedPage
) -> None:
    port = field(editor, "containers.0.ports.0.port")
    port.fill("70000")
    expect(editor.locator("#template-code")).to_contain_text("ContainerPort: 70000")
    expect(port).not_to_have_attribute("aria-invalid", "true")
    editor.keyboard.press("Tab")
    expect(port).to_have_attribute("aria-invalid", "true")
    expect(port).to_have_accessible_description("Is 70000; 1 to 65535 fits.")
    expect(editor.locator("#fixes")).to_have_text("1 to fix")
    expect(editor.locator("#template-code .wrong").first).to_contain_text("ContainerPort: 70000")
    take_screenshots(editor, "step-editor-problem")
    watched.expect_status(422)
    editor.get_by_role("button", name="Save step").last.click()
    expect(editor.locator("#form-errors")).to_be_focused()
    expect(editor.get_by_role("button", name="Save with 1 problem")).to_be_visible()
    editor.locator("#form-errors a").click()
    expect(port).to_be_focused()
    port.fill("8081")
    expect(editor.locator("#form-errors")).to_be_hidden()
    expect(port).not_to_have_attribute("aria-invalid", "true")
    saved(editor)


def test_the_last_template_stays_while_the_input_cannot_be_read(editor: Page) -> None:
    editor.locator("#deployment > summary").click()
    count = field(editor, "desired_count")
    count.fill("6")
    expect(editor.locator("#template-code .here")).to_contain_text("Default: 6")
    count.fill("six")
    expect(editor.locator("#template-note")).to_contain_text("Has to be a whole number")
    expect(editor.locator("#template-code")).to_contain_text("Default: 6")
    count.fill("5")
    expect(editor.locator("#template-code .here")).to_contain_text("Default: 5")
    expect(editor.locator("#template-note .p-error")).to_have_count(0)


def test_a_message_does_not_move_the_button_away_under_the_pointer(editor: Page) -> None:
    for _ in range(2):
        before = len(variables(editor, 0))
        editor.locator("#add-containers-0-environment").click()
        expect(field(editor, f"containers.0.environment.{before}.name")).to_be_focused()


def test_repositories_of_the_chosen_feed_are_suggested(editor: Page) -> None:
    field(editor, "containers.0.image.repository").focus()
    options = editor.locator("[id='f-containers-0-image-repository-list'] option")
    expect(options.first).to_be_attached()
    assert "shop/web" in [option.get_attribute("value") for option in options.all()]


def test_another_cpu_offers_its_memories(editor: Page) -> None:
    field(editor, "cpu").select_option("4096")
    expect(field(editor, "memory")).to_have_value("8192")
    expect(field(editor, "cpu")).to_be_focused()


def test_two_editors_choose_field_by_field(
    editor: Page, watched: WatchedPage, portal: Demo, shop: str
) -> None:
    field(editor, "task_name").fill("of-this-tab")
    process = portal.api("GET", f"/projects/{shop}/process")
    process["steps"][0]["inputs"] |= {"desired_count": 4, "task_name": "of-somebody-else"}
    portal.api("PUT", f"/projects/{shop}/process", {"steps": process["steps"]})
    watched.expect_status(409)
    editor.get_by_role("button", name="Save step").last.click()
    expect(editor.locator("#conflict")).to_be_focused()
    take_screenshots(editor, "step-editor-conflict")
    expect(field(editor, "task_name")).to_have_value("of-this-tab")
    saved(editor)
    inputs = portal.api("GET", f"/projects/{shop}/process")["steps"][0]["inputs"]
    assert (inputs["task_name"], inputs["desired_count"]) == ("of-this-tab", 4)


def test_the_export_has_an_address_two_formats_and_copies_without_numbers(editor: Page) -> None:
    editor.get_by_label("More for Deploy web").click()
    editor.get_by_role("link", name="Export to CloudFormation…").click()
    text = editor.locator("#export-text")
    expect(text).to_contain_text("AWSTemplateFormatVersion")
    assert editor.url.endswith("?dialog=export")
    assert text.evaluate("node => node.textContent").startswith(
        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n"
    )
    take_screenshots(editor, "step-export")
    editor.locator("#export-body").get_by_role("link", name="JSON").click()
    expect(text).to_contain_text('"Parameters"')
    editor.keyboard.press("Escape")
    expect(text).to_be_hidden()


def test_a_closed_container_is_fetched_and_a_link_leads_into_it(
    editor: Page, portal: Demo, shop: str, watched: WatchedPage
) -> None:
    process = portal.api("GET", f"/projects/{shop}/process")
    step = process["steps"][0]
    wrong = [
        step["inputs"]["containers"][1]
        | {
            "name": f"extra{n}",
            "memory": 2,
            "image": {"feed": "shop-registry", "repository": f"r{n}"},
        }
        for n in range(4)
    ]
    step["inputs"]["containers"] += wrong
    portal.api("PUT", f"/projects/{shop}/process?allow_problems=true", {"steps": [step]})
    editor.reload()
    expect(field(editor, "containers.5.memory")).to_have_count(0)
    editor.get_by_role("link", name="Containers · extra3 · Memory limit").click()
    expect(field(editor, "containers.5.memory")).to_be_focused()
    expect(field(editor, "containers.5.memory")).to_have_attribute("aria-invalid", "true")
    expect(editor.locator("#containers > summary [data-fixes]")).to_contain_text("to fix")
    step["inputs"]["containers"] = step["inputs"]["containers"][:2]
    portal.api("PUT", f"/projects/{shop}/process", {"steps": [step]})


def test_changed_sections_are_marked_and_leaving_asks_once(editor: Page, shop: str) -> None:
    field(editor, "task_name").fill("renamed")
    expect(editor.locator("#configuration")).to_have_class(re.compile("p-sec--edited"))
    expect(editor.locator("#configuration > summary")).to_contain_text("edited")
    expect(editor.locator("#changes")).to_have_text("1 unsaved change")
    field(editor, "stack_name").fill("other-stack")
    expect(editor.locator("#changes")).to_have_text("2 unsaved changes")
    editor.get_by_role("navigation", name="Main").get_by_role("link", name="Tasks").click()
    leave = editor.get_by_role("alertdialog", name="Leave without saving?")
    expect(leave).to_contain_text(
        "2 changes of Deploy web aren't saved. Save them, or leave without?"
    )
    take_screenshots(editor, "step-editor-leave")
    leave.get_by_role("button", name="Keep editing").click()
    expect(leave).to_be_hidden()
    expect(field(editor, "task_name")).to_have_value("renamed")
    editor.get_by_role("navigation", name="Main").get_by_role("link", name="Tasks").click()
    leave.get_by_role("link", name="Leave without saving").click()
    editor.wait_for_url("**/tasks/")
    editor.goto(f"/projects/{shop}/process/deploy-web/")
    expect(field(editor, "task_name")).not_to_have_value("renamed")


def test_a_dialog_names_the_image_and_shows_its_expression(editor: Page) -> None:
    opener = editor.locator("#f-containers-0-image-reference-naming > summary")
    opener.click()
    dialog = editor.get_by_role("dialog", name="Image reference of web")
    reference = field(editor, "containers.0.image.reference")
    expect(reference).to_be_visible()
    reference.fill("shop-front")
    expression = "#{Octopus.Action.Package[shop-front].Image}"
    expect(dialog).to_contain_text(expression)
    expect(editor.locator("#f-containers-0-image-reference-says")).to_have_text(expression)
    expect(editor.locator("#template-code")).to_contain_text("Package[shop-front].Image")
    take_screenshots(editor, "step-editor-reference")
    editor.keyboard.press("Escape")
    expect(reference).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_representative_part_of_a_step_is_typed_and_stored_as_typed(
    editor: Page, portal: Demo, shop: str
) -> None:
    def unfold(id: str) -> None:
        editor.locator(f"#{id} > summary").click()

    def add(name: str) -> None:
        editor.locator(f"#add-{name}").click()

    def fill(name: str, value: str) -> None:
        field(editor, name).fill(value)

    unfold("volumes")
    add("volumes")
    fill("volumes.0.name", "data")
    field(editor, "volumes.0.type").select_option("efs")
    fill("volumes.0.file_system_id", "fs-0123456789abcdef0")
    field(editor, "volumes.0.transit_encryption").check()
    unfold("group-containers-0-health")
    add("containers-0-health_check")
    fill("containers.0.health_check.command", "curl -f localhost || exit 1")
    expect(editor.locator("#f-containers-0-health_check-command-says")).to_contain_text("CMD-SHELL")
    fill("containers.0.health_check.interval", "15")
    unfold("group-containers-0-storage")
    add("containers-0-storage-mount_points")
    fill("containers.0.storage.mount_points.0.volume", "data")
    fill("containers.0.storage.mount_points.0.path", "/data")
    field(editor, "containers.0.storage.mount_points.0.read_only").check()
    field(editor, "containers.0.logging.type").select_option("manual")
    field(editor, "containers.0.logging.driver").select_option("splunk")
    unfold("group-containers-0-limits")
    add("containers-0-ulimits")
    fill("containers.0.ulimits.0.soft", "1024")
    fill("containers.0.ulimits.0.hard", "2048")
    unfold("beyond")
    unfold("group-rollout")
    field(editor, "beyond.circuit_breaker.enabled").check()
    fill("beyond.circuit_breaker.threshold", "4")
    unfold("group-autoscaling")
    add("beyond-autoscaling")
    fill("beyond.autoscaling.max", "6")
    unfold("group-logs")
    field(editor, "beyond.log_retention_days").select_option("30")
    expect(editor.locator("#template-code")).to_contain_text("RetentionInDays: 30")
    saved(editor)
    inputs = portal.api("GET", f"/projects/{shop}/process")["steps"][0]["inputs"]
    web, beyond = inputs["containers"][0], inputs["beyond"]
    assert inputs["volumes"][0]["file_system_id"] == "fs-0123456789abcdef0"
    assert inputs["volumes"][0]["transit_encryption"] is True
    assert web["health_check"]["command"] == ["CMD-SHELL", "curl -f localhost || exit 1"]
    assert web["health_check"]["interval"] == 15
    assert web["storage"]["mount_points"] == [
        {"volume": "data", "path": "/data", "read_only": True}
    ]
    assert (web["logging"]["type"], web["logging"]["driver"]) == ("manual", "splunk")
    assert web["ulimits"] == [{"name": "nofile", "soft": 1024, "hard": 2048}]
    assert beyond["circuit_breaker"] == {"enabled": True, "rollback": True, "threshold": 4}
    assert (beyond["autoscaling"]["max"], beyond["log_retention_days"]) == (6, 30)


def test_every_section_opened_pleases_axe_and_fits_a_phone(editor: Page, portal: Demo) -> None:
    portal.api("POST", "/projects", {"name": "Every input", "slug": "every-input"})
    step = portal.api("GET", "/projects/web-shop/process")["steps"][0]
    step["inputs"] = every_input()
    portal.api("PUT", "/projects/every-input/process?allow_problems=true", {"steps": [step]})
    editor.goto("/projects/every-input/process/deploy-web/")
    for place in ("containers.0", "containers.1", "volumes.0", "volumes.1"):
        editor.evaluate(_OPEN_ALL)
        expect(field(editor, f"{place}.name")).to_be_visible()
    editor.evaluate(_OPEN_ALL)
    look_at(editor, "step-editor-every-input")


_OPEN_ALL = """() => {
  const folded = document.querySelectorAll("#step-form details:not(.p-picker)");
  for (const details of folded) details.open = true;
}"""


def test_many_variables_are_pasted(editor: Page) -> None:
    before = len(variables(editor, 0))
    editor.locator("#paste-containers-0-environment > summary").click()
    take_screenshots(editor, "step-editor-paste")
    editor.locator("#pasted-containers-0-environment").fill("# settings\nONE=1\nexport TWO='2'\n")
    adds = editor.get_by_role("button", name="Add these lines")
    adds.click()
    expect(field(editor, f"containers.0.environment.{before + 1}.value")).to_have_value("2")
    expect(editor.locator("#add-containers-0-environment")).to_be_focused()
    expect(adds).to_be_hidden()


def test_what_is_typed_while_an_answer_is_on_its_way_stays(editor: Page) -> None:
    editor.locator("#group-containers-0-storage > summary").click()
    editor.route("**/process/deploy-web/", lambda route: (time.sleep(0.5), route.continue_()))
    field(editor, "cpu").select_option("2048")
    field(editor, "task_name").fill("typed-meanwhile")
    expect(field(editor, "memory")).to_have_value("4096")
    expect(field(editor, "task_name")).to_have_value("typed-meanwhile")
    expect(field(editor, "task_name")).to_be_focused()
    expect(editor.locator("#template-code")).to_contain_text("Default: typed-meanwhile")


def test_what_a_list_lacks_follows_what_is_typed(editor: Page) -> None:
    editor.locator("#group-containers-0-storage > summary").click()
    field(editor, "containers.0.logging.type").select_option("manual")
    field(editor, "containers.0.logging.driver").select_option("awslogs")
    editor.locator("#add-containers-0-logging-options").click()
    option = field(editor, "containers.0.logging.options.0.name")
    expect(option).to_be_focused()
    said = editor.locator("#f-containers-0-logging-options-m")
    expect(said).to_contain_text("awslogs on Fargate needs awslogs-group, awslogs-region")
    option.fill("awslogs-group")
    expect(said).to_contain_text("awslogs on Fargate needs awslogs-region and")
    expect(editor.locator("#group-containers-0-storage > summary")).to_contain_text("to fix")
