"""Retries: what they leave out, and which deployment may still be retried."""

from __future__ import annotations

import pytest

from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, Level, RunState, State
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import User
from ecsportal.problems import Conflict, ValidationProblem
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted


@pytest.fixture
def failed(queue: Queue) -> Deployment:
    deployment = run(queue(scripted("First", "succeed"), scripted("Second", "fail")))
    assert deployment.state == State.FAILED
    return deployment


def retry(deployment: Deployment, by: User, **options: bool) -> Deployment:
    return services.retry_deployment(deployment, by=by, **options)


def test_one_that_is_being_retried_names_its_retry(failed: Deployment, deployer: User) -> None:
    again = retry(failed, deployer)
    with pytest.raises(Conflict) as caught:
        retry(failed, deployer)
    assert caught.value.detail == (
        f"Deployment {failed.pk} was retried by deployment {again.pk}, which hasn't ended yet. "
        "Wait for it, or cancel it."
    )
    assert caught.value.extra["retried_by"] == again.pk


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.FAILED, "and it failed. Retry that one."),
        (State.CANCELLED, "and it was cancelled. Retry that one."),
        (State.SUCCEEDED, "and it succeeded. Deploy the release again instead."),
    ],
)
def test_one_that_was_retried_says_how_to_go_on(
    failed: Deployment, deployer: User, state: str, words: str
) -> None:
    again = run(retry(failed, deployer))
    Deployment.objects.filter(pk=again.pk).update(state=state)
    with pytest.raises(Conflict) as caught:
        retry(failed, deployer)
    assert caught.value.detail.endswith(words)


def test_a_retry_that_never_began_does_not_count(failed: Deployment, deployer: User) -> None:
    again = retry(failed, deployer)
    services.cancel_deployment(again, by=deployer)
    assert run(again).state == State.CANCELLED
    assert retry(failed, deployer).retry_of == failed


def test_retries_are_chained_and_keep_what_succeeded_first(
    failed: Deployment, deployer: User
) -> None:
    second = run(retry(failed, deployer))
    third = run(retry(second, deployer))
    assert [call[1] for call in CALLS].count("shop-staging") == 4
    kept = third.steps.get(slug="first").targets.get()
    assert (kept.state, kept.kept_from) == ("skipped", failed)


def test_everything_runs_again_where_nothing_is_to_be_left_out(
    failed: Deployment, deployer: User
) -> None:
    second = run(retry(failed, deployer))
    CALLS.clear()
    third = run(retry(second, deployer, skip_succeeded=False))
    assert third.skip_steps == []
    assert len(CALLS) == 2


def test_nothing_is_left_to_retry_where_all_succeeded(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "succeed")))
    with pytest.raises(ValidationProblem, match="No step is left that would run"):
        retry(deployment, deployer)


def test_a_required_step_that_succeeded_is_left_out_all_the_same(
    queue: Queue, deployer: User
) -> None:
    steps = scripted("First", "succeed", required=True), scripted("Second", "fail")
    deployment = run(queue(*steps))
    assert retry(deployment, deployer).skip_steps == ["first"]


def test_a_cancelled_one_goes_on_where_it_was_stopped(queue: Queue, deployer: User) -> None:
    steps = scripted("First", "succeed"), scripted("Second", "wait long")
    deployment = run(queue(*steps))
    services.cancel_deployment(deployment, by=deployer)
    assert run(deployment).state == State.CANCELLED
    assert retry(deployment, deployer).skip_steps == ["first"]


def test_the_page_links_the_retry_instead_of_offering_another(
    failed: Deployment, deployer: User
) -> None:
    browser = builders.signed_in(deployer)
    assert ">Retry</button>" in browser.get(f"/deployments/{failed.pk}/").content.decode()
    again = retry(failed, deployer)
    html = browser.get(f"/deployments/{failed.pk}/").content.decode()
    assert f'retried by <a href="/deployments/{again.pk}/">{again.pk}</a>' in html
    assert ">Retry</button>" not in html


def test_the_api_refuses_with_the_code(failed: Deployment, deployer: User) -> None:
    client = builders.api_client(deployer)
    path = f"/api/v1/deployments/{failed.pk}/retry"
    made = client.post(path, {}, content_type="application/json")
    assert made.status_code == 201
    refused = client.post(path, {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "ALREADY_RETRIED")
    assert refused.json()["retried_by"] == made.json()["id"]


@pytest.mark.parametrize("condition", ["failure", "always"])
def test_what_cleans_up_is_done_in_every_attempt(
    queue: Queue, deployer: User, condition: str
) -> None:
    clean = scripted("Clean up", "succeed", condition=condition)
    failed = run(queue(scripted("First", "succeed"), scripted("Second", "fail"), clean))
    assert failed.steps.get(slug="clean-up").state == "succeeded"
    CALLS.clear()
    again = run(retry(failed, deployer))
    assert again.steps.get(slug="first").state == "skipped"
    assert again.steps.get(slug="clean-up").state == "succeeded"
    assert [noted[0] for _, _, noted in CALLS] == ["fail", "succeed"]


@pytest.fixture
def half(queue: Queue, staging: Environment) -> Deployment:
    """Failed on a1, succeeded on shop-staging."""
    builders.target("a1", environments=[staging])
    script = '#{if Octopus.Machine.Id == "a1"}fail#{else}succeed#{/if}'
    deployment = run(queue(scripted("First", script)))
    assert deployment.state == State.FAILED
    return deployment


@pytest.mark.parametrize(("gone", "why"), [(True, "a1 was deleted"), (False, "a1 is disabled")])
def test_a_retry_that_would_do_nothing_is_refused_with_the_target(
    half: Deployment, deployer: User, gone: bool, why: str
) -> None:
    a1 = DeploymentTarget.objects.filter(slug="a1")
    _ = a1.delete() if gone else a1.update(disabled=True)
    answer = builders.api_client(deployer).post(
        f"/api/v1/deployments/{half.pk}/retry", {}, content_type="application/json"
    )
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["path"], error["code"]) == ("targets", "nothing_to_do")
    assert error["message"].startswith(f"Nothing is left to retry: {why}. ")
    assert Deployment.objects.count() == 1


def test_a_retry_says_which_failed_target_it_leaves_out(
    queue: Queue, staging: Environment, deployer: User
) -> None:
    builders.target("a1", environments=[staging])
    failed = run(queue(scripted("First", "fail once"), scripted("Second", "succeed")))
    DeploymentTarget.objects.filter(slug="a1").update(disabled=True)
    again = run(services.retry_deployment(failed, by=deployer))
    assert again.warnings
    left = again.steps.get(slug="first").targets.get(target_slug="a1")
    said = f"Left out: a1 is disabled. It had not succeeded in deployment {failed.pk}."
    assert (left.state, left.reason) == (RunState.SKIPPED, said)
    assert again.lines.filter(level=Level.WARNING, target="a1", text=said).count() == 1
    DeploymentTarget.objects.filter(slug="a1").update(disabled=False)
    third = services.retry_deployment(again, by=deployer)
    assert third.steps.get(slug="first").targets.get(target_slug="a1").state == RunState.PENDING
