"""gigaplan: plans AI infrastructure at the scale of gigawatts, with proof.

>>> import gigaplan as gp
>>> plan = gp.solve(gp.load("three-states"))  # doctest: +SKIP
>>> plan.rollout()  # doctest: +SKIP
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "load": "gigaplan.programme",
    "with_changes": "gigaplan.programme",
    "Programme": "gigaplan.programme",
    "solve": "gigaplan.solving.solve",
    "what_if": "gigaplan.solving.whatif",
    "open": "gigaplan.plan.store",
    "Plan": "gigaplan.plan.plan",
    "Outcomes": "gigaplan.outcomes.tables",
    "GigaplanError": "gigaplan.errors",
    "UsageError": "gigaplan.errors",
    "InputError": "gigaplan.errors",
    "InfeasibleError": "gigaplan.errors",
    "SolverError": "gigaplan.errors",
}
_NAMES = {"open": "open_plan"}

__all__ = [
    "GigaplanError",
    "InfeasibleError",
    "InputError",
    "Outcomes",
    "Plan",
    "Programme",
    "SolverError",
    "UsageError",
    "__version__",
    "load",
    "open",
    "solve",
    "what_if",
    "with_changes",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'gigaplan' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), _NAMES.get(name, name))


def __dir__() -> list[str]:
    return sorted(__all__)
