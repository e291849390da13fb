"""Tables of what limits a build-out: accelerators, the chip chain, scarce equipment, time to power.

As in :mod:`gigaplan.plan.statistics`, each function takes the inputs and the plan Dataset and
returns a DataFrame with a unit for each column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.inputs.cooling import facility_built
from gigaplan.plan.binding import h100e_years, worth
from gigaplan.plan.frames import KEYS, SMALL, frame, labels


def chips(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Accelerators by generation and year: bought, installed, their power and compute.

    ``compute`` is installed x performance x utilisation; ``first_fit`` is the part of what is
    bought that fills a shell for the first time, the rest are refits.
    """
    installed = data["accelerators"].sum("year_built")
    power = installed * inputs["accelerator_power"]
    cost = (inputs["accelerator_overnight_cost"] * data["accelerator_build"]).transpose(
        "chip", "year"
    )
    columns: dict[str, tuple[Any, str]] = {
        **labels(data, ("chip", "year"), KEYS),
        "bought": (data["accelerator_build"].values, "thousand"),
        "first_fit": (data["accelerator_first"].values, "thousand"),
        "installed": (installed.transpose("chip", "year").values, "thousand"),
        "it_power": (power.transpose("chip", "year").values, "GW"),
        "compute": (data["compute"].values, "thousand H100e"),
        "equipment_cost": (cost.values, "BUSD"),
    }
    return frame(columns, keep=(columns["bought"][0] > SMALL) | (columns["installed"][0] > SMALL))


def fabs(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Steps of the chip chain by year: what is needed, what is within reach, what more is worth.

    Wafers (logic, packaging) in thousands, memory in PB, between two planning years.  ``lines``
    counts the programme's own lines of the size that a line has.
    """
    needed = (inputs["chip_need"] * data["accelerator_build"]).sum("chip")
    need = needed.transpose("chip_step", "year").values
    reach = inputs["chip_supply"].transpose("chip_step", "year").values
    built = data["fab_build"].sum("zone")
    made = inputs["fab_output"] * (inputs["fab_ramp"] * built.rename(year="year_built")).sum(
        "year_built"
    )
    own = made.transpose("chip_step", "year").values
    lines = built.cumsum("year").transpose("chip_step", "year").values
    size = inputs["fab_unit"].values
    counted = lines / np.where(size > 0, size, np.nan)[:, None]
    used = np.divide(
        need - own, reach, out=np.zeros_like(need), where=np.isfinite(reach) & (reach > 0)
    )
    more = worth(data, "dual_chip_supply").values
    per_busd = np.array([h100e_years(inputs, int(y)) for y in data["year"].values])
    unit = "thousand wafers or PB"
    columns: dict[str, tuple[Any, str]] = {
        **labels(data, ("chip_step", "year"), KEYS),
        "needed": (need, unit),
        "within_reach": (reach, unit),
        "own_output": (own, unit),
        "own_lines": (lines, "kwpm"),
        "lines": (counted, "1"),
        "used": (used, "1"),
        "worth": (more, "BUSD per unit"),
        "worth_h100e": (more * per_busd, "H100e-year per unit"),
    }
    return frame(columns)


def equipment(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Scarce equipment and labour by year: ordered, arrived, in service, within reach.

    ``ordered_in`` and ``arrives_in`` are years; units are GW or GVA, labour is in thousand
    worker-years and has no order.  ``in_service`` enters service since the last planning year,
    ``within_reach`` is cumulated since the start for equipment, per spell for labour.
    """
    start = int(data["calendar"].values[0])
    upto = data["equipment_order"].cumsum("year").assign_coords(year=data["year"])
    rows = []
    for e in data["equipment"].values.tolist():
        for step in data["price_step"].values.tolist():
            lead = float(inputs["equipment_lead"].sel(equipment=e, price_step=step))
            for year in data["year"].values.tolist():
                at = {"equipment": e, "price_step": step, "year": year}
                arrives = year - float(inputs["equipment_install"].sel(equipment=e))
                rows.append(
                    (
                        e, step, year, max(arrives - lead, start), arrives,
                        float(data["equipment_order"].sel(at)),
                        float(upto.sel(at)),
                        float(inputs["equipment_supply"].sel(at)),
                        float(worth(data, "dual_equipment").sel(at)),
                    )
                )  # fmt: skip
    work = labour_used(inputs, data)
    for i, zone in enumerate(data["zone"].values.tolist()):
        for k, year in enumerate(data["year"].values.tolist()):
            if work[i, k] > SMALL:
                reach = float(inputs["labour_supply"].sel(zone=zone, year=year))
                more = float(worth(data, "dual_labour").sel(zone=zone, year=year))
                done = (
                    f"labour {zone}",
                    "",
                    year,
                    np.nan,
                    np.nan,
                    work[i, k],
                    work[i, k],
                    reach,
                    more,
                )
                rows.append(done)
    names = [
        "equipment", "price_step", "year", "ordered_in", "arrives_in", "in_service", "cumulated",
        "within_reach", "worth",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    unit = "GW, GVA or thousand worker-years"
    units = {"year": "year", "ordered_in": "year", "arrives_in": "year", "worth": "BUSD per unit"}
    units |= dict.fromkeys(("in_service", "cumulated", "within_reach"), unit)
    table.attrs["units"] = {n: units.get(n, "") for n in names}
    return table


def labour_used(inputs: xr.Dataset, data: xr.Dataset) -> np.ndarray:
    """Skilled building labour of the programme by zone and year [thousand worker-years]."""
    own = data["build"].sel(owner="programme").transpose("option", "year").values
    out = facility_built(inputs, data)
    out = out * float(inputs["labour_need_campus"])
    zones = data["zone"].values.tolist()
    at = [zones.index(z) for z in inputs["option_zone"].values.tolist()]
    np.add.at(out, at, inputs["labour_need_option"].values[:, None] * own)
    return out


def timeline(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """Order, construction, energisation and ramp of each campus and each plant of the programme.

    One row for each step, in decimal years; in service is the start of the planning year, or as
    soon in it as construction allows that begins with the programme.
    ``slack`` is the time between the start of the programme and the start of the step; the step
    with the least slack in a zone and planning year is ``critical``: first power waits for it.
    On-site units that are sold leave at the start of the year (step ``sold``).
    """
    rows = [*_campus_steps(inputs, data), *_plant_steps(inputs, data)]
    names = ["zone", "item", "year", "size", "step", "begins", "ends", "slack"]
    table = pd.DataFrame(rows, columns=names)
    waited_for = ~table["step"].isin(["ramp", "sold"])
    least = table[waited_for].groupby(["zone", "year"])["slack"].min()
    keys = pd.MultiIndex.from_frame(table[["zone", "year"]])
    bound = least.reindex(keys).to_numpy() if len(table) else np.array([])
    table["critical"] = (table["slack"].to_numpy() <= bound + 1e-9) & waited_for
    units = dict.fromkeys(("year", "begins", "ends", "slack"), "year") | {"size": "GW"}
    table.attrs["units"] = {n: units.get(n, "") for n in table.columns}
    return table


def _campus_steps(inputs: xr.Dataset, data: xr.Dataset) -> list[tuple[Any, ...]]:
    """Steps of what each zone's campuses add in each planning year."""
    start = float(data["calendar"].values[0])
    facility = facility_built(inputs, data)
    build, ramp = float(inputs["campus_construction"]), float(inputs["campus_ramp"])
    rows: list[tuple[Any, ...]] = []
    for i, zone in enumerate(data["zone"].values.tolist()):
        for k, year in enumerate(data["year"].values.tolist()):
            size = float(facility[i, k])
            if size <= SMALL:
                continue
            item = f"campus {zone}"
            for e in data["equipment"].values[inputs["equipment_need_campus"].values > 0].tolist():
                lead, install = _lead(inputs, data, e, year)
                begins = year - install - lead
                rows.append(
                    (
                        zone,
                        item,
                        year,
                        size,
                        f"{e} on order",
                        begins,
                        year - install,
                        begins - start,
                    )
                )
            begins = max(year - build, start)
            power = begins + build
            rows.append((zone, item, year, size, "construction", begins, power, begins - start))
            rows.append((zone, item, year, size, "ramp", power, power + ramp, power - start))
    return rows


def _plant_steps(inputs: xr.Dataset, data: xr.Dataset) -> list[tuple[Any, ...]]:
    """Steps of what the programme's generation and storage add in each planning year."""
    start = float(data["calendar"].values[0])
    own = data["build"].sel(owner="programme")
    need = inputs["equipment_need_option"]
    rows: list[tuple[Any, ...]] = []
    for i, option in enumerate(data["option"].values.tolist()):
        zone = str(inputs["option_zone"].values[i])
        used = need["equipment"].values[need.sel(option=option).values > 0].tolist()
        for year in data["year"].values.tolist():
            size = float(own.sel(option=option, year=year))
            if size <= SMALL:
                continue
            for e in used:
                lead, install = _lead(inputs, data, e, year)
                begins = year - install - lead
                rows.append(
                    (
                        zone,
                        option,
                        year,
                        size,
                        f"{e} on order",
                        begins,
                        year - install,
                        begins - start,
                    )
                )
            begins = year - float(inputs["option_construction"].values[i])
            rows.append(
                (zone, option, year, size, "construction", begins, float(year), begins - start)
            )
        sold = data["onsite_sold"].sel(option=option).sum("year_built")
        for year in data["year"].values.tolist():
            size = float(sold.sel(year=year))
            if size > SMALL:
                at = float(year)
                rows.append((zone, option, year, size, "sold", at, at, at - start))
    return rows


def _lead(inputs: xr.Dataset, data: xr.Dataset, name: str, year: int) -> tuple[float, float]:
    """Years from order to arrival, by the price step that most of the year's units came at."""
    order = data["equipment_order"].sel(equipment=name, year=year).values
    step = int(np.argmax(order))
    lead = float(inputs["equipment_lead"].sel(equipment=name).values[step])
    return lead, float(inputs["equipment_install"].sel(equipment=name))
