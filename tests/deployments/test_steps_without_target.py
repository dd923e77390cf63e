"""Steps whose type runs on no target: once, with a node of their own, and without AWS."""

from __future__ import annotations

import re

from django.test import Client

from ecsportal.deployments import services
from ecsportal.deployments.models import State, TargetRun
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.people.models import User
from ecsportal.projects.step_document import check_step
from ecsportal.releases.models import Release
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted, untargeted


def test_it_runs_once_however_many_targets_there_are(queue: Queue, staging: object) -> None:
    builders.target("second", environments=[staging])  # type: ignore[list-item]
    deployment = run(queue(untargeted("Approve", "succeed"), scripted("Web", "succeed")))
    assert deployment.state == State.SUCCEEDED
    assert [call[1] for call in CALLS] == ["", "second", "shop-staging"]
    only = TargetRun.objects.get(step_run__slug="approve")
    assert (only.target, only.target_slug, only.target_name) == (None, "", "")


def test_it_needs_no_target_at_all(queue: Queue) -> None:
    DeploymentTarget.objects.all().delete()
    assert run(queue(untargeted("Approve", "succeed"))).state == State.SUCCEEDED


def test_it_needs_no_target_tag_in_the_process(transactional_db: None) -> None:
    step = untargeted("Approve", "succeed")
    assert check_step(step, environments=(), channels=()) == []


def test_it_may_be_left_out(queue: Queue) -> None:
    steps = untargeted("Approve", "fail"), scripted("Web", "succeed")
    deployment = run(queue(*steps, skip_steps=["approve"]))
    assert deployment.state == State.SUCCEEDED
    assert not TargetRun.objects.filter(step_run__slug="approve").exists()


def test_asking_for_aws_is_a_bug_that_is_told(queue: Queue) -> None:
    deployment = run(queue(untargeted("Approve", "aws")))
    assert deployment.error is not None
    assert deployment.error["code"] == "PORTAL-ERROR"
    assert deployment.error["target"] == ""


def test_its_expressions_see_the_step_and_no_machine(queue: Queue) -> None:
    text = "#{Octopus.Step.Name}#{if Octopus.Machine.Name} on a machine#{/if}"
    run(queue(untargeted("Approve", "succeed", text=text)))
    assert TargetRun.objects.get().outputs["Inputs"] == "Approve"


def test_later_steps_read_its_outputs(queue: Queue) -> None:
    text = "#{Octopus.Action[Approve].Output.By}"
    run(queue(untargeted("Approve", "succeed"), scripted("Web", "succeed", text=text)))
    assert TargetRun.objects.get(step_run__slug="web").outputs["Inputs"] == ""


def test_a_retry_leaves_it_out_once_it_succeeded(queue: Queue, deployer: User) -> None:
    deployment = run(queue(untargeted("Approve", "succeed"), scripted("Web", "fail")))
    again = services.retry_deployment(deployment, by=deployer)
    assert again.skip_steps == ["approve"]


def test_its_lines_stand_in_the_steps_own_node(queue: Queue, deployer: User) -> None:
    deployment = run(queue(untargeted("Approve", "fail")))
    html = builders.signed_in(deployer).get(f"/deployments/{deployment.pk}/").content.decode()
    assert "Step 1 Approve." in html
    assert 'id="node-approve--"' not in html
    node = html[html.index('id="node-approve"') :]
    assert re.search(r'data-lines="approve/"[^>]*><li', node)


def test_the_api_names_an_empty_target(queue: Queue, deployer: User) -> None:
    deployment = run(queue(untargeted("Approve", "succeed")))
    answer = builders.api_client(deployer).get(f"/api/v1/deployments/{deployment.pk}").json()
    assert [target["target"] for target in answer["steps"][0]["targets"]] == [""]


def test_the_deploy_page_says_that_no_target_is_needed(
    staging: object, client_of_administrator: Client
) -> None:
    project = builders.project("shop", steps=[untargeted("Approve", "succeed")])
    release: Release = builders.release(project, "1.0.0")
    html = client_of_administrator.get(
        f"/projects/shop/releases/{release.version}/deploy/staging/"
    ).content.decode()
    assert "No step that runs needs a target." in html
    assert "Runs once" in html
    assert '<button class="btn btn-primary w-100" type="submit"' in html
