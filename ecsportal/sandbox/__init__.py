"""A simulated AWS for the demo and the tests. Nothing in the product imports it."""
