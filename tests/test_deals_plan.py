"""Companies from a plan: what they cost and earn is the plan's, and differences are explained."""

from types import SimpleNamespace

import numpy as np
import pytest

from gigaplan.deals.from_plan import INFLATION, deal_of_asset, deals_of_plan
from gigaplan.deals.plan_data import built
from gigaplan.errors import UsageError


@pytest.fixture(scope="module")
def plan(three_states, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans") / "plan"
    three_states.save(folder)
    return three_states, folder


def test_assets_cost_what_the_programme_spends(plan):
    done, _ = plan
    assets = built(done)
    credit = sum(c.amount * (1 - b.credit) for b in assets for c in b.costs) / 1e9
    assert credit == pytest.approx(float(done.data["capital"].sum()), rel=1e-3)


def test_a_campus_rents_what_the_plan_values(plan):
    done, _ = plan
    campus = next(b for b in built(done) if b.name.startswith("Campus"))
    (rent,) = campus.revenue
    # thousand H100e in use times their yearly value, for each GW of IT
    used = done.data["compute"].sum("chip") * done.inputs["value_of_h100e"]
    each = (used / done.data["it_power"].sum("zone")).sel(year=slice(campus.year, None))
    span = done.inputs["year_span"].sel(year=each["year"])
    worth = float((each * span).sum() / span.sum())
    assert worth > 0
    assert rent.price * 12 == pytest.approx(worth * 1e3, rel=1e-9)


def test_power_earns_the_plans_prices(plan):
    done, _ = plan
    assets = [b for b in built(done) if b.name.startswith("fuel_cell")]
    data = done.data
    for asset in assets:
        sale = next(s for s in asset.revenue if s.kind == "power_purchase")
        zone = asset.name.split()[1]
        prices = data["price"].sel(zone=zone).values
        assert prices.min() <= sale.price <= prices.max()


def test_every_company_holds_and_says_why_it_differs(plan):
    _, folder = plan
    deals = deals_of_plan(folder, [])
    for deal in deals:
        assert [c for c in deal.checks if not c.holds] == []
        asked, rate = deal.measure("plan_return"), deal.rates["equity_irr"].rate
        text = " ".join(deal.remarks)
        if rate is not None and abs(100 * rate - asked) > 0.5:
            assert "the plan asks for" in text
            parts = [float(p.split()[-1]) for p in text.split("in points: ")[1].split("; ")]
            assert sum(parts) == pytest.approx(100 * rate - asked, abs=0.05)
    assert {d.name for d in deals} == {b.name for b in built(plan[0])}


def test_real_dollars_become_money_of_the_day(plan):
    done, folder = plan
    asset = next(b for b in built(done) if b.name.startswith("Campus"))
    (deal,) = deals_of_plan(folder, [asset.name])
    closing = asset.year - asset.build_years
    cost = sum(c.amount for c in asset.costs) * (1 + INFLATION) ** (closing - asset.dollar_year)
    assert deal.numbers["construction_cost"] == pytest.approx(cost, rel=1e-9)
    income = deal.lines["revenue_capacity"]
    assert np.allclose(income[2:] / income[1:-1], 1 + INFLATION)


def test_a_corridor_earns_the_difference_of_prices(plan):
    done, _ = plan
    data = done.data.copy(deep=True)
    data["corridor_build"].loc[{"owner": "programme"}] = 0.0
    corridor = str(data["corridor"].values[0])
    data["corridor_build"].loc[{"owner": "programme", "corridor": corridor, "year": 2028}] = 0.5
    start, end = (str(done.inputs[f"corridor_{e}"].values[0]) for e in ("from", "to"))
    data["price"].loc[{"zone": start}] = 20.0
    data["price"].loc[{"zone": end}] = 50.0
    data["flow_forward"].loc[{"corridor": corridor}] = 0.1
    data["flow_reverse"].loc[{"corridor": corridor}] = 0.0
    assets = built(SimpleNamespace(data=data, inputs=done.inputs, meta=done.meta))
    line = next(b for b in assets if b.name.startswith("Corridor"))
    kept = 1 - float(done.inputs["corridor_loss"].values[0])
    capacity = data["corridor_forward_capacity"].sel(corridor=corridor).values
    span = done.inputs["year_span"].values
    (sale,) = line.revenue
    moved = np.average(0.1 * 8760 / capacity, weights=span) * 0.5 * 1e3
    assert sale.volume == pytest.approx(moved, rel=1e-6)
    assert sale.price == pytest.approx(50 * kept - 20)
    deal = deal_of_asset(line, "plan")
    assert all(c.holds for c in deal.checks)


def test_an_unknown_asset_is_named(plan):
    with pytest.raises(UsageError, match="choose Campus"):
        deals_of_plan(plan[1], ["Campus ZZ 2028"])
