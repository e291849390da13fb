"""Deals: project companies with cash flow, debt, tax, waterfall and workbook.

>>> from gigaplan import deals
>>> deal = deals.open("case.yaml")  # doctest: +SKIP
>>> deal.measure("equity_irr")  # doctest: +SKIP
>>> deals.workbook(deal, Path("out.xlsx"))  # doctest: +SKIP
"""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Deal": ("gigaplan.deals.deal", "Deal"),
    "open": ("gigaplan.deals.casefile", "open_deal"),
    "open_all": ("gigaplan.deals.casefile", "open_deals"),
    "of_data": ("gigaplan.deals.casefile", "deal_of"),
    "of_plan": ("gigaplan.deals.from_plan", "deals_of_plan"),
    "solved": ("gigaplan.deals.solve_for", "solved"),
    "tornado": ("gigaplan.deals.sensitivity", "tornado"),
    "two_way": ("gigaplan.deals.sensitivity", "two_way"),
    "workbook": ("gigaplan.deals.workbook.writer", "write_workbook"),
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'gigaplan.deals' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(_PUBLIC)
