"""Resources of other services: made where those services show them."""

from __future__ import annotations

import json
from typing import Any

from ecsportal.sandbox.server import RunningSandbox

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Value": {"Type": "String", "Default": "blue"}},
    "Resources": {
        "Jobs": {"Type": "AWS::SQS::Queue"},
        "News": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
        "Files": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shop-files"}},
        "Colour": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/colour", "Type": "String", "Value": {"Ref": "Value"}},
        },
        "Web": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {
                "Name": "shop-web",
                "Port": 80,
                "Protocol": "HTTP",
                "TargetType": "ip",
                "VpcId": "vpc-0a1b2c3d4e5f60001",
            },
        },
        "Target": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "ServiceNamespace": "ecs",
                "ResourceId": "service/demo/web",
                "ScalableDimension": "ecs:service:DesiredCount",
                "MinCapacity": 1,
                "MaxCapacity": "4",
            },
        },
        "Policy": {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": "cpu",
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": {"Ref": "Target"},
                "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60},
            },
        },
        "Space": {"Type": "AWS::ServiceDiscovery::HttpNamespace", "Properties": {"Name": "shop"}},
    },
    "Outputs": {
        "QueueArn": {"Value": {"Fn::GetAtt": ["Jobs", "Arn"]}},
        "Topic": {"Value": {"Ref": "News"}},
        "Bucket": {"Value": {"Fn::GetAtt": ["Files", "RegionalDomainName"]}},
        "Group": {"Value": {"Ref": "Web"}},
        "Target": {"Value": {"Ref": "Target"}},
        "Space": {"Value": {"Fn::GetAtt": ["Space", "Id"]}},
    },
}


def _outputs(sandbox: RunningSandbox) -> dict[str, str]:
    stack = sandbox.client("cloudformation").describe_stacks(StackName="things")["Stacks"][0]
    assert stack["StackStatus"].endswith("_COMPLETE"), stack.get("StackStatusReason")
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def _create(sandbox: RunningSandbox) -> dict[str, str]:
    sandbox.client("cloudformation").create_stack(
        StackName="things",
        TemplateBody=json.dumps(TEMPLATE),
        Tags=[{"Key": "team", "Value": "shop"}],
    )
    sandbox.advance(60)
    return _outputs(sandbox)


def test_resources_are_made_where_their_services_show_them(sandbox: RunningSandbox) -> None:
    outputs = _create(sandbox)
    assert outputs["QueueArn"].startswith("arn:aws:sqs:eu-west-1:123456789012:things-Jobs-")
    assert outputs["Topic"] == "arn:aws:sns:eu-west-1:123456789012:news"
    assert outputs["Bucket"].startswith("shop-files.s3.")
    assert outputs["Group"].startswith("arn:aws:elasticloadbalancing:eu-west-1:")
    assert outputs["Target"] == "service/demo/web|ecs:service:DesiredCount|ecs"
    assert outputs["Space"].startswith("ns-")

    queue = sandbox.client("sqs").list_queues()["QueueUrls"][0]
    assert sandbox.client("sqs").list_queue_tags(QueueUrl=queue)["Tags"]["team"] == "shop"
    assert "shop-files" in {each["Name"] for each in sandbox.client("s3").list_buckets()["Buckets"]}
    scaling = sandbox.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == {"TargetValue": 60.0}


def test_a_changed_value_reaches_the_parameter_and_a_delete_removes_all(
    sandbox: RunningSandbox,
) -> None:
    outputs = _create(sandbox)
    cloudformation, ssm = sandbox.client("cloudformation"), sandbox.client("ssm")
    cloudformation.update_stack(
        StackName="things",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Value", "ParameterValue": "green"}],
    )
    sandbox.advance(60)
    assert _outputs(sandbox) == outputs
    assert ssm.get_parameter(Name="/colour")["Parameter"]["Value"] == "green"

    cloudformation.delete_stack(StackName="things")
    sandbox.advance(60)
    assert sandbox.client("sqs").list_queues().get("QueueUrls", []) == []
    assert sandbox.client("sns").list_topics()["Topics"] == []
    scaling = sandbox.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []


def test_a_bucket_that_exists_fails_its_resource(sandbox: RunningSandbox) -> None:
    sandbox.client("s3", "us-east-1").create_bucket(Bucket="shop-files")
    sandbox.client("cloudformation").create_stack(
        StackName="things", TemplateBody=json.dumps(TEMPLATE)
    )
    sandbox.advance(60)
    events = sandbox.client("cloudformation").describe_stack_events(StackName="things")
    (reason,) = [
        each["ResourceStatusReason"]
        for each in events["StackEvents"]
        if each["ResourceStatus"] == "CREATE_FAILED" and each["LogicalResourceId"] == "Files"
    ]
    assert "AlreadyExists" in reason
