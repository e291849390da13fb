"""134 zones instead of 48 states: ``python benchmarks/zones134.py ../shared``.

The inputs of ``us-first`` with one purse instead of a roster, each state split into the balancing
areas of ReEDS within it: load by the counties' shares, existing fleet by its units' areas, the 299
interfaces with their limits both ways.  What is limited by state (labour, connections, potentials,
water) is shared out by load; wind and solar have their state's profile.  It measures time and
memory at that size; its answer is no plan.  Ends with 1 where a mark is missed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import gigaplan as gp
from gigaplan.inputs.build import build_inputs
from gigaplan.solving import days as representative
from gigaplan.solving.limit import Limit
from gigaplan.solving.search import search

LIMIT, DAYS, GAP = 600.0, 12, 1e-4
ITEMS = ("plant", "renewable", "store", "onsite", "onsite_renewable", "onsite_store", "option")
SHARED = (
    "load", "campus_limit", "campus_limit_flexible", "labour_supply", "water_limit",
)  # fmt: skip
EXISTING = ("plant_existing", "renewable_existing", "store_existing")


def areas(raw: Path) -> pd.DataFrame:
    """Balancing areas: state and share of the state's load."""
    zones = pd.read_csv(raw / "zones/zones_z134.csv").set_index("r")
    county = pd.read_csv(raw / "zones/county2zone_z134.csv", dtype={"FIPS": str})
    share = pd.read_csv(raw / "zones/county_state_lpf.csv")
    share["FIPS"] = share["FIPS"].str.removeprefix("p")
    joined = share.merge(county, on="FIPS", how="left", validate="one_to_one")
    found = joined.groupby("r")["value"].sum().reindex(zones.index).fillna(0.0)
    state = zones["st"].replace({"DC": "MD"})
    # counties that the zone table leaves out would lose load
    share_of = found / found.groupby(state).transform("sum")
    return pd.DataFrame({"state": state, "share": share_of})


def fleet_shares(raw: Path, table: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Share of a state's fleet of a technology that stands in an area."""
    fleet = pd.read_csv(raw.parent / "us_fleet/fleet_by_reedszone134_tech_2025.csv")
    fleet["state"] = fleet["region"].map(table["state"])
    fleet = fleet.dropna(subset="state")
    part = fleet["MW"] / fleet.groupby(["state", "tech"])["MW"].transform("sum")
    return dict(zip(zip(fleet["region"], fleet["tech"], strict=True), part, strict=True))


def split(inputs: xr.Dataset, table: pd.DataFrame, fleet: dict[tuple[str, str], float]):
    """The inputs with each state's zone split into its areas."""
    table = table[table["state"].isin(inputs["zone"].values)].sort_index()
    position = {z: i for i, z in enumerate(inputs["zone"].values.tolist())}
    old = np.array([position[s] for s in table["state"]])
    share = table["share"].to_numpy()
    names = table.index.to_numpy(dtype=object)
    parts: dict[str, list[tuple[int, str]]] = {
        item: [
            (i, area)
            for i, z in enumerate(inputs[f"{item}_zone"].values.tolist())
            for area in names[(table["state"] == z).to_numpy()]
        ]
        for item in ITEMS
    }
    index: dict[str, np.ndarray] = {"zone": old}
    index |= {item: np.array([i for i, _ in p], dtype=int) for item, p in parts.items()}
    campus = [(z, a) for z in inputs["campus"].values.tolist() for a in names[table["state"] == z]]
    place = {z: i for i, z in enumerate(inputs["campus"].values.tolist())}
    index["campus"] = np.array([place[z] for z, _ in campus], dtype=int)
    out = inputs.drop_dims([d for d in ("corridor",) if d in inputs.dims]).isel(index)
    out = out.assign_coords(zone=names, campus=np.array([a for _, a in campus], dtype=object))
    for item, p in parts.items():
        labels = inputs[item].values
        state = inputs[f"{item}_zone"].values
        own_label = [str(labels[i]).replace(f"{state[i]} ", f"{a} ", 1) for i, a in p]
        out = out.assign_coords({item: np.array(own_label, dtype=object)})
        for name in ("option_asset", "option_site") if item == "option" else ():
            values = inputs[name].values
            moved = [str(values[i]).replace(f"{state[i]} ", f"{a} ", 1) for i, a in p]
            out[name] = ("option", np.array(moved, dtype=object))
        out[f"{item}_zone"] = (item, np.array([a for _, a in p], dtype=object))
    by_zone = xr.DataArray(share, dims="zone", coords={"zone": names})
    for name in SHARED:
        out[name] = (out[name] * by_zone).transpose(*inputs[name].dims)
    of_area = dict(zip(names, share, strict=True))
    for item, p in parts.items():
        if not p:
            continue
        load = np.array([of_area[a] for _, a in p])
        technology = inputs[f"{item}_technology"].values[index[item]].astype(str)
        own = np.array([fleet.get((a, t), np.nan) for (_, a), t in zip(p, technology, strict=True)])
        known = pd.Series(own).groupby(index[item]).transform("sum").to_numpy()
        part = np.where(known > 0.99, np.nan_to_num(own), load)
        name = f"{item}_existing"
        if name in EXISTING:
            out[name] = out[name] * xr.DataArray(part, dims=item)
        if item == "option":
            out["option_potential"] = out["option_potential"] * xr.DataArray(load, dims=item)
    return out.merge(corridors(inputs, names))


def corridors(inputs: xr.Dataset, names: np.ndarray) -> xr.Dataset:
    """The interfaces between areas; a line costs what lines of the states do by the mile."""
    table = INTERFACES[INTERFACES["r"].isin(names) & INTERFACES["rr"].isin(names)]
    table = table.reset_index(drop=True)
    miles = table["ac_miles"].fillna(table["straight_miles"]).to_numpy()
    loss = np.minimum(miles * 1e-4, 0.2)
    known = inputs["corridor_overnight_cost"].values > 0
    mile = float(
        np.median(
            inputs["corridor_overnight_cost"].values[known]
            / (inputs["corridor_loss"].values[known] / 1e-4)
        )
    )
    cost = mile * miles
    rate = (inputs["corridor_annual_charge"] / inputs["corridor_overnight_cost"]).where(
        inputs["corridor_overnight_cost"] > 0
    )
    charge = cost[:, None] * rate.median("corridor").values[None, :]
    ny, n = inputs.sizes["year"], len(table)
    label = (table["r"] + "-" + table["rr"]).to_numpy(dtype=object)
    later = inputs["corridor_buildable"].any("corridor").values

    def each(column: str) -> np.ndarray:
        return np.repeat(table[column].to_numpy()[:, None] / 1e3, ny, axis=1)

    return xr.Dataset(
        {
            "corridor_from": ("corridor", table["r"].to_numpy(dtype=object)),
            "corridor_to": ("corridor", table["rr"].to_numpy(dtype=object)),
            "corridor_forward": (("corridor", "year"), each("MW_forward")),
            "corridor_reverse": (("corridor", "year"), each("MW_reverse")),
            "corridor_loss": ("corridor", loss),
            "corridor_buildable": (("corridor", "year"), np.repeat(later[None, :], n, axis=0)),
            "corridor_unit": ("corridor", np.zeros(n)),
            "corridor_overnight_cost": ("corridor", cost),
            "corridor_annual_charge": (("corridor", "owner"), charge),
        },
        coords={"corridor": label, "year": inputs["year"], "owner": inputs["owner"]},
    )


INTERFACES = pd.DataFrame()


def main() -> int:
    """Command line."""
    global INTERFACES
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path, help="folder with the public data sets")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--gap", type=float, default=GAP)
    parser.add_argument("--time-limit", type=float, help="seconds for the search")
    options = parser.parse_args()
    raw = options.shared / "data/reeds"
    INTERFACES = pd.read_csv(raw / "transmission/interfaces_z134.csv")
    began = time.monotonic()
    programme = gp.with_changes(gp.load("us-first"), {"capital": None, "solver.integer": False})
    states = build_inputs(programme)
    table = areas(raw)
    inputs = split(states, table, fleet_shares(raw, table))
    for name in ("load", *EXISTING):
        before, after = float(states[name].sum()), float(inputs[name].sum())
        if not np.isclose(before, after, rtol=1e-9):
            raise SystemExit(f"{name} sums to {after:g} instead of {before:g}")
    print(
        f"{inputs.sizes['zone']} zones, {inputs.sizes['corridor']} corridors, "
        f"{inputs.sizes['plant']} plants, {inputs.sizes['option']} options, "
        f"{inputs.sizes['year']} years, {options.days} days; data {time.monotonic() - began:.0f} s",
        flush=True,
    )
    began = time.monotonic()
    weights = pd.Series(representative.choose(inputs, options.days, 1).weights)
    found = search(
        inputs, weights, options.gap, baseline=False, check_hours=False,
        limit=Limit.after(options.time_limit),
        say=lambda text: print(f"{time.monotonic() - began:6.0f} s  {text}", flush=True),
    )  # fmt: skip
    found.pool.close()
    wall = time.monotonic() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    met = wall <= LIMIT and found.gap() <= options.gap
    print(
        f"days, model and search {wall:.0f} s of {LIMIT:.0f} s {'met' if met else 'MISSED'}, "
        f"gap {found.gap():.1e}, {memory:.2f} GB, {len(found.result.rounds)} rounds"
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
