"""The step "Apply an AWS CloudFormation change set": executes what an earlier step proposed."""
