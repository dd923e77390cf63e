"""The first forms of a process may be asked for by several threads at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIRST_FORMS = """
import sys, threading, time
from importlib.machinery import PathFinder

import django
django.setup()
from ecsportal.steps import catalogue

FORM = "ecsportal.steps.deploy_ecs_service.form"
catalogue.all()
half_loaded, wanted = threading.Event(), threading.Event()

class Slow:
    "Holds up whoever loads the one form in the middle of it, until the other one is under way."
    def find_spec(self, name, path=None, target=None):
        if name == "ecsportal.steps.run_ecs_task.form":
            wanted.set()
        if name != FORM + ".sections":
            return None
        spec = PathFinder.find_spec(name, path)
        load = spec.loader.exec_module
        def load_late(module):
            half_loaded.set()
            wanted.wait(10)
            time.sleep(0.5)
            load(module)
        spec.loader.exec_module = load_late
        return spec

def show(slug):
    kind = catalogue.get(slug)
    kind.form(kind.initial_inputs(), version=kind.version, choices={})
    print(slug)

def show_later(slug):
    half_loaded.wait(10)
    show(slug)

sys.meta_path.insert(0, Slow())
threads = [
    threading.Thread(target=show, args=["deploy-ecs-service"]),
    threading.Thread(target=show_later, args=["run-ecs-task"]),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_two_kinds_of_steps_show_their_first_forms_at_once() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_FORMS], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.stderr == ""
    assert sorted(ran.stdout.splitlines()) == ["deploy-ecs-service", "run-ecs-task"]
