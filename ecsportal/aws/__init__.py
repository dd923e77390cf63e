"""AWS sessions, clients and errors: the only way the portal speaks to AWS."""
