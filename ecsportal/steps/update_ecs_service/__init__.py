"""The step "Update Amazon ECS Service": new images and settings for a service that others own."""
