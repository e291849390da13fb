"""Prices of power, household bills and reserve margins, with the programme and without."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan import atlas
from gigaplan.outcomes.pair import COUNTRY, Pair, constant, table
from gigaplan.plan.frames import KEYS, grouped, labels
from gigaplan.plan.statistics import standing

LEAST = 0.005  # USD/MWh: differences below this are none
QUARTILE = 0.75
NOISE = (
    "method: noise is twice the move of the zone's price, and no less than of a quarter of zones, "
    "between two points of the search without the programme that lie within its certified gap (the "
    "plan's own search is taken to leave as much open); measured on the stored days, it is no bound"
)


def prices(pair: Pair) -> pd.DataFrame:
    """Wholesale price and household bill by zone and year; ``US`` weights zones by load.

    ``price_*`` is the marginal cost of load over all 8,760 hours [USD/MWh], weighted by the load
    that is there without the campuses, so that their flat draw moves no weights.
    ``effect_scarcity`` is the part of the effect from hours above half the value of unserved
    energy, on days that the plan was not made for.  ``noise`` is what the searches leave open in
    the rest of the effect, and ``inside_noise`` says that this rest is no more than that.
    ``bill_effect`` is the rest's effect on a mean household's yearly bill [USD/year] if all of it
    is passed on, network losses included; capacity payments and scarcity are not in it.
    """
    before, after, scarce_before, scarce_after = (
        d[name].transpose("zone", "year").values
        for name in ("year_price_others", "year_price_scarcity")
        for d in (pair.without, pair.with_)
    )
    moved = pair.without["price_moved"].transpose("zone", "year").values
    moved = np.maximum(moved, np.quantile(moved, QUARTILE, axis=0))
    load = pair.inputs["load"].transpose("zone", "year", "hour").values.sum(axis=2)
    homes = atlas.table("households").set_index("zone")
    customers = homes["customers_thousand"]
    use = pair.mean_of_states(homes["mwh_per_customer"], customers)[:, None] * np.ones(load.shape)
    number = _summed(pair, customers)[:, None] * np.ones(load.shape)
    known = np.where(np.isfinite(use), number, 0.0)
    total = known.sum(axis=0)
    mean_use = np.divide(
        (np.nan_to_num(use) * known).sum(axis=0),
        total, out=np.full(total.shape, np.nan), where=total > 0,
    )  # fmt: skip
    stacked = {
        "price_without": _with_country(before, load),
        "price_with": _with_country(after, load),
        "noise": 2.0 * _with_country(moved, load),
    }
    effect = stacked["price_with"] - stacked["price_without"]
    scarcity = _with_country(scarce_after - scarce_before, load)
    rest = effect - scarcity
    per_home = np.vstack([use, mean_use[None, :]])
    lost = 1.0 - constant("distribution_loss")["central"]
    bill = rest * per_home / lost
    bill[-1] = np.where(
        total > 0,
        (np.nan_to_num(bill[:-1]) * known).sum(axis=0) / np.where(total > 0, total, 1.0),
        np.nan,
    )
    index = xr.Dataset(coords={"zone": [*pair.zones, COUNTRY], "year": pair.years})
    return table(
        {
            **labels(index, ("zone", "year"), KEYS),
            "price_without": (stacked["price_without"], "USD/MWh"),
            "price_with": (stacked["price_with"], "USD/MWh"),
            "effect": (effect, "USD/MWh"),
            "effect_scarcity": (scarcity, "USD/MWh"),
            "noise": (stacked["noise"], "USD/MWh"),
            "inside_noise": (np.abs(rest) <= np.maximum(stacked["noise"], LEAST), ""),
            "household_use": (per_home, "MWh/year"),
            "bill_effect": (bill, "USD/year"),
        },
        [
            "plan: dispatch of all 8,760 hours at the capacities of both systems",
            NOISE,
            _proof(pair, load),
            "households.mwh_per_customer", "households.customers_thousand",
            "constants.distribution_loss",
        ],
    )  # fmt: skip


def _proof(pair: Pair, load: np.ndarray) -> str:
    """What the certified gaps leave open in the cost of power, as a text."""
    weight = pair.inputs["year_weight"].values
    served = float((load.sum(axis=0) * weight).sum()) / 1e6  # million GWh: BUSD over it is USD/MWh
    both = pair.gap_with + pair.gap_without
    return (
        f"plan: certified gaps {pair.gap_with:.3f} BUSD with the programme and "
        f"{pair.gap_without:.3f} without (discounted): {both / served:.4f} USD/MWh of the cost "
        "of power on average; a price in one state can move by more"
    )


def _with_country(values: np.ndarray, load: np.ndarray) -> np.ndarray:
    """A last row with the load-weighted mean of all zones."""
    mean = (values * load).sum(axis=0) / load.sum(axis=0)
    return np.vstack([values, mean[None, :]])


def _summed(pair: Pair, values: pd.Series) -> np.ndarray:
    """Sum over the states of each zone."""
    return np.array(
        [float(values.reindex(list(pair.states.get(z, ()))).fillna(0.0).sum()) for z in pair.zones]
    )


def reserve(pair: Pair) -> pd.DataFrame:
    """Firm capacity, firm peak load and reserve margin by region and year, with and without.

    ``margin`` is firm capacity over firm peak load less one; ``reference`` the planning margin
    asked for, and ``missing_*`` what was paid for instead of built [GW].
    """
    inputs = pair.inputs
    regions = inputs["region"].values
    place = dict(zip(inputs["zone"].values, inputs["zone_region"].values, strict=True))
    of_option = np.array([place[z] for z in inputs["option_zone"].values.tolist()], dtype=object)
    credit = inputs["option_capacity_credit"].values[:, None]
    peak = inputs["reserve_peak"].transpose("region", "year").values
    there = inputs["reserve_existing"].transpose("region", "year").values
    columns = {**labels(inputs, ("region", "year"), KEYS)}
    columns["reference"] = (inputs["reserve_margin"].transpose("region", "year").values, "1")
    for name, data in (("without", pair.without), ("with", pair.with_)):
        firm = there + grouped(standing(inputs, data).sum(axis=0) * credit, of_option, regions)
        need = peak + (_firm_campus(inputs, data, regions, place) if name == "with" else 0.0)
        margin = np.divide(firm, need, out=np.full(need.shape, np.nan), where=need > 0) - 1.0
        columns |= {
            f"firm_{name}": (firm, "GW"),
            f"peak_{name}": (need, "GW"),
            f"margin_{name}": (margin, "1"),
            f"missing_{name}": (data["reserve_shortage"].transpose("region", "year").values, "GW"),
        }
    return table(
        columns,
        [
            "plan: capacity credits and coincident peaks of the inputs",
            "reserve_margins.margin",
            "technology_traits.capacity_credit",
        ],
    )


def _firm_campus(
    inputs: xr.Dataset, data: xr.Dataset, regions: np.ndarray, place: dict[str, str]
) -> np.ndarray:
    """Campus load that may not be interrupted, by region and year [GW]."""
    load = grouped(
        data["campus_load"].transpose("zone", "year").values, inputs["zone_region"].values, regions
    )
    of_campus = np.array([place[z] for z in inputs["campus"].values.tolist()], dtype=object)
    flexible = data["campus_flexible"].transpose("campus", "year").values
    return load - float(inputs["campus_utilisation"]) * grouped(flexible, of_campus, regions)
