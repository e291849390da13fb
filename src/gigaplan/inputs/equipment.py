"""Scarce equipment and labour as inputs: needs, leads, and what is within reach by a year."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs.chips import spell
from gigaplan.inputs.context import Context, annuity

Variables = dict[str, tuple[tuple[str, ...], Any]]
STEPS = ("listed", "premium")
PREMIUM_LIFE = 30.0


def equipment(context: Context, options: pd.DataFrame) -> Variables:
    """Classes of equipment, their needs, leads, price steps and cumulative supply by year."""
    table = atlas.table("equipment").set_index("equipment")
    names = table.index.to_numpy(dtype=object)
    need = atlas.table("equipment_need").set_index(["equipment", "used_by"])["units_per_gw"]
    known = need.to_dict()
    technology = options["technology"].tolist()
    by_option = np.array([[known.get((e, t), 0.0) for t in technology] for e in names])
    leads = table[["lead_years", "premium_lead_years"]].to_numpy(dtype=float)
    price = np.stack([np.zeros(len(table)), table["premium_usd_kw"].to_numpy(float) / 1e3], axis=1)
    rate = context.programme.money.capital_charge_rates.power
    rate = context.constants["capital_rate_power"] if rate is None else float(rate)
    return {
        "equipment": (("equipment",), names),
        "price_step": (("price_step",), np.array(STEPS, dtype=object)),
        "equipment_need_option": (("equipment", "option"), by_option),
        "equipment_need_campus": (
            ("equipment",), np.array([known.get((e, "campus"), 0.0) for e in names])
        ),
        "equipment_lead": (("equipment", "price_step"), leads),
        "equipment_install": (("equipment",), table["install_years"].to_numpy(float)),
        "equipment_premium": (("equipment", "price_step"), price),
        "equipment_charge_rate": ((), annuity(rate, PREMIUM_LIFE)),
        "equipment_supply": (("equipment", "price_step", "year"), _supply(context, table)),
        **_labour(context, technology),
    }  # fmt: skip


def _supply(context: Context, table: pd.DataFrame) -> np.ndarray:
    """Units within reach that can be in service by each planning year, cumulated since the start.

    Listed: what is made and not yet sold.  Premium: what holders of sold slots resell.  Nothing
    arrives before the start year plus its lead.
    """
    settings, start = context.programme.equipment, context.programme.start_year
    out = np.full((len(table), len(STEPS), len(context.years)), np.inf)
    if not settings.limits:
        return out
    rows = atlas.table("equipment_supply").set_index(["equipment", "year"])
    for i, traits in enumerate(table.reset_index().to_dict("records")):
        at = rows.loc[str(traits["equipment"])]
        free = at["output"] * (1.0 - at["sold_share"]) * at["reach"]
        resold = at["output"] * at["sold_share"] * at["resale_reach"]
        leads = (float(traits["lead_years"]), float(traits["premium_lead_years"]))
        for s, (made, lead) in enumerate(zip((free, resold), leads, strict=True)):
            first = start + (math.ceil(lead) if context.programme.power.lead_times else 0)
            for k, year in enumerate(context.years):
                last = year - int(traits["install_years"])
                out[i, s, k] = float(made[(made.index >= first) & (made.index <= last)].sum())
    out *= settings.reach_scale
    own = context.own("equipment_supply")
    if own is not None:
        names = table.index.tolist()
        for row in own.to_dict("records"):
            if int(row["year"]) in context.years:
                k = context.years.index(int(row["year"]))
                out[names.index(row["equipment"]), 0, k] = float(row["units"])
    return out


def _labour(context: Context, technology: list[str]) -> Variables:
    """Skilled building labour: need per GW and what each zone has between two planning years."""
    need = atlas.table("labour_need").set_index("used_by")["thousand_worker_years_per_gw"].to_dict()
    supply = np.full((len(context.zones), len(context.years)), np.inf)
    if context.programme.equipment.labour:
        table = context.table("construction_labour").set_index("state")
        workers = context.sum_by_zone(table["thousand_workers"] * table["reach"])
        spans = np.array([len(spell(context, y)) for y in context.years], dtype=float)
        supply = workers[:, None] * spans[None, :] * context.programme.equipment.reach_scale
    return {
        "labour_need_option": (("option",), np.array([need.get(t, 0.0) for t in technology])),
        "labour_need_campus": ((), float(need["campus"])),
        "labour_supply": (("zone", "year"), supply),
    }
