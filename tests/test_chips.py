"""Accelerators, fabs, scarce equipment and time to power: what must hold for every plan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from systems import random_inputs

import gigaplan as gp
from gigaplan import atlas
from gigaplan.errors import CheckError, InputError
from gigaplan.inputs.build import build_inputs
from gigaplan.inputs.chips import standing
from gigaplan.inputs.context import Context
from gigaplan.solving.solve import solve_inputs
from gigaplan.solving.verify import verify

QUICK = settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def solved(inputs):
    return solve_inputs(inputs, count=2, workers=1, gap=1e-7)


def total_compute(inputs, plan):
    """Discounted compute, the aim of these systems where it counts in H100e-years."""
    compute = plan.data["compute"].sum("chip")
    return float((compute * inputs["year_weight"] * inputs["value_of_h100e"]).sum())


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
    class At:
        years = (2028, 2030, 2035)

        class programme:  # noqa: N801
            horizon_end = 2035

    # bought for 2028 with five years: both years of 2028-29, three of the five of 2030-34
    np.testing.assert_allclose(standing(At, 5.0), [[1, 0, 0], [0.6, 1, 0], [0, 0, 1]])


def test_value_of_an_h100e_year_by_hand():
    inputs = build_inputs(gp.load("us-first"))
    # 300 BUSD / 5 years / 4.5 GW at 1,209 H100e per MW and 0.8 in use is the mean of five falling years
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
    plan = solved(inputs)
    assert float(plan.data["it_power"].sum()) > 0.5


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
    plans = [solved(x) for x in (tight, inputs, free)]
    bounds = [(p.meta["lower_bound"], p.meta["upper_bound"]) for p in plans]
    for (_, upper), (lower, _) in zip(bounds, bounds[1:], strict=False):
        assert lower <= upper + 1e-6


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
    with pytest.raises(InputError, match="chips.generations"):
        build_inputs(gp.with_changes(gp.load("three-states"), {"chips.generations": ["rubinx"]}))


def test_life_and_generations_reach_the_inputs():
    programme = gp.with_changes(gp.load("three-states"), {"chips.life": "7 year"})
    context = Context(programme)
    assert standing(context, 7.0)[1, 0] == 1.0
    assert build_inputs(programme)["accelerator_standing"].values[0, 1, 0] == 1.0
