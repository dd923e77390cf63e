"""What happens to a stack over time."""

from __future__ import annotations

import copy
import time

import pytest
from botocore.exceptions import ClientError

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.stacks import TEMPLATE, Stacks, template


def test_a_first_deployment_takes_about_twenty_seconds_with_events_all_the_way(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stacks.create(wait=0, ClientRequestToken="t-1")
    assert stacks.statuses() == [("web", "CREATE_IN_PROGRESS")]
    seen = []
    for _ in range(30):
        sandbox.advance(1)
        seen.append(len(stacks.events()))
        if stacks.status == "CREATE_COMPLETE":
            break
    assert 15 <= len(seen) <= 25
    assert stacks.statuses("t-1") == [
        ("web", "CREATE_IN_PROGRESS"),
        ("TaskExecutionRoleWeb", "CREATE_IN_PROGRESS"),
        ("TaskExecutionRoleWeb", "CREATE_IN_PROGRESS"),
        ("AwsLogGroupWeb", "CREATE_IN_PROGRESS"),
        ("AwsLogGroupWeb", "CREATE_IN_PROGRESS"),
        ("AwsLogGroupWeb", "CREATE_COMPLETE"),
        ("TaskExecutionRoleWeb", "CREATE_COMPLETE"),
        ("TaskDefinitionWeb", "CREATE_IN_PROGRESS"),
        ("TaskDefinitionWeb", "CREATE_IN_PROGRESS"),
        ("TaskDefinitionWeb", "CREATE_COMPLETE"),
        ("ServiceWeb", "CREATE_IN_PROGRESS"),
        ("ServiceWeb", "CREATE_IN_PROGRESS"),
        ("ServiceWeb", "CREATE_COMPLETE"),
        ("web", "CREATE_COMPLETE"),
    ]


def test_a_created_stack_has_outputs_tags_and_a_running_service(stacks: Stacks) -> None:
    stacks.create(deployment="77")
    stack = stacks.cloudformation.describe_stacks(StackName="web")["Stacks"][0]
    service = stacks.service
    assert stack["Outputs"] == [{"OutputKey": "Name", "OutputValue": service["serviceName"]}]
    assert service["serviceName"].startswith("web-ServiceWeb-")
    tags = {tag["key"]: tag["value"] for tag in service["tags"]}
    assert tags == {
        "Octopus.Deployment.Id": "77",
        "aws:cloudformation:stack-name": "web",
        "aws:cloudformation:stack-id": stack["StackId"],
        "aws:cloudformation:logical-id": "ServiceWeb",
    }
    assert (service["runningCount"], service["pendingCount"]) == (1, 0)


def test_a_new_image_is_a_new_revision_and_the_old_one_is_cleaned_up(stacks: Stacks) -> None:
    stacks.create("shop/web:1.5.0")
    stacks.update("shop/web:1.6.0", ClientRequestToken="t-2")
    assert stacks.status == "UPDATE_COMPLETE"
    assert stacks.service["taskDefinition"].endswith("task-definition/web:2")
    old = stacks.ecs.describe_task_definition(taskDefinition="web:1")["taskDefinition"]
    assert old["status"] == "INACTIVE"
    assert stacks.statuses("t-2") == [
        ("web", "UPDATE_IN_PROGRESS"),
        ("TaskDefinitionWeb", "UPDATE_IN_PROGRESS"),
        ("TaskDefinitionWeb", "UPDATE_IN_PROGRESS"),
        ("TaskDefinitionWeb", "UPDATE_COMPLETE"),
        ("ServiceWeb", "UPDATE_IN_PROGRESS"),
        ("ServiceWeb", "UPDATE_COMPLETE"),
        ("web", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("TaskDefinitionWeb", "DELETE_IN_PROGRESS"),
        ("TaskDefinitionWeb", "DELETE_COMPLETE"),
        ("web", "UPDATE_COMPLETE"),
    ]


def test_an_update_of_tags_alone_restarts_nothing(stacks: Stacks) -> None:
    stacks.create(deployment="1")
    before = stacks.service
    stacks.update(deployment="2")
    after = stacks.service
    assert stacks.status == "UPDATE_COMPLETE"
    assert {"key": "Octopus.Deployment.Id", "value": "2"} in after["tags"]
    assert after["deployments"][0]["id"] == before["deployments"][0]["id"]
    assert after["taskDefinition"] == before["taskDefinition"]
    assert after["events"] == before["events"]
    answer = stacks.ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])
    assert answer["taskDefinition"]["revision"] == 1
    assert {"key": "Octopus.Deployment.Id", "value": "2"} in answer["tags"]


def test_an_identical_update_is_refused(stacks: Stacks) -> None:
    stacks.create()
    with pytest.raises(ClientError, match="No updates are to be performed"):
        stacks.update()
    assert stacks.status == "CREATE_COMPLETE"


def test_only_what_differs_is_updated(stacks: Stacks) -> None:
    stacks.create()
    stacks.update(parameters={"DesiredCount": "2"}, ClientRequestToken="t-2")
    changed = {name for name, _ in stacks.statuses("t-2")}
    assert changed == {"web", "ServiceWeb"}
    assert stacks.service["runningCount"] == 2
    assert len(stacks.service["deployments"]) == 1


def test_a_first_deployment_that_cannot_start_is_rolled_back_after_three_hours(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stacks.create("shop/web:1.4.1-missing", wait=3 * 3600 - 60)
    assert stacks.status == "CREATE_IN_PROGRESS"
    began = time.monotonic()
    sandbox.advance(300)
    assert time.monotonic() - began < 2
    assert stacks.status == "ROLLBACK_COMPLETE"
    assert "NotStabilized" in stacks.reason("ServiceWeb", "CREATE_FAILED")
    assert stacks.reason("web", "ROLLBACK_IN_PROGRESS") == (
        "The following resource(s) failed to create: [ServiceWeb]. Rollback requested by user."
    )
    assert stacks.ecs.list_services(cluster="demo")["serviceArns"] == []


def test_a_rolled_back_create_can_only_be_deleted(stacks: Stacks, sandbox: RunningSandbox) -> None:
    stacks.create("shop/web:1.4.2-crash", template=template(breaker=True), wait=120)
    assert stacks.status == "ROLLBACK_COMPLETE"
    assert "ECS Deployment Circuit Breaker was triggered" in stacks.reason(
        "ServiceWeb", "CREATE_FAILED"
    )
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        stacks.update()
    with pytest.raises(ClientError, match="already exists"):
        stacks.create()
    stacks.cloudformation.delete_stack(StackName="web")
    sandbox.advance(10)
    stacks.create()
    assert stacks.status == "CREATE_COMPLETE"


def test_a_failed_create_with_rollback_off_stays_as_it_is(stacks: Stacks) -> None:
    stacks.create(
        "shop/web:1.4.2-crash", template=template(breaker=True), wait=120, OnFailure="DO_NOTHING"
    )
    assert stacks.status == "CREATE_FAILED"
    assert stacks.service["status"] == "ACTIVE"


def test_on_failure_delete_removes_the_stack(stacks: Stacks) -> None:
    stacks.create(
        "shop/web:1.4.2-crash", template=template(breaker=True), wait=120, OnFailure="DELETE"
    )
    with pytest.raises(ClientError, match="Stack with id web does not exist"):
        assert stacks.status


def test_a_create_with_a_timeout_is_rolled_back_when_it_is_over(stacks: Stacks) -> None:
    stacks.create("shop/web:1.4.3-stuck", TimeoutInMinutes=2, wait=180)
    assert stacks.status == "ROLLBACK_COMPLETE"


def test_a_failed_update_goes_back_to_what_ran(stacks: Stacks) -> None:
    stacks.create("shop/web:1.5.0", template=template(breaker=True))
    running = stacks.tasks()[0]["taskArn"]
    stacks.update("shop/web:1.4.2-crash", template=template(breaker=True), wait=180)
    assert stacks.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.service["taskDefinition"].endswith("web:1")
    assert [task["taskArn"] for task in stacks.tasks()] == [running]
    bad = stacks.ecs.describe_task_definition(taskDefinition="web:2")["taskDefinition"]
    assert bad["status"] == "INACTIVE"
    assert stacks.reason("web", "UPDATE_ROLLBACK_IN_PROGRESS") == (
        "The following resource(s) failed to update: [ServiceWeb]. "
    )
    stacks.update("shop/web:1.6.0", template=template(breaker=True))
    assert stacks.status == "UPDATE_COMPLETE"


def test_a_cancelled_update_goes_back_without_touching_running_tasks(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stacks.create("shop/web:1.5.0")
    running = stacks.tasks()[0]["taskArn"]
    stacks.update("shop/web:1.4.3-stuck", wait=120)
    stacks.cloudformation.cancel_update_stack(StackName="web", ClientRequestToken="cancel")
    sandbox.advance(60)
    assert stacks.status == "UPDATE_ROLLBACK_COMPLETE"
    assert ("ServiceWeb", "UPDATE_FAILED", "Resource update cancelled") in stacks.events("cancel")
    assert [task["taskArn"] for task in stacks.tasks()] == [running]
    assert stacks.service["deployments"][0]["rolloutState"] == "COMPLETED"


def test_cancel_is_refused_when_nothing_is_being_updated(stacks: Stacks) -> None:
    stacks.create()
    with pytest.raises(ClientError, match="cannot be called from current stack status"):
        stacks.cloudformation.cancel_update_stack(StackName="web")


def test_a_rollback_that_fails_can_be_continued(stacks: Stacks, sandbox: RunningSandbox) -> None:
    stacks.create("shop/web:1.5.0", template=template(breaker=True))
    fault = {"service": "resource", "action": "AWS::ECS::Service.rollback"}
    sandbox.faults.add(**fault, code="GeneralServiceException", message="Try later", times=1)
    stacks.update("shop/web:1.4.2-crash", template=template(breaker=True), wait=180)
    assert stacks.status == "UPDATE_ROLLBACK_FAILED"
    assert "Try later" in stacks.reason("ServiceWeb", "UPDATE_FAILED")
    with pytest.raises(ClientError, match="UPDATE_ROLLBACK_FAILED state and can not be updated"):
        stacks.update()
    stacks.cloudformation.continue_update_rollback(StackName="web")
    sandbox.advance(60)
    assert stacks.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.service["taskDefinition"].endswith("web:1")


def test_a_rollback_can_be_continued_past_a_resource(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stacks.create("shop/web:1.5.0", template=template(breaker=True))
    fault = {"service": "resource", "action": "AWS::ECS::Service.rollback"}
    sandbox.faults.add(**fault, code="NotFound", message="Gone")
    stacks.update("shop/web:1.4.2-crash", template=template(breaker=True), wait=180)
    with pytest.raises(ClientError, match="ResourcesToSkip is invalid"):
        stacks.cloudformation.continue_update_rollback(
            StackName="web", ResourcesToSkip=["AwsLogGroupWeb"]
        )
    stacks.cloudformation.continue_update_rollback(StackName="web", ResourcesToSkip=["ServiceWeb"])
    sandbox.advance(60)
    assert stacks.status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_failed_update_with_rollback_off_can_be_retried(stacks: Stacks) -> None:
    stacks.create("shop/web:1.5.0", template=template(breaker=True))
    stacks.update(
        "shop/web:1.4.2-crash", template=template(breaker=True), wait=180, DisableRollback=True
    )
    assert stacks.status == "UPDATE_FAILED"
    stacks.update("shop/web:1.6.0", template=template(breaker=True), DisableRollback=True)
    assert stacks.status == "UPDATE_COMPLETE"


def test_a_resource_that_left_the_template_is_deleted_after_the_update(stacks: Stacks) -> None:
    with_queue = copy.deepcopy(TEMPLATE)
    with_queue["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    stacks.create(template=with_queue)
    stacks.update(template=TEMPLATE, ClientRequestToken="t-2")
    assert ("Queue", "DELETE_COMPLETE") in stacks.statuses("t-2")
    resources = stacks.cloudformation.list_stack_resources(StackName="web")
    names = [each["LogicalResourceId"] for each in resources["StackResourceSummaries"]]
    assert "Queue" not in names


def test_deleting_drains_the_service_and_keeps_the_record_by_id(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stack_id = stacks.create()
    stacks.cloudformation.delete_stack(StackName="web")
    sandbox.advance(3)
    assert stacks.status == "DELETE_IN_PROGRESS"
    sandbox.advance(60)
    gone = stacks.cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert "DeletionTime" in gone
    with pytest.raises(ClientError, match="Stack with id web does not exist"):
        assert stacks.status
    assert sandbox.client("logs").describe_log_groups()["logGroups"] == []


def test_a_delete_that_fails_leaves_what_it_could_not_delete(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stacks.create()
    fault = {"service": "resource", "action": "AWS::Logs::LogGroup.delete"}
    sandbox.faults.add(**fault, code="AccessDenied", message="No", times=1)
    stacks.cloudformation.delete_stack(StackName="web")
    sandbox.advance(60)
    assert stacks.status == "DELETE_FAILED"
    assert stacks.reason("web", "DELETE_FAILED") == (
        "The following resource(s) failed to delete: [AwsLogGroupWeb]. "
    )
    stacks.cloudformation.delete_stack(StackName="web", RetainResources=["AwsLogGroupWeb"])
    sandbox.advance(60)
    assert len(sandbox.client("logs").describe_log_groups()["logGroups"]) == 1


def test_a_stack_can_be_deleted_while_it_is_being_created(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stack_id = stacks.create("shop/web:1.4.3-stuck", wait=30)
    stacks.cloudformation.delete_stack(StackName="web")
    sandbox.advance(60)
    gone = stacks.cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.tasks() == []


def test_a_change_of_the_service_outside_of_the_stack_is_not_noticed(stacks: Stacks) -> None:
    stacks.create()
    name = stacks.service["serviceName"]
    stacks.ecs.update_service(cluster="demo", service=name, desiredCount=3)
    stacks.sandbox.advance(30)
    with pytest.raises(ClientError, match="No updates are to be performed"):
        stacks.update()
    assert stacks.service["runningCount"] == 3


def test_what_a_rollback_or_a_deletion_deleted_is_still_listed(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stack_id = stacks.create("shop/web:1.4.2-crash", template=template(breaker=True), wait=180)
    assert _resource_states(stacks, "web") == {"DELETE_COMPLETE"}
    stacks.cloudformation.delete_stack(StackName="web")
    sandbox.advance(10)
    assert _resource_states(stacks, stack_id) == {"DELETE_COMPLETE"}
    stacks.create()
    assert _resource_states(stacks, "web") == {"CREATE_COMPLETE"}


def _resource_states(stacks: Stacks, name: str) -> set[str]:
    found = stacks.cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    return {each["ResourceStatus"] for each in found}


def test_a_stack_that_cannot_be_deleted_can_be_by_force(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stack_id = stacks.create()
    fault = {"service": "resource", "action": "AWS::Logs::LogGroup.delete"}
    sandbox.faults.add(**fault, code="AccessDenied", message="No")
    stacks.cloudformation.delete_stack(StackName="web")
    sandbox.advance(60)
    assert stacks.status == "DELETE_FAILED"
    stacks.cloudformation.delete_stack(StackName="web", DeletionMode="FORCE_DELETE_STACK")
    sandbox.advance(60)
    gone = stacks.cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
