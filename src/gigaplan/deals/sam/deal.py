"""A SAM case as a deal: SAM's numbers by name, the main measures, the identities that must hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gigaplan.deals.deal import Deal, Measure, checks_of
from gigaplan.deals.returns import Rate, rate_of
from gigaplan.deals.sam.case import SamCase
from gigaplan.deals.sam.lines import all_lines
from gigaplan.deals.sam.numbers import all_numbers
from gigaplan.deals.sam.reading import sam_case
from gigaplan.deals.sam.run import run

_OWNERS = (
    ("project_return_aftertax", "cf_project_return_aftertax", "Project"),
    ("tax_investor_aftertax", "cf_tax_investor_aftertax", "Tax investor"),
    ("sponsor_aftertax", "cf_sponsor_aftertax", "Developer"),
)


_INPUT_OF = {"ppa_price": "ppa_price_input"}


def sam_deal(case: SamCase) -> Deal:
    """Run a case in SAM's conventions."""
    done = run(case)
    lines = all_lines(done)
    numbers = all_numbers(done, lines)
    rates: dict[str, Rate] = {}
    measures: list[Measure] = []
    remarks = list(done.remarks)
    for name, line, word in _OWNERS:
        if line not in lines:
            continue
        rate = rate_of(lines[line].tolist())
        rates[f"{name}_irr"] = rate
        shown = numbers.get(f"{name}_irr", math.nan)
        remark = "" if rate.status == "one root" else rate.status
        if rate.status == "several roots":
            every = ", ".join(f"{100 * r:.6g} %" for r in rate.roots)
            remark += f": {every}; shown is the one that SAM's iteration gives"
            remarks.append(f"{word} return: {remark}")
        elif rate.status == "no root":
            remarks.append(f"{word} return: no rate makes the worth zero")
        value = None if math.isnan(shown) else shown
        measures.append(Measure(f"{name}_irr", f"{word}: return after tax", value, "%", remark))
        measures.append(
            Measure(f"{name}_npv", f"{word}: net present value after tax",
                    numbers.get(f"{name}_npv"), "$")
        )  # fmt: skip
    for name, label, unit in (
        ("ppa_price", "Price of power in year 1", "cents/kWh"),
        ("lcoe_nom", "Levelized cost of energy, nominal", "cents/kWh"),
        ("lcoe_real", "Levelized cost of energy, real", "cents/kWh"),
        ("lppa_nom", "Levelized price, nominal", "cents/kWh"),
        ("cost_installed", "Total cost", "$"),
        ("size_of_debt", "Debt", "$"),
        ("debt_fraction", "Debt, share of cost", "%"),
        ("min_dscr", "Lowest coverage", "x"),
        ("mean_dscr", "Mean coverage", "x"),
        ("flip_actual_year", "Year of the flip", "year"),
    ):
        if name in numbers and (name != "flip_actual_year" or case.model.endswith("partflip")):
            value = None if math.isnan(numbers[name]) else numbers[name]
            measures.append(Measure(name, label, value, unit))
    deal = Deal(
        case.name, f"sam {case.model}", case.source, done.ledger, measures,
        checks_of(done.ledger), lines, numbers, case, rates, remarks,
    )  # fmt: skip

    def again(changes: Mapping[str, Any]) -> Deal:
        given = {_INPUT_OF.get(k, k): v for k, v in changes.items()}
        if "ppa_price" in changes:
            given["ppa_price_input"] = float(changes["ppa_price"]) / 100
            given["ppa_soln_mode"] = 1
        return sam_deal(sam_case(case.model, case.name, case.source, {**case.values, **given}))

    deal.rerun = again
    return deal
