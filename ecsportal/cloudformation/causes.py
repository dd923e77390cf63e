"""From the reasons that CloudFormation gives for failed resources to causes, one row a cause.

Sources: the resource handlers' error codes (`HandlerErrorCode`), the services' own texts inside
them, and real reports. The order matters: what names the thing comes before the handler's code.
"""

from __future__ import annotations

from ecsportal.aws.causes import Mend, Rule

_HANDLER = "HandlerErrorCode: "

RULES: tuple[Rule, ...] = (
    Rule(
        "already-exists",
        r"already exists|AlreadyExists|not idempotent",
        "{resource} can't be created: something of that name exists outside the stack.",
        "Delete or rename what exists, or choose another name in the step, then retry.",
        mend=Mend.STEP,
    ),
    Rule(
        "cluster-not-found",
        r"Cluster not found|ClusterNotFound|cluster (?:was|is) (?:not found|inactive)",
        "There is no cluster {cluster} in {region}.",
        "Correct the deployment target, or create the cluster, then retry.",
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "credentials-expired",
        r"security token included in the request is (?:expired|invalid)|ExpiredToken",
        "The credentials ended while CloudFormation worked on {resource}.",
        "Retry: the rollback is continued first. For long updates give the account a role whose"
        " session lasts longer.",
        mend=Mend.RETRY,
    ),
    Rule(
        "service-linked-role",
        r"service.linked role",
        "ECS may not use its own role in this account.",
        "Create it once with `aws iam create-service-linked-role --aws-service-name"
        " ecs.amazonaws.com`, then retry.",
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "pass-role",
        r"iam:PassRole|Role is not valid|role.*cannot be found|NoSuchEntity.*role",
        "{resource} can't be given its role.",
        "Check that the role exists, and allow iam:PassRole on it for the account's identity.",
        mend=Mend.STEP,
    ),
    Rule(
        "permission",
        r"AccessDenied|is not authorized to perform|UnauthorizedTaggingOperation",
        "CloudFormation may not make {resource}.",
        "Allow the action that AWS names below for the account's identity, then retry.",
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "circuit-breaker",
        r"Circuit Breaker",
        "The circuit breaker of ECS ended the rollout: its tasks kept failing.",
        "Read why the tasks stopped and correct that, then retry.",
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "target-group",
        r"does not have an associated load balancer",
        "The target group isn't attached to a load balancer yet.",
        "Add it to a listener, then retry.",
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "target-group-missing",
        r"TargetGroupNotFound|target group.*(?:not found|does not exist)",
        "A target group of the step doesn't exist.",
        "Correct the load balancer mapping in the step, or create the group.",
        mend=Mend.STEP,
    ),
    Rule(
        "target-group-type",
        r"target type instance.*incompatible|incompatible with the awsvpc",
        "The target group takes instances, but Fargate tasks have addresses.",
        "Use a target group of the type ip in the load balancer mapping.",
        mend=Mend.STEP,
    ),
    Rule(
        "subnet-missing",
        r"subnet(?: ID|s)?\b.*(?P<subnet>subnet-\w+).*does not exist",
        "Subnet {subnet} of the step doesn't exist.",
        "Correct the subnets in the step: they have to be in the target's account and region.",
        mend=Mend.STEP,
    ),
    Rule(
        "subnet-missing",
        r"InvalidSubnetID|subnet(?: ID|s)?\b.*does not exist|no such subnet",
        "A subnet of the step doesn't exist.",
        "Correct the subnets in the step: they have to be in the target's account and region.",
        mend=Mend.STEP,
    ),
    Rule(
        "security-group-missing",
        r"security groups?\b.*(?P<group>sg-\w+).*does not exist",
        "Security group {group} of the step doesn't exist.",
        "Correct the security groups in the step: account and region are the target's.",
        mend=Mend.STEP,
    ),
    Rule(
        "security-group-missing",
        r"InvalidGroup\.NotFound|InvalidGroupId|security group.*does not exist",
        "A security group of the step doesn't exist.",
        "Correct the security groups in the step: account and region are the target's.",
        mend=Mend.STEP,
    ),
    Rule(
        "networks-differ",
        r"belong to different networks|different VPCs?",
        "Subnets, security groups and target group of the step aren't of one network.",
        "Choose all of them from the same VPC.",
        mend=Mend.STEP,
    ),
    Rule(
        "task-size",
        r"No Fargate configuration exists",
        "Fargate has no task of this CPU and memory.",
        "Choose another pair of CPU and memory in the step.",
        mend=Mend.STEP,
    ),
    Rule(
        "capacity-provider",
        r"capacity provider.*(?:not found|not active|does not exist|not associated)",
        "The cluster {cluster} doesn't have the capacity provider of the step.",
        "Add it to the cluster, or choose another in the step.",
        mend=Mend.STEP,
    ),
    Rule(
        "namespace",
        r"namespace.*(?:not found|does not exist|couldn.t be found)",
        "The Service Connect namespace of the step doesn't exist.",
        "Create it in Cloud Map, or correct its name in the step.",
        mend=Mend.STEP,
    ),
    Rule(
        "not-stabilized",
        r"NotStabilized|did not stabilize|Exceeded attempts to wait",
        "The service did not become stable in the time that CloudFormation gives it.",
        "Read the service's events below, correct what they name, then retry.",
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "limit",
        _HANDLER + r"ServiceLimitExceeded|LimitExceeded|quota",
        "{resource} would exceed a quota of the account.",
        "Ask AWS to raise the quota that it names below, or delete what isn't needed.",
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "throttled",
        _HANDLER + r"Throttling|Rate exceeded",
        "AWS was asked too often while it worked on {resource}.",
        "Retry: this passes by itself.",
        heals=True,
        mend=Mend.RETRY,
    ),
    Rule(
        "invalid-request",
        _HANDLER + r"InvalidRequest|Invalid request provided|Properties validation failed",
        "AWS refuses {resource} as the step describes it.",
        "Correct in the step what AWS names below.",
        mend=Mend.STEP,
    ),
    Rule(
        "not-found",
        _HANDLER + r"NotFound",
        "Something that {resource} needs doesn't exist.",
        "Create what AWS names below, or correct its name in the step.",
        mend=Mend.STEP,
    ),
    Rule(
        "resource-in-use",
        _HANDLER + r"ResourceConflict|is in use|has a dependent object",
        "{resource} can't be changed while something else uses it.",
        "Find out what uses it, from AWS's words below, then retry.",
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "aws-internal",
        _HANDLER + r"(?:InternalFailure|ServiceInternalError|NetworkFailure)|Internal Failure",
        "AWS failed while it worked on {resource}.",
        "Retry: this passes by itself.",
        heals=True,
        mend=Mend.RETRY,
    ),
)
