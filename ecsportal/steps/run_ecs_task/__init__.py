"""The step "Run an Amazon ECS task": runs containers once and stops the deployment if they fail."""
