"""Pictures of outcomes: prices by state, with against without; jobs by place and year."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gigaplan.errors import UsageError
from gigaplan.outcomes.jobs import EFFECTS, ELSEWHERE, PHASES
from gigaplan.outcomes.pair import COUNTRY
from gigaplan.pictures.writing import check_picture, rows_of, write_picture

if TYPE_CHECKING:
    from gigaplan.outcomes.tables import Outcomes

# readable with every kind of colour vision
WITHOUT, WITH, NOISE = "#56B4E9", "#D55E00", "#BBBBBB"
OF_PHASE = {"construction": "#0072B2", "manufacturing": "#E69F00", "operation": "#009E73"}
STRENGTH = {"direct": 1.0, "indirect": 0.65, "induced": 0.35}
CASES = ["without the programme", "with it"]
PLACES = 4
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
TEXT = {"labelFontSize": 11, "titleFontSize": 12}


def draw(outcomes: Outcomes, name: str, path: str | Path, year: int | None = None) -> None:
    """Write the picture of a table, ``prices`` or ``jobs``, as .svg or .png.

    ``year`` is the planning year of the prices (default: the first in which an effect is outside
    the noise).

    Raises
    ------
    UsageError
        another table or extension, a folder that is not there, a year that the plan does not have.
    """
    target = Path(path)
    check_picture(target, "a picture is")
    if name == "prices":
        chart = prices_chart(outcomes, year)
    elif name == "jobs":
        chart = jobs_chart(outcomes)
    else:
        raise UsageError(f"{name!r} has no picture; there is one of prices and one of jobs")
    write_picture(target, chart)


def prices_chart(outcomes: Outcomes, year: int | None = None) -> dict[str, Any]:
    """Price of each state without and with the programme, the noise around it in grey."""
    table = outcomes.table("prices")
    if year is None:
        seen = table.loc[~table["inside_noise"].astype(bool), "year"]
        year = int(seen.min()) if len(seen) else int(table["year"].max())
    return {
        "$schema": SCHEMA,
        "background": "white",
        "title": {
            "text": f"{outcomes.plan.title}: price of power by state, {year}",
            "subtitle": [
                "marginal cost, weighted by the load that is there without the campuses;",
                "grey: what the searches leave open; labels: effects beyond that [USD/MWh]",
            ],
            "anchor": "start",
        },
        "width": 560,
        "height": {"step": 14},
        "layer": _price_layers(_shown_prices(outcomes.table("prices", year=year))),
    }


def _shown_prices(table: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of the picture, with the ends of the noise and a label."""
    table = table.assign(last=table["zone"] != COUNTRY)
    table = table.sort_values(["last", "price_without", "zone"], ascending=[True, False, True])
    rest = table["effect"] - table["effect_scarcity"]
    parts = zip(table["inside_noise"], rest, table["effect_scarcity"], strict=True)
    return table.assign(
        low=table["price_with"] - table["noise"],
        high=table["price_with"] + table["noise"],
        label=[_label(bool(inside), value, extra) for inside, value, extra in parts],
        zone=table["zone"].where(table["zone"] != COUNTRY, "US mean"),
    )


def _price_layers(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Noise, effect, both prices and labels."""
    dots = pd.concat(
        table.assign(case=case, price=table[name])
        for case, name in zip(CASES, ("price_without", "price_with"), strict=True)
    )
    title = "price of power, all hours of the year [USD/MWh]"
    axis = {"title": title, "grid": True, **TEXT}
    scale = {"zero": False, "nice": True}
    y: dict[str, Any] = {
        "field": "zone",
        "type": "nominal",
        "sort": table["zone"].tolist(),
        "title": None,
    }
    y["axis"] = TEXT
    legend = {"title": None, "orient": "top"}
    case = {"field": "case", "type": "nominal", "legend": legend}
    rows = {"values": rows_of(table)}
    text = {"type": "text", "align": "left", "dx": 9, "fontSize": 10, "color": "#222222"}

    def x(field: str, **more: Any) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", **more}

    return [
        {
            "data": rows,
            "mark": {"type": "rule", "strokeWidth": 6, "color": NOISE, "opacity": 0.6},
            "encoding": {"y": y, "x": x("low", scale=scale, axis=axis), "x2": {"field": "high"}},
        },
        {
            "data": rows,
            "mark": {"type": "rule", "strokeWidth": 1.5, "color": "#555555"},
            "encoding": {"y": y, "x": x("price_without"), "x2": {"field": "price_with"}},
        },
        {
            "data": {"values": rows_of(dots)},
            "mark": {"type": "point", "filled": True, "size": 42, "opacity": 1},
            "encoding": {
                "y": y,
                "x": x("price"),
                "shape": {**case, "scale": {"domain": CASES, "range": ["circle", "diamond"]}},
                "color": {**case, "scale": {"domain": CASES, "range": [WITHOUT, WITH]}},
            },
        },
        {
            "data": rows,
            "mark": text,
            "encoding": {"y": y, "x": x("high"), "text": {"field": "label"}},
        },
    ]


def _label(inside: bool, rest: float, scarcity: float) -> str:
    """Effect outside the noise, and that of scarce hours if it shows."""
    parts = [] if inside else [f"{rest:+.2f}"]
    parts += [f"{scarcity:+.1f} in scarce hours"] if abs(scarcity) > 0.5 else []
    return ", ".join(parts)


def jobs_chart(outcomes: Outcomes) -> dict[str, Any]:
    """Jobs by year in the places with most of them, by phase, direct to induced paler."""
    table = outcomes.table("jobs")
    if table.empty:
        raise UsageError("the plan builds nothing: there are no jobs to draw")
    total = table[table["place"] != ELSEWHERE].groupby("place")["central"].sum()
    largest = total.sort_values(ascending=False).index[: PLACES - 1].tolist()
    places = [p for p in largest if total[p] >= 1.0] + [ELSEWHERE]
    table = table[table["place"].isin(places)]
    order = [f"{p}, {e}" for p in PHASES for e in EFFECTS]
    table = table.assign(kind=table["phase"] + ", " + table["effect"])
    order = [k for k in order if k in set(table["kind"])]
    table = table.assign(rank=[order.index(k) for k in table["kind"]])
    colours = [_tint(OF_PHASE[k.split(", ")[0]], STRENGTH[k.split(", ")[1]]) for k in order]
    return {
        "$schema": SCHEMA,
        "background": "white",
        "title": {
            "text": f"{outcomes.plan.title}: jobs by place and year (central figures)",
            "subtitle": [
                "jobs for a year; each row has a scale of its own. Manufacturing supposes that",
                "servers are made at home like all business computers: AI servers less so",
            ],
            "anchor": "start",
        },
        "data": {"values": rows_of(table)},
        "facet": {
            "row": {
                "field": "place",
                "sort": places,
                "title": None,
                "header": {
                    "labelAnchor": "start",
                    "labelAngle": 0,
                    "labelAlign": "left",
                    "labelOrient": "top",
                    "labelFontSize": 13,
                    "labelFontWeight": "bold",
                },
            }
        },
        "resolve": {"scale": {"y": "independent"}},
        "spec": {
            "width": 560,
            "height": 130,
            "mark": {"type": "bar"},
            "encoding": {
                "x": {
                    "field": "year",
                    "type": "ordinal",
                    "axis": {"title": None, "labelAngle": 0, **TEXT},
                },
                "y": {
                    "field": "central",
                    "type": "quantitative",
                    "stack": "zero",
                    "axis": {"title": "jobs", "format": "~s", "tickCount": 4, **TEXT},
                },
                "order": {"field": "rank"},
                "color": {
                    "field": "kind",
                    "type": "nominal",
                    "scale": {"domain": order, "range": colours},
                    "legend": {"title": None, "labelFontSize": 11, "symbolStrokeWidth": 0},
                },
            },
        },
    }


def _tint(colour: str, strength: float) -> str:
    """A colour mixed with white."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - p) * strength):02X}" for p in parts)
