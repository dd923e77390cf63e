"""The step editor with ten containers of 50 variables. Each figure is one JSON line.

The server's figures are of one process without a network; the browser's are Chromium's.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import percentile, show

CONTAINERS = 10
VARIABLES = 50
ROUNDS = 30
TEMPLATE_MS = 5.0
PAGE_MS = 150.0
PAGE_KB = 200.0
KEYSTROKE_MS = 100.0
TYPING_MS = 50.0
"""From a key to the next frame: above it typing feels slow."""
URL = "/projects/web-shop/process/deploy-web/"


def inputs() -> dict[str, Any]:
    """The step's inputs."""
    return {
        "task_name": "shop",
        "cpu": "4096",
        "memory": "8192",
        "subnet_ids": ["subnet-0a1b2c3d"],
        "security_group_ids": ["sg-0a1b2c3d"],
        "containers": [_container(number) for number in range(CONTAINERS)],
    }


def _container(number: int) -> dict[str, Any]:
    return {
        "name": f"app{number}",
        "image": {"reference": f"app{number}", "feed": "docker-hub", "repository": "shop/web"},
        "ports": [{"port": 8000 + number}],
        "memory": 256,
        "environment": [
            {"name": f"SETTING_{n}", "value": f"value {n} of container {number}"}
            for n in range(VARIABLES)
        ],
    }


def _timed(figure: str, work: Callable[[], object], target: float | None = None) -> bool:
    """Show how long the work takes by the processor's clock, which other programs leave alone.

    The line has the wall's clock too; the first time doesn't count.
    """
    work()
    by_processor, by_wall = [], []
    for _ in range(ROUNDS):
        started, processor = time.perf_counter(), time.process_time()
        work()
        by_processor.append((time.process_time() - processor) * 1000)
        by_wall.append((time.perf_counter() - started) * 1000)
    return show(
        "step_editor",
        figure,
        percentile(by_processor, 0.5),
        "ms",
        target=target,
        p95=round(percentile(by_processor, 0.95), 2),
        wall=round(percentile(by_wall, 0.5), 2),
    )


def _template() -> bool:
    from ecsportal.cloudformation.documents import to_yaml
    from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
    from ecsportal.steps.deploy_ecs_service.template import build_template

    read = read_inputs(inputs())

    def template() -> dict[str, Any]:
        return build_template(read, images=None, cluster="shop")

    good = _timed("template of 10 containers", template, TEMPLATE_MS)
    _timed("template of 10 containers, as YAML", lambda: to_yaml(template()))
    return good


@contextmanager
def _database() -> Iterator[None]:
    """An empty database in memory, migrated."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.test.utils import (
        setup_databases,
        setup_test_environment,
        teardown_databases,
        teardown_test_environment,
    )

    setup_test_environment(debug=False)
    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)
        teardown_test_environment()


def _server() -> bool:
    from ecsportal.people.models import Role
    from tests import builders
    from tests.posted_form import posted_form

    builders.feed("Docker Hub")
    builders.target("Main", tags=["web"])
    builders.project("Web shop", steps=[builders.web_step(inputs=inputs())])
    client = builders.signed_in(builders.user_with_role(Role.LEAD, name="lea"))
    headers = {"HX-Request": "true"}
    page = client.get(URL)
    if page.status_code != 200:
        raise RuntimeError(f"The editor answers {page.status_code}.")
    post = posted_form(page.content.decode(), "step-form")
    fetch = post | {"_action": "open:containers.3"}
    panel = client.post(URL, fetch, headers=headers)
    opened = post | posted_form(panel.content.decode())
    opened |= {"_focus": "containers.3.environment.7.value", "containers.3.memory": "300"}
    wrong = opened | {"containers.3.environment.7.name": "", "containers.3.ports.0.port": "0"}

    def keystroke(typed: dict[str, str]) -> object:
        return client.post(f"{URL}template/", typed, headers=headers)

    return all(
        [
            show("step_editor", "first answer", len(page.content) / 1000, "KB", target=PAGE_KB),
            _timed("page", lambda: client.get(URL), PAGE_MS),
            _timed("keystroke's answer", lambda: keystroke(opened), KEYSTROKE_MS),
            _timed("keystroke's answer with problems", lambda: keystroke(wrong), KEYSTROKE_MS),
            _timed("opening a container", lambda: client.post(URL, fetch, headers=headers)),
        ]
    )


def _browser() -> bool:
    """Typing in an opened container, as Chromium sees it: from a key to the next frame."""
    from playwright.sync_api import sync_playwright

    from tests.browser.watched_page import watched_page
    from tests.conftest import CHROMIUM
    from tests.demo.running_demo import running_demo

    with (
        tempfile.TemporaryDirectory(prefix="ecsportal-bench-") as folder,
        running_demo(Path(folder)) as portal,
        sync_playwright() as playwright,
    ):
        portal.api("POST", "/projects", {"name": "Large", "slug": "large"})
        step = portal.api("GET", "/projects/web-shop/process")["steps"][0]
        step["inputs"] |= inputs() | {"load_balancers": []}
        for container in step["inputs"]["containers"]:
            container["image"]["feed"] = "shop-registry"
        portal.api("PUT", "/projects/large/process?allow_problems=true", {"steps": [step]})
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with watched_page(chromium, base_url=portal.url) as watched:
            page = watched.page
            page.goto("/accounts/login/")
            page.get_by_label("User name").fill("admin")
            page.get_by_label("Password").fill(portal.password)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(portal.url)
            page.goto(f"/projects/large/process/{step['slug']}/")
            page.locator("#containers").evaluate("node => { node.open = true; }")
            for number in range(CONTAINERS):
                page.locator(f"#row-containers-{number}").evaluate("node => { node.open = true; }")
                page.locator(f"[name='containers.{number}.name']").wait_for(state="attached")
            page.locator("#group-containers-3-environment > summary").click()
            page.evaluate(_WATCH_FRAMES)
            field = page.locator("[name='containers.3.environment.7.value']")
            field.focus()
            for _ in range(8):
                page.keyboard.type("typed text ", delay=60)
                page.wait_for_timeout(500)  # long enough for the live answer to come in between
            frames = [float(each) for each in page.evaluate("window.keyFrames")]
        chromium.close()
    return show(
        "step_editor",
        "typing, all containers open: key to frame",
        percentile(frames, 0.5),
        "ms",
        target=TYPING_MS,
        p95=round(percentile(frames, 0.95), 1),
        keys=len(frames),
    )


_WATCH_FRAMES = """() => {
  window.keyFrames = [];
  document.addEventListener("keydown", (event) => {
    const told = () => window.keyFrames.push(performance.now() - event.timeStamp);
    requestAnimationFrame(() => setTimeout(told));
  }, true);
}"""


def main() -> int:
    """All figures; 1 if one misses its target."""
    template = _template()
    with _database():
        server = _server()
    browser = _browser()
    return 0 if template and server and browser else 1


if __name__ == "__main__":
    sys.exit(main())
