"""The step "Delete an AWS CloudFormation stack"."""
