"""The same system as a PyPSA network: an independent statement of the power layer.

What PyPSA can state: several planning years as investment periods, existing and new plants (one
component for each vintage, as PyPSA has them), wind, solar, storage, corridors with losses and
expansion, unserved energy.  Campuses enter as a fixed load.  PyPSA's storage runs on through the
year; here every day ends as it began, so that one constraint is replaced.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

HOURS = 24
# money in MUSD and power in GW: USD/MWh x 1 GWh = 1e-3 MUSD
BUSD = 1e3


def network(inputs: xr.Dataset, weights: pd.Series, campus_load: xr.DataArray):
    """PyPSA network of an inputs Dataset on some days.

    Parameters
    ----------
    inputs : inputs Dataset; what the programme may own, caps and reserves are left out
    weights : days of the year that each dispatched day stands for
    campus_load : GW by zone and year
    """
    import pypsa

    years = [int(y) for y in inputs["year"].values]
    hours = [(d, h) for d in weights.index for h in range(HOURS)]
    at = np.array([d * HOURS + h for d, h in hours])
    n = pypsa.Network()
    steps = pd.RangeIndex(len(hours))
    n.set_snapshots(pd.MultiIndex.from_product([years, steps], names=["period", "timestep"]))
    n.set_investment_periods(years)
    n.investment_period_weightings["objective"] = inputs["year_weight"].values
    n.investment_period_weightings["years"] = inputs["year_span"].values
    weight = np.tile([float(weights[d]) for d, _ in hours], len(years))
    n.snapshot_weightings = pd.DataFrame(
        np.repeat(weight[:, None], 3, axis=1),
        index=n.snapshots,
        columns=["objective", "stores", "generators"],
    )

    def series(array: xr.DataArray) -> np.ndarray:
        """Hourly values of the chosen days, for every period."""
        values = array.values[..., at]
        return values.ravel() if values.ndim == 2 else np.tile(values, len(years))

    zones = inputs["zone"].values.tolist()
    n.add("Bus", zones)
    for z in zones:
        load = series(inputs["load"].sel(zone=z).transpose("year", "hour"))
        load = load + np.repeat(campus_load.sel(zone=z).sel(year=years).values, len(hours))
        n.add("Load", f"load {z}", bus=z, p_set=load)
        n.add(
            "Generator",
            f"unserved {z}",
            bus=z,
            p_nom=1e4,
            marginal_cost=float(inputs["value_of_unserved_energy"]) / BUSD,
        )
    charge = inputs["option_annual_charge"].sel(owner="system") * BUSD
    options = {
        str(o): str(a)
        for o, a in zip(inputs["option"].values, inputs["option_asset"].values, strict=True)
    }
    allowed = inputs["option_buildable"].sel(owner="system")
    for kind in ("plant", "renewable", "store"):
        for label in inputs[kind].values.tolist():
            common = _common(inputs, kind, label, series)
            component = "StorageUnit" if kind == "store" else "Generator"
            existing = inputs[f"{kind}_existing"].sel({kind: label})
            ends = [*years[1:], years[-1] + 100]
            for year, end in zip(years, ends, strict=True):
                if float(existing.sel(year=year)) > 0:
                    # what is there by itself changes from year to year
                    n.add(
                        component,
                        f"{label} old {year}",
                        p_nom=float(existing.sel(year=year)),
                        build_year=year,
                        lifetime=end - year,
                        **common,
                    )
            for option in (o for o, asset in options.items() if asset == label):
                own = dict(common)
                if kind == "renewable":
                    own["p_max_pu"] = own["p_max_pu"] * float(
                        inputs["option_output"].sel(option=option)
                    )
                for year in years:
                    if bool(allowed.sel(option=option, year=year)):
                        n.add(
                            component,
                            f"{option} new {year}",
                            p_nom_extendable=True,
                            build_year=year,
                            lifetime=1000,
                            capital_cost=float(charge.sel(option=option, year=year)),
                            **own,
                        )
    for c in inputs["corridor"].values.tolist():
        a, b = (str(inputs[f"corridor_{end}"].sel(corridor=c).item()) for end in ("from", "to"))
        kept = 1 - float(inputs["corridor_loss"].sel(corridor=c))
        ways = (("forward", a, b), ("reverse", b, a))
        for way, first, second in ways:
            limit = float(inputs[f"corridor_{way}"].sel(corridor=c).isel(year=0))
            n.add("Link", f"{c} {way}", bus0=first, bus1=second, efficiency=kept, p_nom=limit)
        for year in years:
            if bool(inputs["corridor_buildable"].sel(corridor=c, year=year)):
                cost = (
                    float(inputs["corridor_annual_charge"].sel(corridor=c, owner="system")) * BUSD
                )
                for way, first, second in ways:
                    n.add(
                        "Link",
                        f"{c} new {year} {way}",
                        bus0=first,
                        bus1=second,
                        efficiency=kept,
                        p_nom_extendable=True,
                        build_year=year,
                        lifetime=1000,
                        capital_cost=cost if way == "forward" else 0.0,
                    )
    return n


def _common(inputs: xr.Dataset, kind: str, label: str, series) -> dict[str, object]:
    """What the old and new components of an asset share."""
    get = {
        name: inputs[name].sel({kind: label})
        for name in inputs.data_vars
        if inputs[name].dims[:1] == (kind,)
    }
    common: dict[str, object] = {"bus": str(get[f"{kind}_zone"].item())}
    if kind == "plant":
        common["p_max_pu"] = float(get["plant_availability"])
        common["marginal_cost"] = np.repeat(
            get["plant_cost"].values / BUSD,
            len(series(inputs["renewable_profile"].isel(renewable=0))) // inputs.sizes["year"],
        )
    elif kind == "renewable":
        common["p_max_pu"] = series(get["renewable_profile"])
    else:
        available, one_way = float(get["store_availability"]), float(get["store_efficiency"]) ** 0.5
        common |= {
            "p_max_pu": available, "p_min_pu": -available, "efficiency_store": one_way,
            "efficiency_dispatch": one_way, "max_hours": float(get["store_hours"]) * available,
        }  # fmt: skip
    return common


def prepare(n, inputs: xr.Dataset, weights: pd.Series) -> None:
    """Create the model: storage ends each day as it began, corridors are built both ways."""
    n.optimize.create_model(multi_investment_periods=True)
    m = n.model
    if "StorageUnit-energy_balance" in m.constraints:
        _daily_storage(n, m, len(weights))
    potential = inputs["option_potential"]
    for name, variable in (("Generator", "Generator-p_nom"), ("StorageUnit", "StorageUnit-p_nom")):
        if variable not in m.variables:
            continue
        built = m.variables[variable]
        names = built.indexes["name"]
        for option in inputs["option"].values.tolist():
            vintages = [v for v in names if v.startswith(f"{option} new ")]
            if vintages and np.isfinite(float(potential.sel(option=option))):
                m.add_constraints(
                    built.sel(name=vintages).sum() <= float(potential.sel(option=option)),
                    name=f"potential {name} {option}",
                )
    if "Link-p_nom" in m.variables:
        built = m.variables["Link-p_nom"]
        for ahead in (v for v in built.indexes["name"] if v.endswith(" forward")):
            back = ahead.replace(" forward", " reverse")
            m.add_constraints(
                built.sel(name=ahead) - built.sel(name=back) == 0, name=f"both ways {ahead}"
            )


def _daily_storage(n, m, days: int) -> None:
    """Storage that ends each day as it began, in place of PyPSA's running balance."""
    into, out, soc = (
        m.variables[f"StorageUnit-{v}"] for v in ("p_store", "p_dispatch", "state_of_charge")
    )
    m.remove_constraints("StorageUnit-energy_balance")
    static = n.storage_units.set_index(n.storage_units.index)
    one_way = static["efficiency_store"].reindex(soc.indexes["name"])
    share = xr.DataArray(one_way.values, dims="name", coords={"name": soc.indexes["name"]})
    snapshots = n.snapshots
    before = np.arange(len(snapshots)).reshape(-1, HOURS)
    assert before.shape[0] == days * len(n.investment_periods)
    before = np.roll(before, 1, axis=1).ravel()
    previous = soc.isel(snapshot=before).assign_coords(soc.coords)
    active = xr.DataArray(
        np.array(
            [
                n.get_active_assets("StorageUnit", p).reindex(soc.indexes["name"])
                for p in snapshots.get_level_values(0)
            ]
        ),
        dims=("snapshot", "name"),
        coords=soc.coords,
    )
    m.add_constraints(
        soc - previous - share * into + (1 / share) * out == 0, name="soc by day", mask=active
    )


def objective(n) -> float:
    """Solve; optimal objective [BUSD, discounted]."""
    status, condition = n.optimize.solve_model(solver_name="highs", output_flag=False)
    if (status, condition) != ("ok", "optimal"):
        raise RuntimeError(f"PyPSA ended {status}, {condition}")
    return float(n.model.objective.value) / BUSD
