"""Outcomes against figures worked out by hand, and balances between tables."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import keeping_the_system_without
from gigaplan import atlas
from gigaplan.errors import UsageError
from gigaplan.outcomes.emissions import PARTS, _draw, accounting, emissions, intensity, parts
from gigaplan.outcomes.fuel import fuel
from gigaplan.outcomes.jobs import ELSEWHERE, jobs
from gigaplan.outcomes.pair import Pair, pair_of, table
from gigaplan.outcomes.partners import partners
from gigaplan.outcomes.position import position, world
from gigaplan.outcomes.prices import prices, reserve
from gigaplan.outcomes.spending import drawn, spending, tax_credits
from gigaplan.outcomes.tables import TABLES
from gigaplan.outcomes.tax import tax
from gigaplan.outcomes.water import land, water
from gigaplan.plan.without import Without
from gigaplan.solving.solve import solve_inputs
from systems import random_inputs

YEAR, DAYS, HOURS = 2030, 2, 24


def frame_of(dims, values):
    return tuple(dims.split()), np.asarray(values, dtype=float)


def one_zone(generation=(10.0, 12.0), price=(40.0, 41.5), moved=0.2):
    """Texas with one combined-cycle plant of 7 MMBtu/MWh, without and with a campus of 0.1 GW."""
    nothing = {
        f"{k}_technology": (k, np.array([], dtype=object))
        for k in ("renewable", "store", "onsite", "option")
    }
    nothing |= {"onsite_zone": ("onsite", np.array([], dtype=object))}
    inputs = xr.Dataset(
        {
            "plant_technology": ("plant", np.array(["gas_cc"], dtype=object)),
            "plant_zone": ("plant", np.array(["TX"], dtype=object)),
            "plant_emissions": ("plant", [7 * 0.0531]),
            "onsite_emissions": ("onsite", np.zeros(0)),
            **nothing,
            "load": frame_of("zone year hour", np.full((1, 1, 48), 2.0)),
            "year_weight": frame_of("year", [3.0]),
            "campus_utilisation": 0.8,
            "campus_water": frame_of("zone", [0.5]),
            "fab_water": frame_of("chip_step", [0.1]),
        },
        coords={"zone": ["TX"], "year": [YEAR], "plant": ["TX gas_cc"], "chip_step": ["logic"]},
    )

    def system(energy, usd):
        return xr.Dataset(
            {
                "year_generation": frame_of("zone technology year", [[[energy * 1e3]]]),
                "year_emissions": frame_of("zone year", [[energy * 7 * 0.0531]]),
                "year_price_others": frame_of("zone year", [[usd]]),
                "year_price_scarcity": frame_of("zone year", [[usd / 100]]),
                "compute": frame_of("chip year", [[100.0]]),
                "it_power": frame_of("zone year", [[0.15]]),
                "air_build": frame_of("zone year", [[0.05]]),
                "fab_build": frame_of("chip_step zone year", [[[10.0]]]),
                "price_moved": frame_of("zone year", [[moved]]),
                "emissions_moved": frame_of("zone year", [[-0.1]]),
            },
            coords={
                "zone": ["TX"],
                "year": [YEAR],
                "technology": ["gas_cc"],
                "chip_step": ["logic"],
            },
        )

    kept = Without(system(generation[0], price[0]), {"gap_busd": 0.02})
    return Pair(inputs, system(generation[1], price[1]), {"TX": ["TX"]}, 0.01, kept)


def test_gas_by_hand():
    row = fuel(one_zone()).iloc[0]
    # 2 TWh more at 7 MMBtu/MWh are 14 million MMBtu, at 1,036 Btu a cubic foot 13.51 Bcf
    assert row["change"] == pytest.approx(14.0)
    assert row["change_quantity"] == pytest.approx(14 / 1.036)
    assert row["change_heat"] == pytest.approx(14e6 * 1055.056e6 / 3.6e9 / 1e6, rel=1e-6)
    assert row["quantity_unit"] == "Bcf"


def test_emissions_by_hand():
    found = emissions(one_zone()).set_index(["zone", "part"])
    change = found["change"]["TX"]
    assert change["direct_co2"] == pytest.approx(14 * 0.0531)
    assert change["direct_other"] == pytest.approx(14 * (1e-6 * 29.8 + 1e-7 * 273))
    assert change["upstream_other"] == pytest.approx(14 * (6.27e-3 + 2e-8 * 273))
    # 2.3 % of the gas burnt leaks; a million Btu of methane is 19 kg; 29.8 times as warming
    assert change["upstream_methane"] == pytest.approx(14 * 0.023 * 0.019 * 29.8)
    us = found.loc["US", "all"]
    assert us["per_h100_hour"] == pytest.approx(us["change"] * 1e9 / (100e3 * 8760))
    low = 14 * 0.014 * 0.019 * 25
    assert found["change_low"]["TX", "upstream_methane"] == pytest.approx(low)
    assert us["noise"] == pytest.approx(0.2)


def test_water_by_hand():
    found = water(one_zone()).set_index(["zone", "use", "user"])
    # 255 gallons withdrawn and 205 consumed for a MWh of a combined cycle that recirculates
    gallon = 3.785412e-3
    assert found["change"]["TX", "withdrawal", "power_plants"] == pytest.approx(2 * 255 * gallon)
    assert found["change"]["TX", "consumption", "power_plants"] == pytest.approx(2 * 205 * gallon)
    once = found["change_high"]["TX", "withdrawal", "power_plants"]
    assert once == pytest.approx(2 * 11380 * gallon)
    # 0.1 of 0.15 GW of IT is cooled by water: at 80 % 0.7008 TWh, at half a litre a kWh 0.3504
    assert found["with"]["TX", "withdrawal", "campuses"] == pytest.approx(0.3504)
    assert found["with"]["TX", "consumption", "campuses"] == pytest.approx(
        0.3504 * 0.418 / 0.522, rel=1e-3
    )
    assert found["with"]["TX", "withdrawal", "fab_lines"] == pytest.approx(1.0)
    users = ("campuses", "fab_lines", "power_plants")
    parts_ = [found["with"]["TX", "withdrawal", user] for user in users]
    for zone in ("TX", "US"):
        assert found["with"][zone, "withdrawal", "all"] == pytest.approx(sum(parts_))


def test_prices_and_bills_by_hand():
    found = prices(one_zone()).set_index("zone")
    row = found.loc["TX"]
    assert row["effect"] == pytest.approx(1.5)
    assert row["effect_scarcity"] == pytest.approx(0.015)
    assert row["noise"] == pytest.approx(0.4)
    assert not row["inside_noise"]
    home = atlas.table("households").set_index("zone")["mwh_per_customer"]["TX"]
    assert row["bill_effect"] == pytest.approx(1.485 * home / 0.95)
    assert found.loc["US", "effect"] == pytest.approx(1.5)
    assert found.loc["US", "bill_effect"] == pytest.approx(row["bill_effect"])
    assert prices(one_zone(moved=0.8))["inside_noise"].all()
    # gaps of 0.01 and 0.02 BUSD over 3 years' 96 GWh
    assert any("104.1667 USD/MWh" in s for s in prices(one_zone()).attrs["sources"])


def test_bills_of_a_place_without_households_are_not_known():
    pair = one_zone()
    nowhere = Pair(pair.inputs, pair.with_, {"TX": ["Z9"]}, 0.01, pair.kept)
    assert prices(nowhere)["bill_effect"].isna().all()


@pytest.fixture(scope="module")
def small():
    """A random system of three zones, solved; the names of its zones are no states."""
    with keeping_the_system_without():
        return solve_inputs(random_inputs(4, zones=3, budget=60.0), count=2, workers=1)


@pytest.fixture(scope="module")
def pair(small):
    return pair_of(small)


@pytest.mark.parametrize(("sun", "expected"), [(0.0, 0.7), (5.0, 7 / 15)])
def test_imports_carry_the_intensity_of_where_they_come_from(sun, expected):
    """A burns coal at 1 t/MWh for both; B as much gas at 0.4 as it imports, beside its sun."""
    time = ("year", "day", "hour_of_day")
    flat = np.ones((1, 1, 24))
    inputs = xr.Dataset(
        {
            "plant_zone": ("plant", np.array(["A", "B"], dtype=object)),
            "plant_emissions": ("plant", [1.0, 0.4]),
            "onsite_zone": ("onsite", np.array([], dtype=object)),
            "onsite_emissions": ("onsite", np.zeros(0)),
            "corridor_from": ("corridor", np.array(["A"], dtype=object)),
            "corridor_to": ("corridor", np.array(["B"], dtype=object)),
            "corridor_loss": ("corridor", [0.5]),
            "onsite_renewable_zone": ("onsite_renewable", np.array(["B"], dtype=object)),
            "onsite_renewable_profile": (("onsite_renewable", "hour"), np.ones((1, 24))),
        },
        coords={"zone": ["A", "B"], "year": [YEAR]},
    )
    data = xr.Dataset(
        {
            "generation": (("plant", *time), np.stack([20 * flat, 5 * flat])),
            "onsite_generation": (("onsite", *time), np.zeros((0, 1, 1, 24))),
            "onsite_renewable_capacity": (("onsite_renewable", "year"), [[2 * sun]]),
            "onsite_spilled": (("onsite_renewable", *time), sun * flat[None]),
            "renewable_available": (("zone", *time), np.zeros((2, 1, 1, 24))),
            "curtailment": (("zone", *time), np.zeros((2, 1, 1, 24))),
            "flow_forward": (("corridor", *time), 10 * flat[None]),
            "flow_reverse": (("corridor", *time), 0 * flat[None]),
        },
        coords={"day": [0]},
    )
    found = intensity(Pair(inputs, data, {}, 0.0))
    # half of what A sends is lost: 5 GW at 1 t/MWh arrive beside 5 at 0.4
    assert found[0] == pytest.approx(1.0)
    assert found[1] == pytest.approx(expected)


def test_load_that_is_put_off_is_drawn_when_it_is_made_up(pair):
    before = _draw(pair)
    data = pair.with_.copy(deep=True)
    data["campus_load"][:] = 2.0
    data["campus_curtailed"][:] = data["campus_unserved"][:] = 0.0
    data["campus_deferred"][:] = data["campus_made_up"][:] = 0.0
    campus = str(pair.inputs["shifting"].values[0])
    data["campus_deferred"].loc[{"shifting": campus, "hour_of_day": 18}] = 0.5
    data["campus_made_up"].loc[{"shifting": campus, "hour_of_day": 3}] = 0.5
    found = _draw(Pair(pair.inputs, data, pair.states, 0.0, pair.kept))
    assert found.shape == before.shape
    at = pair.zones.index(campus)
    assert found[at, ..., 18] == pytest.approx(1.5)
    assert found[at, ..., 3] == pytest.approx(2.5)
    assert np.delete(found[at], [3, 18], axis=-1) == pytest.approx(2.0)


def test_changes_are_the_sums_of_their_parts(pair):
    found = emissions(pair).set_index(["zone", "part", "year"])
    for year in pair.years:
        for zone in [*pair.zones, "US"]:
            total = sum(found["change"].get((zone, p, year), 0.0) for p in PARTS)
            assert found["change"][zone, "all", year] == pytest.approx(total, abs=1e-9)
        zones = sum(found["change"][z, "all", year] for z in pair.zones)
        assert found["change"]["US", "all", year] == pytest.approx(zones, abs=1e-9)
    # direct carbon dioxide is that of the fuel burnt
    burnt = fuel(pair)
    carbon = burnt["fuel"].map({"gas": 0.0531, "coal": 0.0955, "oil": 0.0731})
    by_case = {c: (burnt[c] * carbon).groupby(burnt["year"]).sum() for c in ("with", "without")}
    for case, total in by_case.items():
        for year in pair.years:
            assert found[case]["US", "direct_co2", year] == pytest.approx(total[year], rel=1e-6)


def test_spending_is_the_capital_that_the_plan_raises(small, pair):
    spent = spending(pair.inputs, pair.with_)
    by_asset = spent.groupby("asset")["amount"].sum()
    credits = float(tax_credits(pair.inputs, pair.with_).sum())
    raised = pair.with_["capital"].sum(["zone", "year"])
    assert float(spent["amount"].sum()) == pytest.approx(float(raised.sum()) + credits, rel=1e-9)
    for name in ("campus", "accelerators", "corridors", "equipment", "fabs"):
        assert by_asset.get(name, 0.0) == pytest.approx(
            float(raised.sel(asset_class=name)), abs=1e-9
        )
    by_year = drawn(pair.inputs, spent)
    assert by_year["amount"].sum() == pytest.approx(spent["amount"].sum(), rel=1e-9)
    assert float(spent["amount"].sum()) > 10


def test_all_places_together_are_the_national_effect(pair):
    """Construction jobs sum up to the multipliers of the whole country, wherever they are."""
    industries = atlas.table("io_industries").set_index("industry")["jobs_per_musd"]
    spent = spending(pair.inputs, pair.with_)
    paid = spent[spent["industry"].isin(["23", "5412OP"]) & (spent["item"] != "equipment")]
    direct = (paid["amount"] * 1e3 * paid["industry"].map(industries)).sum()
    found = jobs(pair)
    built = found[found["phase"] == "construction"].groupby("effect")["central"].sum()
    assert built["direct"] == pytest.approx(direct, rel=1e-3)
    # no known state: nothing but the direct jobs stays
    kept = found[(found["place"] != ELSEWHERE) & (found["effect"] != "direct")]
    assert kept.empty
    assert (found["low"] <= found["central"] + 1e-9).all()
    assert (found["central"] <= found["high"] + 1e-9).all()


def test_jobs_of_a_builder_by_hand(three_states):
    """One GW of IT in a state: its facility's builders at the industry's jobs per dollar."""
    pair = pair_of(three_states)
    found = jobs(pair)
    spent = spending(pair.inputs, pair.with_)
    tx = spent[(spent["zone"] == "TX") & (spent["asset"] == "campus")].set_index("item")["amount"]
    facility = 11.769 * (1 + 0.6 * (0.88 - 1))  # BUSD a GW in Texas, damped index
    built = float(pair.with_["it_build"].sel(zone="TX").sum())
    assert tx["building"] == pytest.approx(0.625 * facility * built, rel=1e-4)
    assert tx["land"] == pytest.approx(0.1875 * facility * built, rel=1e-4)
    workers = found[(found["place"] == "TX") & (found["effect"] == "direct")]
    of_campus = tx["building"] * 1e3 * 3.31423 + tx["services"] * 1e3 * 4.4721
    plants = spent[(spent["zone"] == "TX") & (spent["asset"] == "generation")]
    of_plants = plants.loc[plants["item"] == "building", "amount"].sum() * 1e3 * 3.31423
    there = workers.loc[workers["phase"] == "construction", "central"].sum()
    assert there == pytest.approx(of_campus + of_plants, rel=1e-3)


def test_taxes_by_hand(pair):
    found = tax(pair)
    built = float(pair.with_["it_build"].sum())
    by_item = found.groupby("item")["amount"].sum()
    # the random system has 0.5 BUSD of tax a GW and waives a quarter more
    assert by_item["sales tax"] == pytest.approx(0.75 * built, rel=1e-3)
    assert by_item["sales tax exemption"] == pytest.approx(0.25 * built, rel=1e-3)
    wide = found[found["level"] != "federal"].pivot_table(
        index=["zone", "year"], columns="kind", values="amount", aggfunc="sum"
    ).fillna(0.0)  # fmt: skip
    assert (wide["receipt"] - wide["incentive"]).to_numpy() == pytest.approx(
        wide["net"].to_numpy(), abs=1e-5
    )


def test_reserve_margin_is_what_the_model_holds(pair):
    found = reserve(pair)
    for case in ("without", "with"):
        firm, need = found[f"firm_{case}"], found[f"peak_{case}"] * (1 + found["reference"])
        assert (firm + found[f"missing_{case}"] >= need - 1e-5).all()
    assert (found["peak_with"] >= found["peak_without"] - 1e-9).all()


def test_accounting_is_consistent(pair):
    found = accounting(pair)
    energy = (pair.with_["campus_load"].sum("zone") * pair.with_["day_weight"].sum() * 24) / 1e3
    assert (found["campus_energy"].to_numpy() <= energy.values + 1e-9).all()
    assert (found["matched_hourly"].dropna() <= found["matched_annual"].dropna() + 1e-9).all()
    # with constant draw and one intensity a zone the hourly and the annual count differ little
    some = found["hourly_average"] > 0
    assert (
        (found.loc[some, "hourly_average"] / found.loc[some, "annual_average"])
        .between(0.5, 2)
        .all()
    )


def test_world_compute_by_hand():
    """Counted sales of five years; then power times what is on sale, over 1.2 of PUE."""
    counts = atlas.table("world_compute")
    makers = counts[counts["by"] == "maker"]
    end = makers[makers["year"] == 2025]["median"].sum()
    assert world("central", [2025])[2025] == pytest.approx(end)  # nothing counted is older
    # 2026: 25 GW, half GB300 and half Rubin a kW
    rate = (2.52653 / 2.217 + 8.66495 / 3.325) / 2 * 1e3 / 1.2
    assert world("central", [2026])[2026] == pytest.approx(end + 25 * rate, rel=1e-4)
    # after five years 2022's sales are gone
    gone = makers[makers["year"] == 2022]["median"].sum()
    two = world("central", [2026, 2027])
    newest = 8.66495 / 3.325 * 1e3 / 1.2
    assert two[2027] - two[2026] == pytest.approx(25 * newest - gone, rel=1e-3)


def test_position_is_ranged(pair):
    found = position(pair)
    assert (found["share_low"] <= found["share_central"]).all()
    assert (found["share_central"] <= found["share_high"]).all()
    assert (found["programme"] / found["world_high"]).to_numpy() == pytest.approx(
        found["share_low"].to_numpy()
    )


def test_partners_need_a_roster(pair):
    with pytest.raises(UsageError, match="no roster"):
        partners(pair)


@pytest.mark.parametrize("name", [n for n in TABLES if n != "partners"])
def test_every_table_has_units_and_known_sources(pair, name):
    found = TABLES[name](pair)
    assert set(found.attrs["units"]) == set(found.columns)
    assert found.attrs["sources"]
    numbers = found.select_dtypes("number")
    for column in numbers:
        if column not in ("year",):
            assert found.attrs["units"][column], f"{name}.{column} has no unit"
    for source in found.attrs["sources"]:
        if not source.startswith(("plan:", "method:")):
            assert not atlas.source(source).empty


def test_a_source_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match="no figure"):
        table({"x": (np.zeros(1), "1")}, ["constants.nonsense"])


def test_a_technology_that_the_atlas_does_not_know_is_named(pair):
    inputs = pair.inputs.copy()
    inputs["plant_technology"] = inputs["plant_technology"].where(
        inputs["plant_technology"] != "coal", "perpetuum"
    )
    with pytest.raises(UsageError, match="perpetuum"):
        fuel(Pair(inputs, pair.with_, {}, 0.0, pair.kept))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    before=st.floats(0, 100),
    after=st.floats(0, 100),
    level=st.sampled_from(["low", "central", "high"]),
)
def test_emissions_are_linear_in_what_is_generated(before, after, level):
    found = parts(one_zone(generation=(before, after)), level)
    one = parts(one_zone(generation=(1.0, 1.0)), level)
    for case, energy in (("without", before), ("with", after)):
        for part in PARTS:
            assert found[case][part][0, 0] == pytest.approx(
                energy * one[case][part][0, 0], abs=1e-9
            )


def test_land_by_hand(three_states):
    pair = pair_of(three_states)
    found = land(pair).set_index(["zone", "what", "year"])["change"]
    facility = pair.with_["facility_power"].to_series()
    for (zone, year), size in facility.items():
        if size > 1e-3:
            # 0.73 acres a MW, 0.404686 ha an acre
            assert found[zone, "campus", year] == pytest.approx(
                size * 1e3 * 0.73 * 0.404686, rel=1e-4
            )
