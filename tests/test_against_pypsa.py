"""The same small system handed to PyPSA gives the same objective."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gigaplan.solving.search import search
from systems import random_inputs

DAYS = [20, 200]
WEIGHT = 182.5


def without_campus_choice(seed, zones):
    """A system that PyPSA can state: one year, least cost, no programme, no caps, no campus."""
    inputs = random_inputs(seed, zones=zones, years=(2030,), aim="cost")
    inputs["it_path"][:] = np.nan
    inputs["campus_buildable"][:] = False
    inputs["option_buildable"].loc[{"owner": "programme"}] = False
    inputs["corridor_buildable"][:] = True
    inputs["reserve_peak"][:] = 0.0
    inputs["cap_limit"][:] = np.inf
    inputs["option_output"][:] = 1.0
    inputs["plant_energy_limited"][:] = False
    return inputs


def pypsa_objective(inputs):
    import pypsa

    n = pypsa.Network()
    hours = pd.RangeIndex(48)
    n.set_snapshots(hours)
    weightings = n.snapshot_weightings
    n.snapshot_weightings = pd.DataFrame(WEIGHT, weightings.index, weightings.columns)
    year = int(inputs["year"].values[0])
    at = np.concatenate([np.arange(d * 24, d * 24 + 24) for d in DAYS])
    for z in inputs["zone"].values:
        n.add("Bus", z)
        n.add("Load", f"load {z}", bus=z, p_set=inputs["load"].sel(zone=z, year=year).values[at])
        n.add(
            "Generator",
            f"unserved {z}",
            bus=z,
            p_nom=1e4,
            marginal_cost=float(inputs["value_of_unserved_energy"]),
        )
    options = inputs.sel(year=year)
    owner_charge = options["option_annual_charge"].sel(owner="system")
    for p in inputs["plant"].values:
        common = {
            "bus": str(inputs["plant_zone"].sel(plant=p).item()),
            "marginal_cost": float(options["plant_cost"].sel(plant=p)),
            "p_max_pu": float(inputs["plant_availability"].sel(plant=p)),
        }
        n.add(
            "Generator", f"old {p}", p_nom=float(options["plant_existing"].sel(plant=p)), **common
        )
        for o in inputs["option"].values[inputs["option_asset"].values == p]:
            if bool(options["option_buildable"].sel(option=o, owner="system")):
                n.add(
                    "Generator",
                    f"new {o}",
                    p_nom_extendable=True,
                    p_nom_max=float(options["option_potential"].sel(option=o)),
                    capital_cost=float(owner_charge.sel(option=o)) * 1e6 * 1e-3,
                    **common,
                )
    for r in inputs["renewable"].values:
        profile = inputs["renewable_profile"].sel(renewable=r).values[at]
        bus = str(inputs["renewable_zone"].sel(renewable=r).item())
        n.add(
            "Generator",
            f"old {r}",
            bus=bus,
            p_nom=float(options["renewable_existing"].sel(renewable=r)),
            p_max_pu=profile,
        )
        for o in inputs["option"].values[inputs["option_asset"].values == r]:
            n.add(
                "Generator",
                f"new {o}",
                bus=bus,
                p_nom_extendable=True,
                p_max_pu=profile,
                p_nom_max=float(options["option_potential"].sel(option=o)),
                capital_cost=float(owner_charge.sel(option=o)) * 1e3,
            )
    for s in inputs["store"].values:
        bus, available = (
            str(inputs["store_zone"].sel(store=s).item()),
            float(inputs["store_availability"].sel(store=s)),
        )
        one_way = float(inputs["store_efficiency"].sel(store=s)) ** 0.5
        option = inputs["option"].values[inputs["option_asset"].values == s][0]
        # cyclic over each day: one storage unit for each day, coupled by its capacity below
        n.add(
            "StorageUnit",
            s,
            bus=bus,
            p_nom_extendable=True,
            p_nom_min=float(options["store_existing"].sel(store=s)),
            capital_cost=float(owner_charge.sel(option=option)) * 1e3,
            p_max_pu=available,
            p_min_pu=-available,
            max_hours=float(inputs["store_hours"].sel(store=s)) * available,
            efficiency_store=one_way,
            efficiency_dispatch=one_way,
            cyclic_state_of_charge=False,
        )
    for c in inputs["corridor"].values:
        a, b = (
            str(inputs["corridor_from"].sel(corridor=c).item()),
            str(inputs["corridor_to"].sel(corridor=c).item()),
        )
        kept = 1 - float(inputs["corridor_loss"].sel(corridor=c))
        n.add(
            "Link",
            f"{c} f",
            bus0=a,
            bus1=b,
            efficiency=kept,
            p_nom=float(options["corridor_forward"].sel(corridor=c)),
        )
        n.add(
            "Link",
            f"{c} r",
            bus0=b,
            bus1=a,
            efficiency=kept,
            p_nom=float(options["corridor_reverse"].sel(corridor=c)),
        )
    return n


def solve_pypsa(inputs, n):
    """Objective [BUSD]; storage made cyclic day by day, which the stock constraint is not."""
    n.optimize.create_model()
    m = n.model
    soc, out, into = (
        m.variables[f"StorageUnit-{v}"] for v in ("state_of_charge", "p_dispatch", "p_store")
    )
    m.remove_constraints("StorageUnit-energy_balance")
    one_way = float(inputs["store_efficiency"].values[0]) ** 0.5
    for start in (0, 24):
        for k in range(24):
            now, before = start + k, start + (k - 1) % 24
            m.add_constraints(
                soc.sel(snapshot=now)
                - soc.sel(snapshot=before)
                - one_way * into.sel(snapshot=now)
                + (1 / one_way) * out.sel(snapshot=now)
                == 0,
                name=f"soc-{now}",
            )
    status, condition = n.optimize.solve_model(solver_name="highs", output_flag=False)
    assert (status, condition) == ("ok", "optimal")
    # MUSD for capital (BUSD/GW x 1e3) and kUSD for running (USD/MWh x GWh): see below
    return m.objective.value


@pytest.mark.parametrize(("seed", "zones"), [(0, 3), (7, 5)])
@pytest.mark.filterwarnings("ignore")
def test_pypsa_gives_the_same_objective(seed, zones):
    inputs = without_campus_choice(seed, zones)
    inputs["corridor_buildable"][:] = False
    # existing storage is free, PyPSA charges all of p_nom: taken off below
    n = pypsa_objective(inputs)
    # one unit for both: 1 USD/MWh x 1 GW x 1 h = 1e-6 BUSD; BUSD/GW x 1e3 = MUSD/GW, so scale costs
    for table in (n.c.generators.static, n.c.storage_units.static):
        table["marginal_cost"] = table["marginal_cost"] / 1e3
    theirs = solve_pypsa(inputs, n) / 1e3
    free = 0.0
    year = int(inputs["year"].values[0])
    for s in inputs["store"].values:
        option = inputs["option"].values[inputs["option_asset"].values == s][0]
        charge = float(inputs["option_annual_charge"].sel(option=option, year=year, owner="system"))
        free += charge * float(inputs["store_existing"].sel(store=s, year=year))
    weights = pd.Series([WEIGHT] * 2, index=pd.Index(DAYS, name="day"))
    found = search(inputs, weights, 1e-8, workers=1, baseline=False)
    found.pool.close()
    weight = float(inputs["year_weight"].values[0])
    assert found.result.upper / weight == pytest.approx(theirs - free, rel=1e-6)
