"""The commands of the operator, who sits at the server."""
