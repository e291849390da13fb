"""What the programme's capital is spent on: builders, equipment, services, land, tax, premiums.

``capital + tax credits = spending``, asset by asset: the money that the plan raises, and what the
Treasury adds, is exactly what someone is paid.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan import atlas
from gigaplan.outcomes.pair import constant
from gigaplan.solving.answer import equipment_by_zone, premium_by_zone

BUILDERS, MACHINES, ELECTRICAL, COMPUTERS, SERVICES = "23", "333", "335", "334", "5412OP"
# what a technology's equipment is made by; all others by makers of machinery
BY_ELECTRICAL = {
    "battery",
    "battery_4h",
    "battery_8h",
    "solar_new",
    "fuel_cell",
    "onsite_fuel_cell",
}
NO_INDUSTRY = ("land", "sales tax", "scarcity premium")
Add = Callable[[str, str, str, str, np.ndarray], None]
COLUMNS = ["asset", "draw_class", "zone", "year", "item", "industry", "amount"]


def jobs_per_musd() -> pd.Series:
    """Direct jobs per MUSD of 2025 by BEA industry."""
    return atlas.table("io_industries").set_index("industry")["jobs_per_musd"]


def spending(inputs: xr.Dataset, data: xr.Dataset, level: str = "central") -> pd.DataFrame:
    """Spending of what enters service [BUSD]: one row for each asset, zone, planning year and item.

    ``level`` is of the builders' share: of facility cost, and of power plants by the direct
    jobs that building a MW takes, at the industry's jobs per dollar.  ``industry`` is a BEA code,
    empty for what is no output of an industry.
    """
    rows: list[tuple[object, ...]] = []
    years = inputs["year"].values.astype(int).tolist()

    def add(asset: str, draw: str, item: str, industry: str, values: np.ndarray) -> None:
        for i, zone in enumerate(inputs["zone"].values.tolist()):
            rows.extend(
                (asset, draw, zone, year, item, industry, float(values[i, k]))
                for k, year in enumerate(years)
                if abs(values[i, k]) > 1e-12
            )

    built = data["it_build"].transpose("zone", "year")
    tax = (inputs["campus_sales_tax"] * built).transpose("zone", "year").values
    facility = (inputs["campus_overnight_cost"] * built).transpose("zone", "year").values - tax
    work = constant("facility_construction_share")[level]
    land = min(constant("facility_land_share")["central"], 1.0 - work)
    add("campus", "campus", "building", BUILDERS, facility * work)
    add("campus", "campus", "land", "", facility * land)
    add("campus", "campus", "services", SERVICES, facility * (1.0 - work - land))
    add("campus", "campus", "sales tax", "", tax)
    first = equipment_by_zone(inputs, data).transpose("zone", "year").values
    add("accelerators", "accelerators", "equipment", COMPUTERS, first)
    _plants(inputs, data, level, add)
    lines = inputs["corridor_overnight_cost"] * data["corridor_build"].sel(owner="programme")
    _corridors(inputs, lines.transpose("corridor", "year").values, level, add)
    fabs = (
        (inputs["fab_capital"] * data["fab_build"])
        .sum("chip_step")
        .transpose("zone", "year")
        .values
    )
    share = constant("fab_construction_share")[level]
    add("fabs", "fabs", "building", BUILDERS, fabs * share)
    add("fabs", "fabs", "equipment", MACHINES, fabs * (1.0 - share))
    premium = (inputs["equipment_premium"] * data["equipment_order"]).sum(
        ["equipment", "price_step"]
    )
    others = data["capital"].drop_sel(asset_class="equipment")
    add("equipment", "equipment", "scarcity premium", "", premium_by_zone(premium, others))
    return pd.DataFrame(rows, columns=COLUMNS)


def _plants(inputs: xr.Dataset, data: xr.Dataset, level: str, add: Add) -> None:
    """Generation and storage: builders by the jobs a MW takes, the rest equipment."""
    factors = atlas.table("employment_factors")
    trades = factors[factors["phase"] == "construction"]
    per_mw = dict(zip(trades["technology"], trades[level].astype(float), strict=True))
    per_busd = float(jobs_per_musd()[BUILDERS]) * 1e3
    own = data["build"].sel(owner="programme").transpose("option", "year").values
    cost = inputs["option_overnight_cost"].transpose("option", "year").values * own
    technology = inputs["option_technology"].values.astype(str)
    zones = inputs["zone"].values.tolist()
    at = np.array([zones.index(z) for z in inputs["option_zone"].values.tolist()], dtype=int)
    classes = inputs["option_class"].values.astype(str)
    for name in dict.fromkeys(technology.tolist()):
        chosen = np.flatnonzero(technology == name)
        if own[chosen].sum() <= 0:
            continue
        work = np.minimum(own[chosen] * 1e3 * per_mw.get(name, 0.0) / per_busd, cost[chosen])
        shape = (len(zones), own.shape[1])
        building, equipment = np.zeros(shape), np.zeros(shape)
        np.add.at(building, at[chosen], work)
        np.add.at(equipment, at[chosen], cost[chosen] - work)
        asset = classes[chosen[0]]
        maker = ELECTRICAL if name in BY_ELECTRICAL else MACHINES
        add(asset, name, "building", BUILDERS, building)
        add(asset, name, "equipment", maker, equipment)


def _corridors(inputs: xr.Dataset, paid: np.ndarray, level: str, add: Add) -> None:
    """Lines at their first zone: builders by the jobs a dollar takes, the rest equipment."""
    factors = atlas.table("employment_factors").set_index(["technology", "phase"])[level]
    per_musd = float(factors["corridor", "construction"])
    share = min(per_musd / float(jobs_per_musd()[BUILDERS]), 1.0)
    zones = inputs["zone"].values.tolist()
    values = np.zeros((len(zones), paid.shape[1]))
    np.add.at(values, [zones.index(z) for z in inputs["corridor_from"].values.tolist()], paid)
    add("corridors", "corridors", "building", BUILDERS, values * share)
    add("corridors", "corridors", "equipment", ELECTRICAL, values * (1.0 - share))


def tax_credits(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """Investment credits on the programme's plants, stores and fab lines; zone, year [BUSD]."""
    own = data["build"].sel(owner="programme")
    given = (inputs["option_overnight_cost"] - inputs["option_capital"]) * own
    values = given.transpose("option", "year").values
    zones = inputs["zone"].values.tolist()
    out = np.zeros((len(zones), values.shape[1]))
    np.add.at(out, [zones.index(z) for z in inputs["option_zone"].values.tolist()], values)
    lines = inputs["fab_overnight_cost"] * inputs["fab_credit"] * data["fab_build"]
    built: np.ndarray = out + lines.sum("chip_step").transpose("zone", "year").values
    return built


def production_credits(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """Production credits in each year for which they are paid; axes zone, calendar [BUSD/year]."""
    from gigaplan.capital.incentives import incentives

    zones = inputs["zone"].values.tolist()
    calendar = inputs["calendar"].values.astype(int)
    out = np.zeros((len(zones), len(calendar)))
    table = incentives(inputs, data)
    for row in table[table["yearly"] > 0].to_dict("records"):
        paid = (calendar >= row["year"]) & (calendar < row["year"] + row["years"])
        out[zones.index(row["zone"]), paid] += row["yearly"]
    return out


def drawn(inputs: xr.Dataset, table: pd.DataFrame) -> pd.DataFrame:
    """Spending by the calendar year in which capital is drawn: column ``calendar``."""
    classes = inputs["draw_class"].values.tolist()
    years = inputs["year"].values.tolist()
    share = inputs["draw"].transpose("draw_class", "year", "calendar").values
    at = [classes.index(c) for c in table["draw_class"]], [years.index(y) for y in table["year"]]
    parts = []
    for j, calendar in enumerate(inputs["calendar"].values.astype(int).tolist()):
        part = share[(*at, j)] if len(table) else np.zeros(0)
        rows = table.assign(calendar=calendar, amount=table["amount"].to_numpy() * part)
        parts.append(rows[part > 0])
    return pd.concat(parts, ignore_index=True)
