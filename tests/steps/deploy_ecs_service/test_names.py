"""Generated names."""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.names import (
    LogicalIds,
    generated_stack_name,
    logical_ids,
)


def test_logical_ids_carry_the_task_name_in_camel_case() -> None:
    assert logical_ids("test-big-cf-template") == LogicalIds(
        execution_role="TaskExecutionRoletestBigCfTemplate",
        log_group="AwsLogGrouptestBigCfTemplate",
        task_definition="TaskDefinitiontestBigCfTemplate",
        service="ServicetestBigCfTemplate",
        scalable_target="ScalableTargettestBigCfTemplate",
        scaling_policy="ScalingPolicytestBigCfTemplate",
    )


def test_the_generated_stack_name_holds_cluster_service_environment_and_no_tenant() -> None:
    assert generated_stack_name("main-cluster", "test-big-cf-template", "Environments-3") == (
        "cf-ecs-mainCluster-servicetestBigCfTemplate-environments3-untenanted"
    )


def test_a_long_stack_name_is_cut_at_128_characters() -> None:
    name = generated_stack_name("c" * 80, "t" * 80, "production")
    assert name == "cf-ecs-" + "c" * 80 + "-service" + "t" * 33
