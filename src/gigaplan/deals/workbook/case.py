"""A case as fields of a sheet, and back with the edits that were made to the assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from gigaplan.deals.company.schema import Money
from gigaplan.deals.deal import Deal
from gigaplan.deals.sam.case import SamCase
from gigaplan.deals.sam.energy import energy

SECTION = "company section"  # marks the lines of a company where a workbook holds several
_HOURLY = (
    "gen", "system_pre_curtailment_kwac", "dispatch_factors_ts", "dispatch_sched_weekday",
    "dispatch_sched_weekend", "dispatch_tod_factors", "ppa_multiplier_model",
)  # fmt: skip


def case_rows(deal: Deal) -> list[tuple[str, Any]]:
    """The case as (field, value) pairs; an hourly profile becomes its annual figures."""
    if isinstance(deal.case, SamCase):
        head: list[tuple[str, Any]] = [("model", deal.case.model), ("name", deal.case.name)]
        if deal.case.number("ppa_soln_mode") == 0:
            head.append(("solved_price", deal.ledger.cells["ppa_price"].value))
        return [*head, *_sam(deal.case)]
    return sorted(flat(deal.case).items())


def _sam(case: SamCase) -> list[tuple[str, Any]]:
    values = dict(case.values)
    if case.raw("gen") is not None and not case.on("system_use_lifetime_output"):
        e = energy(case)
        for name in _HOURLY:
            values.pop(name, None)
        values["annual_energy"] = float(e.sales[0])
        values["ppa_multiplier_average"] = _ratio(e.weighted_sales[0], e.sales[0])
        values["annual_purchases"] = -float(e.purchases[0])
        values["ppa_multiplier_purchases"] = _ratio(e.weighted_purchases[0], e.purchases[0])
    return sorted(values.items())


def _ratio(top: float, under: float) -> float:
    return float(top / under) if under else 1.0


def flat(model: BaseModel) -> dict[str, Any]:
    """Every field that was set, by dotted name, as plain values."""
    found: dict[str, Any] = {}

    def walk(value: Any, name: str) -> None:
        if isinstance(value, Money):
            found[name] = f"{value.amount!r} {value.currency}"
        elif isinstance(value, BaseModel):
            for key in type(value).model_fields:
                if key in value.model_fields_set:
                    walk(getattr(value, key), f"{name}.{key}" if name else key)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for i, item in enumerate(value):
                walk(item, f"{name}.{i}")
        elif isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{name}.{key}")
        elif isinstance(value, tuple):
            found[name] = list(value)
        elif value is not None:
            found[name] = value if isinstance(value, int | float | str | bool) else str(value)

    walk(model, "")
    return found


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Plain nested data from dotted names; whole numbers are places in a list."""
    root: dict[str, Any] = {}
    for name in sorted(
        fields, key=lambda n: [(len(p), p) if p.isdigit() else (0, p) for p in n.split(".")]
    ):
        parts = _parts(name)
        here: Any = root
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            fresh: Any = fields[name] if following is None else (
                [] if following.isdigit() else {}
            )  # fmt: skip
            if isinstance(here, list):
                place = int(part)
                while len(here) <= place:
                    here.append(None)
                if here[place] is None or following is None:
                    here[place] = fresh
                here = here[place]
            else:
                if part not in here or following is None:
                    here[part] = fresh
                here = here[part]
    return root


def _parts(name: str) -> list[str]:
    """The parts of a dotted name; names of investors and items may hold dots."""
    if name.startswith("sources."):
        return ["sources", name[len("sources.") :]]
    for word in ("split", "each", "funds"):
        if f".{word}." in name:
            head, tail = name.split(f".{word}.", 1)
            return [*head.split("."), word, tail]
    return name.split(".")
