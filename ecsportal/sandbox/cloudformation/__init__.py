"""The simulated AWS CloudFormation: stacks, their events, change sets."""
