"""Credits, grants and exemptions of a plan: claimed, paused, or of no use, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan import atlas
from gigaplan.errors import UsageError
from gigaplan.plan.frames import frame
from gigaplan.programme.roster import GRANT

SHOWN = 1e-6  # BUSD: less is not a line of its own
CLAIMED, PAUSED, NONE = "claimed", "paused", "not applicable"
COLUMNS = {
    "incentive": "", "level": "", "asset_class": "", "zone": "", "year": "year", "status": "",
    "amount": "BUSD", "yearly": "BUSD/year", "years": "year", "rule": "", "reason": "",
}  # fmt: skip
# credits that nothing which a programme builds can take
WITHOUT_USE = (
    (
        "45X", "IRC 45X(c)(1)",
        "no asset class makes eligible components (parts of solar, wind, inverters and batteries, "
        "critical minerals); chips are not among them, fab lines take 48D",
    ),
    ("45U", "IRC 45U", "for existing reactors, which are not the programme's"),
    ("45Q", "IRC 45Q", "no asset class captures carbon dioxide"),
)  # fmt: skip
Row = tuple[Any, ...]
Credits = Mapping[tuple[str, int], Mapping[Any, Any]]


def incentives(inputs: xr.Dataset, data: xr.Dataset) -> pd.DataFrame:
    """One row for each incentive, asset class, zone and year in service of the programme.

    ``amount`` [BUSD] is what is paid or waived once, ``yearly`` [BUSD/year] what is paid in each of
    ``years``.  Sales tax exemptions that are paused are listed where campuses are built meanwhile.

    Raises
    ------
    UsageError
        the plan is older than the election of credits.
    """
    if "option_credit" not in inputs:
        raise UsageError("this plan was made before credits were elected; plan again")
    rows = [
        *_power(inputs, data),
        *_fab_lines(inputs, data),
        *_grants(inputs, data),
        *_sales_tax(inputs, data),
        *(
            (name, "federal", "", "", 0, NONE, 0.0, 0.0, 0, rule, why)
            for name, rule, why in WITHOUT_USE
        ),
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame({name: (table[name].to_numpy(), unit) for name, unit in COLUMNS.items()})


def _power(inputs: xr.Dataset, data: xr.Dataset) -> list[Row]:
    """48E and 45Y of what the programme builds, and what is built without either."""
    known: Credits = {
        (str(row["technology"]), int(row["year_in_service"])): row
        for row in atlas.table("tax_credits").to_dict("records")
    }
    own = data["build"].sel(owner="programme").transpose("option", "year").values
    cost = inputs["option_overnight_cost"].transpose("option", "year").values
    given = cost - inputs["option_capital"].transpose("option", "year").values
    produced = inputs["option_production_credit"].transpose("option", "year").values
    found: dict[tuple[str, str, str, int], list[float]] = {}
    for i, k in np.argwhere(own * cost > SHOWN):
        technology = str(inputs["option_technology"].values[i])
        year = int(inputs["year"].values[k])
        name = str(inputs["option_credit"].values[i])
        energy = float(inputs["option_energy"].values[i])
        once = own[i, k] * given[i, k]
        # BUSD/GWh are millions of USD/MWh
        yearly = 0.0
        if produced[i, k] > 0:
            usd = float(known[technology, year]["production_credit_usd_mwh"])
            yearly = own[i, k] * energy * usd * 1e-6
        name = name if once + yearly > 0 else "48E or 45Y"
        key = (name, technology, str(inputs["option_zone"].values[i]), year)
        total = found.setdefault(key, [0.0, 0.0])
        total[0] += once
        total[1] += yearly
    rows: list[Row] = []
    for (name, technology, zone, year), (once, yearly) in found.items():
        claimed = once + yearly > 0
        span = int(known[technology, year]["production_credit_years"]) if yearly > 0 else 0
        why = "elected by the plan" if claimed else _no_credit(technology, year, known)
        if claimed and not known[technology, year]["production_credit_usd_mwh"]:
            why = "the one credit for it"
        rule = {"48E": "IRC 48E", "45Y": "IRC 45Y"}.get(name, "IRC 48E, 45Y")
        status = CLAIMED if claimed else NONE
        rows.append(
            (name, "federal", technology, zone, year, status, once, yearly, span, rule, why)
        )
    return rows


def _no_credit(technology: str, year: int, known: Credits) -> str:
    """Why a plant gets neither credit."""
    if technology not in {t for t, _ in known}:
        return "not zero-emission, nor storage or a fuel cell"
    credit = known.get((technology, year))
    if credit is not None and credit["begun_by_july_2026"]:
        return "only where construction began by 4 July 2026 (policy.begun_by_july_2026)"
    if credit is not None:
        return "federal credits are switched off (policy.tax_credits)"
    return f"in service in {year}, after the last year of the credit"


def _fab_lines(inputs: xr.Dataset, data: xr.Dataset) -> list[Row]:
    """48D of fab lines, and grants that the programme nets from their capital."""
    built = data["fab_build"].transpose("zone", "year", "chip_step").values
    gross = inputs["fab_overnight_cost"].transpose("year", "chip_step").values
    credit = gross * inputs["fab_credit"].transpose("year", "chip_step").values
    granted = gross - credit - inputs["fab_capital"].transpose("year", "chip_step").values
    rows: list[Row] = []
    for z, k in np.argwhere((built * gross).sum(axis=2) > SHOWN):
        zone, year = str(inputs["zone"].values[z]), int(inputs["year"].values[k])
        once = float((built[z, k] * credit[k]).sum())
        why = "begun in time" if once > 0 else "begun after 2026, or switched off"
        status = CLAIMED if once > 0 else NONE
        rows.append(("48D", "federal", "fabs", zone, year, status, once, 0.0, 0, "IRC 48D", why))
        given = float((built[z, k] * granted[k]).sum())
        if given > SHOWN:
            why = "chips.fab_grant_share, netted from the capital"
            rows.append(
                (
                    "grant",
                    "federal",
                    "fabs",
                    zone,
                    year,
                    CLAIMED,
                    given,
                    0.0,
                    0,
                    "P.L. 117-167",
                    why,
                )
            )
    return rows


def _grants(inputs: xr.Dataset, data: xr.Dataset) -> list[Row]:
    """Grants of the roster, which are sources of capital."""
    if "funding" not in inputs.dims:
        return []
    from gigaplan.capital.tables import by_state, records

    table = by_state(inputs, data)
    table = table[(table["instrument"] == GRANT) & (table["amount"] > SHOWN)]
    return [
        ("grant", "roster", r.asset_class, r.zone, int(r.year), CLAIMED, float(r.amount), 0.0, 0,
         f"commitments: {r.investor}", "a source of capital; asks for nothing back")
        for r in records(table)
    ]  # fmt: skip


def _sales_tax(inputs: xr.Dataset, data: xr.Dataset) -> list[Row]:
    """Sales tax that states waive for campuses, and exemptions that are paused."""
    policy = atlas.table("state_policy").set_index("zone").to_dict("index")
    built = data["it_build"].transpose("zone", "year").values
    waived = built * inputs["campus_sales_tax_waived"].transpose("zone", "year").values
    due = built * inputs["campus_sales_tax"].transpose("zone", "year").values
    rows: list[Row] = []
    for z, k in np.argwhere(waived + due > SHOWN):
        zone, year = str(inputs["zone"].values[z]), int(inputs["year"].values[k])
        here = policy.get(zone, {})
        status, once, why = NONE, 0.0, "no exemption, or switched off (policy.state_incentives)"
        if waived[z, k] > SHOWN:
            status, once, why = CLAIMED, float(waived[z, k]), "in force"
        elif str(here.get("dc_sales_tax_exemption")) == "paused":
            until = here.get("exemption_pause_to")
            end = f"until {until}" if isinstance(until, str) and until else "without a stated end"
            status, why = PAUSED, f"paused {end}; the tax is due"
        name = "sales tax exemption"
        rows.append((name, "state", "campus", zone, year, status, once, 0.0, 0, "state law", why))
    return rows
