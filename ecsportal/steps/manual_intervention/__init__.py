"""The step "Manual intervention": a person reads, decides, and the deployment goes on or ends."""
