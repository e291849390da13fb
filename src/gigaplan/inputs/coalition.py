"""Terms of the capital layer from the programme and the atlas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gigaplan import atlas
from gigaplan.errors import Problem
from gigaplan.inputs import money
from gigaplan.inputs.capital_terms import (
    CapitalTerms,
    ClassTerms,
    InstrumentTerms,
    Screen,
    Screener,
    covers,
    stands_in,
)
from gigaplan.inputs.context import Context
from gigaplan.programme.roster import Investor, Roster, roster_of
from gigaplan.programme.values import near

if TYPE_CHECKING:
    from gigaplan.inputs.clearance import Reviews, Screens


def reviewed(context: Context, classes: list[str]) -> Reviews:
    """The clearance engine's answers that the capital layer will ask for, found beforehand.

    Parameters
    ----------
    classes : every class of capital, as in the dimension draw_class
    """
    roster = roster_of(context.programme)
    if roster is None or not context.programme.capital.clearance.enforce:
        return {}
    reviews: Reviews = {}
    screens = _screens(context, roster, reviews)
    for investor in roster.investors.values():
        if investor.left_out:
            continue
        for zone, states in context.programme.zones.items():
            if stands_in(investor, zone, states):
                for name in (c for c in classes if covers(investor.sectors, c)):
                    screens(investor, name, zone)
    return reviews


def _screens(context: Context, roster: Roster, reviews: Reviews | None) -> Screens:
    """The clearance engine under the programme's rules."""
    # needs the engine, which a programme without clearance never loads
    from gigaplan.inputs.clearance import Screens

    programme = context.programme
    rules = programme.capital.clearance
    return Screens(roster, rules, context.constants, programme.zones, reviews)


def capital_terms(
    context: Context, classes: list[str], reviews: Reviews | None = None
) -> CapitalTerms | None:
    """Roster, classes and instruments of a programme; None where one purse pays.

    Parameters
    ----------
    classes : every class of capital, as in the dimension draw_class
    reviews : of :func:`reviewed` or of other programmes, to save the time; added to
    """
    programme = context.programme
    roster = roster_of(programme)
    if roster is None:
        return None
    capital = programme.capital
    table = atlas.table("instruments").set_index("instrument")
    instruments = {
        str(name): InstrumentTerms(
            float(row["return_adder_pct"]) / 100,
            float(row["largest_share"]),
            float(row["tenor_years"]),
        )
        for name, row in table.iterrows()
    }
    known = atlas.table("capital_classes").set_index("asset_class")
    groups = {name: _group(name, context) for name in classes}
    for name in capital.gearing:
        if name not in classes and name not in known.index:
            remedy = near(name, [*classes, *known.index])
            names = ", ".join([*known.index, *classes])
            context.problems.append(
                Problem(programme.name, f"capital.gearing.{name}", "no such class", names, remedy)
            )
    terms = {}
    for name, group in groups.items():
        row: Any = known.loc[group]
        shares, life = money.class_terms(context, name)
        gearing = capital.gearing.get(name, capital.gearing.get(group, float(row["gearing"])))
        terms[name] = ClassTerms(
            tuple(float(s) for s in shares), life, float(gearing),
            float(row["debt_rate_pct"]) / 100, float(row["tenor_years"]),
            float(row["equity_adder_pct"]) / 100, money.reference_charge(context, name),
        )  # fmt: skip
    inflation = capital.inflation
    screen: Screener = _open
    if capital.clearance.enforce:
        screen = _screens(context, roster, reviews)
    return CapitalTerms(
        roster,
        terms,
        instruments,
        context.constants["inflation"] if inflation is None else inflation,
        programme.money.discount_rate,
        programme.zones,
        capital.weighting,
        capital.scale == "to_budget",
        capital.foreign_equity,
        screen,
    )


def _open(investor: Investor, asset_class: str, zone: str) -> Screen:
    """Nothing is reviewed."""
    return Screen()


def _group(name: str, context: Context) -> str:
    """The row of the table capital_classes that a class of capital belongs to."""
    if name in ("campus", "accelerators", "corridors", "fabs"):
        return name
    if name == "equipment":
        return "generation"
    kind, fuel = (str(context.traits.loc[name, column]) for column in ("kind", "fuel"))
    if kind in ("store", "onsite_store"):
        return "storage"
    return {"gas": "gas", "uranium": "nuclear"}.get(fuel, "generation")
