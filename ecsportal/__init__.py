"""ECS Portal: deploys services to Amazon ECS through CloudFormation."""
