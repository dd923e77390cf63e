"""Amazon ECS: services and their rollouts, tasks and why they stop, clusters, Fargate."""
