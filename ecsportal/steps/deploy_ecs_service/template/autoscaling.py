"""Target tracking: the number of tasks follows a figure."""

from __future__ import annotations

import re

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.beyond import Autoscaling
from ecsportal.steps.deploy_ecs_service.names import LogicalIds
from ecsportal.steps.deploy_ecs_service.template.expressions import ref

_METRICS = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": "ALBRequestCountPerTarget",
}


def autoscaling_resources(inputs: DeployEcsServiceInputs, ids: LogicalIds) -> JsonDict:
    """The scalable target and its policy, or nothing where the count is fixed."""
    scaling = inputs.beyond.autoscaling
    if scaling is None:
        return {}
    service_name = {"Fn::GetAtt": [ids.service, "Name"]}
    return {
        ids.scalable_target: {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "MinCapacity": scaling.min,
                "MaxCapacity": scaling.max,
                "ResourceId": {"Fn::Join": ["/", ["service", ref("ClusterName"), service_name]]},
                "ScalableDimension": "ecs:service:DesiredCount",
                "ServiceNamespace": "ecs",
            },
        },
        ids.scaling_policy: {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": ids.scaling_policy,
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": ref(ids.scalable_target),
                "TargetTrackingScalingPolicyConfiguration": {
                    "PredefinedMetricSpecification": _metric(scaling, inputs),
                    "TargetValue": scaling.target,
                },
            },
        },
    }


def _metric(scaling: Autoscaling, inputs: DeployEcsServiceInputs) -> JsonDict:
    metric: JsonDict = {"PredefinedMetricType": _METRICS.get(scaling.metric, scaling.metric)}
    if scaling.metric == "requests":
        groups = [each.target_group_arn for each in inputs.load_balancers]
        metric["ResourceLabel"] = request_label(
            scaling.load_balancer_arn, groups[0] if groups else ""
        )
    return metric


def request_label(load_balancer_arn: str, target_group_arn: str) -> str:
    """`app/<name>/<id>/targetgroup/<name>/<id>`, as Application Auto Scaling wants it."""
    balancer = re.sub(r"^.*:loadbalancer/", "", load_balancer_arn)
    return f"{balancer}/{target_group_arn.rpartition(':')[2]}"
