"""Distributions by investor: shares of the tiers, political splits, fees and taxes withheld."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.funding import Funded
from gigaplan.deals.company.schema import Investor, Tier
from gigaplan.deals.company.tiers import Stakes, opening, paid_by_tier, split_of
from gigaplan.deals.functions import high, low, ratio, total
from gigaplan.deals.ledger import Line
from gigaplan.deals.terms import Cell, Row


@dataclass
class Shares:
    """What each investor pays in and gets."""

    calls: dict[str, Row]
    support: dict[str, Row]
    gross: dict[str, Row]
    withheld: dict[str, Row]
    fees: dict[str, Row]
    own: dict[str, Row]
    tiers: list[Row]
    pool: Row


def tiers_of(f: Frame) -> tuple[Tier, ...]:
    """The tiers of the case, or one by share of equity."""
    if f.company.waterfall:
        return f.company.waterfall
    split = {i.name: i.share for i in f.company.investors if i.share > 0}
    if f.company.construction.funding == "by_item":
        split = dict.fromkeys(f.company.payers(), 1.0)
    return (Tier(name="by share of equity", split=split),)


def waterfall(f: Frame, funded: Funded, distribution: Row, benefits: Row) -> Shares:
    """Share out every distribution; what is not cash (taxes, credits) goes by share of equity."""
    tiers, stakes = tiers_of(f), _stakes(f, funded)
    pool = f.row("Waterfall", "cash_to_share", high(distribution, 0.0), "Cash to distribute")
    extra = f.row("Waterfall", "support", high(0 - distribution, 0.0), "Support paid in by owners")
    paid = paid_by_tier(f, tiers, funded, stakes, pool, extra)
    shares = Shares(stakes.calls, {}, _gross(f, tiers, stakes, paid), {}, {}, {}, paid, pool)
    for k, i in enumerate(f.company.investors):
        name = slug(i.name)
        gross, called = shares.gross[i.name], stakes.calls.get(i.name)
        support = f.row("Investors", f"support_{name}", extra * stakes.support[i.name],
                        f"{i.name}: support paid in")  # fmt: skip
        base: Row = gross
        if i.withheld_from == "profit" and i.withholding:
            base = _profit(f, i, gross, support, called)
        shares.withheld[i.name] = f.row("Investors", f"withheld_{name}",
                                        base * _withholding(f, k, i),
                                        f"{i.name}: tax withheld")  # fmt: skip
        if i.management_fee:
            shares.fees[i.name] = _fee(f, k, i, gross, called)
        shares.support[i.name] = support
        shares.own[i.name] = f.row("Investors", f"benefits_{name}",
                                   benefits * stakes.equity[i.name],
                                   f"{i.name}: taxes and credits of its own")  # fmt: skip
    return shares


def _stakes(f: Frame, funded: Funded) -> Stakes:
    """Calls and shares of every investor."""
    company = f.company
    equity: dict[str, Any] = {}
    if funded.calls is not None:
        calls = funded.calls
        for i in company.investors:
            equity[i.name] = f.ledger.cells.get(f"equity_share_{slug(i.name)}", 0.0)
    else:
        for k, i in enumerate(company.investors):
            equity[i.name] = f.assume(f"investors.{k}.share", i.share, f"{i.name}: share of equity")
        calls = {
            i.name: f.ledger.row("Investors calls", f"call_{slug(i.name)}",
                                 funded.equity_draws * equity[i.name], f"{i.name}: capital called",
                                 f.unit, start=0)
            for i in company.investors if i.share > 0
        }  # fmt: skip
    if all(i.supports for i in company.investors):
        return Stakes(calls, equity, dict(equity))
    whole: Any = 0.0
    for i in company.investors:
        if i.supports:
            whole = whole + equity[i.name]
    backed = f.ledger.cell("Waterfall", "supporting", whole + 0.0,
                           "Share of equity that pays support", "")  # fmt: skip
    support = {
        i.name: f.ledger.cell("Waterfall", f"support_share_{slug(i.name)}",
                              ratio(equity[i.name] + 0.0, backed), f"{i.name}: share of support",
                              "")
        if i.supports else 0.0
        for i in company.investors
    }  # fmt: skip
    return Stakes(calls, equity, support)


def _gross(
    f: Frame, tiers: tuple[Tier, ...], stakes: Stakes, paid: list[Row]
) -> dict[str, Row]:  # fmt: skip
    """What each investor gets of the tiers, political splits applied."""
    earned: dict[str, Any] = {}
    for i in f.company.investors:
        part: Any = 0.0 * f.period
        for j, (tier, row) in enumerate(zip(tiers, paid, strict=True)):
            if tier.until is not None and tier.until.each is not None:
                if i.name in tier.until.each:
                    part = part + f.ledger.rows[f"paid_{j}_{slug(i.name)}"]
            elif tier.split.get(i.name):
                part = part + row * split_of(f, j, tier, i.name)
        earned[i.name] = part
    for k, i in enumerate(f.company.investors):
        if i.sharing is not None:
            kept, rest = _shared(f, k, i, earned[i.name], stakes)
            earned[i.name] = kept + 0.0
            earned[i.sharing.to] = earned[i.sharing.to] + rest
    return {
        i.name: f.row("Investors", f"distribution_{slug(i.name)}", earned[i.name],
                      f"{i.name}: distribution")
        for i in f.company.investors
    }  # fmt: skip


def _shared(f: Frame, k: int, i: Investor, earned: Any, stakes: Stakes) -> tuple[Row, Row]:
    """What a partner keeps of its cash, and what goes to the other side.

    It keeps the first share until its capital is back, with a return where one is asked for, and
    the second share of what comes after.
    """
    assert i.sharing is not None
    place, name = f"investors.{k}.sharing", slug(i.name)
    cash = f.row("Investors", f"earned_{name}", earned, f"{i.name}: cash of its stake")
    rate = f.assume(f"{place}.recovered", i.sharing.recovered, f"{i.name}: return back first")
    start, growth = opening(f, f"sharing_{name}", i.name, rate, [i.name], stakes.calls)
    keys = [f"shared_{name}", f"shared_rest_{name}", f"shared_owed_{name}"]

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        owed = getattr(p, keys[2]) * u["growth"] + u["extra"] * u["part"]
        before = low(u["cash"], owed / u["first"])  # cash that is shared before the capital is back
        kept = before * u["first"] + (u["cash"] - before) * u["after"]
        return {keys[0]: kept, keys[1]: u["cash"] - kept,
                keys[2]: high(owed - before * u["first"], 0.0)}  # fmt: skip

    kept, rest, _ = f.ledger.scan(
        "Investors", f.run,
        [Line(keys[0], f"{i.name}: kept of it", f.unit),
         Line(keys[1], f"{i.name}: to {i.sharing.to}", f.unit),
         Line(keys[2], f"{i.name}: capital not back yet", f.unit, start)],
        step,
        {"cash": cash, "growth": growth, "extra": f.ledger.rows["support"],
         "part": stakes.support[i.name],
         "first": f.assume(f"{place}.first", i.sharing.first, f"{i.name}: share until then"),
         "after": f.assume(f"{place}.after", i.sharing.after, f"{i.name}: share after")},
    )  # fmt: skip
    return kept, rest


def _fee(f: Frame, k: int, i: Investor, gross: Row, called: Row | None) -> Row:
    """Management fee on the capital paid in, as far as there are distributions."""
    name = slug(i.name)
    rate = f.assume(f"investors.{k}.management_fee", i.management_fee, f"{i.name}: fee a year")
    paid_in: Any = 0.0 if called is None else total(called)
    due = f.ledger.cell("Investors", f"fee_{name}_due", rate * paid_in / f.per_year,
                        f"{i.name}: fee of a period", f.unit)  # fmt: skip
    return f.row("Investors", f"fee_{name}", low(gross, due), f"{i.name}: fee to its manager")


def _profit(f: Frame, i: Investor, gross: Row, support: Row, called: Row | None) -> Row:
    """Distributions beyond the capital paid in so far."""
    name = slug(i.name)
    keys = [f"profit_{name}", f"capital_left_{name}"]
    first: Any = 0.0
    if called is not None:
        first = f.ledger.cell("Investors", f"capital_of_{name}", total(called),
                              f"{i.name}: capital called", f.unit)  # fmt: skip

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        owed = getattr(p, keys[1]) + u["support"]
        return {keys[0]: high(u["gross"] - owed, 0.0), keys[1]: high(owed - u["gross"], 0.0)}

    profit, _ = f.ledger.scan(
        "Investors", f.run,
        [Line(keys[0], f"{i.name}: distributions beyond its capital", f.unit),
         Line(keys[1], f"{i.name}: capital not back", f.unit, first)],
        step, {"gross": gross, "support": support},
    )  # fmt: skip
    return profit


def _withholding(f: Frame, k: int, i: Investor) -> Any:
    """Rate withheld; a sovereign's income is exempt but for commercial activity (26 USC 892)."""
    rate: Cell = f.assume(f"investors.{k}.withholding", i.withholding, f"{i.name}: withholding")
    if not i.sovereign:
        return rate
    return rate * f.assume(f"investors.{k}.commercial_share", i.commercial_share,
                           f"{i.name}: share from commercial activity")  # fmt: skip
