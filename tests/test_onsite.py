"""On-site supply, its sale, and load that moves within the day, against cases derived by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import gigaplan as gp
from gigaplan import atlas
from gigaplan.errors import CheckError, InputError
from gigaplan.inputs.build import build_inputs
from gigaplan.model.assemble import build_monolith
from gigaplan.plan.supply import timeline
from gigaplan.solving.cases import Family, dispatch_family, make_cases
from gigaplan.solving.pool import SerialPool
from gigaplan.solving.solve import solve_inputs
from gigaplan.solving.verify import verify
from systems import random_inputs

DAY = (2028, 20)
WEIGHTS = pd.Series([365.0], index=pd.Index([200], name="day"))
HOURS = np.arange(24)
TWO_ZONES = {"zones": 2, "onsite_share": 1.0}


def one_day(inputs: xr.Dataset, given: dict[str, dict[str, float]]) -> tuple[float, Family, object]:
    """Cost [MUSD] and primal of a day at capacities given by name and label, 0 elsewhere."""
    family = dispatch_family(inputs)
    dims = {
        "plant_capacity": "plant", "campus_load": "zone", "onsite_capacity": "onsite",
        "campus_connection": "campus", "onsite_renewable_capacity": "onsite_renewable",
        "onsite_store_power": "onsite_store", "campus_shiftable": "shifting",
    }  # fmt: skip
    xi = []
    for name in family.coupling:
        part = np.zeros(family.sizes[name])
        for label, value in given.get(name, {}).items():
            part[inputs[dims[name]].values.tolist().index(label)] = value
        xi.append(part)
    pool = SerialPool(family.template, make_cases(inputs, family, [DAY]))
    cost, primal, _ = pool.detail({DAY: np.concatenate(xi)})[DAY]
    return cost, family, primal


def flat_zone(**changes: float) -> xr.Dataset:
    """Two zones without load of their own; the first holds a campus with every on-site asset."""
    inputs = random_inputs(3, **(TWO_ZONES | changes))
    inputs["load"][:] = 0.0
    return inputs


def test_sun_battery_and_engine_feed_a_campus_without_connection():
    inputs = flat_zone(shiftable_share=0.0)
    campus = inputs["onsite"].values[0].split()[0]
    hour = inputs["hour"].values % 24
    inputs["onsite_renewable_profile"][:] = ((hour >= 6) & (hour < 18)).astype(float)
    inputs["onsite_store_efficiency"][:] = 0.81
    inputs["onsite_store_availability"][:] = 1.0
    inputs["onsite_store_hours"][:] = 24.0
    inputs["onsite_availability"][:] = 0.5
    inputs["onsite_cost"][:] = 100.0
    cost, family, primal = one_day(inputs, {
        "campus_load": {campus: 1.0},
        "onsite_capacity": {f"{campus} onsite_turbine": 2.0},
        "onsite_renewable_capacity": {f"{campus} onsite_solar": 2.0},
        "onsite_store_power": {f"{campus} onsite_battery": 1.0},
    })  # fmt: skip
    # 12 GWh beyond the load by day are stored, 12 x 0.81 = 9.72 of them come back; the night's
    # other 2.28 GWh are the engine's, at 100 USD/MWh
    assert cost == pytest.approx(2.28 * 0.1, rel=1e-6)
    assert primal[family.columns["onsite_generation"]].sum() == pytest.approx(2.28)
    assert primal[family.columns["onsite_discharge"]].sum() == pytest.approx(9.72)
    assert primal[family.columns["campus_unserved"]].sum() == pytest.approx(0.0, abs=1e-9)


def test_more_sun_than_campus_and_connection_take_is_spilled():
    inputs = flat_zone(shiftable_share=0.0)
    campus = inputs["onsite"].values[0].split()[0]
    inputs["onsite_renewable_profile"][:] = 1.0
    zone = inputs["zone"].values.tolist().index(campus)
    inputs["load"][zone] = 5.0
    cost, family, primal = one_day(inputs, {
        "campus_load": {campus: 1.0},
        "campus_connection": {campus: 0.5},
        "onsite_renewable_capacity": {f"{campus} onsite_solar": 4.0},
    })  # fmt: skip
    spilled = primal[family.columns["onsite_spilled"]].reshape(-1, 24)
    which = inputs["onsite_renewable_zone"].values.tolist().index(campus)
    np.testing.assert_allclose(spilled[which], 4.0 - 1.0 - 0.5)
    # of the grid's 5 GW the campus serves what its connection carries; 4.5 x 24 GWh go unserved
    voll = float(inputs["value_of_unserved_energy"]) / 1e3
    assert cost == pytest.approx(4.5 * 24 * voll)


def test_load_moves_out_of_the_peak_by_what_may_move_and_no_more():
    inputs = flat_zone(shiftable_share=0.5)
    inputs["campus_training_share"], inputs["campus_utilisation"] = 1.0, 0.8
    cheap, campus = "Z0 gas_cc", "Z0"
    inputs["plant_availability"][:] = 1.0
    inputs["plant_cost"][:] = 100.0
    inputs["plant_cost"].loc[{"plant": cheap}] = 20.0
    at = inputs["hour"].values % 24
    inputs["load"][0] = np.where((at == 18) | (at == 19), 1.0, 0.5)
    peaker = next(p for p in inputs["plant"].values if p.startswith("Z0") and p != cheap)
    given = {
        "plant_capacity": {cheap: 1.6, peaker: 5.0},
        "campus_load": {campus: 1.0},
        "campus_connection": {campus: 2.0},
    }
    inputs["plant_energy_limited"][:] = False
    still, *_ = one_day(inputs, given)
    moved, family, primal = one_day(inputs, given | {"campus_shiftable": {campus: 0.2}})
    # peaks of 2.0 GW over 1.6 cheap: 0.2 GW less in each of two hours, made up at the cheap plant
    assert still - moved == pytest.approx(0.4 * (100.0 - 20.0) / 1e3)
    put_off = primal[family.columns["campus_deferred"]].reshape(-1, 24)[0]
    net = put_off - primal[family.columns["campus_made_up"]].reshape(-1, 24)[0]
    np.testing.assert_allclose(net[[18, 19]], 0.2, atol=1e-8)
    assert net.sum() == pytest.approx(0.0, abs=1e-8)
    # one hour with room: the peaker runs in all others.  0.2 GW is half of the 0.4 GW that train,
    # whose nameplate is 0.1 GW above their average: that much is made up, and no more
    inputs["load"][0] = np.where(at == 3, 0.0, 1.0)
    still, *_ = one_day(inputs, given)
    moved, family, primal = one_day(inputs, given | {"campus_shiftable": {campus: 0.2}})
    assert still - moved == pytest.approx(0.1 * (100.0 - 20.0) / 1e3)
    made_up = primal[family.columns["campus_made_up"]].reshape(-1, 24)[0]
    assert made_up[3] == pytest.approx(0.1)


def optimum(inputs: xr.Dataset) -> float:
    solver = build_monolith(inputs, WEIGHTS).to_highspy()
    solver.setOptionValue("output_flag", False)
    solver.run()
    assert solver.modelStatusToString(solver.getModelStatus()) == "Optimal"
    return float(solver.getObjectiveValue())


@pytest.mark.parametrize("seed", [11])
def test_each_possibility_alone_never_worsens_the_aim(seed):
    everything = random_inputs(seed, zones=2, budget=80.0, onsite_share=1.0, shiftable_share=0.4)
    everything["campus_limit"][:] = 0.2
    everything["onsite_renewable_profile"][:] = 0.9
    best = optimum(everything)
    for kind in ("onsite", "onsite_renewable", "onsite_store"):
        without = everything.copy(deep=True)
        own = without["option_kind"] == kind
        without["option_buildable"] = without["option_buildable"] & ~own
        assert best <= optimum(without) + 1e-6
    plain = everything.isel(shifting=[])
    plain["option_resale_price"] = plain["option_resale_price"] * 0.0
    assert best <= optimum(plain) + 1e-6


def test_nothing_is_added_where_no_load_moves_and_nothing_is_asked_for():
    inputs = build_inputs(gp.load("three-states"))
    assert inputs.sizes["shifting"] == 0
    assert inputs.sizes["onsite_renewable"] == inputs.sizes["onsite_store"] == 0
    assert set(inputs["onsite_technology"].values) == {
        "onsite_turbine", "onsite_engine", "onsite_fuel_cell"
    }  # fmt: skip


def asked(**changes: object) -> xr.Dataset:
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    return build_inputs(gp.with_changes(gp.load("three-states"), settings))


def test_on_site_technologies_are_those_asked_for():
    every = asked(campus__onsite_technologies="all")
    kinds = set(every["option_kind"].values)
    assert {"onsite", "onsite_renewable", "onsite_store"} <= kinds
    assert {"onsite_frame", "onsite_smr"} <= set(every["onsite_technology"].values)
    # nothing on site belongs to the system, and none uses the queue of its zone
    own = every["option_kind"].str.startswith("onsite")
    assert not bool(every["option_buildable"].sel(owner="system").where(own, False).any())
    assert set(every["option_zonal_cap"].values[own.values]) == {""}
    listed = asked(power__technologies=["gas_ct_new", "solar_new", "onsite_battery"])
    assert set(listed["onsite_store_technology"].values) == {"onsite_battery"}
    assert listed.sizes["onsite"] == 0
    none = asked(campus__onsite_technologies="all", campus__onsite=False)
    assert none.sizes["onsite"] == none.sizes["onsite_store"] == 0


def test_each_technology_has_its_own_terms():
    every = asked(campus__onsite_technologies="all")
    first = {}
    for name in ("turbine", "frame", "engine", "fuel_cell", "smr"):
        rows = every["option_technology"].values == f"onsite_{name}"
        open_ = every["option_buildable"].values[rows][:, :, 1].any(axis=0)
        first[name] = [int(y) for y, o in zip(every["year"].values, open_, strict=True) if o]
    assert first["turbine"] == first["fuel_cell"] == [2028, 2030]
    assert first["engine"] == [2030]
    assert first["frame"] == first["smr"] == []
    traits = atlas.table("technology_traits").set_index("technology")
    for label in every["onsite"].values:
        technology = label.split()[1]
        expected = traits.loc[technology, "availability"] * (
            1.0 - traits.loc[technology, "spare_share"]
        )
        assert float(every["onsite_availability"].sel(onsite=label)) == pytest.approx(expected)
    same = asked(campus__onsite_spare=0.2)
    turbine = traits.loc["onsite_turbine", "availability"] * 0.8
    assert float(same["onsite_availability"][0]) in (
        pytest.approx(turbine), pytest.approx(traits.loc["onsite_fuel_cell", "availability"] * 0.8)
    )  # fmt: skip
    sun = every["onsite_renewable_profile"].sel(onsite_renewable="TX onsite_solar")
    energy = every["option_energy"].sel(option="TX onsite_solar")
    assert float(energy) == pytest.approx(float(sun.sum()))
    assert float(every["onsite_store_firm"][0]) == pytest.approx(0.98 * 4 / 24)


def test_unknown_on_site_technologies_are_named():
    with pytest.raises(InputError, match=r"onsite_technologies.*gas_ct_new"):
        asked(campus__onsite_technologies=["gas_ct_new"])
    with pytest.raises(InputError, match="is there twice"):
        asked(campus__onsite_technologies=["onsite_smr", "onsite_smr"])
    with pytest.raises(InputError, match="the list is empty"):
        asked(campus__onsite_technologies=[])


def test_what_a_fuel_cell_sells_for():
    inputs = asked()
    at = {"option": "TX onsite_fuel_cell", "year": 2030, "year_built": 2028}
    capital = float(inputs["option_capital"].sel(option=at["option"], year=2028))
    credit = float(inputs["option_overnight_cost"].sel(option=at["option"], year=2028)) - capital
    # 3,000 USD/kW of machine, 70 % of it kept, two of twenty years gone, 60 % of the credit back
    expected = 3.0 * 0.7 * 18 / 20 - credit * 0.6
    assert float(inputs["option_resale_price"].sel(at)) == pytest.approx(expected)
    back = 0.07 / (1 - 1.07**-18)
    fixed = atlas.table("technologies").set_index(["technology", "year", "price_case"])
    fixed = fixed.loc[("onsite_fuel_cell", 2028, "market"), "fixed_om_usd_kw_year"] / 1e3
    relief = float(inputs["option_resale_relief"].sel(at))
    assert relief == pytest.approx(expected * back + fixed)


def test_a_sale_never_saves_more_than_the_unit_costs():
    inputs = asked(campus__onsite_technologies="all")
    charge = inputs["option_annual_charge"].sel(owner="programme", drop=True)
    spent = charge.rename(year="year_built")
    assert bool((inputs["option_resale_relief"] <= spent + 1e-9).all())
    paid = inputs["option_capital"].rename(year="year_built")
    assert bool((inputs["option_resale_price"] <= paid + 1e-9).all())
    onsite = inputs["option_kind"] == "onsite"
    assert float(inputs["option_resale_price"].where(~onsite, 0.0).max()) == 0.0


def test_reactors_return_once_and_use_nothing_of_what_can_be_built():
    changes = atlas.table("fleet_changes")
    back = changes[(changes["technology"] == "nuclear") & (changes["addition_mw"] > 0)]
    found = {(r.zone, r.year): r.addition_mw for r in back.itertuples()}
    assert found == {("PA", 2027): 835.0, ("IA", 2029): 615.0}
    fleet = atlas.table("fleet")
    here = fleet[(fleet["technology"] == "nuclear")].groupby("zone")["capacity_mw"].sum()
    # Palisades (768.5 MW) is in the list of units; Crane and Duane Arnold are not
    assert here["MI"] == pytest.approx(768.5 + 2177.0 + 1141.0)
    assert "IA" not in here.index
    inputs = build_inputs(gp.load("us-first"))
    limits = atlas.table("build_limits").set_index(["technology_group", "year"])
    for year in (2030, 2035):
        whole = float(limits.loc[("nuclear", year), "cumulative_gw"])
        assert float(inputs["cap_limit"].sel(cap="US nuclear", year=year)) == pytest.approx(whole)


@pytest.fixture(scope="module")
def bridged():
    """A plan whose campuses have no connection in the first year and one in the second."""
    inputs = random_inputs(3, budget=300.0, onsite_share=1.0, shiftable_share=0.4)
    inputs["campus_limit"][:] = [0.05, 9.0]
    inputs["value_of_h100e"][:] = 0.05
    inputs["onsite_store_hours"][:], inputs["onsite_store_firm"][:] = 1.0, 0.98 / 24.0
    inputs["campus_limit_flexible"][:] = [0.05, 9.0]
    inputs["option_resale_relief"] = inputs["option_resale_relief"] * 4
    cheap = inputs["option_kind"].isin(["onsite_renewable", "onsite_store"])
    for name in ("option_annual_charge", "option_capital"):
        inputs[name] = inputs[name].where(~cheap, inputs[name] * 0.3)
    return solve_inputs(inputs, count=2, workers=1)


def test_a_bridge_is_sold_and_counted_no_more(bridged):
    inputs, data = bridged.inputs, bridged.data
    sold = data["onsite_sold"].sum("year_built").sel(year=2030)
    assert float(sold.sum()) > 0.1
    campuses = bridged.campuses(everywhere=True).set_index(["zone", "year"])
    for zone in inputs["campus"].values:
        option = f"{zone} onsite_turbine"
        if option not in data["option"].values:
            continue
        built = float(data["build"].sel(option=option, owner="programme").sum())
        left = float(data["onsite_capacity"].sel(onsite=option, year=2030))
        assert left == pytest.approx(built - float(sold.sel(option=option)), abs=1e-6)
        assert campuses.loc[(zone, 2030), "onsite"] == pytest.approx(left, abs=1e-6)
    # the charge falls by what the inputs say of what was sold, from the year of sale on
    saved = (data["onsite_sold"] * inputs["option_resale_relief"]).sum(["option", "year_built"])
    cost = data["cost"].sel(cost_item="onsite_resale")
    np.testing.assert_allclose(cost.values, -saved.cumsum("year").values, atol=1e-9)
    steps = timeline(inputs, data)
    gone = steps[steps["step"] == "sold"]
    assert gone["size"].sum() == pytest.approx(float(sold.sum()), abs=1e-6)
    assert not gone["critical"].any()


def test_power_of_the_bridge_is_in_the_tables(bridged):
    power = bridged.power().set_index(["zone", "technology", "year"])
    data = bridged.data
    for kind, what in (("onsite_renewable", "capacity"), ("onsite_store", "power")):
        for label in data[kind].values:
            zone, technology = label.split()
            stands = float(data[f"{kind}_{what}"].sel({kind: label, "year": 2030}))
            if stands > 1e-5:
                assert power.loc[(zone, technology, 2030), "new_programme"] == pytest.approx(stands)
    assert float(data["onsite_store_power"].sum()) > 0.01
    assert float(data["campus_deferred"].sum()) > 0.01


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("onsite_sold", "capacity"),
        ("onsite_charge", "onsite_storage"),
        ("onsite_state_of_charge", "onsite_storage"),
        ("onsite_store_power", "capacity"),
        ("onsite_renewable_capacity", "capacity"),
        ("onsite_spilled", "energy_balance"),
        ("campus_shiftable", "load_shifting"),
        ("campus_deferred", "load_shifting"),
        ("campus_made_up", "load_shifting"),
    ],
)
def test_a_tampered_plan_fails_the_check_of_what_was_tampered_with(bridged, name, check):
    data = bridged.data.copy(deep=True)
    data[name].values.reshape(-1)[-1] += 3.0
    with pytest.raises(CheckError, match=check):
        verify(bridged.inputs, data, bridged.meta["objective"])


def test_what_does_not_stand_cannot_be_sold(bridged):
    data = bridged.data.copy(deep=True)
    data["onsite_sold"].values[0, 1, 1] += 1.0
    with pytest.raises(CheckError, match="onsite_sales"):
        verify(bridged.inputs, data, bridged.meta["objective"])
