"""Corridors between zones as inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs.campus import draw_schedule, programme_power_rate
from gigaplan.inputs.context import Context, annuity, interest_during_construction

Variables = dict[str, tuple[tuple[str, ...], Any]]


def corridors(context: Context) -> Variables:
    """Limits both ways [GW], losses, and what new capacity costs [BUSD/GW]."""
    power, constants = context.programme.power, context.constants
    table = _between_zones(context)
    years = np.array(context.years)
    there = table["earliest_online_year"].to_numpy(dtype=float)[:, None] <= years[None, :]
    scale = power.corridors.capacity_scale / 1e3
    cost = table["new_line_usd_per_kw"].to_numpy(dtype=float) / 1e3
    earliest = context.programme.start_year + constants["corridor_lead_time_years"]
    if not power.lead_times:
        earliest = 0.0
    buildable = np.isfinite(cost)[:, None] & (years[None, :] >= earliest) & power.corridors.expand
    rate = context.programme.money.capital_charge_rates.corridors
    rate = constants["capital_rate_corridors"] if rate is None else float(rate)
    # owners in the order of the inputs: the system, the programme
    charge = np.stack(
        [_charge(context, np.nan_to_num(cost), r) for r in (rate, programme_power_rate(context))],
        axis=1,
    )
    return {
        "corridor": (("corridor",), table["corridor"].to_numpy(dtype=object)),
        "corridor_from": (("corridor",), table["from_zone"].to_numpy(dtype=object)),
        "corridor_to": (("corridor",), table["to_zone"].to_numpy(dtype=object)),
        "corridor_forward": (
            ("corridor", "year"),
            table["forward_mw"].to_numpy(dtype=float)[:, None] * there * scale,
        ),
        "corridor_reverse": (
            ("corridor", "year"),
            table["reverse_mw"].to_numpy(dtype=float)[:, None] * there * scale,
        ),
        "corridor_loss": (("corridor",), table["loss"].to_numpy(dtype=float)),
        "corridor_buildable": (("corridor", "year"), buildable),
        "corridor_unit": (("corridor",), table["new_line_mw"].to_numpy(dtype=float) / 1e3),
        "corridor_overnight_cost": (("corridor",), np.nan_to_num(cost)),
        "corridor_annual_charge": (("corridor", "owner"), charge),
    }


def _charge(context: Context, cost: np.ndarray, rate: float) -> np.ndarray:
    """Capital charge at a rate, and fixed O&M, of each corridor [BUSD/GW/year]."""
    idc = interest_during_construction(draw_schedule(context, "corridors"), rate)
    per_unit = annuity(rate, context.constants["corridor_life_years"]) * idc
    return np.asarray(cost * (per_unit + context.constants["transmission_fixed_om_share"]))


def _between_zones(context: Context) -> pd.DataFrame:
    """Corridors whose ends lie in different zones; those between the same groups are merged."""
    own = context.own("corridors")
    table = atlas.table("corridors")
    known = table["from_zone"].isin(context.states) & table["to_zone"].isin(context.states)
    table = table[known].copy()
    table["from_zone"] = table["from_zone"].map(context.zone_of)
    table["to_zone"] = table["to_zone"].map(context.zone_of)
    table = table[table["from_zone"] != table["to_zone"]]
    if len(context.zones) < len(context.states):
        table = _merged(table)
    table["earliest_online_year"] = table["earliest_online_year"].fillna(0)
    if own is not None:
        table = _with_own(table, own)
    return table.reset_index(drop=True)


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """One corridor for each pair of groups and first year: capacities add, the cheapest counts."""
    table = table.copy()
    swap = table["from_zone"] > table["to_zone"]
    ends, ways = ["from_zone", "to_zone"], ["forward_mw", "reverse_mw"]
    table.loc[swap, ends] = table.loc[swap, ends[::-1]].to_numpy()
    table.loc[swap, ways] = table.loc[swap, ways[::-1]].to_numpy()
    keys = ["from_zone", "to_zone", "earliest_online_year"]
    # the cheapest first: its size goes with its cost
    ordered = table.sort_values("new_line_usd_per_kw", kind="stable")
    merged = ordered.groupby(keys, as_index=False).agg(
        forward_mw=("forward_mw", "sum"),
        reverse_mw=("reverse_mw", "sum"),
        loss=("loss", "mean"),
        new_line_usd_per_kw=("new_line_usd_per_kw", "min"),
        new_line_mw=("new_line_mw", "first"),
    )
    label = merged["from_zone"] + "-" + merged["to_zone"]
    late = merged["earliest_online_year"] > 0
    merged["corridor"] = label.where(
        ~late, label + " " + merged["earliest_online_year"].astype(str)
    )
    return merged


def _with_own(table: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """The programme's rows replace limits of the corridors they name, or add new ones."""
    table = table.set_index("corridor")
    for row in own.to_dict("records"):
        name = row.pop("corridor")
        if name in table.index:
            for column, value in row.items():
                table.loc[name, column] = value
        else:
            table.loc[name] = {
                "loss": 0.0, "earliest_online_year": 0, "new_line_mw": 0.0, **row
            }  # fmt: skip
    return table.reset_index()
