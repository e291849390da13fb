"""Distributions by tier and investor, support paid in, calls and taxes withheld.

A tier that recovers capital keeps, for its investors, the balance of what they paid in, compounded
at its return and less everything distributed to them. Growth between dates is by period (by month
in construction). A catch-up ends when an investor has its share of all profit distributed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.funding import Funded
from gigaplan.deals.company.schema import Investor, Tier
from gigaplan.deals.functions import dot, high, low, total
from gigaplan.deals.ledger import Cell, Line, Row

_KINDS = {"balance": "capital with return owed", "own": "profit of its investor"}


@dataclass
class Shares:
    """What each investor pays in and gets."""

    calls: dict[str, Row]
    support: dict[str, Row]
    gross: dict[str, Row]
    withheld: dict[str, Row]
    own: dict[str, Row]
    tiers: list[Row]
    pool: Row


def tiers_of(f: Frame) -> tuple[Tier, ...]:
    """The tiers of the case, or one by share of equity."""
    if f.company.waterfall:
        return f.company.waterfall
    split = {i.name: i.share for i in f.company.investors if i.share > 0}
    return (Tier(name="by share of equity", split=split),)


def _payees(f: Frame, tier: Tier) -> list[str]:
    assert tier.until is not None
    if tier.until.of:
        return [tier.until.of]
    return [i.name for i in f.company.investors if i.share > 0]


def waterfall(f: Frame, funded: Funded, distribution: Row, benefits: Row) -> Shares:
    """Share out every distribution; what is not cash (taxes, credits) goes by share of equity."""
    company, unit = f.company, f.unit
    tiers = tiers_of(f)
    equity = {
        i.name: f.assume(f"investors.{k}.share", i.share, f"{i.name}: share of equity")
        for k, i in enumerate(company.investors)
    }
    calls = {
        i.name: f.ledger.row("Investors calls", f"call_{slug(i.name)}",
                             funded.equity_draws * equity[i.name], f"{i.name}: capital called",
                             unit, start=0)
        for i in company.investors if i.share > 0
    }  # fmt: skip
    pool = f.row("Waterfall", "cash_to_share", high(distribution, 0.0), "Cash to distribute")
    extra = f.row("Waterfall", "support", high(0 - distribution, 0.0), "Support paid in by owners")
    paid = _tiers(f, tiers, funded, calls, equity, pool, extra)
    gross: dict[str, Row] = {}
    withheld: dict[str, Row] = {}
    support: dict[str, Row] = {}
    own: dict[str, Row] = {}
    for k, i in enumerate(company.investors):
        name, part = slug(i.name), 0.0 * f.period
        for j, (tier, row) in enumerate(zip(tiers, paid, strict=True)):
            if tier.split.get(i.name):
                part = part + row * _split(f, j, tier, i.name)
        gross[i.name] = f.row("Investors", f"distribution_{name}", part,
                              f"{i.name}: distribution")  # fmt: skip
        withheld[i.name] = f.row("Investors", f"withheld_{name}",
                                 gross[i.name] * _withholding(f, k, i),
                                 f"{i.name}: tax withheld")  # fmt: skip
        support[i.name] = f.row("Investors", f"support_{name}", extra * equity[i.name],
                                f"{i.name}: support paid in")  # fmt: skip
        own[i.name] = f.row("Investors", f"benefits_{name}", benefits * equity[i.name],
                            f"{i.name}: taxes and credits of its own")  # fmt: skip
    return Shares(calls, support, gross, withheld, own, paid, pool)


def _split(f: Frame, j: int, tier: Tier, name: str) -> Cell:
    if f.company.waterfall:
        field = f"waterfall.{j}.split.{name}"
        return f.assume(field, tier.split[name], f"{tier.name}: share of {name}")
    k = [i.name for i in f.company.investors].index(name)
    return f.ledger.cells[f"investors.{k}.share"]


def _withholding(f: Frame, k: int, i: Investor) -> Any:
    """Rate withheld; a sovereign's income is exempt but for commercial activity (26 USC 892)."""
    rate = f.assume(f"investors.{k}.withholding", i.withholding, f"{i.name}: withholding")
    if not i.sovereign:
        return rate
    return rate * f.assume(f"investors.{k}.commercial_share", i.commercial_share,
                           f"{i.name}: share from commercial activity")  # fmt: skip


def _opening(f: Frame, j: int, tier: Tier, calls: dict[str, Row]) -> tuple[Cell, Cell, Any]:
    """Capital of a tier's investors at the start of operation, compounded; growth a period."""
    assert tier.until is not None
    assert tier.until.recovered is not None
    rate = f.assume(f"waterfall.{j}.until.recovered", tier.until.recovered,
                    f"{tier.name}: return that is recovered")  # fmt: skip
    factor = f.ledger.row(
        "Investors calls",
        f"growth_{j}",
        (1 + rate) ** ((f.months - f.month) / 12),
        f"{tier.name}: growth to the start of operation",
        "",
        start=0,
    )
    opening: Any = 0.0
    for name in _payees(f, tier):
        if name in calls:
            opening = opening + dot(factor, calls[name])
    start = f.ledger.cell("Waterfall", f"opening_{j}", opening + 0.0,
                          f"{tier.name}: capital with return at the start", f.unit)  # fmt: skip
    growth = f.ledger.cell("Waterfall", f"growth_of_{j}", (1 + rate) ** (1 / f.per_year),
                           f"{tier.name}: growth a period", "")  # fmt: skip
    return start, growth, rate


def _tiers(
    f: Frame, tiers: tuple[Tier, ...], funded: Funded, calls: dict[str, Row],
    equity: dict[str, Cell], pool: Row, extra: Row,
) -> list[Row]:  # fmt: skip
    unit = f.unit
    uses: dict[str, Any] = {"pool": pool, "extra": extra}
    firsts: dict[str, Any] = {}
    contributed = f.ledger.cell("Waterfall", "contributed", total(funded.equity_draws),
                                "Capital called in construction", unit)  # fmt: skip
    for j, tier in enumerate(tiers):
        for name in tier.split:
            uses[f"split_{j}_{slug(name)}"] = _split(f, j, tier, name)
        if tier.until is None:
            continue
        if tier.until.recovered is not None:
            start, growth, _ = _opening(f, j, tier, calls)
            firsts[f"balance_{j}"], uses[f"growth_{j}"] = start, growth
            part: Any = 0.0
            for name in _payees(f, tier):
                part = part + equity[name]
            uses[f"part_{j}"] = f.ledger.cell("Waterfall", f"part_{j}", part + 0.0,
                                              f"{tier.name}: share of support", "")  # fmt: skip
        elif tier.until.catch_up is not None and tier.until.of is not None:
            uses[f"aim_{j}"] = f.assume(f"waterfall.{j}.until.catch_up", tier.until.catch_up,
                                        f"{tier.name}: share of profit")  # fmt: skip
            own = calls.get(tier.until.of)
            paid_in: Any = 0.0 if own is None else total(own)
            firsts[f"own_{j}"] = f.ledger.cell("Waterfall", f"start_{j}", 0.0 - paid_in + 0.0,
                                               f"{tier.name}: capital paid in, negative", unit) \
                if own is not None else 0.0  # fmt: skip
            uses[f"equity_{j}"] = equity[tier.until.of]
        elif tier.until.amount is not None:
            uses[f"amount_{j}"] = f.ledger.cell(
                "Waterfall", f"amount_{j}",
                f.money(f"waterfall.{j}.until.amount", tier.until.amount, f"{tier.name}: a year")
                / f.per_year, f"{tier.name}: a period", unit)  # fmt: skip
    firsts["profit"] = f.ledger.cell("Waterfall", "profit_start", 0 - contributed,
                                     "Capital called, negative", unit)  # fmt: skip
    lines = [Line(f"tier_{j}", f"Tier {j + 1}, {t.name}: paid", unit) for j, t in enumerate(tiers)]
    lines += [
        Line(k, f"{tiers[int(k.split('_')[1])].name}: "
             f"{_KINDS[k.split('_')[0]]}",
             unit, v)
        for k, v in firsts.items() if k != "profit"
    ]  # fmt: skip
    lines.append(Line("profit", "Profit distributed, less capital not recovered", unit,
                      firsts["profit"]))  # fmt: skip

    split = {
        (j, n): f"split_{j}_{slug(n)}" for j, t in enumerate(tiers) for n, v in t.split.items() if v
    }
    payees = [
        [] if t.until is None or t.until.amount is not None
        else _payees(f, t) if t.until.recovered is not None else [str(t.until.of)]
        for t in tiers
    ]  # fmt: skip
    # for the investors of each tier: the shares that they have of every tier
    theirs = [
        [[split[i, n] for n in payees[j] if (i, n) in split] for i in range(len(tiers))]
        for j in range(len(tiers))
    ]

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        left = u["pool"]
        paid: list[Any] = []
        start = p.profit - u["extra"]
        owed: list[Any] = []

        def got(j: int, until: int) -> Any:
            found: Any = 0.0
            for i in range(until):
                for key in theirs[j][i]:
                    found = found + paid[i] * u[key]
            return found

        def so_far(until: int) -> Any:
            found: Any = 0.0
            for i in range(until):
                found = found + paid[i]
            return found

        for j, tier in enumerate(tiers):
            balance: Any = 0.0
            if tier.until is None:
                pay: Any = left
            elif tier.until.recovered is not None:
                balance = (
                    getattr(p, f"balance_{j}") * u[f"growth_{j}"] + u["extra"] * u[f"part_{j}"]
                )
                share: Any = 0.0
                for key in theirs[j][j]:
                    share = share + u[key]
                pay = low(left, high(balance - got(j, j), 0.0) / share)
            elif tier.until.catch_up is not None:
                balance = getattr(p, f"own_{j}") - u["extra"] * u[f"equity_{j}"]
                need = u[f"aim_{j}"] * high(start + so_far(j), 0.0) - balance - got(j, j)
                room = u[split[j, str(tier.until.of)]] - u[f"aim_{j}"]
                pay = low(left, high(need / room, 0.0))
            else:
                pay = low(left, u[f"amount_{j}"])
            owed.append(balance)
            paid.append(pay)
            out[f"tier_{j}"] = pay
            left = left - pay
        for j, tier in enumerate(tiers):
            if tier.until is None or tier.until.amount is not None:
                continue
            if tier.until.recovered is not None:
                out[f"balance_{j}"] = high(owed[j] - got(j, len(tiers)), 0.0)
            else:
                out[f"own_{j}"] = owed[j] + got(j, len(tiers))
        out["profit"] = start + so_far(len(tiers))
        return out

    rows = f.ledger.scan("Waterfall", f.run, lines, step, uses)
    return rows[: len(tiers)]
