"""SAM's other output names, derived from the lines of the ledger: sums, aliases, rates to date."""

from __future__ import annotations

import math

import numpy as np

from gigaplan.deals.ledger import Array
from gigaplan.deals.returns import sam_irr
from gigaplan.deals.sam.run import SamRun

_FLOWS = (
    "cf_project_return_pretax",
    "cf_project_return_aftertax",
    "cf_tax_investor_pretax",
    "cf_tax_investor_aftertax",
    "cf_sponsor_pretax",
    "cf_sponsor_aftertax",
)
_ALIAS = {
    "cf_project_return_aftertax_cash": "cf_project_return_pretax",
    "cf_sponsor_aftertax_cash": "cf_sponsor_pretax",
    "cf_tax_investor_aftertax_cash": "cf_tax_investor_pretax",
    "cf_debt_size": "cf_debt_payment_principal",
    "cf_tax_investor_operating_activities": "cf_pretax_operating_cashflow",
}
_UPFRONT = ("_fed_amount", "_sta_amount", "_uti_amount", "_oth_amount", "_percent_amount", "_total")
_RESERVES = {
    "dsra": "debtservice",
    "wcra": "om",
    "receivablesra": "receivables",
    "me1ra": "equip1",
    "me2ra": "equip2",
    "me3ra": "equip3",
}


def all_lines(run: SamRun) -> dict[str, Array]:
    """Every line by SAM's name: one value for each year, year 0 first."""
    rows = {name: row.value for name, row in run.ledger.rows.items()}
    lines = {name: v for name, v in rows.items() if name.startswith("cf_")}
    nothing = np.zeros(run.case.years + 1)
    for alias, name in _ALIAS.items():
        if name in lines and alias not in lines:
            lines[alias] = lines[name]
    for total in ("cf_itc", "cf_pbi_total"):
        parts = [lines[n] for n in _parts(total) if n in lines]
        if parts:
            lines["cf_itc_total" if total == "cf_itc" else total] = np.sum(parts, axis=0)
    if run.case.model in ("levpartflip", "equpartflip"):
        later = np.arange(run.case.years + 1) > 0
        lines["cf_sponsor_pretax_cash"] = np.where(later, lines["cf_sponsor_pretax"], 0.0)
    if run.case.model == "saleleaseback":
        lines["cf_tax_investor_pretax_cashflow"] = (
            lines["cf_pretax_operating_cashflow"] + lines["cf_net_salvage_value"]
        )
    _reserve_lines(run, lines, nothing)
    rate = run.ledger.cells["nominal_discount_rate"].value
    discount = (1.0 + rate) ** -np.arange(run.case.years + 1.0)
    for name in _FLOWS:
        if name not in lines:
            continue
        flow = lines[name].tolist()
        yearly = [sam_irr(flow, i) * 100 for i in range(len(flow))]
        lines[f"{name}_irr"] = np.array(yearly)
        lines.setdefault(f"{name}_npv", np.cumsum(lines[name] * discount))
        if name in ("cf_project_return_aftertax", "cf_tax_investor_aftertax"):
            lines[f"{name}_max_irr"] = _highest(yearly, run.case.model)
    for tax in ("federal", "state"):
        lines[f"cf_{tax}_tax_frac"] = _by_year(run, f"{tax}_tax_rate") / 100
    state, federal = lines["cf_state_tax_frac"], lines["cf_federal_tax_frac"]
    lines["cf_effective_tax_frac"] = state + (1 - state) * federal
    return lines


def _parts(total: str) -> tuple[str, ...]:
    if total == "cf_itc":
        return ("cf_itc_fed", "cf_itc_sta")
    return tuple(f"{total}_{g}" for g in ("fed", "sta", "uti", "oth"))


def _highest(yearly: list[float], model: str) -> Array:
    """The highest rate to date; SAM starts again from 0 beside a year without a rate."""
    flip = model in ("levpartflip", "equpartflip")
    best = 0.0 if flip else math.nan
    out = [0.0]
    for value in yearly[1:]:
        best = 0.0 if math.isnan(value) or math.isnan(best) else max(best, value)
        out.append(best)
    return np.array(out)


def _by_year(run: SamRun, name: str) -> Array:
    values = run.case.series(name)
    out = np.zeros(run.case.years + 1)
    if len(values) == 1:
        out[1:] = values[0]
    else:
        part = values[: run.case.years]
        out[1 : len(part) + 1] = part
    return out


def _reserve_lines(run: SamRun, lines: dict[str, Array], nothing: Array) -> None:
    owner = "sponsor" if run.case.model == "saleleaseback" else "project"
    every, spent = nothing.copy(), nothing.copy()
    for short, name in _RESERVES.items():
        funding = lines.get(f"cf_funding_{name}")
        if funding is None:
            continue
        out = lines.get(f"cf_disbursement_{name}", nothing)
        lines[f"cf_{owner}_{short}"] = -funding - out
        every = every - funding - out
        if name.startswith("equip"):
            lines[f"cf_{owner}_me{name[-1]}cs"] = out
            spent = spent + out
    if owner == "sponsor":
        held = lines["cf_reserve_leasepayment"]
        lease = np.concatenate([[-held[0]], held[:-1] - held[1:]])
        lines["cf_sponsor_lpra"] = lease
        lines["cf_funding_leasepayment"] = np.where(np.arange(len(held)) == 0, held[0], 0.0)
        every = every + lease
        lines["cf_sponsor_aftertax_tax"] = lines["cf_sponsor_statax"] + lines["cf_sponsor_fedtax"]
        lines["cf_tax_investor_aftertax_tax"] = (
            lines["cf_tax_investor_statax"] + lines["cf_tax_investor_fedtax"]
        )
        if "cf_itc_total" in lines:
            lines["cf_tax_investor_aftertax_itc"] = lines["cf_itc_total"]
    lines[f"cf_{owner}_ra"] = every
    lines[f"cf_{owner}_mecs"] = spent


def all_numbers(run: SamRun) -> dict[str, float]:
    """Every single number by SAM's name."""
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
    return found


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
        reached = year if case.number("ppa_soln_mode") == 1 else _reached(run)
        found["flip_actual_year"] = math.nan if reached is None else float(reached)
        found["flip_actual_irr"] = sam_irr(run.target.value.tolist(), year) * 100


def _reached(run: SamRun) -> int | None:
    """The year in which the return first reaches the target, within SAM's tolerance."""
    goal, near = run.case.number("flip_target_percent"), run.case.number("ppa_soln_tolerance")
    flow = run.target.value.tolist()
    yearly = [sam_irr(flow, i) * 100 for i in range(len(flow))]
    best = _highest(yearly, run.case.model)
    for t in range(2, len(flow)):
        close = abs(yearly[t] - goal) / 100 < near
        if best[t - 1] < goal and (close or best[t] >= goal):
            return t
    return None
