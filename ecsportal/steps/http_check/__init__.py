"""The step "HTTP check": asks an address until it answers as expected."""
