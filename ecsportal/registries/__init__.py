"""Image registries: which tags a repository has, newest version first."""
