"""Forms of the infrastructure pages: shapes only, the rules are the services'."""
