"""The answer as one labelled Dataset: tables, summary, saving and opening, comparing.

``Plan``, ``open_plan``, ``save_plan``, ``compare`` and ``compare_text`` are imported when first
used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gigaplan.plan.compare import compare, compare_text
    from gigaplan.plan.plan import Plan
    from gigaplan.plan.store import open_plan, save_plan

__all__ = ["Plan", "compare", "compare_text", "open_plan", "save_plan"]

_HOME = {
    "Plan": "plan",
    "open_plan": "store",
    "save_plan": "store",
    "compare": "compare",
    "compare_text": "compare",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"gigaplan.plan.{_HOME[name]}"), name)
    raise AttributeError(f"module 'gigaplan.plan' has no attribute {name!r}")
