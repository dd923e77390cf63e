"""From the texts that ECS gives for tasks and services to causes, one row a cause.

Sources: the developer guide's stopped task error codes and service event messages, and texts from
real reports. The order matters: the first row that matches is the cause.
"""

from __future__ import annotations

from ecsportal.aws.causes import Mend, Rule

_PULL = r"CannotPull\w*Error.*"
_INIT = r"ResourceInitializationError.*"
_NO_ANSWER = (
    r"(?:i/o timeout|request canceled|no route|connection refused|dial tcp|deadline exceeded"
    r"|no such host|timed? ?out|connection issue)"
)
_ROUTE = "Assign a public IP in a public subnet, or add a NAT gateway or VPC endpoints ({}).".format

IMAGE_RULES = (
    Rule(
        "architecture",
        r"descriptor matching platform|exec format error|no match for platform"
        r"|image Manifest does not contain",
        "{image} is built for another CPU architecture than the task's.",
        "Choose the other architecture in the step, or push an image for this one.",
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "registry-limit",
        r"toomanyrequests|pull rate limit",
        "The registry refuses more pulls for now.",
        "Give the container credentials for the registry, or mirror the image to ECR.",
        heals=True,
        mend=Mend.RETRY,
    ),
    Rule(
        "registry-fault",
        _PULL + r"(?:Internal Server Error|Bad Gateway|Service Unavailable|\b50[0-4]\b|\bEOF\b"
        r"|connection reset)",
        "The registry of {image} answered with a fault of its own.",
        "Retry: this passes by itself. If it comes back, look at the registry's state.",
        heals=True,
        mend=Mend.RETRY,
    ),
    Rule(
        "disk-full",
        r"no space left on device",
        "The task's disk is too small for its images and files.",
        "Raise the task's ephemeral storage in the step, or use a smaller image.",
        mend=Mend.STEP,
    ),
    Rule(
        "image-no-route",
        _PULL + _NO_ANSWER,
        "The task can't reach the registry of {image}.",
        _ROUTE("ecr.api, ecr.dkr, s3, logs"),
        mend=Mend.STEP,
    ),
    Rule(
        "image-access",
        _PULL + r"(?:pull access denied|docker login|no basic auth|authorization failed|denied:"
        r"|unauthorized)",
        "The task may not pull {image}.",
        "Correct the image's name, or give the container credentials for its registry.",
        mend=Mend.STEP,
    ),
    Rule(
        "image-not-found",
        _PULL + r"(?:not found|manifest unknown|does not exist|NotFound|name unknown"
        r"|repository.*unknown)",
        "{image} doesn't exist in {feed}.",
        "Push it, or choose another tag in a new release.",
        mend=Mend.ROLL_BACK,
    ),
    Rule(
        "image-not-found",
        _PULL + r"403 Forbidden",  # ECR, when the role may not look (real reports)
        "{image} doesn't exist in {feed}, or the execution role may not read it.",
        "Push it or choose another tag in a new release, or allow ecr:BatchGetImage for the role.",
        mend=Mend.ROLL_BACK,
    ),
    Rule(
        "image-pull",
        _PULL,
        "{image} can't be pulled.",
        "Read AWS's words below; the name, the tag, access or the network is at fault.",
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
)

START_RULES = (
    Rule(
        "role-not-assumable",
        r"unable to assume the (?!service.linked)(?:IAM |execution |task )?role",
        "ECS can't take on the task's role.",
        "Check that the role exists and that its trust policy names ecs-tasks.amazonaws.com.",
        mend=Mend.STEP,
    ),
    Rule(
        "log-access",
        r"failed to validate logger args.*(?:AccessDenied|not authorized)",
        "The execution role may not write the container's log.",
        "Allow logs:CreateLogStream and logs:PutLogEvents for it, then retry.",
        mend=Mend.STEP,
    ),
    Rule(
        "log-no-route",
        r"failed to validate logger args.*" + _NO_ANSWER,
        "The task can't reach CloudWatch Logs.",
        _ROUTE("logs"),
        mend=Mend.STEP,
    ),
    Rule(
        "log-group",
        r"failed to validate logger args|log group does not exist|log driver",
        "The container's log can't be opened.",
        "Create the log group, or let the step create it (logging: auto).",
        mend=Mend.STEP,
    ),
    Rule(
        "efs",
        r"failed to invoke EFS utils|EFS utils|mount target",
        "The EFS volume can't be mounted.",
        "Check the mount targets of the subnets, port 2049 in the security group and the access"
        " point.",
        mend=Mend.STEP,
    ),
    Rule(
        "environment-file",
        r"failed to download env files|environment file",
        "An environment file can't be read from S3.",
        "Check the object's ARN and that the execution role may s3:GetObject it.",
        mend=Mend.STEP,
    ),
    Rule(
        "secret-key-missing",
        r"did not contain json key (?P<key>[\w.-]+)",
        "The secret has no key {key}.",
        "Add the key to the secret, or correct its name in the step or its variable.",
        mend=Mend.VARIABLES,
    ),
    Rule(
        "secret-not-found",
        r"can't find the specified secret|invalid ssm parameters|ParameterNotFound"
        r"|(?:secret|asm|ssm).*ResourceNotFoundException",
        "A secret that the task needs doesn't exist.",
        "Create it, or correct its name in the step or its variable.",
        mend=Mend.VARIABLES,
    ),
    Rule(
        "secret-no-route",
        _INIT + r"(?:secret|ssm|asm|registry auth).*" + _NO_ANSWER,
        "The task can't reach the service that keeps its secrets.",
        _ROUTE("secretsmanager, ssm, ecr.api"),
        mend=Mend.STEP,
    ),
    Rule(
        "registry-sign-in",
        _INIT + r"(?:ecr registry auth|GetAuthorizationToken)",
        "The execution role may not sign in to ECR.",
        "Allow ecr:GetAuthorizationToken for it, or give the task an execution role that may.",
        mend=Mend.STEP,
    ),
    Rule(
        "secret-denied",
        r":(?:secret:|parameter/)(?P<secret>[\w/+=.@-]+?)(?:-\w{6})?[ :].*AccessDenied",
        "The execution role may not read the secret {secret}.",
        "Allow secretsmanager:GetSecretValue (or ssm:GetParameters) on it, then retry.",
        mend=Mend.STEP,
    ),
    Rule(
        "secret-denied",
        _INIT + r"(?:secret|ssm|registry auth|asm)",
        "The execution role may not read a secret of the task, or there is no route to it.",
        "Allow secretsmanager:GetSecretValue (or ssm:GetParameters) for the execution role, and"
        " check the route to that service.",
        mend=Mend.STEP,
    ),
    Rule(
        "subnet-full",
        r"free addresses|InsufficientFreeAddresses|no free (?:ip )?address",
        "A subnet of the task has no free address.",
        "Give the step larger or further subnets, or remove what uses up this one.",
        mend=Mend.STEP,
    ),
    Rule(
        "network-interface",
        r"network interface",
        "The task got no network interface.",
        "Retry. If it comes back, look at the subnets' free addresses and the account's limit of"
        " network interfaces.",
        heals=True,
        mend=Mend.RETRY,
    ),
    Rule(
        "initialization",
        r"ResourceInitializationError",
        "The task's resources can't be prepared.",
        "Read AWS's words below: network interface, role, secrets, volumes or logs are at fault.",
        heals=True,
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "out-of-memory",
        r"OutOfMemory|memory usage|\bOOM",
        "{container} was killed because it used more than its {memory}.",
        "Raise its memory limit, or the task's.",
        heals=True,
        mend=Mend.STEP,
    ),
    Rule(
        "command-not-runnable",
        r"CannotStartContainerError.*permission denied",
        "{container} may not run its command.",
        "Make the file executable in the image, or correct the command in the step.",
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "command-not-found",
        r"executable file not found|no such file or directory",
        "The command of {container} isn't in its image.",
        "Check command, entry point and the shell in the image.",
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "command",
        r"CannotStartContainerError",
        "{container} can't start its command.",
        "Check command, entry point and the shell in the image.",
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "container-create",
        r"CannotCreateContainerError",
        "{container} can't be made as the step describes it.",
        "Read AWS's words below and correct volumes, links or limits of the container.",
        mend=Mend.STEP,
    ),
    Rule(
        "spot",
        r"SpotInterruption|TerminationNotice",
        "AWS took back the capacity that the task ran on.",
        "Retry. What must not be interrupted belongs on Fargate, not on Fargate Spot.",
        heals=True,
        mend=Mend.RETRY,
    ),
    Rule(
        "platform",
        r"ContainerRuntimeTimeoutError|ContainerRuntimeError|CannotStopContainerError"
        r"|CannotInspectContainerError|InfrastructureHealth|InternalError",
        "The platform under the task failed.",
        "Retry: AWS replaces it by itself.",
        heals=True,
        mend=Mend.RETRY,
    ),
)

HEALTH_RULES = (
    Rule(
        "load-balancer-answer",
        r"Health checks failed with these codes: \[(?P<codes>[\d, ]+)\]",
        "{container} runs, but its health check answers {codes}.",
        "Check the path of the target group's health check. If the app needs time to start, set a"
        " grace period in the step.",
        heals=True,
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "load-balancer-silence",
        r"unhealthy in \(target-group.*(?:Request timed out|Health checks failed\))",
        "{container} runs, but the load balancer gets no answer from it.",
        "Let the load balancer's security group reach the container's port. Check that the app"
        " listens on that port, on all addresses. If it needs time to start, set a grace period.",
        heals=True,
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "load-balancer-zone",
        r"Availability Zone that is not enabled for the (?:load balancer|target group)",
        "Tasks run in a zone that the load balancer doesn't serve.",
        "Enable the zone for the load balancer, or take its subnet out of the step.",
        mend=Mend.STEP,
    ),
    Rule(
        "load-balancer-health",
        r"failed ELB health checks|is unhealthy in \(target-group",
        "{container} runs, but the load balancer finds it unhealthy.",
        "Check path and port of the target group's health check, or set a grace period.",
        heals=True,
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "container-health",
        r"failed container health checks",
        "{container} runs, but its health check fails.",
        "Check the health command inside the image, its timeout and start period.",
        heals=True,
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
)

PLACEMENT_RULES = (
    Rule(
        "quota",
        r"reached the limit on the number of (?P<what>tasks|vCPUs)",
        "The account may not run more {what} at once.",
        "Ask AWS to raise the Fargate quota, or stop what isn't needed, then retry.",
        heals=True,
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "quota-of-one-task",
        r"CPU configuration is above your limit",
        "The account may not run a task of this size.",
        "Ask AWS to raise the Fargate quota, or choose less CPU in the step.",
        mend=Mend.STEP,
    ),
    Rule(
        "capacity",
        r"Capacity is unavailable|No Container Instances were found|CapacityProvider.*no capacity",
        "AWS has no capacity for the task at this time.",
        "Retry later, or give the step subnets in further zones.",
        heals=True,
        mend=Mend.RETRY,
    ),
    Rule(
        "zone",
        r"unable to place a task.*Internal error",
        "ECS can't place a task, most likely because a subnet's zone has no Fargate.",
        "Give the step subnets in other zones, then retry.",
        heals=True,
        mend=Mend.STEP,
    ),
    Rule(
        "placement",
        r"unable to place a task",
        "ECS can't place a task.",
        "Check the account's Fargate quotas and the zones of the subnets.",
        heals=True,
        mend=Mend.ELSEWHERE,
    ),
    Rule(
        "deployment-configuration",
        r"because of the service deployment configuration",
        "The health percents leave ECS no room to replace a task.",
        "Raise the maximum percent or lower the minimum healthy percent.",
        mend=Mend.STEP,
    ),
    Rule(
        "operations-throttled",
        r"operations are being throttled",
        "ECS slows the service down: it has started too many tasks that failed.",
        "Read why its tasks stopped and correct that, then retry.",
        heals=True,
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
    Rule(
        "tasks-fail-to-start",
        r"unable to consistently start tasks|tasks failed to start",
        "The service's tasks end before they run.",
        "Read why the tasks stopped and correct that, then retry.",
        heals=True,
        mend=Mend.ROLL_BACK,
        at_first=Mend.STEP,
    ),
)

RULES: tuple[Rule, ...] = (*IMAGE_RULES, *START_RULES, *HEALTH_RULES, *PLACEMENT_RULES)
