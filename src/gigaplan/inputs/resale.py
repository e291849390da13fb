"""What an on-site unit sells for when it is no longer needed, and the charge that this saves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.inputs.context import Context, annuity

VESTED_A_YEAR = 0.2  # of an investment credit, 26 USC 50(a)(1)(B)
Variables = dict[str, tuple[tuple[str, ...], Any]]


def resale(context: Context, table: pd.DataFrame, terms: Variables, rate: float) -> Variables:
    """What an on-site unit sells for by age, and the yearly charge that selling saves.

    The machine can be moved, not its foundations: its price when new is that of the equipment,
    at most the capital paid after credits, falling in a straight line to nothing at the end of its
    life.  An investment credit is paid back in part when a unit leaves within five years
    (26 USC 50(a)(1)(B)), which is taken off.  What is left pays back capital over the years to the
    end of its life, at the owner's rate.  Sold units need no fixed operation.

    Parameters
    ----------
    table : options
    terms : ``option_overnight_cost`` and ``option_capital`` (before and after credits) [BUSD/GW],
        ``option_fixed`` [BUSD/GW/year], dims option, year
    rate : real return that the programme's power must earn [1/year]
    """
    machines = atlas.table("equipment").set_index("equipment")["price_usd_kw"].to_dict()
    need = atlas.table("equipment_need")
    by_technology: dict[str, float] = {}
    for row in need.to_dict("records"):
        worth = float(machines[row["equipment"]]) * float(row["units_per_gw"]) / 1e3
        by_technology[row["used_by"]] = by_technology.get(row["used_by"], 0.0) + worth
    new = np.where(table["kind"] == "onsite", table["technology"].map(by_technology), 0.0)
    new = np.nan_to_num(new.astype(float)) * context.constants["onsite_resale_kept"]
    life = table["technology"].map(context.traits["life_years"]).to_numpy(dtype=float)
    capital, fixed = terms["option_capital"][1], terms["option_fixed"][1]
    credit = terms["option_overnight_cost"][1] - capital
    years = context.years
    price = np.zeros((len(table), len(years), len(years)))
    relief = np.zeros_like(price)
    for k, year in enumerate(years):
        for b, built in enumerate(years[:k]):
            left = np.maximum(life - (year - built), 0.0)
            worth = np.minimum(new, capital[:, b]) * left / life
            recaptured = credit[:, b] * max(1.0 - VESTED_A_YEAR * (year - built), 0.0)
            price[:, k, b] = np.maximum(worth - recaptured, 0.0)
            back = np.array([annuity(rate, n) if n > 0 else 0.0 for n in left])
            relief[:, k, b] = price[:, k, b] * back + np.where(price[:, k, b] > 0, fixed[:, b], 0.0)
    dims = ("option", "year", "year_built")
    return {"option_resale_price": (dims, price), "option_resale_relief": (dims, relief)}
