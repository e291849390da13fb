"""SAM's single results, from the cells and lines of the ledger."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from gigaplan.deals.returns import sam_irr
from gigaplan.deals.sam.lines import highest, reached
from gigaplan.deals.sam.run import SamRun
from gigaplan.deals.terms import Array, Row

_UPFRONT = ("_fed_amount", "_sta_amount", "_uti_amount", "_oth_amount", "_percent_amount", "_total")


def all_numbers(run: SamRun, lines: Mapping[str, Array]) -> dict[str, float]:
    """Every single number by SAM's name, from the ledger and SAM's other lines."""
    cells = run.ledger.cells
    found = {n: c.value for n, c in cells.items() if c.formula is not None}
    found["ppa_price"] = found["ppa"] = cells["ppa_price"].value
    main = {
        "singleowner": "project_return_aftertax_irr",
        "levpartflip": "tax_investor_aftertax_irr",
        "equpartflip": "tax_investor_aftertax_irr",
        "saleleaseback": "tax_investor_aftertax_irr",
    }[run.case.model]
    found["analysis_period_irr"] = found[main]
    found["cost_prefinancing"] = cells["total_installed_cost"].value
    if "cost_installed" in found and run.case.number("system_capacity"):
        size = run.case.number("system_capacity")
        found["cost_installedperwatt"] = found["cost_installed"] / size / 1000.0
    if run.case.model != "saleleaseback":
        found["size_of_equity"] = found["issuance_of_equity"]
    if run.case.model == "equpartflip":
        for name, cell in cells.items():
            if name.startswith(("ibi_", "cbi_")) and name.endswith(_UPFRONT):
                found["size_of_equity"] -= cell.value
    _tax_and_flip(run, found, main)
    _present_values(run, found, lines)
    return found


def _present_values(run: SamRun, found: dict[str, float], lines: Mapping[str, Array]) -> None:
    """Worth of costs, incomes and credits at the nominal rate; levelized credits before tax."""
    rows = run.ledger.rows
    nominal = found["nominal_discount_rate"]

    def worth(*names: str) -> float:
        flows = [rows[n].value for n in names if n in rows]
        return float(sum(f[1:] @ (1.0 + nominal) ** -np.arange(1.0, len(f)) for f in flows))

    fuel = worth("cf_om_fuel_expense", "cf_om_opt_fuel_1_expense", "cf_om_opt_fuel_2_expense")
    other = worth("cf_om_fixed_expense", "cf_om_production_expense", "cf_om_capacity_expense")
    found["present_value_fuel"], found["present_value_oandm_nonfuel"] = fuel, other
    found["present_value_oandm"] = other + worth("cf_om_fuel_expense")
    found["present_value_insandproptax"] = worth("cf_insurance_expense", "cf_property_tax_expense")
    found["npv_salvage_value"] = worth("cf_net_salvage_value")
    found["npv_capacity_revenue"] = worth("cf_capacity_payment")
    found["npv_curtailment_revenue"] = worth("cf_curtailment_value")
    for giver in ("fed", "sta", "uti", "oth"):
        found[f"npv_{giver}_pbi_income"] = worth(f"cf_pbi_total_{giver}")
    taxed = 1.0 - found["effective_tax_rate"] / 100
    for tax in ("fed", "sta"):
        found[f"itc_total_{tax}"] = _sum_of(rows, f"cf_itc_{tax}")
        for word, energy in (("nom", "npv_energy_nom"), ("real", "npv_energy_real")):
            under = found[energy] * taxed
            found[f"lcoptc_{tax}_{word}"] = worth(f"cf_ptc_{tax}") / under * 100 if under else 0.0
    found["itc_total"] = found["itc_total_fed"] + found["itc_total_sta"]
    if "cf_cash_for_ds" in rows:
        found["cash_for_debt_service"] = _sum_of(rows, "cf_cash_for_ds")
        found.setdefault("pv_cafds", float(lines["cf_pv_cash_for_ds"].sum()))


def _sum_of(rows: Mapping[str, Row], name: str) -> float:
    return float(rows[name].value.sum()) if name in rows else 0.0


def _tax_and_flip(run: SamRun, found: dict[str, float], main: str) -> None:
    case, lines = run.case, run.ledger.rows
    state, federal = (case.number(f"{t}_tax_rate") / 100 for t in ("state", "federal"))
    effective = state + (1 - state) * federal
    found["effective_tax_rate"] = effective * 100
    share = found.get("debt_fraction", 0.0) / 100
    cost = share * case.number("term_int_rate") / 100 * (1 - effective) if share else 0.0
    found["wacc"] = ((1 - share) * found[main] / 100 + cost) * 100
    found["flip_target_irr"] = case.number("flip_target_percent")
    year = min(int(case.number("flip_target_year")), case.years)
    found["flip_target_year"] = float(year)
    before = lines.get("before_flip_sam", lines.get("before_flip"))
    if before is not None:
        after = np.flatnonzero(before.value == 0.0)
        flow = run.target.value.tolist()
        flip = int(after[0]) - 1 if len(after) else None
        if flip is None and sam_irr(flow, case.years) * 100 >= found["flip_target_irr"]:
            flip = case.years
        found["flip_actual_year"] = math.nan if flip is None else float(flip)
        found["flip_actual_irr"] = math.nan if flip is None else sam_irr(flow, flip) * 100
    else:
        met: int | None = year
        if case.number("ppa_soln_mode") == 0:
            flow = run.target.value.tolist()
            yearly = [sam_irr(flow, i) * 100 for i in range(len(flow))]
            met = reached(run, yearly, highest(yearly, case.model))
        found["flip_actual_year"] = math.nan if met is None else float(met)
        found["flip_actual_irr"] = sam_irr(run.target.value.tolist(), year) * 100
