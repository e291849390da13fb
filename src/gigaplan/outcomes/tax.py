"""Taxes that the programme pays and incentives that it is given, by state and year.

Only what has a base in the plan and a rate in the atlas: sales and property tax, their exemptions,
and federal investment credits.  Taxes on income and payroll are left out: no rate of theirs is in
the atlas; ``gigaplan deal`` reckons income tax of project companies on stated terms.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.outcomes.pair import Pair, constant, table
from gigaplan.outcomes.spending import production_credits, spending, tax_credits

STATE, FEDERAL = "state and local", "federal"
LEAST = 1e-5  # BUSD: less is not a line of its own


def tax(pair: Pair) -> pd.DataFrame:
    """Receipts and incentives by zone, calendar year, level and item [BUSD/year].

    ``kind`` is ``receipt`` (due before exemptions), ``incentive`` (waived or paid out) or ``net``
    (receipts less incentives, of state and local taxes).  Sales tax follows the draw of campus
    capital; property tax is on what is left of the cost by straight lines over the assets' lives,
    from the year after they enter service, before abatements; investment credits fall into the year
    of service, production credits into the ten from then on.  Levels of government below a state
    are not told apart.
    """
    inputs, data = pair.inputs, pair.with_
    calendar = inputs["calendar"].values.astype(int)
    shape = (len(pair.zones), len(calendar))
    built = data["it_build"].transpose("zone", "year").values
    draw = inputs["draw"].sel(draw_class="campus").transpose("year", "calendar").values
    paid = built * inputs["campus_sales_tax"].transpose("zone", "year").values @ draw
    waived = built * inputs["campus_sales_tax_waived"].transpose("zone", "year").values @ draw
    property_due = _property(pair)
    credits = np.zeros(shape)
    given = tax_credits(inputs, data)
    for k, year in enumerate(pair.years):
        credits[:, calendar == year] += given[:, [k]]
    lines = [
        (STATE, "sales tax", "receipt", paid + waived),
        (STATE, "sales tax exemption", "incentive", waived),
        (STATE, "property tax, before abatement", "receipt", property_due),
        (STATE, "net", "net", paid + property_due),
        (FEDERAL, "investment tax credit", "incentive", credits),
        (FEDERAL, "production tax credit", "incentive", production_credits(inputs, data)),
    ]
    rows = [
        (zone, int(c), level, item, kind, float(values[i, j]))
        for i, zone in enumerate(pair.zones)
        for j, c in enumerate(calendar)
        for level, item, kind, values in lines
        if abs(values[i, j]) > LEAST
    ]
    names = ("zone", "year", "level", "item", "kind", "amount")
    out = pd.DataFrame(rows, columns=list(names))
    units = {"year": "year", "amount": "BUSD/year"}
    return table(
        {n: (out[n].to_numpy(), units.get(n, "")) for n in names},
        [
            "plan: capital by asset, zone and year; tax within it",
            "state_policy.avg_sales_tax_pct", "state_policy.dc_sales_tax_exemption",
            "constants.facility_taxable_share", "property_tax.rate_pct",
            "property_tax.equipment_share", "tax_credits.investment_credit",
            "constants.facility_life_years", "constants.accelerator_life_years",
        ],
    )  # fmt: skip


def _property(pair: Pair) -> np.ndarray:
    """Property tax before abatement; axes zone, calendar [BUSD/year].

    Facilities, plants and lines are taxed as real property; accelerators, all that are bought, as
    equipment where the state taxes it, shared out to zones by IT power in service.
    """
    inputs, data = pair.inputs, pair.with_
    calendar = inputs["calendar"].values.astype(int)
    rates = atlas.table("property_tax").set_index("zone")
    rate = np.nan_to_num(pair.mean_of_states(rates["rate_pct"])) / 100.0
    equipment = np.nan_to_num(pair.mean_of_states(rates["equipment_share"]))
    out = np.zeros((len(pair.zones), len(calendar)))
    spent = spending(inputs, data)
    spent = spent[~spent["item"].isin(["sales tax", "scarcity premium"])]
    spent = spent[spent["asset"] != "accelerators"]
    lives = _lives(spent)
    keys = ["zone", "year", "draw_class"]
    total = spent.groupby(keys)["amount"].sum().reset_index()
    for row in total.to_dict("records"):
        i, year = pair.zones.index(str(row["zone"])), int(row["year"])
        left = 1.0 - np.maximum(calendar - year, 0) / lives[str(row["draw_class"])]
        value = np.where(calendar > year, np.maximum(left, 0.0), 0.0) * float(row["amount"])
        out[i] += value * rate[i]
    life = constant("accelerator_life_years")["central"]
    bought = (inputs["accelerator_overnight_cost"] * data["accelerator_build"]).sum("chip").values
    power = data["it_power"].transpose("zone", "year").values
    for k, year in enumerate(pair.years):
        if power[:, k].sum() <= 1e-9:
            continue
        share = power[:, k] / power[:, k].sum()
        left = np.maximum(1.0 - np.maximum(calendar - year, 0) / life, 0.0) * (calendar > year)
        out += np.outer(share * bought[k] * rate * equipment, left)
    return out


def _lives(spent: pd.DataFrame) -> dict[str, float]:
    """Life of each class of capital [year]."""
    traits = atlas.table("technology_traits").set_index("technology")["life_years"]
    known = {
        "campus": constant("facility_life_years")["central"],
        "corridors": constant("corridor_life_years")["central"],
        "fabs": constant("fab_life_years")["central"],
    }
    return {n: known.get(n) or float(traits[n]) for n in set(spent["draw_class"])}
