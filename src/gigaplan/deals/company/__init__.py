"""A project company in a banker's conventions, from sources and uses to the last distribution."""
