"""Addresses in AWS's own console, for whoever wants to see the thing itself."""

from __future__ import annotations

from urllib.parse import quote


def stack_url(region: str, stack_id: str) -> str:
    """A stack; empty where its id isn't known."""
    if not stack_id:
        return ""
    return (
        f"https://{_host(region)}/cloudformation/home?region={region}"
        f"#/stacks/stackinfo?stackId={quote(stack_id, safe='')}"
    )


def service_url(region: str, cluster: str, service: str) -> str:
    """A service."""
    return (
        f"https://{_host(region)}/ecs/v2/clusters/{quote(cluster)}/services/{quote(service)}"
        f"/health?region={region}"
    )


def task_url(region: str, cluster: str, task: str) -> str:
    """A task by its whole id."""
    return (
        f"https://{_host(region)}/ecs/v2/clusters/{quote(cluster)}/tasks/{quote(task)}"
        f"/configuration?region={region}"
    )


def log_group_url(region: str, group: str, stream: str = "") -> str:
    """A CloudWatch log group, or one of its streams."""
    place = f"log-group/{_twice(group)}" + (f"/log-events/{_twice(stream)}" if stream else "")
    return f"https://{_host(region)}/cloudwatch/home?region={region}#logsV2:log-groups/{place}"


def target_group_url(region: str, arn: str) -> str:
    """A target group of a load balancer."""
    return (
        f"https://{_host(region)}/ec2/home?region={region}"
        f"#TargetGroup:targetGroupArn={quote(arn, safe=':')}"
    )


def _twice(name: str) -> str:
    """CloudWatch's console wants names quoted twice, and `$` for the percent sign."""
    return quote(quote(name, safe=""), safe="").replace("%", "$")


def _host(region: str) -> str:
    if region.startswith("cn-"):
        return f"{region}.console.amazonaws.cn"
    if region.startswith("us-gov-"):
        return f"{region}.console.amazonaws-us-gov.com"
    return f"{region}.console.aws.amazon.com"
