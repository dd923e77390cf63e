"""AWS tags of a stack."""

from __future__ import annotations

from dataclasses import replace

from ecsportal.steps.contract import DeploymentFacts, TargetFacts
from ecsportal.steps.tags import Tag, stack_tags

DEPLOYMENT = DeploymentFacts(
    id="90",
    name="Deploy to Production",
    project_id="web-shop",
    project_name="Web shop",
    environment_id="Environments-3",
    environment_name="Production",
    release_version="1.4.2",
    channel_name="Default",
    step_id="deploy-web",
    step_name="Deploy web",
)
TARGET = TargetFacts(
    slug="main", name="Main cluster", account="shop", region="eu-west-1", cluster="main"
)


def test_stack_tags_name_the_deployment_in_a_fixed_order() -> None:
    assert list(stack_tags(DEPLOYMENT, TARGET, [Tag(key="owner", value="team")]).items()) == [
        ("Octopus.Project.Id", "web-shop"),
        ("Octopus.Action.Id", "deploy-web"),
        ("Octopus.Deployment.Id", "90"),
        ("Octopus.Step.Id", "deploy-web"),
        ("Octopus.Environment.Id", "Environments-3"),
        ("Octopus.Deployment.Tenant.Id", "untenanted"),
        ("Octopus.Deployment.Name", "Deploy to Production"),
        ("Octopus.Environment.Name", "Production"),
        ("Octopus.Project.Name", "Web shop"),
        ("Octopus.Release.Channel.Name", "Default"),
        ("Octopus.Action.Name", "Deploy web"),
        ("Octopus.Step.Name", "Deploy web"),
        ("Octopus.Machine.Name", "Main cluster"),
        ("owner", "team"),
    ]


def test_a_user_s_tag_wins_over_ours_and_the_last_of_two_over_the_first() -> None:
    tags = stack_tags(
        DEPLOYMENT,
        TARGET,
        [
            Tag(key="Octopus.Project.Name", value="Shop"),
            Tag(key="a", value="1"),
            Tag(key="a", value="2"),
        ],
    )
    assert (tags["Octopus.Project.Name"], tags["a"]) == ("Shop", "2")


def test_characters_that_aws_refuses_are_removed_and_long_texts_cut() -> None:
    tags = stack_tags(
        replace(DEPLOYMENT, project_name=" Café & Bar! ", environment_name="x" * 300),
        TARGET,
        [Tag(key="k" * 200, value="v")],
    )
    assert tags["Octopus.Project.Name"] == "Caf  Bar"
    assert tags["Octopus.Environment.Name"] == "x" * 256
    assert tags["k" * 128] == "v"


def test_tags_without_key_or_value_are_dropped_from_the_stack() -> None:
    tags = stack_tags(
        replace(DEPLOYMENT, channel_name=""),
        TARGET,
        [Tag(key="empty", value=""), Tag(key="&", value="x"), Tag(key="odd", value="!")],
    )
    assert {"Octopus.Release.Channel.Name", "empty", "", "odd"}.isdisjoint(tags)
