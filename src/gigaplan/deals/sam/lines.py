"""SAM's other lines, derived from those of the ledger: sums, aliases, rates to date."""

from __future__ import annotations

import math

import numpy as np

from gigaplan.deals.returns import sam_irr
from gigaplan.deals.sam.run import SamRun
from gigaplan.deals.terms import Array

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
    if "cf_sponsor_capital_recovery_cash" in lines:
        back = -lines["cf_sponsor_capital_recovery_cash"]
        lines["cf_sponsor_pretax_cash_during_recovery"] = back
        lines["cf_sponsor_pretax_cash_post_recovery"] = lines["cf_sponsor_pretax_cash"] - back
    _taxed_incentives(run, lines, nothing)
    _discounted_cash(run, lines)
    _reserve_lines(run, lines, nothing)
    if run.case.model == "saleleaseback":
        _lease_lines(run, lines, nothing)
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
            lines[f"{name}_max_irr"] = _met(run, yearly, highest(yearly, run.case.model))
    for tax in ("federal", "state"):
        lines[f"cf_{tax}_tax_frac"] = _by_year(run, f"{tax}_tax_rate") / 100
    state, federal = lines["cf_state_tax_frac"], lines["cf_federal_tax_frac"]
    lines["cf_effective_tax_frac"] = state + (1 - state) * federal
    return lines


def _taxed_incentives(run: SamRun, lines: dict[str, Array], nothing: Array) -> None:
    """Production incentives as an adjustment of the income of each tax (see ``incentives``)."""
    inside = run.case.model in ("equpartflip", "saleleaseback")
    for tax in ("fed", "sta"):
        adjusted = nothing.copy()
        for giver in ("fed", "sta", "uti", "oth"):
            paid = lines.get(f"cf_pbi_total_{giver}", nothing)
            taxed = run.case.on(f"pbi_{giver}_tax_{tax}")
            if inside and not taxed:
                adjusted = adjusted - paid
            elif taxed and not inside and not run.case.on(f"pbi_{giver}_for_ds"):
                adjusted = adjusted + paid
        lines[f"cf_pbi_{tax}tax_total"] = adjusted


def _discounted_cash(run: SamRun, lines: dict[str, Array]) -> None:
    """Cash for debt service at the debt rate, which SAM shows of loans by share of cost too."""
    if "cf_cash_for_ds" not in lines or "cf_pv_interest_factor" in lines:
        return
    year = np.arange(run.case.years + 1.0)
    rate = run.case.number("term_int_rate") / 100
    inside = year <= run.case.number("term_tenor")
    if run.case.model != "singleowner":
        inside &= year > 0
    factor = np.where(inside, (1.0 + rate) ** -np.maximum(year, 1.0), 0.0)
    lines["cf_pv_interest_factor"] = factor
    lines["cf_pv_cash_for_ds"] = factor * lines["cf_cash_for_ds"]


def _parts(total: str) -> tuple[str, ...]:
    if total == "cf_itc":
        return ("cf_itc_fed", "cf_itc_sta")
    return tuple(f"{total}_{g}" for g in ("fed", "sta", "uti", "oth"))


def highest(yearly: list[float], model: str) -> Array:
    """The highest rate to date; SAM starts again from 0 beside a year without a rate."""
    flip = model in ("levpartflip", "equpartflip")
    best = 0.0 if flip else math.nan
    out = [0.0]
    for value in yearly[1:]:
        best = 0.0 if math.isnan(value) or math.isnan(best) else max(best, value)
        out.append(best)
    return np.array(out)


def _met(run: SamRun, yearly: list[float], best: Array) -> Array:
    """The highest rates; SAM shows the target in the year in which the rate comes near it."""
    year = reached(run, yearly, best)
    goal = run.case.number("flip_target_percent")
    if year is not None and not run.case.model.endswith("partflip") and best[year] < goal:
        best[year] = goal
    return best


def reached(run: SamRun, yearly: list[float], best: Array) -> int | None:
    """The year in which the rate to date first reaches the target, within SAM's tolerance."""
    goal, near = run.case.number("flip_target_percent"), run.case.number("ppa_soln_tolerance")
    for t in range(2, len(yearly)):
        close = abs(yearly[t] - goal) / 100 < near
        if best[t - 1] < goal and (close or best[t] >= goal):
            return t
    return None


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
            last = np.arange(len(held)) == run.case.years
            lines["cf_tax_investor_aftertax_itc"] = np.where(last, 0.0, lines["cf_itc_total"])
    lines[f"cf_{owner}_ra"] = every
    lines[f"cf_{owner}_mecs"] = spent


def _lease_lines(run: SamRun, lines: dict[str, Array], nothing: Array) -> None:
    """Activities of lessee and lessor, reserves released at the end, credits of production."""
    cells, last = run.ledger.cells, run.case.years
    first = np.arange(last + 1) == 0
    held = lines["cf_reserve_leasepayment"]
    released = nothing.copy()
    released[last] = -held[last - 1]
    lines["cf_disbursement_leasepayment"] = released
    every = released.copy()
    every = every + lines.get("cf_disbursement_om", nothing)
    lines["cf_sponsor_adj_reserve_release"] = every
    lines["cf_pretax_cashflow"] = lines["cf_pretax_operating_cashflow"] - every
    lines["cf_pretax_cashflow"][0] = lines["cf_pretax_operating_cashflow"][0]
    paid_in = first * cells["sponsor_equity_in_lessee_llc"].value
    lines["cf_sponsor_financing_activities"] = paid_in
    salvage, other = lines["cf_net_salvage_value"], cells.get("cost_other_financing")
    spent = lines["cf_sponsor_ra"] + lines["cf_sponsor_mecs"] - salvage
    beside = 0.0 if other is None else other.value
    lines["cf_sponsor_investing_activities"] = spent + first * beside
    price = first * cells["sale_of_property"].value
    lines["cf_tax_investor_financing_activities"] = price
    lines["cf_tax_investor_investing_activities"] = salvage - price
    credits = [lines[n] for n in ("cf_ptc_fed", "cf_ptc_sta") if n in lines]
    if credits:
        lines["cf_tax_investor_aftertax_ptc"] = np.sum(credits, axis=0)
