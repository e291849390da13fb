"""What is asked: zones, years, aim, money, campuses, power and rules, as a checked programme."""

from gigaplan.programme.loading import builtin_names, load, with_changes
from gigaplan.programme.schema import Programme, json_schema

__all__ = ["Programme", "builtin_names", "json_schema", "load", "with_changes"]
