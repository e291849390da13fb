"""Measures of a company: returns of equity, project, investors and lenders, coverage, cost."""

from __future__ import annotations

import math
from typing import Any

from gigaplan.deals.company.cascade import Cascade
from gigaplan.deals.company.frame import EPOCH, Frame, slug
from gigaplan.deals.company.funding import Funded
from gigaplan.deals.company.loans import Loan
from gigaplan.deals.company.operation import UNITS, Operating
from gigaplan.deals.company.taxequity import TaxInvestor
from gigaplan.deals.company.waterfall import Shares
from gigaplan.deals.deal import Measure
from gigaplan.deals.functions import (
    at,
    dated_rate,
    dot,
    gathered,
    high,
    joined,
    mean,
    newton_step,
    periodic_rate,
    raised,
    ratio,
    smallest,
    sum_above,
    sum_below,
    summed_before,
    total,
    where,
)
from gigaplan.deals.returns import Rate, dated_rate_of, rate_of
from gigaplan.deals.terms import Axis, Row

SHEET = "Returns"
STEPS = 5
BLANK = float("nan")


class Measures:
    """The measures of one company as they are found."""

    def __init__(self, f: Frame):
        self.f = f
        self.found: list[Measure] = []
        self.rates: dict[str, Rate] = {}
        ledger, axis = f.ledger, f.flows
        self.dates = f.dates()
        serial = [float((d - EPOCH).days) for d in self.dates]
        self.when = ledger.schedule("date", serial, axis, "Date", "date", "calendar")
        self.years = ledger.row(SHEET, "years_since_closing", (self.when - serial[0]) / 365,
                                "Years since closing", "year", axis=axis, start=0)  # fmt: skip
        since = ledger.schedule("months_since_closing", f.months_of_flows(), axis,
                                "Months since closing", "month", "calendar")  # fmt: skip
        self.group = ledger.row("Timing", "flow_year", raised(since / 12), "Year since closing",
                                "year", axis=axis, start=0)  # fmt: skip
        last = int(self.group.value[-1])
        self.yearly = Axis("years", last, tuple(f"Year {k}" for k in range(last + 1)))
        rate = f.assume("discount_rate", f.company.discount_rate, "Discount rate")
        self.factor = self.row("discount", (1 + rate) ** (0 - self.years), "Discount factor", "")

    def row(self, name: str, term: Any, label: str, unit: str) -> Row:
        """A line over all dates."""
        return self.f.ledger.row(SHEET, name, term, label, unit, axis=self.f.flows, start=0)

    def called(self, name: str, term: Any, label: str) -> Row:
        """A line of what is paid in over the months of construction, negative."""
        return self.f.ledger.row("Investors calls", name, 0 - term, label, self.f.unit, start=0)

    def cell(self, name: str, term: Any, label: str, unit: str) -> None:
        """A number that is a measure."""
        cell = self.f.ledger.cell(SHEET, name, term, label, unit)
        value = None if math.isnan(cell.value) else cell.value
        self.found.append(Measure(name, label, value, unit))

    def flows(self, name: str, label: str, paid: Row, got: Row) -> Row:
        """The dated flow of a party, and its returns: by date (XIRR) and by year (IRR)."""
        ledger, axis = self.f.ledger, self.f.flows
        row = ledger.row("Investors flows", f"{name}_flow", joined(paid, got, axis), label,
                         self.f.unit, axis=axis, start=0)  # fmt: skip
        rate = self.rates[f"{name}_irr"] = dated_rate_of(self.dates, row.value.tolist())
        root = rate.rate
        term: Any = dated_rate(self.when, row, root)
        if root is not None and root < 0:
            guess: Any = max(round(root, 2), (root - 1) / 2)
            for k in range(1, STEPS + 1):
                guess = ledger.cell("Rates", f"{name}_step_{k}",
                                    newton_step(row, self.years, guess),
                                    f"{label}: return, Newton step {k}", "")  # fmt: skip
            term = guess * 100
        cell = ledger.cell(SHEET, f"{name}_irr", term, f"{label}: return (XIRR)", "%")
        remark = "" if rate.status == "one root" else rate.status
        value = None if math.isnan(cell.value) else cell.value
        self.found.append(Measure(cell.name, cell.label, value, "%", remark))
        self._by_year(name, label, row)
        return row

    def _by_year(self, name: str, label: str, row: Row) -> None:
        """The return of the flow summed by year since closing, each year paid at its end."""
        ledger = self.f.ledger
        flow = ledger.row("Returns by year", f"{name}_by_year",
                          gathered(row, self.group, self.yearly), label, self.f.unit,
                          axis=self.yearly, start=0)  # fmt: skip
        rate = self.rates[f"{name}_yearly_irr"] = rate_of(flow.value.tolist())
        cell = ledger.cell(SHEET, f"{name}_yearly_irr", periodic_rate(flow, rate.rate),
                           f"{label}: return by year (IRR)", "%")  # fmt: skip
        remark = "" if rate.status == "one root" else rate.status
        value = None if math.isnan(cell.value) else cell.value
        self.found.append(Measure(cell.name, cell.label, value, "%", remark))

    def party(self, name: str, label: str, paid: Row, got: Row) -> None:
        """Return, sums and multiple of an investor or lender."""
        flow = self.flows(name, label, paid, got)
        unit = self.f.unit
        self.cell(f"{name}_paid", 0 - sum_below(flow), f"{label}: paid in", unit)
        self.cell(f"{name}_got", sum_above(flow) + 0.0, f"{label}: got", unit)
        into, out = (self.f.ledger.cells[f"{name}_{w}"] for w in ("paid", "got"))
        multiple = where(into > 0, ratio(out, into), BLANK)
        self.cell(f"{name}_moic", multiple, f"{label}: multiple of capital", "x")


def measures(
    f: Frame, op: Operating, every: list[Loan], funded: Funded, flow: Cascade, shares: Shares,
    spent: Row,
) -> Measures:  # fmt: skip
    """All measures of a company, in the order in which they are shown."""
    m = Measures(f)
    called = m.called("equity_called", funded.equity_draws, "Equity called, negative")
    equity = m.flows("equity", "Equity after tax", called, flow.to_owners)
    built = m.called("spending_negative", spent, "Construction cost, negative")
    m.flows("project", "Project before financing and tax", built, op.cash)
    m.cell("equity_npv", dot(equity, m.factor), "Equity: net present value", f.unit)
    _multiples(m, equity)
    if f.company.debt.tranches:
        _coverage(m, funded, flow)
    for name, label in (("uses", "Total cost"), ("debt", "Debt"), ("equity", "Equity")):
        m.found.append(Measure(name, label, f.ledger.cells[name].value, f.unit))
    _levelized(m, op)
    _investors(m, shares)
    _lenders(m, every, funded)
    return m


def _multiples(m: Measures, equity: Row) -> None:
    """Multiple, J-curve, distributed to paid in, peak exposure, payback."""
    unit = m.f.unit
    got = m.row("equity_gains", high(equity, 0.0), "Equity: cash got", unit)
    paid = m.row("equity_payments", high(0 - equity, 0.0), "Equity: cash paid", unit)
    m.cell("equity_moic", ratio(total(got), total(paid)), "Equity: multiple of capital", "x")
    curve = m.row("j_curve", summed_before(equity), "Equity: cash to date (J-curve)", unit)
    in_so_far = m.row("paid_to_date", summed_before(paid), "Equity: paid to date", unit)
    out_so_far = m.row("got_to_date", summed_before(got), "Equity: got to date", unit)
    to_date = m.row("dpi", ratio(out_so_far, in_so_far), "Distributed to paid in, to date", "x")
    m.cell("equity_dpi", at(to_date, m.f.flows.last), "Equity: distributed to paid in, at the end",
           "x")  # fmt: skip
    back = m.row("payback_reached",
                 where(in_so_far > 0, where(curve >= 0, m.years, BLANK), BLANK),
                 "Years where paid back", "year")  # fmt: skip
    m.cell("equity_payback", smallest(back), "Equity: payback from closing", "year")
    m.cell("peak_exposure", 0 - smallest(curve), "Equity: peak exposure", unit)


def _coverage(m: Measures, funded: Funded, flow: Cascade) -> None:
    asked = m.f.row("Debt", "coverage_of_debt_periods",
                    where(flow.service > 0, flow.coverage, BLANK),
                    "Coverage in periods with debt service", "x", first=BLANK)  # fmt: skip
    m.cell("min_coverage", smallest(asked, 1), "Coverage: lowest", "x")
    m.cell("mean_coverage", mean(asked, 1), "Coverage: mean", "x")
    m.cell("debt_share", ratio(funded.debt, funded.uses) * 100, "Debt, share of cost", "%")


def _levelized(m: Measures, op: Operating) -> None:
    """Levelized cost of each unit sold: the price at which equity earns the discount rate and no
    more, with taxes, financing and what other units earn as they are."""
    f = m.f
    none = f.built("nothing", 0.0 * f.month, "Nothing sold in construction")
    kinds = list(dict.fromkeys(UNITS[r.kind][0] for r in f.company.revenue))
    for unit in kinds:
        mine = [r.name for r in f.company.revenue if UNITS[r.kind][0] == unit]
        sold: Any = 0.0
        earned: Any = 0.0
        for name in mine:
            sold, earned = sold + op.sold[name], earned + op.by_contract[name]
        word = unit
        if unit == "kW":  # rented by the month
            sold, word = sold * (12 / f.per_year), "kW-month"
        alone = len(kinds) == 1
        end = "" if alone else f"_{slug(word)}"
        units = f.row("Operation", f"units{end}", sold, "Sold, all contracts", word)
        income = f.row("Operation", f"earned{end}", earned, f"Revenue by {word}")
        volume = m.row(f"units{end}_dated", joined(none, units, f.flows), "Sold, by date", word)
        cash = m.row(f"earned{end}_dated", joined(none, income, f.flows), "Revenue, by date",
                     f.unit)  # fmt: skip
        label = {"MWh": "Levelized cost of energy", "H100-hour": "Cost per H100-hour"}.get(
            word, f"Levelized cost per {word}"
        )
        label += "" if alone else ", net of other revenue"
        top = dot(cash, m.factor) - f.ledger.cells["equity_npv"]
        m.cell(f"levelized_cost{end}", ratio(top, dot(volume, m.factor)), label,
               f"{f.unit}/{word}")  # fmt: skip


def _investors(m: Measures, shares: Shares) -> None:
    f = m.f
    none = f.built("no_calls", 0.0 * f.month, "No capital called", start=0)
    for i in f.company.investors:
        name = slug(i.name)
        net: Any = shares.gross[i.name] - shares.withheld[i.name] - shares.support[i.name]
        net = net + shares.own[i.name]
        if i.name in shares.fees:
            net = net - shares.fees[i.name]
        row = f.row("Investors", f"net_{name}", net, f"{i.name}: net of tax withheld and support")
        paid = none
        if i.name in shares.calls:
            paid = m.called(f"paid_{name}", shares.calls[i.name],
                            f"{i.name}: capital called, negative")  # fmt: skip
        m.party(f"investor_{name}", i.name, paid, row)


def _lenders(m: Measures, every: list[Loan], funded: Funded) -> None:
    """Flows of the loans that name their lender: draws, and service with prepayments."""
    if funded.lent is None:
        return
    rows = m.f.ledger.rows
    for loan in every:
        t, name = loan.tranche, slug(loan.tranche.name)
        if t.lender is None:
            continue
        paid = m.called(f"lent_{name}", funded.lent[loan.index], f"{t.name}: lent, negative")
        got = m.f.row("Investors", f"service_to_{name}",
                      rows[f"interest_{name}"] + rows[f"principal_{name}"]
                      + rows[f"prepaid_{name}"], f"{t.name}: interest and principal")  # fmt: skip
        m.party(f"loan_{name}", t.name, paid, got)


def tax_investor_measures(m: Measures, t: TaxInvestor) -> None:
    """Return of the tax investor: cash, taxes and credits on what it paid in."""
    f = m.f
    assert f.company.tax_equity is not None
    name = f.company.tax_equity.investor
    paid = m.called("tax_investor_paid_in", t.calls, f"{name}: capital called, negative")
    got = f.row("Investors", "tax_investor_net", t.cash + t.benefits,
                f"{name}: cash, taxes, credits")  # fmt: skip
    m.party("tax_investor", name, paid, got)
