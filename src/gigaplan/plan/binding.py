"""What binds, and what one more unit is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.plan.frames import SMALL

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


def worth_name(dual: str) -> str:
    """The variable that holds what one more unit is worth, beside that of the dual."""
    return f"worth_{dual.removeprefix('dual_')}"


def worth(data: xr.Dataset, dual: str) -> xr.DataArray:
    """What one more unit is worth; the dual in a plan of an older version [BUSD per unit]."""
    return data[worth_name(dual) if worth_name(dual) in data else dual]


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

    ``worth`` is in ``unit``: of the ten dearest what a little more brings in the cut model, of the
    others the dual, which bounds it from above where duals are not unique; ``worth_h100e`` is the
    same in H100-equivalent-years at the year's value of compute (NaN where the aim states none).
    Within each limit's kind the dearest comes first.
    """
    rows = []
    for name, (limit, unit, of) in BINDING.items():
        array = worth(data, name)
        hit = np.argwhere(array.values > SMALL)
        found = []
        for at in hit:
            marks = {d: array[d].values[i] for d, i in zip(array.dims, at, strict=True)}
            when = int(marks.pop("year", marks.pop("calendar", 0)))
            where = " ".join(str(m) for m in marks.values())
            more = float(array.values[tuple(at)])
            found.append((limit, where, when, more, unit, more * h100e_years(inputs, when), of))
        rows += sorted(found, key=lambda row: -row[3])
    names = ["limit", "where", "year", "worth", "unit", "worth_h100e", "of"]
    table = pd.DataFrame(rows, columns=names)
    units = {"year": "year", "worth": "see unit", "worth_h100e": "H100e-year"}
    table.attrs["units"] = {n: units.get(n, "") for n in names}
    return table
