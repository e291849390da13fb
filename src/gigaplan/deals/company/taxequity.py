"""Tax equity: a partnership flip, leveraged or all-equity, or a sale with lease back.

The tax investor pays part of the equity and takes part of the cash and of the taxes and credits;
the owners share the rest by their waterfall. Income passes through, losses are used at once.

Flip: shares change in the period after the investor's worth to date at its target return, by
period from the start of operation, first is zero or more. The owners may first recover their
capital from cash. Support is the owners' alone.

Sale and lease back: the investor buys the plant as it is built and leases it back for the cash of
operation less the owners' margin; it keeps depreciation, credits and the salvage value. The owners
hold the working capital. (Both as SAM's partnership flips and sale leaseback, without development
fee and lease reserve.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gigaplan.deals.company.cascade import Cascade
from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.funding import Funded
from gigaplan.deals.company.operation import Operating
from gigaplan.deals.company.schema import TaxEquity
from gigaplan.deals.company.tax import Credits
from gigaplan.deals.functions import at, high, low, total, where
from gigaplan.deals.ledger import Line
from gigaplan.deals.terms import Row

SHEET = "Tax equity"


@dataclass
class TaxInvestor:
    """What the tax investor pays in and gets, and what is left for the owners."""

    calls: Row
    cash: Row
    benefits: Row
    funded: Funded
    distribution: Row
    owners_benefits: Row


def tax_investor(
    f: Frame, op: Operating, funded: Funded, flow: Cascade, credits: Credits, benefits: Row
) -> TaxInvestor | None:
    """The tax investor's part of a company; None where there is none."""
    terms = f.company.tax_equity
    if terms is None:
        return None
    if terms.kind == "partnership_flip":
        calls, cash, own = _flip(f, terms, funded, flow, benefits)
    else:
        calls, cash, own = _lease(f, terms, op, funded, flow, credits)
    draws = f.built("owners_draw", funded.equity_draws - calls, "Equity drawn from the owners",
                    start=0)  # fmt: skip
    return TaxInvestor(
        calls, cash, own,
        replace(funded, equity_draws=draws, calls=_owners_calls(f, terms, funded, draws)),
        f.row(SHEET, "owners_distribution", flow.distribution - cash, "Owners: distribution"),
        f.row(SHEET, "owners_own_benefits", benefits - own, "Owners: taxes and credits"),
    )  # fmt: skip


def _owners_calls(f: Frame, terms: TaxEquity, funded: Funded, draws: Row) -> dict[str, Row] | None:
    """Calls of each owner beside the tax investor where funding goes by item.

    In a flip the investor pays its share of every call; beside a lessor, who buys the plant, the
    owners pay what is left by their shares of all equity.
    """
    if funded.calls is None:
        return None
    found = {}
    for name, call in funded.calls.items():
        if terms.kind == "partnership_flip":
            own: Any = call * (1 - f.ledger.cells["tax_equity.share"])
        else:
            own = draws * f.ledger.cells[f"equity_share_{slug(name)}"]
        found[name] = f.ledger.row("Investors calls", f"call_{slug(name)}", own,
                                   f"{name}: capital called", f.unit, start=0)  # fmt: skip
    return found


def _flip(
    f: Frame, terms: TaxEquity, funded: Funded, flow: Cascade, benefits: Row
) -> tuple[Row, Row, Row]:
    """Calls, cash and benefits of the investor of a partnership flip."""
    share = f.assume("tax_equity.share", terms.share, f"{terms.investor}: share of equity")
    calls = f.built("tax_investor_calls", funded.equity_draws * share,
                    f"{terms.investor}: capital called", start=0)  # fmt: skip
    shared = f.row(SHEET, "cash_to_split",
                   high(flow.distribution, 0.0) - _recovered(f, terms, funded, calls, flow),
                   "Cash to split")  # fmt: skip
    before = _flags(f, terms, calls, shared, benefits)
    parts = {}
    for kind, whole, word in (("cash", shared, "cash"), ("tax", benefits, "taxes and credits")):
        first, second = (
            f.assume(f"tax_equity.{when}.{kind}", getattr(own, kind),
                     f"{terms.investor}: share of {word} {when} the flip")
            for when, own in (("before", terms.before), ("after", terms.after))
        )  # fmt: skip
        held = f.row(SHEET, f"tax_investor_{kind}_share", where(before > 0, first, second),
                     f"{terms.investor}: share of {word}", "")  # fmt: skip
        parts[kind] = f.row(SHEET, f"tax_investor_{kind}", held * whole,
                            f"{terms.investor}: {word}")  # fmt: skip
    return calls, parts["cash"], parts["tax"]


def _recovered(f: Frame, terms: TaxEquity, funded: Funded, calls: Row, flow: Cascade) -> Any:
    """Cash that gives the owners their capital back before the split."""
    if not terms.recovery_years:
        return 0.0
    capital = total(funded.equity_draws) - total(calls)
    own = f.ledger.cell(SHEET, "owners_capital", capital, "Owners: capital", f.unit)
    years = f.assume("tax_equity.recovery_years", terms.recovery_years,
                     "Owners' capital first: years", "year")  # fmt: skip

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        room = low(p.owners_capital_owed, high(u["cash"], 0.0))
        paid = where(u["year"] <= u["years"], room, 0.0)
        return {"owners_capital_back": paid, "owners_capital_owed": p.owners_capital_owed - paid}

    back, _ = f.ledger.scan(
        SHEET, f.run,
        [Line("owners_capital_back", "Owners: capital back from cash", f.unit),
         Line("owners_capital_owed", "Owners: capital not back yet", f.unit, own)],
        step, {"cash": flow.distribution, "year": f.year, "years": years},
    )  # fmt: skip
    return back


def _flags(f: Frame, terms: TaxEquity, calls: Row, shared: Row, benefits: Row) -> Row:
    """1 in the periods before the flip, 0 after."""
    put_in = f.ledger.cell(SHEET, "tax_investor_capital", 0 - total(calls),
                           f"{terms.investor}: capital, negative", f.unit)  # fmt: skip
    target = f.assume("tax_equity.target_return", terms.target_return,
                      f"{terms.investor}: target return")  # fmt: skip
    terms_of = {
        f"{when}_{kind}": f.assume(
            f"tax_equity.{when}.{kind}",
            getattr(own, kind),
            f"{terms.investor}: share of {word} {when} the flip",
        )
        for when, own in (("before", terms.before), ("after", terms.after))
        for kind, word in (("cash", "cash"), ("tax", "taxes and credits"))
    }

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        early = where(p.flip_highest >= 0, 0.0, 1.0)
        cash = where(early > 0, u["before_cash"], u["after_cash"]) * u["cash"]
        tax = where(early > 0, u["before_tax"], u["after_tax"]) * u["tax"]
        worth = p.flip_worth + (cash + tax) / (1 + u["target"]) ** (u["period"] / u["per_year"])
        return {"before_flip": early, "flip_worth": worth,
                "flip_highest": high(p.flip_highest, worth)}  # fmt: skip

    before, *_ = f.ledger.scan(
        SHEET, f.run,
        [Line("before_flip", "Before the flip", "", 1.0),
         Line("flip_worth", f"{terms.investor}: worth to date at its target", f.unit, put_in),
         Line("flip_highest", f"{terms.investor}: highest worth to date", f.unit, put_in)],
        step,
        {"cash": shared, "tax": benefits, "target": target, "period": f.period,
         "per_year": f.per_year, **terms_of},
    )  # fmt: skip
    return before


def _lease(
    f: Frame, terms: TaxEquity, op: Operating, funded: Funded, flow: Cascade, credits: Credits
) -> tuple[Row, Row, Row]:
    """Calls, cash and benefits of the lessor."""
    name = terms.investor
    owners = where(f.month.equals(f.months), op.first_working, 0.0)
    calls = f.built("tax_investor_calls", funded.equity_draws - owners,
                    f"{name}: price of the plant", start=0)  # fmt: skip
    margin = f.money("tax_equity.margin", terms.margin, "Owners' margin a year") / f.per_year
    rises = f.assume("tax_equity.margin_escalator", terms.margin_escalator,
                     "Owners' margin: growth a year")  # fmt: skip
    kept = f.row(SHEET, "owners_margin", margin * (1 + rises) ** (f.year - 1), "Owners: margin")
    back: Any = 0.0
    if not isinstance(op.working, float):
        back = where(f.period.equals(f.years * f.per_year), at(op.working, f.run.last - 1), 0.0)
    cash = f.row(SHEET, "rent", flow.distribution - kept - back, f"{name}: rent and salvage value")
    state, federal = (f.ledger.cells[f"tax.{n}_rate"] for n in ("state", "federal"))
    both = f.ledger.cell(SHEET, "combined_rate", state + (1 - state) * federal,
                         "Combined tax rate", "")  # fmt: skip
    own = f.row(SHEET, "lessor_benefits",
                credits.used - both * (cash - credits.sold - credits.depreciation),
                f"{name}: taxes and credits")  # fmt: skip
    return calls, cash, own
