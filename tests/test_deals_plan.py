"""Companies from a plan: what they cost and earn is the plan's, and differences are explained."""

import copy
import datetime as dt
import json
from types import SimpleNamespace

import numpy as np
import pytest
import pyxirr

from gigaplan.cli.main import main
from gigaplan.deals.casefile import deal_of
from gigaplan.deals.from_plan import built, companies_of_plan
from gigaplan.deals.planned import portfolio
from gigaplan.deals.planned.assets import Built, CostItem, Sale, View
from gigaplan.deals.planned.company import company_of
from gigaplan.deals.planned.money import Holding, Person, by_zone, holdings
from gigaplan.deals.planned.terms import Terms
from gigaplan.errors import UsageError
from gigaplan.inputs.context import annuity, interest_during_construction
from plan_made import with_a_bridge

INFLATION = 0.025


@pytest.fixture(scope="module")
def purse(three_states):
    return companies_of_plan(three_states, "plan", [])


@pytest.fixture(scope="module")
def roster(coalition):
    return companies_of_plan(coalition, "plan", [])


def fake(plan, data):
    return SimpleNamespace(data=data, inputs=plan.inputs, meta=plan.meta)


# --- what they cost and earn ----------------------------------------------------------------------


def test_assets_cost_what_the_programme_spends(three_states):
    spent = sum(c.amount * (1 - c.credit) for b in built(three_states) for c in b.costs) / 1e9
    assert spent == pytest.approx(float(three_states.data["capital"].sum()), rel=1e-3)


def test_a_campus_rents_what_the_plan_values_in_each_year(three_states):
    campus = next(b for b in built(three_states) if b.name.startswith("Campus"))
    (rent,) = campus.revenue
    # thousand H100e in use times their yearly value, for each GW of IT
    data = three_states.data
    used = data["compute"].sum("chip") * three_states.inputs["value_of_h100e"]
    each = (used / data["it_power"].sum("zone")).sel(year=slice(campus.year, None))
    assert each.min() > 0
    assert np.array(rent.price) * 12 == pytest.approx(each.values * 1e3, rel=1e-9)


def test_power_earns_the_plans_prices(three_states):
    data = three_states.data
    for asset in [b for b in built(three_states) if b.name.startswith("fuel_cell")]:
        sale = next(s for s in asset.revenue if s.name == "Power")
        prices = data["price"].sel(zone=asset.zone).values
        for k, price in enumerate(sale.price):
            assert prices[k].min() <= price <= prices[k].max()


@pytest.mark.parametrize("name", ["Energy brought", "Firm capacity brought"])
def test_campuses_pay_for_what_the_programme_must_bring(name, three_states, coalition):
    """By duality what the rule makes campuses pay is what it pays to plants, year by year."""
    for plan in (three_states, coalition):
        paid = np.zeros(len(plan.data["year"]))
        got = np.zeros_like(paid)
        for b in built(plan):
            late = len(paid) - len(b.spans)
            for sale in b.revenue:
                months = 12 if sale.kind == "capacity_lease" else 1
                if sale.name == name:
                    got[late:] += np.array(sale.volume) * np.array(sale.price) * months
                if name in sale.costs:
                    paid[late:] += np.array(sale.volume) * np.array(sale.costs[name])
        if name == "Energy brought":
            assert got[0] > 0
        assert paid == pytest.approx(got, rel=1e-3, abs=1.0)


def test_firm_capacity_earns_the_price_of_a_shortage(three_states):
    """Where the reserve falls short a GW more saves the shortage price, in money of the year."""
    data = three_states.data
    short = data["reserve_shortage"].values > 1e-6
    if not short.any():
        pytest.skip("no region is short")
    v = View(three_states)
    price = float(three_states.inputs["reserve_shortage_price"])
    for r, k in np.argwhere(short):
        region = {"region": str(data["region"].values[r])}
        assert v.dual("dual_reserve", region)[k] == pytest.approx(price, rel=1e-6)


def test_a_corridor_earns_the_difference_of_prices(three_states):
    data = three_states.data.copy(deep=True)
    corridor = str(data["corridor"].values[0])
    data["corridor_build"].loc[{"owner": "programme"}] = 0.0
    data["corridor_build"].loc[{"owner": "programme", "corridor": corridor, "year": 2028}] = 0.5
    start, end = (str(three_states.inputs[f"corridor_{e}"].values[0]) for e in ("from", "to"))
    data["price"].loc[{"zone": start}] = 20.0
    data["price"].loc[{"zone": end}] = 50.0
    data["flow_forward"].loc[{"corridor": corridor}] = 0.1
    data["flow_reverse"].loc[{"corridor": corridor}] = 0.0
    line = next(b for b in built(fake(three_states, data)) if b.name.startswith("Corridor"))
    kept = 1 - float(three_states.inputs["corridor_loss"].values[0])
    capacity = data["corridor_forward_capacity"].sel(corridor=corridor).values
    (sale,) = line.revenue
    assert sale.volume == pytest.approx(0.1 * 8760 / capacity * 0.5 * 1e3, rel=1e-6)
    assert sale.price == pytest.approx([50 * kept - 20] * 2)


def test_a_fab_sells_its_wafers_at_their_worth(three_states):
    data = three_states.data.copy(deep=True)
    data["fab_build"].loc[{"chip_step": "logic", "zone": "TX", "year": 2030}] = 10.0
    data["dual_chip_supply"].loc[{"chip_step": "logic", "year": 2030}] = 0.02
    fab = next(b for b in built(fake(three_states, data)) if b.name.startswith("Fab"))
    (sale,) = fab.revenue
    inputs = three_states.inputs
    assert sale.volume == pytest.approx([12 * 10 * 1e3])
    discount = float(inputs["year_weight"].sel(year=2030) / inputs["year_span"].sel(year=2030))
    assert sale.price == pytest.approx([0.02e9 / 1e3 / discount])
    net = float(inputs["fab_capital"].sel(chip_step="logic", year=2030)) * 10e9
    assert fab.costs[0].amount * (1 - fab.costs[0].credit) == pytest.approx(net)


def test_what_a_plan_sells_is_a_company_until_the_sale(three_states):
    plan = with_a_bridge(three_states)
    kept, sold = (b for b in built(plan) if "onsite_turbine" in b.name)
    assert (kept.name, sold.name) == ("onsite_turbine TX 2028", "onsite_turbine TX 2028, sold 2030")
    at = {"option": "TX onsite_turbine", "year": 2028}
    each = float(plan.inputs["option_overnight_cost"].sel(at)) * 1e9
    assert [b.costs[0].amount for b in (kept, sold)] == pytest.approx([0.2 * each, 0.3 * each])
    assert sold.life == 2 < kept.life
    at = {"option": "TX onsite_turbine", "year": 2030, "year_built": 2028}
    price = float(plan.inputs["option_resale_price"].sel(at)) * 0.3e9
    assert sold.resale == pytest.approx(price)
    assert price > 0 == kept.resale
    # energy by GW of what stands: 0.4 of 0.5, then 0.1 of 0.2
    power = next(s for s in kept.revenue if s.name == "Power")
    assert power.volume == pytest.approx([8760e3 * 0.4 / 0.5 * 0.2, 8760e3 * 0.1])
    deal = next(d for d in companies_of_plan(plan, "x", []).deals if d.name == sold.name)
    assert [c for c in deal.checks if not c.holds] == []
    assert len(deal.lines["revenue"]) == 3
    assert deal.lines["salvage"][-1] == pytest.approx(price * (1 + INFLATION) ** 5)
    assert deal.case.sources["operation.salvage"] == "plan: option_resale_price"
    assert deal.case.tax.not_depreciated == "deducted"


def test_campuses_pay_for_what_stands_on_site(three_states):
    """Above the zone's price, and for supply at nameplate: what units on site get."""
    plan = with_a_bridge(three_states)
    campus = next(b for b in built(plan) if b.name == "Campus TX 2028")
    (rent,) = campus.revenue
    paid = np.array(rent.costs["On-site supply"]) * np.array(rent.volume)
    got = np.zeros(2)
    zone = plan.data["price"].sel(zone="TX")
    days = View(plan).day_weight[0]
    average = (zone.values * days).sum((1, 2)) / 8760
    for b in (b for b in built(plan) if "onsite_turbine" in b.name):
        for sale in b.revenue:
            left = len(b.spans) if b.resale == 0 else 1  # sold units supply the first year only
            if sale.name == "Power":
                got[:left] += ((np.array(sale.price) - average) * np.array(sale.volume))[:left]
            if sale.name == "Supply on site":
                got[:left] += (np.array(sale.price) * np.array(sale.volume) * 12)[:left]
    assert paid == pytest.approx(got, rel=1e-6)
    assert (got > 1e6).all()


# --- whose money ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["purse", "roster"])
def test_calls_are_the_plans_to_the_dollar(name, request):
    found = request.getfixturevalue(name)
    table = portfolio.calls(found.deals, found.plan_calls, found.left_out, found.dollar_year)
    assert table["companies"].sum() > 1e9
    assert table["difference"].abs().max() < 1.0
    # small builds are the only ones left out
    assert table["left_out"].sum() < 2e-3 * table["plan"].sum()


def test_plan_calls_are_those_of_the_plans_own_table(coalition, roster):
    own = coalition.calls()
    mine = roster.plan_calls.groupby("investor")["call"].sum() / 1e9
    for investor, total in own.groupby("investor")["call"].sum().items():
        assert mine[investor] == pytest.approx(total, rel=1e-5)


def test_owners_and_lenders_are_the_plans(coalition, roster):
    stakes = coalition.stakes()
    for deal in roster.deals:
        owners = {i.owner for i in deal.case.investors if i.owner}
        lenders = {t.lender for t in deal.case.debt.tranches if t.lender}
        zone = deal.name.split()[1]
        here = stakes[stakes["zone"] == zone]
        assert owners <= set(here["investor"])
        assert lenders <= set(here.loc[here["instrument"].isin(["debt", "vendor"]), "investor"])
        for t in deal.case.debt.tranches:
            if t.lender:
                assert (
                    f"plan: {t.lender}"
                    in deal.case.sources[f"debt.tranches.{deal.case.debt.tranches.index(t)}.rate"]
                )


def test_each_investors_return_is_that_of_its_dated_flows(roster):
    table = portfolio.investors(roster.deals)
    whole = table[table["company"] == "all companies"].set_index("investor")
    for owner in whole.index:
        flows = {}
        for deal in roster.deals:
            for who, _, _, flow in portfolio.stakes_of(deal):
                if who == owner:
                    for day, value in zip(portfolio.dates_of(deal), flow, strict=True):
                        flows[day] = flows.get(day, 0.0) + float(value)
        days = sorted(flows)
        rate = pyxirr.xirr(days, [flows[d] for d in days])
        assert whole.at[owner, "return"] == pytest.approx(100 * rate, abs=1e-6)
        got, paid = (sum(max(s * flows[d], 0) for d in days) for s in (1, -1))
        assert whole.at[owner, "moic"] == pytest.approx(got / paid)


def test_preferred_get_what_they_ask_for_and_no_more(roster):
    """Cash suffices in these companies, so every preferred stake earns its own return."""
    seen = 0
    for deal in roster.deals:
        for i in deal.case.investors:
            if i.name.endswith(", preferred") and not i.withholding:
                rate = deal.rates[f"investor_{i.name.replace(', ', '_')}_irr"].rate
                assert rate == pytest.approx(i.required_return, abs=2e-3)
                seen += 1
    assert seen


def test_who_is_taxed_at_the_border(roster):
    for deal in roster.deals:
        for i in deal.case.investors:
            if i.owner == "home":
                assert i.withholding == 0
            if i.owner in ("fund", "child"):
                assert i.sovereign
                assert i.commercial_share in (0.0, 1.0)
                assert i.withholding == 0.3


def shared_holdings(v, asset):
    """All the money of a company, a partner with a political split beside a preferred holder."""
    cost = asset.costs[0]
    net = cost.amount * (1 - cost.credit)
    return [
        Holding("ally", "common", cost.name, 0.5 * net, 0.02, 20, (0.5, 0.1), True),
        Holding("fund", "fund", cost.name, 0.2 * net, 0.06, 20, None, True),
        Holding("home", "preferred", cost.name, 0.1 * net, 0.05, 20, None, True),
        Holding("bank", "debt", cost.name, 0.2 * net, 0.04, 12, None, False),
    ]


def test_a_political_split_gives_half_until_capital_is_back_and_a_tenth_after(coalition):
    v = View(coalition)
    terms = Terms(v)
    asset = copy.copy(next(b for b in built(coalition) if not b.name.startswith("Campus")))
    known = {n: Person("US", False) for n in ("ally", "fund", "home", "bank")}
    case = company_of(v, terms, asset, shared_holdings(v, asset), known)
    case["price_factor"] = 3.0  # so that its capital comes back
    deal = deal_of(case, "x")
    assert [c.name for c in deal.checks if not c.holds] == []
    rows = deal.ledger.rows
    owed = rows["call_ally_common"].value.sum()
    for cash, kept in zip(rows["earned_ally_common"].value, rows["shared_ally_common"].value,
                          strict=True):  # fmt: skip
        before = min(cash, owed / 0.5)
        assert kept == pytest.approx(0.5 * before + 0.1 * (cash - before), abs=1e-3)
        owed = max(owed - 0.5 * before, 0.0)
    assert owed == 0.0
    us = rows["distribution_us_side_of_the_frameworks"].value.sum()
    whole = rows["earned_ally_common"].value.sum()
    assert us == pytest.approx(whole - rows["shared_ally_common"].value.sum())
    assert us > 0
    # the fund's manager keeps its fee while there is cash
    fee = rows["fee_fund_fund"].value
    due = 0.015 * rows["call_fund_fund"].value.sum()
    assert fee[1:] == pytest.approx(
        np.minimum(due, rows["distribution_fund_fund"].value[1:]), abs=1e-3
    )


# --- terms and money of the day -------------------------------------------------------------------


def test_a_company_that_earns_the_plans_charge_has_the_plans_return(three_states):
    """The convention of dates is that of the plan's interest during construction."""
    v = View(three_states)
    terms = Terms(v)
    for name, shares in (("wind_new", [0.8, 0.1, 0.1]), ("fuel_cell", [1.0])):
        rate, life, cost = 0.06, 20, 1e9
        yearly = annuity(rate, life) * interest_during_construction(shares, rate) * cost
        year = 2030
        sale = Sale("Power", "power_purchase", (1e6,), (yearly / 1e6,), "test")
        asset = Built("x", "TX", year, life, rate, [CostItem("plant", cost, name, 0.0, "test")],
                      [sale], {}, v.spans(year, life))  # fmt: skip
        held = [Holding("one purse", "common", "plant", cost, rate, 0.0, None, True)]
        case = company_of(v, terms, asset, held, {"one purse": Person("US", False)})
        case["tax"] |= {"federal_rate": 0.0, "state_rate": 0.0}
        found = deal_of(case, "x").rates["equity_irr"].rate
        assert found == pytest.approx((1 + rate) * (1 + INFLATION) - 1, abs=3e-4)


def test_real_dollars_become_money_of_the_day(three_states, purse):
    asset = next(b for b in built(three_states) if b.name.startswith("Campus"))
    deal = next(d for d in purse.deals if d.name == asset.name)
    v = View(three_states)
    cost = sum(
        c.amount * share * (1 + INFLATION) ** (year - 2025)
        for c in asset.costs
        for year, share in v.draws(c.asset_class, asset.year).items()
    )
    assert deal.numbers["construction_cost"] == pytest.approx(cost, rel=1e-9)
    last = [d for d in portfolio.dates_of(deal) if d <= dt.date(asset.year, 6, 30)][-1]
    assert last == dt.date(asset.year, 6, 30)
    income = deal.lines["revenue"]
    assert income[2] / income[1] == pytest.approx(1 + INFLATION)


def test_every_company_holds_and_says_why_it_differs(purse, roster):
    for deal in [*purse.deals, *roster.deals]:
        assert [c for c in deal.checks if not c.holds] == []
        asked, rate = deal.measure("plan_return"), deal.rates["equity_irr"].rate
        if rate is not None and abs(100 * rate - asked) > 0.5:
            text = next(r for r in deal.remarks if "in points: " in r)
            parts = [float(p.split()[-1]) for p in text.split("in points: ")[1].split("; ")]
            assert sum(parts) == pytest.approx(100 * rate - asked, abs=0.05)


def test_a_company_without_a_return_says_why_in_worth(three_states):
    """Nothing is sold for: no rate exists, and the parts add to the worth at the plan's return."""
    plan = fake(three_states, three_states.data.copy(deep=True))
    plan.data["price"][:] = 0.0
    for name in ("dual_reserve", "dual_additional_firm", "dual_additional_energy"):
        plan.data[name][:] = 0.0
    deal = companies_of_plan(plan, "x", ["fuel_cell TX 2028"]).deals[0]
    assert deal.rates["equity_irr"].rate is None
    text = next(r for r in deal.remarks if "its worth at the plan's return" in r)
    whole, parts = text.split(" is ")[1].split(" million USD: ")
    each = {p.rsplit(" ", 1)[0]: float(p.rsplit(" ", 1)[1].replace(",", ""))
            for p in parts.split("; ")}  # fmt: skip
    assert sum(each.values()) == pytest.approx(float(whole.replace(",", "")), abs=0.3)
    assert "value" in min(each, key=each.get)


def test_terms_are_the_atlass_or_the_programmes(three_states):
    plan = SimpleNamespace(
        data=three_states.data, inputs=three_states.inputs, meta=copy.deepcopy(three_states.meta)
    )
    deal = companies_of_plan(plan, "x", ["Campus TX 2028"]).deals[0]
    assert deal.case.debt.lockup_dscr == 1.1
    assert "atlas: deal_lockup_dscr" in deal.case.sources["debt.lockup_dscr"]
    loan = deal.case.debt.tranches[0]
    assert (loan.gearing, loan.rate, loan.tenor_years) == pytest.approx((0.68, 0.0655, 14))
    plan.meta["programme_document"] |= {
        "deals": {"lockup_dscr": 1.3, "upfront_fee": {"campus": "2 %"}},
        "capital": {"inflation": "3 %", "gearing": {"campus": "50 %"}},
    }
    deal = companies_of_plan(plan, "x", ["Campus TX 2028"]).deals[0]
    assert deal.case.debt.lockup_dscr == 1.3
    assert deal.case.sources["debt.lockup_dscr"] == "programme: deals.lockup_dscr"
    assert deal.case.operation.inflation == 0.03
    assert deal.case.debt.tranches[0].gearing == pytest.approx(0.5)
    assert deal.case.debt.tranches[0].upfront_fee == 0.02
    # shown on the sheet of assumptions
    cell = deal.ledger.cells["debt.lockup_dscr"]
    assert (cell.value, cell.note) == (1.3, "programme: deals.lockup_dscr")


def test_holdings_pay_for_every_item(coalition):
    v = View(coalition)
    table = by_zone(v, Terms(v))
    for asset in built(coalition):
        held = holdings(table, asset)
        for item in asset.costs:
            mine = sum(h.amount for h in held if h.item == item.name)
            assert mine == pytest.approx(item.amount * (1 - item.credit), abs=50.0)


# --- command line ---------------------------------------------------------------------------------


def test_an_unknown_asset_is_named(three_states):
    with pytest.raises(UsageError, match="choose Campus"):
        companies_of_plan(three_states, "x", ["Campus ZZ 2028"])


def test_the_tables_can_be_had_as_data(coalition, tmp_path, capsys):
    folder = tmp_path / "plan"
    coalition.save(folder)
    assert main(["deal", str(folder), "--investors", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["units"]["return"] == "%/year"
    assert {r["company"] for r in shown["rows"]} >= {"all companies"}
    assert main(["deal", str(folder), "--calls", "--csv"]) == 0
    assert capsys.readouterr().out.startswith("investor,calendar,plan,companies,left_out,")
    assert main(["deal", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "all companies" in text
    assert "Multiple" in text
    assert main(["deal", str(folder), "--calls", "--asset", "Campus TX 2028"]) == 2
    assert main(["deal", str(folder / "meta.json"), "--investors"]) == 3
