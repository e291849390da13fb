"""Accelerators, fabs, scarce equipment and time to power: what must hold for every plan."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gigaplan as gp
from gigaplan import atlas
from gigaplan.errors import CheckError, InputError
from gigaplan.inputs.build import build_inputs
from gigaplan.inputs.chips import standing
from gigaplan.inputs.context import Context
from gigaplan.inputs.fabs import ramp
from gigaplan.solving.answer import decisions
from gigaplan.solving.search import search
from gigaplan.solving.verify import verify
from systems import random_inputs

QUICK = settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.too_slow])


WEIGHTS = pd.Series([200.0, 165.0], index=pd.Index([5, 200], name="day"))


def best(inputs):
    """Bounds and discounted worth of compute of the best plan on two days, to a gap of 1e-7."""
    found = search(inputs, WEIGHTS, 1e-7, workers=1, baseline=False)
    found.pool.close()
    plan = decisions(inputs, found.master, found.result.point)
    worth = (plan["compute"].sum("chip") * inputs["year_weight"] * inputs["value_of_h100e"]).sum()
    return found.result.lower, found.result.upper, float(worth)


@pytest.fixture(scope="module")
def three():
    programme = gp.with_changes(gp.load("three-states"), {"money.budget": "40 BUSD"})
    return gp.solve(programme, workers=1)


def test_chain_of_2025_gives_about_what_was_shipped():
    shipped = atlas.table("accelerators_shipped")
    as_generation = {"H100": "h100", "H20": "h100", "B200": "gb200", "B300": "gb300"}
    shipped = shipped[(shipped["year"] == 2025) & shipped["chip"].isin(as_generation)]
    traits = atlas.table("accelerators").set_index("generation")
    traits = traits.loc[shipped["chip"].map(as_generation)]
    units = shipped["thousand_units"].to_numpy()
    supply = atlas.table("chip_supply")
    supply = supply[supply["year"] == 2025].set_index("step")
    given_ = supply["capacity"] * supply["vendor_share"] * supply["effective_factor"]
    packaging = (units / traits["packages_per_wafer"].to_numpy()).sum() / given_["packaging"]
    memory = (units * traits["memory_gb"].to_numpy()).sum() / 1e3 / given_["memory"]
    # how much of the chain's supply the shipped mix used: the narrowest step within 10 %
    assert max(packaging, memory) == pytest.approx(1.0, abs=0.1)
    assert min(packaging, memory) > 0.75
    # Nvidia shipped 4.486 million in 2025 (Epoch AI): Blackwell packages alone give as many
    assert given_["packaging"] * 16 == pytest.approx(4486, rel=0.02)


def test_life_by_hand():
    context = Context(gp.with_changes(gp.load("us-first"), {}))
    # bought for 2028 with five years: both years of 2028-29, three of the five of 2030-34
    np.testing.assert_allclose(standing(context, 5.0), [[1, 0, 0], [0.6, 1, 0], [0, 0, 1]])


def test_value_of_an_h100e_year_by_hand():
    inputs = build_inputs(gp.load("us-first"))
    # 300 BUSD / 5 years / 4.5 GW at 1,209 H100e per MW and 0.8 in use is the
    # mean of five falling years
    flat = 300 / 5 / 4.5 / (1209 * 0.8)
    first = flat * 5 / sum(0.78**n for n in range(5))
    expected = first * (0.78**2 + 0.78**3) / 2
    assert float(inputs["value_of_h100e"][0]) == pytest.approx(expected, rel=1e-3)
    assert float(inputs["value_of_compute"].sum()) == 0


def test_the_aim_in_gigawatts_still_works():
    programme = gp.with_changes(
        gp.load("three-states"),
        {"aim.measure": "it_power", "aim.value_of_compute": "12 BUSD/GW/year"},
    )
    inputs = build_inputs(programme)
    assert float(inputs["value_of_compute"][0]) == 12
    assert float(inputs["value_of_h100e"].sum()) == 0
    lower, upper, worth = best(inputs)
    assert worth == 0
    assert upper - lower < 1e-3


def test_tenants_bring_the_newest_and_the_chain_does_not_bind():
    programme = gp.with_changes(gp.load("three-states"), {"campus.accelerators": False})
    inputs = build_inputs(programme)
    assert not np.isfinite(inputs["chip_supply"].values).any()
    assert (inputs["accelerator_available"].sum("chip") == 1).all()
    assert float(inputs["accelerator_overnight_cost"].sum()) == 0


@QUICK
@given(seed=st.integers(0, 5000))
def test_chip_limits_never_help_and_freeing_them_never_hurts(seed):
    inputs = random_inputs(seed, budget=90.0)
    inputs["value_of_compute"][:] = 0.0
    inputs["value_of_h100e"][:] = 0.0138
    free, tight = inputs.copy(deep=True), inputs.copy(deep=True)
    free["chip_supply"][:] = np.inf
    tight["chip_supply"][:] = np.minimum(inputs["chip_supply"], 15.0)
    for scarce, loose in itertools.pairwise(best(x) for x in (tight, inputs, free)):
        assert loose[0] <= scarce[1] + 1e-6


def test_refits_keep_the_shells_full(three):
    data = three.data
    filled = (three.inputs["accelerator_power"] * data["accelerators"]).sum(["chip", "year_built"])
    shells = data["it_power"].sum("zone")
    np.testing.assert_allclose(filled + data["idle_it_power"], shells, atol=1e-6)
    assert float(data["compute"].sum()) > 0


def test_a_tampered_chain_fails_the_checks(three):
    for name in (
        "accelerator_build",
        "accelerators",
        "compute",
        "accelerator_first",
        "idle_it_power",
    ):
        data = three.data.copy(deep=True)
        data[name].values.reshape(-1)[0] += 900.0
        with pytest.raises(CheckError):
            verify(three.inputs, data, three.meta["objective"])


def test_summary_has_compute_and_accelerators(three):
    facts = three.summary()
    assert set(facts["compute_h100e"]) == {"2028", "2030"}
    assert facts["compute_h100e"]["2028"] == pytest.approx(
        float(three.data["compute"].sel(year=2028).sum()) * 1e3
    )
    assert facts["accelerators_thousand"]["rubin"]["2028"] > 0
    assert all(row["worth_h100e"] is None or row["worth_h100e"] >= 0 for row in facts["binding"])


def test_own_chip_supply_and_unknown_generations(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    text = "based_on: three-states\ntables: {chip_supply: chip_supply.csv}\n"
    (folder / "programme.yaml").write_text(text)
    (folder / "chip_supply.csv").write_text("step,year,supply\npackaging,2028,3\n")
    inputs = build_inputs(gp.load(folder))
    assert float(inputs["chip_supply"].sel(chip_step="packaging", year=2028)) == 3
    (folder / "chip_supply.csv").write_text("step,year,supply\npackagin,2028,3\n")
    with pytest.raises(InputError, match="packagin"):
        gp.load(folder)
    with pytest.raises(InputError, match=r"chips\.generations"):
        build_inputs(gp.with_changes(gp.load("three-states"), {"chips.generations": ["rubinx"]}))


def test_life_and_generations_reach_the_inputs():
    programme = gp.with_changes(gp.load("three-states"), {"chips.life": "7 year"})
    context = Context(programme)
    assert standing(context, 7.0)[1, 0] == 1.0
    assert build_inputs(programme)["accelerator_standing"].values[0, 1, 0] == 1.0


@QUICK
@given(seed=st.integers(0, 5000))
def test_without_supply_caps_compute_rises_and_one_more_never_raises_it(seed):
    inputs = random_inputs(seed, budget=90.0)
    inputs["value_of_compute"][:] = 0.0
    # dear compute: what is bought is decided by what can be had, not by what running it costs
    inputs["value_of_h100e"][:] = 0.3
    free, tight = inputs.copy(deep=True), inputs.copy(deep=True)
    for name in ("chip_supply", "equipment_supply", "labour_supply", "cap_limit"):
        free[name][:] = np.inf
    for name in ("limit", "national_limit"):
        free[f"campus_{name}"][:] = np.inf
        free[f"campus_{name}_flexible"][:] = np.inf
    tight["labour_supply"][:] = np.minimum(inputs["labour_supply"], 3.0)
    low, middle, high = (best(x)[2] for x in (tight, inputs, free))
    assert low <= middle * (1 + 1e-4) + 1e-6
    assert middle <= high * (1 + 1e-4) + 1e-6


def test_nothing_arrives_before_its_lead_time():
    inputs = build_inputs(gp.load("us-first"))
    supply = inputs["equipment_supply"]
    # ordered in 2026, five years to arrive, one to install: no listed turbine before 2032
    turbine = supply.sel(equipment="gas_turbine", price_step="listed")
    assert float(turbine.sel(year=2030)) == 0
    assert float(turbine.sel(year=2035)) > 0
    table = atlas.table("equipment_supply").set_index(["equipment", "year"]).loc["gas_turbine"]
    resold = (table["output"] * table["sold_share"] * table["resale_reach"]).loc[2028:2029].sum()
    premium = supply.sel(equipment="gas_turbine", price_step="premium", year=2030)
    assert float(premium) == pytest.approx(resold)


def test_more_equipment_within_reach_never_hurts(three):
    programme = gp.with_changes(
        gp.load("three-states"), {"money.budget": "40 BUSD", "equipment.reach_scale": 0.25}
    )
    scarce = gp.solve(programme, workers=1)
    assert scarce.meta["upper_bound"] >= three.meta["lower_bound"] - 1e-6
    free = gp.with_changes(programme, {"equipment.limits": False, "equipment.labour": False})
    inputs = build_inputs(free)
    assert not np.isfinite(inputs["equipment_supply"].values).any()
    assert not np.isfinite(inputs["labour_supply"].values).any()


def test_tampered_orders_fail_the_checks(three):
    data = three.data.copy(deep=True)
    data["equipment_order"].values[:] = 0.0
    with pytest.raises(CheckError, match="equipment"):
        verify(three.inputs, data, three.meta["objective"])


ISLAND = {
    "campus.limits": {z: "50 MW" for z in ("TX", "OK", "KS")},
    "money.budget": "40 BUSD",
    "power.lead_times": False,
    "equipment.limits": False,
    "power.build_limits": False,
}


@pytest.fixture(scope="module")
def islanded():
    """Connections of 50 MW: what a campus needs beyond, it makes on site."""
    return gp.solve(gp.with_changes(gp.load("three-states"), ISLAND), workers=1)


def test_without_connection_a_campus_makes_its_own_power(islanded):
    data, inputs = islanded.data, islanded.inputs
    assert float(data["onsite_capacity"].sel(year=2030).sum()) > 0.1
    by_zone = dict.fromkeys(inputs["zone"].values.tolist(), 0.0)
    for name, zone in zip(inputs["onsite"].values, inputs["onsite_zone"].values, strict=True):
        at = data["onsite_capacity"].sel(onsite=name, year=2030)
        by_zone[zone] += float(at * inputs["onsite_availability"].sel(onsite=name))
    for zone, own in by_zone.items():
        connection = float(data["campus_connection"].sel(campus=zone, year=2030))
        facility = float(data["facility_power"].sel(zone=zone, year=2030))
        assert connection + own >= facility - 1e-6
        flexible = float(data["campus_flexible"].sel(campus=zone, year=2030))
        assert connection - flexible <= 0.05 + 1e-6


def test_curtailment_stays_within_its_hours(islanded):
    data, inputs = islanded.data, islanded.inputs
    hours = float(inputs["campus_flexible_hours"].sum())
    assert hours <= 45
    most = data["campus_flexible"] * float(inputs["campus_utilisation"]) * hours
    assert (data["year_curtailed"] <= most + 1e-6).all()


def test_a_tampered_campus_fails_the_checks(islanded):
    for name in ("campus_connection", "onsite_capacity", "onsite_generation", "campus_flexible"):
        data = islanded.data.copy(deep=True)
        data[name].values.reshape(-1)[0] += 3.0
        with pytest.raises(CheckError):
            verify(islanded.inputs, data, islanded.meta["objective"])


def test_on_site_supply_and_flexibility_never_hurt(islanded):
    changes = ISLAND | {"campus.onsite": False, "campus.flexible_share": 0.0}
    bare = build_inputs(gp.with_changes(gp.load("three-states"), changes))
    assert bare.sizes["onsite"] == 0
    full, none = best(islanded.inputs), best(bare)
    assert full[0] <= none[1] + 1e-6
    assert full[1] < none[0] - 1.0


def test_interruptible_connections_come_earlier():
    inputs = build_inputs(gp.load("us-first"))
    assert (inputs["campus_limit_flexible"] >= inputs["campus_limit"] - 1e-9).all()
    later = inputs["campus_limit"].sel(zone="TX", year=2035)
    assert float(inputs["campus_limit_flexible"].sel(zone="TX", year=2030)) < float(later)


def test_tables_of_supply_agree_with_the_plan(three):
    chips = three.chips()
    assert chips["compute"].sum() == pytest.approx(float(three.data["compute"].sum()))
    fabs = three.fabs()
    assert (fabs["used"] <= 1 + 1e-6).all()
    equipment = three.equipment()
    power = equipment[equipment["price_step"] != ""]
    used = power.groupby("equipment")["in_service"].sum()
    facility = float((three.data["it_build"] * three.inputs["campus_pue"]).sum())
    assert used["switchgear"] == pytest.approx(facility, rel=1e-6)
    assert (equipment["cumulated"] <= equipment["within_reach"] + 1e-5).all()
    for table in (chips, fabs, equipment, three.timeline(), three.binding()):
        numeric = table.select_dtypes("number").columns
        assert set(numeric) <= set(table.attrs["units"])


def test_timeline_respects_construction_and_names_what_is_critical(three):
    table = three.timeline()
    built = table[table["item"].str.startswith("campus") & (table["step"] == "construction")]
    assert (built["begins"] >= 2026).all()
    np.testing.assert_allclose(built["ends"] - built["begins"], 2.23)
    assert table.groupby(["zone", "year"])["critical"].any().all()
    ordered = table[table["step"] == "large_transformer on order"]
    assert (ordered["begins"] >= 2026 - 1e-9).all()


def test_gantt_and_views_by_command(three, tmp_path, capsys):
    from gigaplan.cli.main import main

    three.save(tmp_path / "p")
    folder = str(tmp_path / "p")
    for view in ("chips", "fabs", "equipment", "timeline", "campuses", "binding"):
        assert main(["show", folder, view, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["rows"]
    assert main(["gantt", folder, str(tmp_path / "g.svg")]) == 0
    assert "campus TX 2028" in (tmp_path / "g.svg").read_text()
    assert main(["gantt", folder, str(tmp_path / "g.pdf")]) == 2


@pytest.fixture(scope="module")
def starved():
    """A hundredth of a percent of the world's chips within reach, and a long horizon."""
    changes = {"chips.share_within_reach": 0.0005, "money.budget": "60 BUSD", "years": [2030, 2035]}
    changes |= {"horizon_end": 2040}
    return gp.solve(gp.with_changes(gp.load("three-states"), changes), workers=1)


def test_fab_lines_are_built_where_the_chain_binds(starved):
    fabs = starved.fabs()
    own = fabs[(fabs["chip_step"] == "packaging") & (fabs["year"] == 2035)].iloc[0]
    assert own["own_lines"] > 0
    assert own["own_output"] > 0
    assert float(starved.data["capital"].sel(asset_class="fabs").sum()) > 0
    assert own["needed"] <= own["within_reach"] + own["own_output"] + 1e-5
    table = gp.with_changes(gp.load("three-states"), {"years": [2028, 2030]})
    flags = build_inputs(table)["fab_buildable"]
    # 38 months from 2026: none in 2028, some in 2030
    assert not bool(flags.sel(year=2028).any())
    assert bool(flags.sel(year=2030).any())


def test_fab_ramp_by_hand():
    context = Context(gp.with_changes(gp.load("us-first"), {}))
    # in service for 2030 with a year of ramp: half of 2030; by 2035 all of 2031 to 2035
    np.testing.assert_allclose(ramp(context, 1.0)[1:, 1], [0.5, 5.0])
    assert ramp(context, 1.0)[2, 2] == 0.5


def test_a_tampered_fab_fails_the_checks(starved):
    data = starved.data.copy(deep=True)
    data["fab_build"].values[:] = 0.0
    with pytest.raises(CheckError):
        verify(starved.inputs, data, starved.meta["objective"])


def test_where_water_ends_campuses_are_cooled_by_air_at_the_cost_of_power():
    changes = {
        "campus.cooling": "choice",
        "campus.water_limits": {z: 0.5 for z in ("TX", "OK", "KS")},
    }
    plan = gp.solve(gp.with_changes(gp.load("three-states"), changes), workers=1)
    table = plan.campuses()
    assert (table["water"] <= 0.5 + 1e-6).all()
    # 0.5 million m3 cool 0.5 / (8.76 h x 0.8 x 0.522 L/kWh) = 0.1367 GW of IT
    wet, dry = 0.5 / (8.76 * 0.8 * 0.522), plan.data["air_build"].cumsum("year")
    power = plan.data["it_power"]
    some = (power > wet + 1e-6) & (dry > 1e-6)
    assert bool(some.any())
    full = (power - dry).where(some)
    assert float(full.max()) == pytest.approx(wet, rel=1e-3)
    expected = power * 1.15 + dry * 0.15
    np.testing.assert_allclose(plan.data["facility_power"], expected, rtol=1e-9, atol=1e-9)
    assert float(plan.data["dual_water"].max()) > 0
    told = plan.outcomes.water().set_index(["user", "use", "zone"])["with"]
    assert told["campuses", "withdrawal", "US"].to_numpy() == pytest.approx(
        table.groupby("year")["water"].sum().to_numpy()
    )
    free = gp.solve(
        gp.with_changes(gp.load("three-states"), {"campus.cooling": "water"}), workers=1
    )
    assert plan.summary()["objective"] >= free.summary()["lower_bound"]


def test_a_water_limit_of_an_unknown_zone_is_named():
    with pytest.raises(gp.InputError, match="water_limits"):
        gp.with_changes(gp.load("three-states"), {"campus.water_limits": {"ZZ": 1.0}})


@QUICK
@given(seed=st.integers(0, 10_000), limit=st.floats(0.01, 2.0))
def test_more_water_or_a_choice_of_cooling_never_makes_a_plan_worse(seed, limit):
    def cost(air, water):
        inputs = random_inputs(seed, zones=2)
        inputs["campus_air_possible"][:] = air
        inputs["water_limit"][:] = water
        return best(inputs)

    plenty, choice, wet = cost(False, np.inf), cost(True, limit), cost(False, limit)
    assert plenty[0] <= choice[1] + 1e-9
    assert choice[0] <= wet[1] + 1e-9
