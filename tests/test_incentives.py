"""Federal credits with their election and gates, grants, and exemptions of states."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import gigaplan as gp
from gigaplan import atlas
from gigaplan.capital.incentives import CLAIMED, NONE, PAUSED, incentives
from gigaplan.capital.people import investors
from gigaplan.capital.tables import capital, fundings
from gigaplan.clearance.fees import SCALE, filing_fee
from gigaplan.deals.from_plan import companies_of_plan
from gigaplan.errors import InputError
from gigaplan.inputs.build import build_inputs
from gigaplan.inputs.context import Context, annuity
from gigaplan.inputs.options import costs

BEGUN = {"policy.begun_by_july_2026": True}


def small(**changes):
    return gp.with_changes(gp.load("three-states"), {"days.count": 1, "days.hardest": 1, **changes})


def nothing_built(inputs):
    """A plan Dataset in which the programme builds nothing yet."""
    shape = {
        "build": ("owner", "option", "year"),
        "it_build": ("zone", "year"),
        "fab_build": ("chip_step", "zone", "year"),
    }
    return xr.Dataset(
        {name: (dims, np.zeros([inputs.sizes[d] for d in dims])) for name, dims in shape.items()},
        coords={d: inputs[d] for d in ("owner", "option", "year", "zone", "chip_step")},
    )


def test_elections_keep_to_their_gates():
    plain = build_inputs(small(years=[2028, 2030, 2032]))
    # begun after mid-2026 and in service after 2027: neither credit
    assert set(plain["option_credit"].values) == {"48E"}
    wind = plain["option_technology"] == "wind_new"
    assert (plain["option_capital"] == plain["option_overnight_cost"]).sel(option=wind).all()
    inputs = build_inputs(small(**BEGUN, years=[2028, 2030, 2032]))
    twin = inputs["option_credit"] == "45Y"
    assert set(inputs["option_technology"].values[twin]) == {"wind_new", "solar_new"}
    open_ = inputs["option_buildable"].any("owner").sel(option=twin)
    assert open_.sel(year=2030).all()
    assert not open_.sel(year=2032).any()
    for name in inputs["option"].values[twin]:
        site = str(inputs["option_site"].sel(option=name).item())
        one, other = inputs.sel(option=name), inputs.sel(option=site)
        assert other["option_credit"] == "48E"
        assert one["option_output"] == other["option_output"]
        assert float(one["option_capital"].sel(year=2030)) == pytest.approx(
            float(other["option_capital"].sel(year=2030)) / 0.7
        )


def test_a_production_credit_by_hand():
    inputs = build_inputs(small(**BEGUN))
    at = inputs["option"].values[inputs["option_credit"].values == "45Y"][0]
    row = inputs.sel(option=at, year=2030)
    energy = float(row["option_energy"])
    worth = sum(30.0 * 1.05**-t for t in range(1, 11)) * 1e-6 * energy
    life = float(
        atlas.table("technology_traits")
        .set_index("technology")
        .at[str(row["option_technology"].item()), "life_years"]
    )
    paid = float(row["option_production_credit"])
    assert paid == pytest.approx(worth * annuity(0.05, life))
    assert off_charge(inputs, at) == pytest.approx(paid)


def test_with_a_roster_a_credit_above_operation_leaves_a_charge_below_zero():
    """The flat capital charge goes, fixed O&M less the credit stays, for the programme alone."""
    programme = gp.with_changes(
        gp.load("us-first"),
        {**BEGUN, "zones": ["AL", "OK"], "years": [2030], "days.count": 1, "days.hardest": 1},
    )
    inputs = build_inputs(programme)
    assert "funding" in inputs.dims
    wind = (inputs["option_technology"] == "wind_new") & (inputs["option_credit"] == "45Y")
    charge = inputs["option_annual_charge"].sel(year=2030).isel(option=np.flatnonzero(wind))
    cost = costs(Context(programme)).loc[("wind_new", 2030)]
    rest = float(cost["fixed_om_usd_kw_year"]) / 1e3 - inputs["option_production_credit"].sel(
        option=charge["option"], year=2030
    )
    np.testing.assert_allclose(charge.sel(owner="programme"), rest, atol=1e-12)
    assert float(charge.sel(owner="programme").min()) < 0.0
    assert float(charge.sel(owner="system").min()) > 0.0


def off_charge(inputs, option):
    """What the credit takes off the yearly charge: the same capital without it."""
    bare = build_inputs(small(**{"policy.tax_credits": False}))
    site = str(inputs["option_site"].sel(option=option).item())
    where = {"year": 2030, "owner": "programme"}
    return float(
        bare["option_annual_charge"].sel(option=site, **where)
        - inputs["option_annual_charge"].sel(option=option, **where)
    )


@pytest.fixture(scope="module")
def electing():
    """Ample money and a path to serve: 45Y is the better credit for sun and wind."""
    changes = {
        **BEGUN, "zones": ["OK"], "aim.kind": "cost", "aim.it_path": {2028: "0.1 GW"},
        "years": [2028], "money.budget": "100 BUSD", "additionality.energy": 1.0,
    }  # fmt: skip
    return gp.solve(small(**changes), workers=1)


def test_the_plan_elects_the_better_credit(electing):
    table = incentives(electing.inputs, electing.data)
    mine = table[(table["incentive"] == "45Y") & (table["status"] == CLAIMED)]
    assert (mine["yearly"] > 0).all()
    assert len(mine)
    row = mine.iloc[0]
    built = electing.data["build"].sel(owner="programme", year=int(row["year"]))
    chosen = (electing.inputs["option_technology"] == row["asset_class"]) & (
        electing.inputs["option_credit"] == "45Y"
    )
    energy = float((built * electing.inputs["option_energy"]).where(chosen).sum())
    assert row["yearly"] == pytest.approx(30e-6 * energy)
    # twins share the resource of their site
    ever = electing.data["build"].sum(["owner", "year"])
    on_site = ever.groupby(electing.inputs["option_site"]).sum("option")
    most = electing.inputs["option_potential"]
    for site in on_site["option_site"].values:
        assert float(on_site.sel(option_site=site)) <= float(most.sel(option=site)) + 1e-6


def test_a_company_takes_45y_as_a_credit_for_ten_years_and_no_income(electing):
    """30 USD of 2025 a MWh sold, grown with prices; without it only the cash for credits goes."""
    deals = companies_of_plan(electing, "plan", []).deals
    (deal,) = [d for d in deals if d.case.production_credits]
    (credit,) = deal.case.production_credits
    (power,) = [r for r in deal.case.revenue if r.name == "Power"]
    assert not deal.case.credits  # 45Y instead of 48E
    rows, bare = deal.ledger.rows, deal.rerun({"production_credits.0.rate": 0.0}).ledger.rows
    paid = rows["production_credit_45y_power"].value[1:]
    year = 1 + np.arange(len(paid))
    expected = 30.0 * 1.025 ** (2028 + year - 2025) * rows["sold_power"].value[1:]
    np.testing.assert_allclose(paid, np.where(year <= 10, expected, 0.0), rtol=1e-9)
    assert rows["sold_power"].value[1] == pytest.approx(power.volume)
    np.testing.assert_allclose(rows["credits_sold"].value[1:], credit.transfer_price * paid)
    for name in ("revenue", "federal_tax", "state_tax"):
        np.testing.assert_allclose(rows[name].value, bare[name].value, err_msg=name)


def test_every_incentive_is_said_with_its_reason(electing):
    table = incentives(electing.inputs, electing.data)
    assert (table["reason"] != "").all()
    assert (table["rule"] != "").all()
    none = table[table["status"] == NONE].set_index("incentive")["reason"]
    assert "eligible components" in none["45X"]


def test_exemptions_that_are_paused_cost_their_tax():
    inputs = build_inputs(small(zones=["AZ", "OH", "TX"], years=[2028, 2030]))
    tax = inputs["campus_sales_tax"]
    assert (tax.sel(zone="OH") > 0).all()  # without a stated end
    assert (tax.sel(zone="TX") == 0).all()
    assert float(tax.sel(zone="AZ", year=2028)) > 0  # until June 2029
    assert float(tax.sel(zone="AZ", year=2030)) == 0
    data = nothing_built(inputs)
    data["it_build"][:] = 1.0
    table = incentives(inputs, data)
    found = table[table["incentive"] == "sales tax exemption"].set_index(["zone", "year"])
    assert found.loc[("OH", 2030), "status"] == PAUSED
    assert found.loc[("AZ", 2028), "status"] == PAUSED
    assert "2029-06" in found.loc[("AZ", 2028), "reason"]
    assert found.loc[("AZ", 2030), "status"] == CLAIMED
    assert found.loc[("TX", 2028), "amount"] > 0


def test_fab_lines_begun_after_2026_get_no_48d():
    inputs = build_inputs(small(years=[2030, 2035]))
    credit = inputs["fab_credit"].transpose("year", "chip_step").values
    assert credit[-1].max() == 0
    data = nothing_built(inputs)
    data["fab_build"].loc[{"zone": "TX", "year": 2035, "chip_step": "logic"}] = 1.0
    table = incentives(inputs, data)
    assert (table.loc[table["asset_class"] == "fabs", "status"] == NONE).all()


INVESTORS = """\
investor,country,kind,governments,sectors,places,instruments,return_pct,in_service_from,in_service_to
home,US,infrastructure_fund,,dc; power; transmission; chips,all,common,10,,
quick,US,government,US 100,dc,OK,grant,,,2028
"""
COMMITMENTS = """\
investor,year,amount,currency,stage
home,2026,40,USD,signed
quick,2026,0.2,USD,signed
"""


def granted(tmp_path, investors_csv=INVESTORS):
    (tmp_path / "programme.yaml").write_text(
        "zones: [OK]\nyears: [2028, 2030]\nmoney: {budget: 10 BUSD}\n"
        "campus: {accelerators: true}\ndays: {count: 1, hardest: 1}\n"
        "capital: {scale: to_budget}\n"
        "tables: {investors: investors.csv, commitments: commitments.csv}\n"
    )
    (tmp_path / "investors.csv").write_text(investors_csv)
    (tmp_path / "commitments.csv").write_text(COMMITMENTS)
    return gp.load(tmp_path)


def test_a_grant_is_a_source_within_its_pot_and_gates(tmp_path):
    plan = gp.solve(granted(tmp_path), workers=1)
    table = fundings(plan.inputs, plan.data)
    given = table[(table["instrument"] == "grant") & (table["amount"] > 1e-9)]
    # the pot is no part of the budget, so scaling leaves it
    assert given["amount"].sum() == pytest.approx(0.2)
    assert (given["year"] <= 2028).all()
    assert (given["asset_class"].isin(["campus", "accelerators", "equipment"])).all()
    assert (given["charge"] == 0).all()
    used = capital(plan.inputs, plan.data)
    assert np.allclose(used["sources"], used["uses"], atol=1e-9)
    assert (used["grant"] <= 0.1 * used["uses"] + 1e-9).all()  # instruments.largest_share
    people = investors(plan.inputs, plan.data).set_index("investor")
    assert people.loc["quick", "grant"] == pytest.approx(0.2)
    assert people.loc["quick", "yearly_cash"] == 0
    assert people.loc["quick", "marginal_value"] > people.loc["home", "marginal_value"]
    assert plan.meta["checks"]["sources_equal_uses"]["worst"] <= 1e-9


def test_a_window_that_ends_before_it_begins_is_named(tmp_path):
    wrong = INVESTORS.replace("grant,,,2028", "grant,,2030,2028")
    with pytest.raises(InputError, match="2030 is after in_service_to, 2028"):
        build_inputs(granted(tmp_path, wrong))


def test_the_cost_of_a_filing_covers_the_fee_of_every_tier():
    share = float(atlas.table("constants").set_index("id").at["filing_cost_share", "value"])
    for least, _ in SCALE[1:]:
        assert filing_fee(least) <= share * least
