"""SAM's partnership flips: a tax investor takes most until its target return, then little.

Shares of cash and of tax benefits change in the year after the tax investor's return, counted to
date, first reaches the target (within SAM's solution tolerance). In the all-equity flip the
developer may first recover its capital from cash.
"""

from __future__ import annotations

import math
from typing import Any

from gigaplan.deals.functions import high, low, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.returns import sam_irr
from gigaplan.deals.sam.build import Build
from gigaplan.deals.sam.measures import debt_measures, levelized, rate, worth
from gigaplan.deals.sam.project import Financed, Project, costs_row, coverage_row, financed, project
from gigaplan.deals.terms import Cell, Row

SHEET = "Waterfall"


def partnership_flip(b: Build, price: Cell) -> Row:
    """Write the model, leveraged or all-equity; return the tax investor's flow after tax."""
    p = project(b, price)
    f = financed(p)
    if f.debt is not None:
        coverage = coverage_row(b, f.debt)
    investor, sponsor = _split(p, f)
    for who, flow, before in (
        ("tax_investor", investor[0], investor[1]),
        ("sponsor", sponsor[0], sponsor[1]),
    ):
        word = "Tax investor" if who == "tax_investor" else "Developer"
        rate(b, f"{who}_aftertax_irr", flow, f"{word}: return after tax")
        worth(b, f"{who}_aftertax_npv", flow, f"{word}: net present value after tax")
        rate(b, f"{who}_pretax_irr", before, f"{word}: return before tax")
        worth(b, f"{who}_pretax_npv", before, f"{word}: net present value before tax")
    rate(b, "project_return_aftertax_irr", f.aftertax, "Project: return after tax")
    worth(b, "project_return_aftertax_npv", f.aftertax, "Project: net present value after tax")
    levelized(b, p.energy, p.revenue.energy, costs_row(p, f))
    if f.debt is not None:
        debt_measures(b, f.debt, coverage, f.installed)
    return investor[0]


def _recovery(b: Build, f: Financed, stake: Cell) -> Any:
    """Cash that recovers the developer's capital before the split (all-equity flip)."""
    if b.case.model != "equpartflip":
        return 0.0
    whole = b.case.number("sponsor_cap_recovery_mode") == 1
    until = b.last if whole else b.assume("sponsor_cap_recovery_year")

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        room = low(p.cf_sponsor_capital_recovery_balance, u["cash"])
        # cash below zero recovers nothing; SAM lets a balance below zero through unchanged
        paid = where(u["cash"] < 0, 0.0, room)
        cash = where(u["year"] <= u["until"], 0 - paid, 0.0)
        return {
            "cf_sponsor_capital_recovery_cash": cash,
            "cf_sponsor_capital_recovery_balance": p.cf_sponsor_capital_recovery_balance + cash,
        }

    cash, _ = b.ledger.scan(
        SHEET,
        b.axis,
        [
            Line("cf_sponsor_capital_recovery_cash", "Developer's capital recovered", "$"),
            Line(
                "cf_sponsor_capital_recovery_balance", "Developer's capital to recover", "$",
                0 - stake,
            ),
        ],
        step,
        {"cash": f.pretax, "year": b.year, "until": until},
    )  # fmt: skip
    return cash


def _flags(b: Build, f: Financed, tax_benefit: Row, cash: Row, start: Cell) -> Row:
    """1 in the years before the flip, 0 after: the tax investor's return to date decides.

    The workbook decides by worth at the target return, which is not below zero from the year in
    which the return reaches the target; SAM's own iteration decides the engine's flags, and where
    it does not converge its flags are written as given values.
    """
    flags = _sam_flags(b, tax_benefit, cash, start)
    trial = b.ledger.scan(
        SHEET,
        b.axis,
        [
            Line("before_flip", "Before the flip", "", 1.0),
            Line("flip_worth", "Tax investor: worth to date at the target return", "$", start),
            Line("flip_worth_high", "Tax investor: highest worth to date", "$", start),
        ],
        _flag_step,
        {
            "cash": cash, "tax": tax_benefit, "rate": b.assume("flip_target_percent"),
            "near": b.assume("ppa_soln_tolerance"), "year": b.year,
            "pre_cash": b.assume("tax_investor_preflip_cash_percent"),
            "post_cash": b.assume("tax_investor_postflip_cash_percent"),
            "pre_tax": b.assume("tax_investor_preflip_tax_percent"),
            "post_tax": b.assume("tax_investor_postflip_tax_percent"),
        },
    )  # fmt: skip
    if list(trial[0].value) == flags:
        return trial[0]
    return b.ledger.schedule(
        "before_flip_sam", flags, b.axis, "Before the flip, as SAM's iteration decides", "",
        "SAM's rate did not converge in some years", sheet="Timing",
    )  # fmt: skip


def _sam_flags(b: Build, tax_benefit: Row, cash: Row, start: Cell) -> list[float]:
    """The flags of SAM's own iteration."""
    shares = {
        k: b.assume(f"tax_investor_{k}_percent").value / 100
        for k in ("preflip_cash", "postflip_cash", "preflip_tax", "postflip_tax")
    }
    target = b.case.number("flip_target_percent")
    tolerance = b.case.number("ppa_soln_tolerance")
    flows = [float(start.value)]
    best, flipped, flags = 0.0, False, [1.0]
    for t in range(1, b.years + 1):
        before = best < target
        flags.append(1.0 if before else 0.0)
        which = "preflip" if before else "postflip"
        flows.append(
            shares[f"{which}_cash"] * cash.value[t] + shares[f"{which}_tax"] * tax_benefit.value[t]
        )
        now = sam_irr(flows, t) * 100
        last = best
        # SAM forgets the highest rate where its iteration does not converge
        best = 0.0 if math.isnan(now) else max(best, now)
        if not flipped and last < target:
            if abs(now - target) / 100 < tolerance:
                flipped, best = True, target
            elif best >= target:
                flipped = True
    return flags


def _flag_step(p: Any, c: Any, u: Any) -> dict[str, Any]:
    """The flag of a year by the worth to date at the target return."""
    before = where(p.flip_worth_high >= 0, 0.0, 1.0)
    own = where(before > 0, u["pre_cash"], u["post_cash"]) / 100 * u["cash"]
    tax = where(before > 0, u["pre_tax"], u["post_tax"]) / 100 * u["tax"]
    worth_now = p.flip_worth + (own + tax) / (1 + u["rate"] / 100 - u["near"]) ** u["year"]
    return {
        "before_flip": before,
        "flip_worth": worth_now,
        "flip_worth_high": high(p.flip_worth_high, worth_now),
    }


def _split(p: Project, f: Financed) -> tuple[tuple[Row, Row], tuple[Row, Row]]:
    """The flows of tax investor and developer after and before tax."""
    b = p.b
    investor_in, sponsor_in, fee = _paid_in(b, f)
    shared = b.row(
        SHEET, "cash_to_share", f.pretax + _recovery(b, f, sponsor_in), "Cash to share"
    )  # fmt: skip
    benefit = b.row(
        SHEET, "tax_to_share", p.paid.ptc_total + f.basis.itc_total + f.statax + f.fedtax,
        "Taxes and credits to share",
    )  # fmt: skip
    before = _flags(b, f, benefit, shared, investor_in)
    own, rest = _parts(p, f, before, shared, investor_in, sponsor_in + fee)
    investor = _sum(b, "cf_tax_investor_aftertax", own, "Tax investor: return after tax", 0.0)
    state, federal = b.yearly("state_tax_rate") / 100, b.yearly("federal_tax_rate") / 100
    combined = b.row(
        "Tax", "cf_effective_tax_frac", state + (1 - state) * federal, "Combined tax rate", ""
    )
    taxed = b.only_in(1, fee) * combined
    sponsor = _sum(b, "cf_sponsor_aftertax", rest, "Developer: return after tax", taxed)
    pre_investor = b.row(
        SHEET, "cf_tax_investor_pretax", own["cash"] * 1, "Tax investor: return before tax", start=0
    )
    pre_sponsor = b.row(
        SHEET, "cf_sponsor_pretax", rest["cash"] * 1, "Developer: return before tax", start=0
    )
    return (investor, pre_investor), (sponsor, pre_sponsor)


def _paid_in(b: Build, f: Financed) -> tuple[Cell, Cell, Cell]:
    """What tax investor and developer pay in, both negative, and the development fee."""
    ledger, sheet = b.ledger, "Sources and uses"
    share = b.assume("tax_investor_equity_percent") / 100
    investor = ledger.cell(
        sheet, "equity_tax_investor", 0 - share * f.equity, "Tax investor's equity"
    )
    sponsor = ledger.cell(
        sheet, "sponsor_pretax_equity", 0 - f.equity * (1 - share), "Developer's equity"
    )
    fee = ledger.cell(
        sheet, "sponsor_pretax_development",
        b.assume("cost_dev_fee_percent") / 100 * b.assume("total_installed_cost"),
        "Development fee",
    )  # fmt: skip
    return investor, sponsor, fee


def _parts(
    p: Project, f: Financed, before: Row, shared: Row, investor_in: Cell, sponsor_in: Any
) -> tuple[dict[str, Row], dict[str, Row]]:
    """Cash, credits and taxes of the tax investor, and what is left for the developer."""
    b = p.b

    def part(kind: str) -> Any:
        pre, post = (
            b.assume(f"tax_investor_preflip_{kind}_percent"),
            b.assume(f"tax_investor_postflip_{kind}_percent"),
        )
        return where(before > 0, pre, post) / 100

    cash_part = b.row(
        SHEET, "tax_investor_cash_share", part("cash"), "Tax investor: share of cash", ""
    )
    tax_part = b.row(SHEET, "tax_investor_tax_share", part("tax"), "Tax investor: share of tax", "")
    own: dict[str, Row] = {
        "cash": b.row(
            SHEET, "cf_tax_investor_aftertax_cash", cash_part * shared, "Tax investor: cash",
            first=investor_in,
        )
    }  # fmt: skip
    rest: dict[str, Row] = {
        "cash": b.row(
            SHEET, "cf_sponsor_aftertax_cash", f.pretax - own["cash"], "Developer: cash",
            first=sponsor_in,
        )
    }  # fmt: skip
    for kind, whole in (
        ("itc", f.basis.itc_total), ("ptc", p.paid.ptc_total), ("tax", f.statax + f.fedtax),
    ):  # fmt: skip
        if isinstance(whole, float):
            continue
        word = {"itc": "investment credit", "ptc": "production credit", "tax": "tax"}[kind]
        own[kind] = b.row(
            SHEET, f"cf_tax_investor_aftertax_{kind}", tax_part * whole, f"Tax investor: {word}"
        )
        rest[kind] = b.row(
            SHEET, f"cf_sponsor_aftertax_{kind}", whole - own[kind], f"Developer: {word}"
        )
    return own, rest


def _sum(b: Build, name: str, parts: dict[str, Row], label: str, less: Any) -> Row:
    term: Any = 0.0 - less if not isinstance(less, float) else 0.0
    for row in parts.values():
        term = term + row
    return b.row("Investors", name, term, label, start=0)
