"""Every table of a plan, computed from its two Datasets, with a unit for each column.

The functions take the inputs and the plan Dataset and return a DataFrame whose
``attrs["units"]`` maps each column to its unit (empty for text and flags).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.declaration import OWNERS
from gigaplan.plan.frames import KEYS, SMALL, frame, grouped, labels

HOURS_OF_YEAR = 8760.0
TWH_PER_GWH = 1e-3


def standing(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """New nameplate capacity that stands in each year [GW], axes owner, option, year.

    On-site units that were sold no longer stand.
    """
    alive = inputs["option_alive"].transpose("option", "year", "year_built").values.astype(float)
    out = np.einsum("oyb,wob->woy", alive, data["build"].values)
    if "onsite_sold" not in data:  # the system without the programme
        return out
    sold = data["onsite_sold"].transpose("option", "year", "year_built").values.cumsum(axis=1)
    out[data["owner"].values.tolist().index("programme")] -= (sold * alive).sum(axis=2)
    return out


# --- what is built --------------------------------------------------------------------------------


def added(inputs: xr.Dataset, data: xr.Dataset) -> dict[str, np.ndarray]:
    """Nameplate capacity that the programme adds [GW], axes zone, year; by technology.

    Storage technologies are summed under ``storage``.
    """
    own = data["build"].sel(owner="programme").values
    zones = data["zone"].values
    technology = inputs["option_technology"].values.astype(str)
    store = inputs["option_kind"].values.astype(str) == "store"
    place = inputs["option_zone"].values
    out = {
        str(name): grouped(own[chosen], place[chosen], zones)
        for name in dict.fromkeys(technology[~store].tolist())
        for chosen in [(technology == name) & ~store]
    }
    out["storage"] = grouped(own[store], place[store], zones)
    return out


def rollout(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """What the programme brings into service by zone and year; rows with something only.

    New and standing IT power, facility power at nameplate, and what the programme adds in the
    year by generation technology and in storage [GW].
    """
    columns: dict[str, tuple[Any, str]] = {
        **labels(data, ("zone", "year"), KEYS),
        "new_it_power": (data["it_build"].values, "GW"),
        "it_power": (data["it_power"].values, "GW"),
        "facility_power": (data["facility_power"].values, "GW"),
    }
    for name, values in added(inputs, data).items():
        if name == "storage" or values.max(initial=0.0) > SMALL:
            columns[name] = (values, "GW")
    something = sum(np.abs(v).ravel() for n, (v, _) in columns.items() if n not in ("zone", "year"))
    return frame(columns, keep=np.asarray(something) > SMALL)


def power(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Capacity and generation by zone, technology and year.

    ``existing``, ``new_system`` and ``new_programme`` are nameplate GW standing in the year;
    ``new_units`` counts the new units of technologies that have a size, reactors (NaN for others).
    ``generation`` is over all 8,760 hours [TWh], wind and sun as available before curtailment, and
    ``capacity_factor`` relates it to the nameplate (NaN for storage and where nothing stands).
    """
    zones, years = data["zone"].values, data["year"].values
    new = standing(inputs, data)
    asset_technology: dict[str, str] = {}
    existing: dict[str, np.ndarray] = {}
    stores: set[str] = set()
    for kind in ("plant", "renewable", "store", "onsite", "onsite_renewable", "onsite_store"):
        names = inputs[f"{kind}_technology"].values.astype(str)
        asset_technology |= dict(zip(inputs[kind].values.astype(str).tolist(), names, strict=True))
        there = inputs[f"{kind}_existing"].transpose(kind, "year").values
        for name in dict.fromkeys(names.tolist()):
            chosen = names == name
            part = grouped(there[chosen], inputs[f"{kind}_zone"].values[chosen], zones)
            existing[name] = existing.get(name, 0.0) + part
            stores |= {name} if kind in ("store", "onsite_store") else set()
    target = np.array([asset_technology[a] for a in inputs["option_asset"].values.astype(str)])
    made = data["year_generation"]
    blocks = []
    for name, there in existing.items():
        chosen = target == name
        place = inputs["option_zone"].values[chosen]
        by_owner = [grouped(new[w][chosen], place, zones) for w in range(len(OWNERS))]
        energy = np.zeros((len(zones), len(years)))
        if name in made["technology"].values:
            energy = made.sel(technology=name).values
        total = there + sum(by_owner)
        size = inputs["option_unit"].values[chosen].max(initial=0.0)
        counted = sum(by_owner) / size if size > 0 else np.nan
        full = total * HOURS_OF_YEAR
        ratio = np.divide(energy, full, out=np.full_like(full, np.nan), where=full > SMALL)
        ratio = np.nan if name in stores else ratio
        blocks.append((name, there, *by_owner, energy, ratio, counted))
    shape = (len(blocks), len(zones), len(years))
    stack = [np.stack([np.broadcast_to(b[k], shape[1:]) for b in blocks]) for k in range(1, 7)]
    technology = xr.Dataset(
        coords={"technology": [b[0] for b in blocks], "zone": zones, "year": years}
    )
    keys = labels(technology, ("technology", "zone", "year"), KEYS)
    columns = {
        "zone": keys["zone"],
        "technology": keys["technology"],
        "year": keys["year"],
        "existing": (stack[0], "GW"),
        "new_system": (stack[1], "GW"),
        "new_programme": (stack[2], "GW"),
        "new_units": (stack[5], "1"),
        "generation": (stack[3] * TWH_PER_GWH, "TWh"),
        "capacity_factor": (stack[4], "1"),
    }
    table = frame(columns, keep=np.abs(np.stack(stack[:4])).sum(axis=0) > SMALL)
    order = table["zone"].map({z: i for i, z in enumerate(zones.tolist())}).to_numpy()
    return _sorted(table, np.argsort(order, kind="stable"))


def _sorted(table: pd.DataFrame, order: np.ndarray) -> pd.DataFrame:
    units = table.attrs["units"]
    table = table.iloc[order].reset_index(drop=True)
    table.attrs["units"] = units
    return table


# --- dispatch -------------------------------------------------------------------------------------


def net_imports(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """What corridors bring, less what they take and lose [GW], axes zone, year, day, hour."""
    zones = data["zone"].values
    ahead, back = data["flow_forward"].values, data["flow_reverse"].values
    kept = (1 - inputs["corridor_loss"].values)[:, None, None, None]
    return grouped(kept * ahead - back, inputs["corridor_to"].values, zones) + grouped(
        kept * back - ahead, inputs["corridor_from"].values, zones
    )


def dispatch(inputs: xr.Dataset, data: xr.Dataset, national: bool = False) -> pd.DataFrame:
    """Dispatch of the stored days, hour by hour [GW], and price [USD/MWh].

    One column for each dispatched technology; ``renewables`` is after curtailment,
    ``storage_net`` is positive when discharging, ``net_imports`` after losses.  ``national`` sums
    all zones and weights the price by demand; net imports are then minus the losses.
    """
    zones = data["zone"].values
    technology = inputs["plant_technology"].values.astype(str)
    place = inputs["plant_zone"].values
    made = data["generation"].values
    values: dict[str, np.ndarray] = {"demand": data["demand"].values}
    for name in dict.fromkeys(technology.tolist()):
        chosen = technology == name
        values[name] = grouped(made[chosen], place[chosen], zones)
    values["renewables"] = (data["renewable_available"] - data["curtailment"]).values
    values["curtailment"] = data["curtailment"].values
    storage = (data["discharge"] - data["charge"]).values
    values["storage_net"] = grouped(storage, inputs["store_zone"].values, zones)
    values["net_imports"] = net_imports(inputs, data)
    values["unserved"] = data["unserved"].values
    price = data["price"].values
    dims: tuple[str, ...] = ("zone", "year", "day", "hour_of_day")
    if national:
        weighted = (price * values["demand"]).sum(axis=0)
        values = {name: v.sum(axis=0) for name, v in values.items()}
        demand = values["demand"]
        price = np.divide(weighted, demand, out=np.zeros_like(demand), where=demand > 0)
        dims = dims[1:]
    columns: dict[str, tuple[Any, str]] = labels(data, dims, KEYS)
    columns |= {name: (v, "GW") for name, v in values.items()}
    columns["price"] = (price, "USD/MWh")
    return frame(columns)


def yearly_energy(data: xr.Dataset, hourly: xr.DataArray) -> xr.DataArray:
    """TWh of a year from hourly GW of the stored days, each weighted by the days it stands for."""
    return (hourly.sum("hour_of_day") * data["day_weight"]).sum("day") * TWH_PER_GWH


def corridors(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Limits, new capacity and flows by corridor and year.

    New capacity stands since it was built [GW, both ways]; ``new_lines`` counts the lines where
    they are HVDC and have a size (else NaN).  Flows are as sent, both ways [TWh].
    ``at_limit`` is the share of the year's hours in which one of the ways is full.
    """
    limits = [data[f"corridor_{way}_capacity"].values for way in ("forward", "reverse")]
    flows = [data["flow_forward"], data["flow_reverse"]]
    full = np.zeros(flows[0].shape, dtype=bool)
    for limit, flow in zip(limits, flows, strict=True):
        room = limit[:, :, None, None]
        full |= (flow.values >= room * (1 - 1e-5)) & (room > SMALL)
    weight = data["day_weight"].values
    share = np.einsum("cydh,d->cy", full.astype(float), weight) / max(weight.sum() * 24, SMALL)
    keys = labels(data, ("corridor", "year"), KEYS)
    ends = {
        f"{end}_zone": (np.repeat(inputs[f"corridor_{end}"].values, data.sizes["year"]), "")
        for end in ("from", "to")
    }
    new = {
        f"new_{owner}": (data["corridor_build"].sel(owner=owner).cumsum("year").values, "GW")
        for owner in OWNERS
    }
    columns = {
        "corridor": keys["corridor"],
        **ends,
        "year": keys["year"],
        "limit_forward": (limits[0], "GW"),
        "limit_reverse": (limits[1], "GW"),
        **new,
        "new_lines": (_lines(inputs, sum(v for v, _ in new.values())), "1"),
        "flow_forward": (yearly_energy(data, flows[0]).values, "TWh"),
        "flow_reverse": (yearly_energy(data, flows[1]).values, "TWh"),
        "at_limit": (share, "1"),
    }
    return frame(columns)


def _lines(inputs: xr.Dataset, built: Any) -> np.ndarray:
    """Whole lines that new capacity is, axes corridor, year; NaN where a line has no size."""
    size = inputs["corridor_unit"].values
    return np.asarray(built / np.where(size > 0, size, np.nan)[:, None])
