"""The pages of projects and of their processes."""
