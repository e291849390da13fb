"""Companies of corridors and fab lines."""

from __future__ import annotations

import numpy as np

from gigaplan.deals.planned.assets import BILLION, HOURS, SMALL, Built, CostItem, Sale, View


def corridors(v: View) -> list[Built]:
    """Corridors earn what flows are worth more at their end than at their start, less losses."""
    data, inputs, weight = v.data, v.inputs, v.day_weight
    own = data["corridor_build"].sel(owner="programme").transpose("corridor", "year").values
    life = round(v.constants["corridor_life_years"])
    found: list[Built] = []
    for c, k in zip(*np.nonzero(own >= SMALL), strict=True):
        size, year = float(own[c, k]), v.years[k]
        ends = [str(inputs[f"corridor_{e}"].values[c]) for e in ("from", "to")]
        first, last = (data["price"].values[v.zones.index(z)] for z in ends)
        kept = 1.0 - float(inputs["corridor_loss"].values[c])
        there = data["flow_forward"].values[c] * weight
        back = data["flow_reverse"].values[c] * weight
        capacity = np.maximum(data["corridor_forward_capacity"].values[c], 1e-12)
        rent = there * (last * kept - first) + back * (first * kept - last)
        sold = np.maximum((there + back).sum((1, 2)) / capacity, 1e-9) * size * 1e3
        earned = np.maximum(rent.sum((1, 2)) / capacity * size * 1e3, 0.0)
        price = v.from_service(earned / sold, year)
        sale = Sale("Congestion rent", "merchant", v.from_service(sold, year), price,
                    "plan: flows at hourly prices")  # fmt: skip
        cost = inputs["corridor_overnight_cost"].values[c] * own[c, k]
        same = [i for i, z in enumerate(inputs["corridor_from"].values) if z == ends[0]]
        whole = (inputs["corridor_overnight_cost"].values[same] * own[same, k]).sum()
        item = CostItem("Corridor", float(cost) * BILLION, "corridors", 0.0,
                        "plan: corridor_overnight_cost", float(cost / whole))  # fmt: skip
        upkeep = v.constants["transmission_fixed_om_share"] * item.amount
        name = f"Corridor {'-'.join(ends)} {year}"
        found.append(Built(name, ends[0], year, life, v.power_rate, [item], [sale],
                           {"Upkeep": upkeep}, v.spans(year, life)))  # fmt: skip
    return found


def fabs(v: View) -> list[Built]:
    """Fab lines sell their wafers at what one more within reach is worth to the plan."""
    from gigaplan import atlas

    data, inputs = v.data, v.inputs
    lines = data["fab_build"].transpose("chip_step", "zone", "year").values
    table = atlas.table("fab_lines").set_index("step")
    life = round(v.constants["fab_life_years"])
    net = inputs["fab_capital"].transpose("chip_step", "year").values
    found: list[Built] = []
    for s, z, k in zip(*np.nonzero(lines >= SMALL), strict=True):
        size, year = float(lines[s, z, k]), v.years[k]
        step, zone = str(inputs["chip_step"].values[s]), v.zones[z]
        grant = float((v.document.get("chips") or {}).get("fab_grant_share") or 0.0)
        gross = float(table.at[step, "capex_busd_per_kwpm"]) * (1.0 - grant)  # type: ignore[arg-type]
        whole = float((net[:, k] * lines[:, z, k]).sum())
        item = CostItem(f"Fab {step}", gross * size * BILLION, "fabs",
                        round(1.0 - net[s, k] / gross, 9), "plan: fab_capital",
                        float(net[s, k] * size / whole))  # fmt: skip
        made = float(inputs["fab_output"].values[s]) * size * 1e3  # wafers a year
        power = v.from_service(_fab_power(v, int(s), int(z), size) / made, year)
        sale = Sale("Wafers", "wafers", (made,) * (len(v.years) - k),
                    v.from_service(_wafer_price(v, step), year),
                    "plan: dual of the supply of the chip chain", {"Power": power})  # fmt: skip
        found.append(Built(f"Fab {step} {zone} {year}", zone, year, life, v.campus_rate, [item],
                           [sale], {}, v.spans(year, life)))  # fmt: skip
    return found


def _wafer_price(v: View, step: str) -> np.ndarray:
    """USD per wafer (memory: per TB) in each planning year.

    A dual counts money at the start year's worth; its year's discount is the mean of the span.
    """
    dual = v.data["dual_chip_supply"].sel(chip_step=step).values  # BUSD per thousand
    discount = v.inputs["year_weight"].values / v.inputs["year_span"].values
    return np.asarray(dual / discount * 1e6)


def _fab_power(v: View, s: int, z: int, size: float) -> np.ndarray:
    """What a line pays for its power at the zone's prices [USD/year]."""
    load = float(v.inputs["fab_power"].values[s]) * size
    return np.asarray(v.data["year_price"].values[z] * load * 1e3 * HOURS)
