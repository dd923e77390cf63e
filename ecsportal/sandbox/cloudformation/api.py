"""Which function answers which CloudFormation operation."""

from __future__ import annotations

from collections.abc import Callable

from ecsportal.sandbox.cloudformation import (
    change_sets,
    nested_stacks,
    stack_calls,
    stack_reads,
    template_reads,
)
from ecsportal.sandbox.cloudformation.resource_types import add_type
from ecsportal.sandbox.cloudformation.state import StackRegion, Wire

Operation = Callable[[StackRegion, Wire], Wire]

add_type(nested_stacks.TYPE, nested_stacks.NestedStackType())
OPERATIONS: dict[str, Operation] = {
    "CreateStack": stack_calls.create_stack,
    "UpdateStack": stack_calls.update_stack,
    "DeleteStack": stack_calls.delete_stack,
    "CancelUpdateStack": stack_calls.cancel_update_stack,
    "ContinueUpdateRollback": stack_calls.continue_update_rollback,
    "RollbackStack": stack_calls.rollback_stack,
    "UpdateTerminationProtection": stack_calls.update_termination_protection,
    "DescribeStacks": stack_reads.describe_stacks,
    "ListStacks": stack_reads.list_stacks,
    "DescribeStackEvents": stack_reads.describe_stack_events,
    "DescribeStackResources": stack_reads.describe_stack_resources,
    "DescribeStackResource": stack_reads.describe_stack_resource,
    "ListStackResources": stack_reads.list_stack_resources,
    "GetTemplate": template_reads.get_template,
    "ValidateTemplate": template_reads.validate_template,
    "GetTemplateSummary": template_reads.get_template_summary,
    "ListExports": stack_reads.list_exports,
    "CreateChangeSet": change_sets.create_change_set,
    "DescribeChangeSet": change_sets.describe_change_set,
    "ExecuteChangeSet": change_sets.execute_change_set,
    "DeleteChangeSet": change_sets.delete_change_set,
    "ListChangeSets": change_sets.list_change_sets,
}
