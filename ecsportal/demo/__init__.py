"""`make demo`: everything on one machine, with a simulated AWS and a sample project."""
