"""Resource types of the services behind moto: made there, so that those services show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from ecsportal.sandbox.cloudformation.resource_type import Job, ResourceFailure, ResourceType
from ecsportal.sandbox.cloudformation.state import StackResource, Wire
from ecsportal.sandbox.identifiers import ACCOUNT_ID, arn, mixed_id

_Attributes = Callable[[Any], dict[str, object]]


class MotoType(ResourceType):
    """A type whose resources moto's own CloudFormation models make, change and delete."""

    def __init__(
        self, service: str, model: str, named_by: str, attributes: _Attributes, length: int = 63
    ) -> None:
        self._service, self._model = service, model
        self._named_by, self._attributes = named_by, attributes
        self._length = length
        self.replacing = frozenset({named_by})
        self.takes_tags = service != "ssm"  # whose tags are a mapping, not a list

    def create(self, job: Job) -> str:
        """Make it under its name, or a made-up one."""
        job.region.moto.prepare(self._service, job.region.name)
        made_up = f"{job.stack.name}-{job.resource.logical_id}"[: self._length - 13]
        name = str(job.resource.properties.get(self._named_by) or f"{made_up}-{mixed_id()}")
        if self._service == "s3":
            name = name.lower()
        with _refusals():
            made = self._class().create_from_cloudformation_json(
                name, self._description(job, name), ACCOUNT_ID, job.region.name
            )
        job.resource.made = made
        return str(getattr(made, "physical_resource_id", "") or name)

    def update(self, job: Job, old: StackResource) -> None:
        """Change it in place."""
        made = job.resource.made
        name = str(getattr(made, "name", job.resource.physical_id))
        with _refusals():
            changed = self._class().update_from_cloudformation_json(
                made, name, self._description(job, name), ACCOUNT_ID, job.region.name
            )
        job.resource.made = changed or made

    def delete(self, job: Job) -> None:
        """Delete it; the models that cannot are left alone."""
        made = job.resource.made
        if made is None:
            return
        with _refusals():
            if hasattr(made, "delete"):
                made.delete(ACCOUNT_ID, job.region.name)
            else:
                name = job.resource.physical_id
                self._class().delete_from_cloudformation_json(
                    name, self._description(job, name), ACCOUNT_ID, job.region.name
                )

    def attributes(self, job: Job) -> dict[str, object]:
        """As the type's own reference lists them."""
        return self._attributes(job.resource.made) if job.resource.made is not None else {}

    def _class(self) -> Any:
        return getattr(import_module(f"moto.{self._service}.models"), self._model)

    def _description(self, job: Job, name: str) -> Wire:
        properties = {**job.resource.properties, self._named_by: name}
        if self.takes_tags:
            tags = job.resource.tags.items()
            properties["Tags"] = [{"Key": key, "Value": value} for key, value in tags]
        return {"Type": job.resource.type, "Properties": properties}


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what moto raises into the failure of the resource."""
    try:
        yield
    except Exception as error:  # moto's exceptions share no base below this one
        message = str(getattr(error, "message", "") or error)
        told = f"{type(error).__name__} {message}".lower()
        code = "AlreadyExists" if "exist" in told else "InvalidRequest"
        raise ResourceFailure(message, code) from error


class ScalableTargetType(ResourceType):
    """AWS::ApplicationAutoScaling::ScalableTarget."""

    replacing = frozenset({"ResourceId", "ScalableDimension", "ServiceNamespace"})
    takes_tags = False

    def create(self, job: Job) -> str:
        """Register the target; past moto's check, which knows no service of ours."""
        self._register(job)
        properties = job.resource.properties
        return "|".join(
            str(properties[name])
            for name in ("ResourceId", "ScalableDimension", "ServiceNamespace")
        )

    def update(self, job: Job, old: StackResource) -> None:
        """Register it again."""
        self._register(job)

    def delete(self, job: Job) -> None:
        """Deregister it."""
        resource, dimension, _ = job.resource.physical_id.split("|")
        backend = job.region.moto.backend("application-autoscaling", job.region.name)
        backend.targets.get(dimension, {}).pop(resource, None)

    def attributes(self, job: Job) -> dict[str, object]:
        """Id."""
        return {"Id": job.resource.physical_id}

    def _register(self, job: Job) -> None:
        backend = job.region.moto.backend("application-autoscaling", job.region.name)
        model = import_module("moto.applicationautoscaling.models").FakeScalableTarget
        given = job.resource.properties
        dimension, resource = str(given["ScalableDimension"]), str(given["ResourceId"])
        backend.targets.setdefault(dimension, {})[resource] = model(
            backend,
            str(given["ServiceNamespace"]),
            resource,
            dimension,
            int(given["MinCapacity"]),
            int(given["MaxCapacity"]),
            str(given.get("RoleARN", "")),
            given.get("SuspendedState"),
        )


class ScalingPolicyType(ResourceType):
    """AWS::ApplicationAutoScaling::ScalingPolicy."""

    replacing = frozenset({"PolicyName", "ScalingTargetId", "ResourceId"})
    takes_tags = False

    def create(self, job: Job) -> str:
        """PutScalingPolicy for the target that `ScalingTargetId` or `ResourceId` names."""
        return self._put(job)

    def update(self, job: Job, old: StackResource) -> None:
        """Put it again."""
        self._put(job)

    def delete(self, job: Job) -> None:
        """DeleteScalingPolicy; one whose target went before it is gone already."""
        backend = job.region.moto.backend("application-autoscaling", job.region.name)
        found = [key for key, each in backend.policies.items() if each is job.resource.made]
        for key in found:
            del backend.policies[key]

    def attributes(self, job: Job) -> dict[str, object]:
        """Arn and PolicyName."""
        properties = job.resource.properties
        return {"Arn": job.resource.physical_id, "PolicyName": properties["PolicyName"]}

    def _put(self, job: Job) -> str:
        given = job.resource.properties
        target = str(given.get("ScalingTargetId", "")).split("|")
        if len(target) != 3:
            target = [str(given.get(name, "")) for name in ("ResourceId", "ScalableDimension")]
            target.append(str(given.get("ServiceNamespace", "")))
        backend = job.region.moto.backend("application-autoscaling", job.region.name)
        body = {
            f"{name[0].lower()}{name[1:]}": value
            for name, value in given.items()
            if name.endswith("PolicyConfiguration")
        }
        resource, dimension, namespace = target
        with _refusals():
            policy = backend.put_scaling_policy(
                str(given["PolicyName"]),
                namespace,
                resource,
                dimension,
                next(iter(body.values()), {}),
                given.get("PolicyType"),
            )
        job.resource.made = policy
        return str(policy.policy_arn)


class DiscoveryServiceType(ResourceType):
    """AWS::ServiceDiscovery::Service, and its namespaces: names and ids as Cloud Map gives them."""

    def __init__(self, prefix: str, path: str) -> None:
        self._prefix, self._path = prefix, path
        self.replacing = frozenset({"Name", "Vpc", "NamespaceId"})

    def create(self, job: Job) -> str:
        """An id in Cloud Map's shape."""
        return f"{self._prefix}-{mixed_id(16).lower()}"

    def attributes(self, job: Job) -> dict[str, object]:
        """Arn, Id and Name."""
        own = job.resource.physical_id
        return {
            "Arn": arn("servicediscovery", job.region.name, f"{self._path}/{own}"),
            "Id": own,
            "Name": str(job.resource.properties.get("Name", "")),
        }


def _queue(made: Any) -> dict[str, object]:
    return {"Arn": made.queue_arn, "QueueName": made.name, "QueueUrl": made.physical_resource_id}


def _bucket(made: Any) -> dict[str, object]:
    return {
        "Arn": made.arn,
        "DomainName": made.domain_name,
        "RegionalDomainName": made.regional_domain_name,
    }


def _balancer(made: Any) -> dict[str, object]:
    full_name = str(made.arn).rpartition(":loadbalancer/")[2]
    return {
        "DNSName": made.dns_name,
        "LoadBalancerName": made.name,
        "LoadBalancerFullName": full_name,
        "LoadBalancerArn": made.arn,
    }


def _target_group(made: Any) -> dict[str, object]:
    return {
        "TargetGroupArn": made.arn,
        "TargetGroupName": made.name,
        "TargetGroupFullName": str(made.arn).rpartition(":")[2],
    }


TYPES: dict[str, ResourceType] = {
    "AWS::SQS::Queue": MotoType("sqs", "Queue", "QueueName", _queue, 80),
    "AWS::SNS::Topic": MotoType(
        "sns", "Topic", "TopicName", lambda made: {"TopicArn": made.arn, "TopicName": made.name}
    ),
    "AWS::SSM::Parameter": MotoType(
        "ssm", "Parameter", "Name", lambda made: {"Type": made.parameter_type, "Value": made.value}
    ),
    "AWS::S3::Bucket": MotoType("s3", "FakeBucket", "BucketName", _bucket),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": MotoType(
        "elbv2", "FakeLoadBalancer", "Name", _balancer, 32
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": MotoType(
        "elbv2", "FakeTargetGroup", "Name", _target_group, 32
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": ScalableTargetType(),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ScalingPolicyType(),
    "AWS::ServiceDiscovery::Service": DiscoveryServiceType("srv", "service"),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": DiscoveryServiceType("ns", "namespace"),
    "AWS::ServiceDiscovery::HttpNamespace": DiscoveryServiceType("ns", "namespace"),
}
