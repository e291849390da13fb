"""Tiers of the waterfall, period by period: who is paid before whom, and until when.

A tier that recovers capital keeps, for its investors, the balance of what they paid in, compounded
at its return and less everything distributed to them. Growth between dates is by period (by month
in construction). A catch-up ends when an investor has its share of all profit distributed. A tier
by ``each`` holds a balance for each of its investors, at its own return, and pays them by what each
is owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gigaplan.deals.company.frame import Frame, slug
from gigaplan.deals.company.funding import Funded
from gigaplan.deals.company.schema import Tier
from gigaplan.deals.functions import dot, high, low, ratio, total
from gigaplan.deals.ledger import Line
from gigaplan.deals.terms import Cell, Row


@dataclass
class Stakes:
    """Calls by investor, its share of equity, and its share of what owners pay in as support."""

    calls: dict[str, Row]
    equity: dict[str, Any]
    support: dict[str, Any]


class _Now:
    """One period in the making: what is left, what each tier paid, what each investor got."""

    def __init__(self, p: Any, u: Mapping[str, Any]):
        self.p, self.u = p, u
        self.left = u["pool"]
        self.paid: list[Any] = []
        self.parts: list[dict[str, Any]] = []
        self.start = p.profit - u["extra"]
        self.out: dict[str, Any] = {}

    def got(self, names: list[str]) -> Any:
        """What some investors got from the tiers so far."""
        found: Any = 0.0
        for part in self.parts:
            for name in names:
                if name in part:
                    found = found + part[name]
        return found

    def so_far(self) -> Any:
        """What all tiers paid so far."""
        found: Any = 0.0
        for paid in self.paid:
            found = found + paid
        return found


class _Rest:
    """The last tier, and the common part of all tiers."""

    def __init__(self, f: Frame, j: int, tier: Tier, stakes: Stakes):
        self.f, self.j, self.tier, self.stakes = f, j, tier, stakes
        self.names = [n for n, v in tier.split.items() if v]
        self.uses: dict[str, Any] = {}
        self.lines: list[Line] = []
        for name in tier.split:
            self.uses[self.split(name)] = split_of(f, j, tier, name)

    def split(self, name: str) -> str:
        """The key of an investor's share of the tier."""
        return f"split_{self.j}_{slug(name)}"

    def paying(self) -> Line:
        """The line of what the tier pays."""
        return Line(f"tier_{self.j}", f"Tier {self.j + 1}, {self.tier.name}: paid", self.f.unit)

    def pay(self, now: _Now) -> Any:
        """What the tier pays of what is left."""
        return now.left

    def share_out(self, now: _Now, paid: Any) -> dict[str, Any]:
        """What each investor gets of it."""
        return {n: paid * now.u[self.split(n)] for n in self.names}

    def close(self, now: _Now) -> None:
        """Balances at the end of the period."""


class _Amount(_Rest):
    """An amount a year."""

    def __init__(self, f: Frame, j: int, tier: Tier, stakes: Stakes):
        super().__init__(f, j, tier, stakes)
        assert tier.until is not None
        assert tier.until.amount is not None
        amount = f.money(f"waterfall.{j}.until.amount", tier.until.amount, f"{tier.name}: a year")
        self.uses[f"amount_{j}"] = f.ledger.cell(
            "Waterfall", f"amount_{j}", amount / f.per_year, f"{tier.name}: a period", f.unit
        )

    def pay(self, now: _Now) -> Any:
        return low(now.left, now.u[f"amount_{self.j}"])


class _Recovered(_Rest):
    """Capital of some investors with a return on it."""

    def __init__(self, f: Frame, j: int, tier: Tier, stakes: Stakes):
        super().__init__(f, j, tier, stakes)
        assert tier.until is not None
        assert tier.until.recovered is not None
        self.payees = [tier.until.of] if tier.until.of else f.company.payers()
        rate = f.assume(f"waterfall.{j}.until.recovered", tier.until.recovered,
                        f"{tier.name}: return that is recovered")  # fmt: skip
        start, growth = opening(f, f"{j}", tier.name, rate, self.payees, stakes.calls)
        self.lines = [Line(f"balance_{j}", f"{tier.name}: capital with return owed", f.unit, start)]
        part: Any = 0.0
        for name in self.payees:
            part = part + stakes.support[name]
        self.uses |= {
            f"growth_{j}": growth,
            f"part_{j}": f.ledger.cell("Waterfall", f"part_{j}", part + 0.0,
                                       f"{tier.name}: share of support", ""),
        }  # fmt: skip

    def pay(self, now: _Now) -> Any:
        j = self.j
        held = getattr(now.p, f"balance_{j}") * now.u[f"growth_{j}"]
        self.owed = held + now.u["extra"] * now.u[f"part_{j}"]
        share: Any = 0.0
        for name in self.payees:
            if name in self.names:
                share = share + now.u[self.split(name)]
        return low(now.left, high(self.owed - now.got(self.payees), 0.0) / share)

    def close(self, now: _Now) -> None:
        now.out[f"balance_{self.j}"] = high(self.owed - now.got(self.payees), 0.0)


class _CatchUp(_Rest):
    """A share of all profit for one investor."""

    def __init__(self, f: Frame, j: int, tier: Tier, stakes: Stakes):
        super().__init__(f, j, tier, stakes)
        assert tier.until is not None
        assert tier.until.of is not None
        assert tier.until.catch_up is not None
        self.of = tier.until.of
        own = stakes.calls.get(self.of)
        first: Any = 0.0
        if own is not None:
            first = f.ledger.cell("Waterfall", f"start_{j}", 0.0 - total(own) + 0.0,
                                  f"{tier.name}: capital paid in, negative", f.unit)  # fmt: skip
        self.lines = [Line(f"own_{j}", f"{tier.name}: profit of its investor", f.unit, first)]
        self.uses |= {
            f"aim_{j}": f.assume(f"waterfall.{j}.until.catch_up", tier.until.catch_up,
                                 f"{tier.name}: share of profit"),
            f"equity_{j}": stakes.support[self.of],
        }  # fmt: skip

    def pay(self, now: _Now) -> Any:
        j, u = self.j, now.u
        self.owed = getattr(now.p, f"own_{j}") - u["extra"] * u[f"equity_{j}"]
        need = u[f"aim_{j}"] * high(now.start + now.so_far(), 0.0) - self.owed - now.got([self.of])
        return low(now.left, high(need / (u[self.split(self.of)] - u[f"aim_{j}"]), 0.0))

    def close(self, now: _Now) -> None:
        now.out[f"own_{self.j}"] = self.owed + now.got([self.of])


class _Each(_Rest):
    """Capital and own return of each of some investors, shared by what each is owed."""

    def __init__(self, f: Frame, j: int, tier: Tier, stakes: Stakes):
        super().__init__(f, j, tier, stakes)
        assert tier.until is not None
        assert tier.until.each is not None
        self.each = list(tier.until.each)
        unit = f.unit
        self.lines = [Line(f"owed_{j}", f"{tier.name}: owed to all", unit)]
        for name, rate in tier.until.each.items():
            key, word = f"{j}_{slug(name)}", f"{tier.name}, {name}"
            asked = f.assume(f"waterfall.{j}.until.each.{name}", rate,
                             f"{word}: return that is recovered")  # fmt: skip
            start, growth = opening(f, key, word, asked, [name], stakes.calls)
            self.uses |= {f"growth_{key}": growth, f"part_{key}": stakes.support[name]}
            self.lines += [
                Line(f"held_{key}", f"{word}: capital with return", unit),
                Line(f"owed_{key}", f"{word}: owed", unit),
                Line(f"paid_{key}", f"{word}: paid", unit),
                Line(f"balance_{key}", f"{word}: capital with return owed", unit, start),
            ]

    def pay(self, now: _Now) -> Any:
        j, whole = self.j, 0.0
        for name in self.each:
            key = f"{j}_{slug(name)}"
            held = getattr(now.p, f"balance_{key}") * now.u[f"growth_{key}"]
            held = held + now.u["extra"] * now.u[f"part_{key}"]
            owed = high(held - now.got([name]), 0.0)
            now.out[f"held_{key}"], now.out[f"owed_{key}"] = held, owed
            whole = whole + owed
        now.out[f"owed_{j}"] = whole
        return low(now.left, whole)

    def share_out(self, now: _Now, paid: Any) -> dict[str, Any]:
        j, found = self.j, {}
        for name in self.each:
            key = f"{j}_{slug(name)}"
            found[name] = paid * ratio(now.out[f"owed_{key}"], now.out[f"owed_{j}"])
            now.out[f"paid_{key}"] = found[name]
        return found

    def close(self, now: _Now) -> None:
        for name in self.each:
            key = f"{self.j}_{slug(name)}"
            now.out[f"balance_{key}"] = high(now.out[f"held_{key}"] - now.got([name]), 0.0)


def split_of(f: Frame, j: int, tier: Tier, name: str) -> Cell:
    """The share that an investor has of a tier."""
    if f.company.waterfall:
        field = f"waterfall.{j}.split.{name}"
        return f.assume(field, tier.split[name], f"{tier.name}: share of {name}")
    if f.company.construction.funding == "by_item":
        return f.ledger.cells[f"equity_share_{slug(name)}"]
    k = [i.name for i in f.company.investors].index(name)
    return f.ledger.cells[f"investors.{k}.share"]


def opening(
    f: Frame, key: str, label: str, rate: Any, names: list[str], calls: dict[str, Row]
) -> tuple[Cell, Cell]:
    """Capital of investors at the start of operation, compounded; growth a period."""
    factor = f.ledger.row(
        "Investors calls", f"growth_{key}", (1 + rate) ** ((f.months - f.month) / 12),
        f"{label}: growth to the start of operation", "", start=0,
    )  # fmt: skip
    amount: Any = 0.0
    for name in names:
        if name in calls:
            amount = amount + dot(factor, calls[name])
    start = f.ledger.cell("Waterfall", f"opening_{key}", amount + 0.0,
                          f"{label}: capital with return at the start", f.unit)  # fmt: skip
    growth = f.ledger.cell("Waterfall", f"growth_of_{key}", (1 + rate) ** (1 / f.per_year),
                           f"{label}: growth a period", "")  # fmt: skip
    return start, growth


def _kind(tier: Tier) -> type[_Rest]:
    until = tier.until
    if until is None:
        return _Rest
    if until.each is not None:
        return _Each
    if until.recovered is not None:
        return _Recovered
    return _Amount if until.amount is not None else _CatchUp


def paid_by_tier(
    f: Frame, tiers: tuple[Tier, ...], funded: Funded, stakes: Stakes, pool: Row, extra: Row
) -> list[Row]:
    """Rows of what each tier pays; those by ``each`` have a row ``paid_*`` for each investor."""
    contributed = f.ledger.cell("Waterfall", "contributed", total(funded.equity_draws),
                                "Capital called in construction", f.unit)  # fmt: skip
    steps = [_kind(t)(f, j, t, stakes) for j, t in enumerate(tiers)]
    first = f.ledger.cell("Waterfall", "profit_start", 0 - contributed,
                          "Capital called, negative", f.unit)  # fmt: skip
    lines = [s.paying() for s in steps]
    uses: dict[str, Any] = {"pool": pool, "extra": extra}
    for s in steps:
        lines += s.lines
        uses |= s.uses
    lines.append(Line("profit", "Profit distributed, less capital not recovered", f.unit, first))

    def step(p: Any, c: Any, u: Any) -> dict[str, Any]:
        now = _Now(p, u)
        for s in steps:
            paid = s.pay(now)
            now.out[f"tier_{s.j}"] = paid
            now.paid.append(paid)
            now.parts.append(s.share_out(now, paid))
            now.left = now.left - paid
        for s in steps:
            s.close(now)
        now.out["profit"] = now.start + now.so_far()
        return now.out

    rows = f.ledger.scan("Waterfall", f.run, lines, step, uses)
    return rows[: len(tiers)]
