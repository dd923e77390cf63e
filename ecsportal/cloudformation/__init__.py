"""CloudFormation: stacks, their states and events, and template documents."""
