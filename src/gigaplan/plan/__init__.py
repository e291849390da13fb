"""The answer as one Dataset: tables, summary, saving and opening, comparison.

Names are loaded when they are first used, so that reading a stored summary needs no xarray.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gigaplan.plan.compare import compare, compare_text
    from gigaplan.plan.plan import Plan
    from gigaplan.plan.store import (
        check_target,
        open_plan,
        save,
        stored_summary,
        stored_summary_text,
    )

_HOME = {
    "Plan": "plan",
    "compare": "compare",
    "compare_text": "compare",
    "check_target": "store",
    "open_plan": "store",
    "save": "store",
    "stored_summary": "store",
    "stored_summary_text": "store",
}

__all__ = [
    "Plan",
    "check_target",
    "compare",
    "compare_text",
    "open_plan",
    "save",
    "stored_summary",
    "stored_summary_text",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"gigaplan.plan.{_HOME[name]}"), name)
        globals()[name] = value  # over a submodule of the same name, such as compare
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
