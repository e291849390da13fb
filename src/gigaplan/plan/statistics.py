"""Every table of a plan, computed from its two Datasets, with a unit for each column.

The functions take the inputs and the plan Dataset and return a DataFrame whose
``attrs["units"]`` maps each column to its unit (empty for text and flags).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.cooling import water_of_campuses
from gigaplan.inputs.declaration import OWNERS

SMALL = 1e-6  # GW, BUSD or GWh: below this, nothing is there
HOURS_OF_YEAR = 8760.0
TWH_PER_GWH = 1e-3

Columns = Mapping[str, tuple[Any, str]]


def frame(columns: Columns, keep: np.ndarray | None = None) -> pd.DataFrame:
    """A DataFrame from ``{column: (values, unit)}``, with only the rows of ``keep``."""
    table = pd.DataFrame(
        {name: np.asarray(values).ravel() for name, (values, _) in columns.items()}
    )
    if keep is not None:
        table = table[np.asarray(keep).ravel()].reset_index(drop=True)
    table.attrs["units"] = {name: unit for name, (_, unit) in columns.items()}
    return table


def labels(data: xr.Dataset, dims: Iterable[str], units: Mapping[str, str]) -> dict[str, Any]:
    """One key column for each dimension, in the order of the flattened array."""
    names = list(dims)
    values = [data[d].values for d in names]
    grid = np.meshgrid(*[np.arange(len(v)) for v in values], indexing="ij")
    return {
        d: (v[g.ravel()], units.get(d, "")) for d, v, g in zip(names, values, grid, strict=True)
    }


KEYS = {"year": "year", "day": "day", "hour_of_day": "h", "calendar": "year"}


def grouped(values: np.ndarray, group: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Sum the first axis over the groups in ``index``; labels that are not there are left out."""
    position = {g: i for i, g in enumerate(index.tolist())}
    rows = np.array([position.get(g, -1) for g in group.tolist()], dtype=int)
    out = np.zeros((len(index), *values.shape[1:]))
    if (rows >= 0).any():
        np.add.at(out, rows[rows >= 0], values[rows >= 0])
    return out


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


def near_tie(data: xr.Dataset, ties: Mapping[str, Iterable[str]]) -> np.ndarray:
    """Whether a zone is within the near ties of a year, axes zone, year."""
    known = [set(ties.get(str(y), ())) for y in data["year"].values.tolist()]
    return np.array([[z in k for k in known] for z in data["zone"].values.tolist()], dtype=bool)


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


# --- campuses and money ---------------------------------------------------------------------------


def campuses(
    inputs: xr.Dataset,
    data: xr.Dataset,
    ties: Mapping[str, Iterable[str]],
    everywhere: bool = False,
) -> pd.DataFrame:
    """Campuses by zone and year: rows with IT power and the near ties, or ``everywhere``.

    ``blocks`` is the IT power over the size of a block: whole in plans of whole units.
    ``onsite`` is dispatched on-site capacity; ``onsite_sold`` was sold at the start of the year;
    ``shiftable`` is average load that may be put off within a day.
    ``capital_*`` is the programme's capital for what enters service in the year [BUSD]; ``price``
    is the zone's load-weighted average price of power; ``marginal_it_value`` is what one more GW
    of IT there would gain (negative: lose) [BUSD/GW].
    """
    near = near_tie(data, ties)
    shape = (data.sizes["zone"], data.sizes["year"])
    columns: dict[str, tuple[Any, str]] = {
        **labels(data, ("zone", "year"), KEYS),
        "it_power": (data["it_power"].values, "GW"),
        "blocks": (_counted(data["it_power"].values, float(inputs["campus_unit"])), "1"),
        "facility_power": (data["facility_power"].values, "GW"),
        "pue": (_pue(inputs, data), "1"),
        "connection": (_at_zone(data, "campus_connection"), "GW"),
        "interruptible": (_at_zone(data, "campus_flexible"), "GW"),
        "onsite": (_onsite(inputs, data, "onsite", "capacity"), "GW"),
        "onsite_solar": (_onsite(inputs, data, "onsite_renewable", "capacity"), "GW"),
        "onsite_storage": (_onsite(inputs, data, "onsite_store", "power"), "GW"),
        "onsite_sold": (_sold(inputs, data), "GW"),
        "shiftable": (_shiftable(data), "GW"),
        "water": (water_of_campuses(inputs, data), "million m3/year"),
        "utilisation": (np.full(shape, float(inputs["campus_utilisation"])), "1"),
    }
    for part in ("campus", "accelerators"):
        columns[f"capital_{part}"] = (data["capital"].sel(asset_class=part).values, "BUSD")
    columns |= {
        "price": (data["year_price"].values, "USD/MWh"),
        "campus_limit": (inputs["campus_limit"].transpose("zone", "year").values, "GW"),
        "near_tie": (near, ""),
        "marginal_it_value": (data["marginal_it_value"].values, "BUSD/GW"),
    }
    keep = np.ones(shape, dtype=bool) if everywhere else (data["it_power"].values > SMALL) | near
    return frame(columns, keep=keep)


def _counted(capacity: np.ndarray, size: float) -> np.ndarray:
    """How many units capacity is, NaN where a unit has no size."""
    return capacity / size if size > 0 else np.full_like(capacity, np.nan)


def _at_zone(data: xr.Dataset, name: str) -> np.ndarray:
    """A quantity of campuses by zone and year, 0 where a zone holds none."""
    values = data[name].transpose("campus", "year").values
    return grouped(values, data["campus"].values, data["zone"].values)


def _onsite(inputs: xr.Dataset, data: xr.Dataset, kind: str, what: str) -> np.ndarray:
    """Capacity of a kind of on-site asset by zone and year [GW]."""
    values = data[f"{kind}_{what}"].transpose(kind, "year").values
    return grouped(values, inputs[f"{kind}_zone"].values, data["zone"].values)


def _sold(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """On-site capacity sold at the start of the year, by zone and year [GW]."""
    values = data["onsite_sold"].sum("year_built").transpose("option", "year").values
    return grouped(values, inputs["option_zone"].values, data["zone"].values)


def _shiftable(data: xr.Dataset) -> np.ndarray:
    """Average load that may be put off within a day, by zone and year [GW]."""
    values = data["campus_shiftable"].transpose("shifting", "year").values
    return grouped(values, data["shifting"].values, data["zone"].values)


def _pue(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """Facility power per IT power by zone and year, that of the usual cooling where none stands."""
    power, facility = data["it_power"].values, data["facility_power"].values
    usual = np.broadcast_to(inputs["campus_pue"].values[:, None], power.shape)
    return np.divide(facility, power, out=usual.copy(), where=power > SMALL)


def money(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """The programme's capital drawn by asset class and calendar year [BUSD].

    The rows of class ``all`` sum the classes and hold what may be drawn up to the year
    (``budget_available``, inf where nothing limits it); it is NaN for the single classes.
    """
    drawn = data["capital_draw"]
    total = drawn.sum("asset_class").expand_dims(asset_class=["all"])
    drawn = xr.concat([drawn, total], dim="asset_class").transpose("asset_class", "calendar")
    available = np.full(drawn.shape, np.nan)
    available[-1] = inputs["budget_available"].sel(calendar=data["calendar"]).values
    columns = {
        **labels(drawn.to_dataset(name="draw"), ("asset_class", "calendar"), KEYS),
        "draw": (drawn.values, "BUSD"),
        "cumulative": (drawn.values.cumsum(axis=1), "BUSD"),
        "budget_available": (available, "BUSD"),
    }
    return frame(columns)


def money_by_asset(data: xr.Dataset) -> pd.DataFrame:
    """The programme's capital for what enters service, by asset class, zone and year [BUSD]."""
    values = data["capital"].values
    keys = labels(data, ("asset_class", "zone", "year"), KEYS)
    return frame({**keys, "capital": (values, "BUSD")}, keep=values > SMALL)


def costs(data: xr.Dataset) -> pd.DataFrame:
    """Annual cost of the system with the programme by item and year [BUSD/year]."""
    keys = labels(data, ("cost_item", "year"), KEYS)
    return frame({**keys, "cost": (data["cost"].values, "BUSD/year")})


BINDING = {
    "dual_budget": ("budget available by", "BUSD/BUSD", "a BUSD more by then"),
    "dual_cap": ("build limit", "BUSD/GW", "a GW more"),
    "dual_campus_limit": ("campus power limit", "BUSD/GW", "a GW more of facility power"),
    "dual_campus_national_limit": (
        "national campus power limit",
        "BUSD/GW",
        "a GW more of facility power",
    ),
    "dual_equipment": ("equipment within reach by", "BUSD per unit", "a GW or GVA more"),
    "dual_water": ("water", "BUSD per unit", "a million m3 more a year"),
    "dual_labour": ("skilled building labour", "BUSD per unit", "a thousand worker-years more"),
    "dual_chip_supply": ("chips within reach", "BUSD per unit", "a thousand wafers or PB more"),
    "dual_reserve": ("planning reserve", "BUSD/GW", "a GW less of firm capacity"),
}


def h100e_years(inputs: xr.Dataset, year: int) -> float:
    """H100e-years that one BUSD of the objective buys at a year's value of compute, or NaN.

    A value per GW of IT is read at the performance per power of the newest generation sold.
    """
    k = int(np.searchsorted(inputs["year"].values, year).clip(max=inputs.sizes["year"] - 1))
    value = float(inputs["value_of_h100e"].values[k])
    if value <= 0:
        sold = np.flatnonzero(inputs["accelerator_available"].values[:, k])[-1]
        dense = inputs["accelerator_h100e"].values[sold] / inputs["accelerator_power"].values[sold]
        value = float(
            inputs["value_of_compute"].values[k] / dense / float(inputs["campus_utilisation"])
        )
    if value <= 0:
        return float("nan")
    discount = float(inputs["year_weight"].values[k] / inputs["year_span"].values[k])
    return 1e3 / (value * discount)


def binding(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """The limits that bind, by the worth of one more unit in the objective, dearest first.

    ``worth`` is in ``unit``; ``worth_h100e`` is the same in H100-equivalent-years at the year's
    value of compute (NaN where the aim states none).  Within each limit's kind the dearest comes
    first.
    """
    rows = []
    for name, (limit, unit, of) in BINDING.items():
        array = data[name]
        hit = np.argwhere(array.values > SMALL)
        found = []
        for at in hit:
            marks = {d: array[d].values[i] for d, i in zip(array.dims, at, strict=True)}
            when = int(marks.pop("year", marks.pop("calendar", 0)))
            where = " ".join(str(m) for m in marks.values())
            worth = float(array.values[tuple(at)])
            found.append((limit, where, when, worth, unit, worth * h100e_years(inputs, when), of))
        rows += sorted(found, key=lambda row: -row[3])
    names = ["limit", "where", "year", "worth", "unit", "worth_h100e", "of"]
    table = pd.DataFrame(rows, columns=names)
    units = {"year": "year", "worth": "see unit", "worth_h100e": "H100e-year"}
    table.attrs["units"] = {n: units.get(n, "") for n in names}
    return table
