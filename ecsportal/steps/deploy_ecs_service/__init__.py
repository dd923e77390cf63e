"""Deploy Amazon ECS Service: a Fargate service and its task definition as one stack."""
