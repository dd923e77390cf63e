"""The step "Deploy an AWS CloudFormation template": any template, as one stack."""
