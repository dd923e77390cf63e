"""Pages under /infrastructure/, and what asks AWS or a registry under /remote/."""
