"""A map of a plan: prices by state, campuses, near ties, corridor flows. Drawn offline."""

from __future__ import annotations

import json
from importlib.resources import files
from math import atan2, degrees, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gigaplan.errors import UsageError
from gigaplan.pictures.projection import VEGA, Frame, outline, place_labels
from gigaplan.pictures.writing import (
    FORMATS,
    check_picture,
    rows_of,
    write_picture,
    write_whole,
)

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

# readable with every kind of colour vision: vermilion, wine and grey on light blue
CAMPUS, NEW_LINE, FLOW, TEXT = "#D55E00", "#882255", "#5F5F5F", "#222222"
PRICES = ["#E6EFF7", "#7FB2D6"]
WIDTH, HEIGHT = 900, 540
LARGEST, LEAST_FLOW, LEAST_CAMPUS = 1400.0, 0.05, 0.005  # px2, GW, GW
FIPS = {
    "AL": 1, "AZ": 4, "AR": 5, "CA": 6, "CO": 8, "CT": 9, "DE": 10, "FL": 12, "GA": 13, "ID": 16,
    "IL": 17, "IN": 18, "IA": 19, "KS": 20, "KY": 21, "LA": 22, "ME": 23, "MD": 24, "MA": 25,
    "MI": 26, "MN": 27, "MS": 28, "MO": 29, "MT": 30, "NE": 31, "NV": 32, "NH": 33, "NJ": 34,
    "NM": 35, "NY": 36, "NC": 37, "ND": 38, "OH": 39, "OK": 40, "OR": 41, "PA": 42, "RI": 44,
    "SC": 45, "SD": 46, "TN": 47, "TX": 48, "UT": 49, "VT": 50, "VA": 51, "WA": 53, "WV": 54,
    "WI": 55, "WY": 56,
}  # fmt: skip


def draw_map(plan: Plan, path: str | Path, year: int | None = None) -> None:
    """Write the map of a planning year (default: the last) as .svg or .png, or its data as .json.

    Raises
    ------
    UsageError
        another extension, a folder that is not there, or a year that the plan does not have.
    """
    target = Path(path)
    check_picture(target, "a map is", (*FORMATS, ".json"))
    years = [int(y) for y in plan.data["year"].values]
    if year is not None and year not in years:
        raise UsageError(f"the plan has no year {year}; it has {', '.join(map(str, years))}")
    year = year or years[-1]
    if target.suffix == ".json":
        write_whole(target, _data_text(plan, year).encode())
    else:
        write_picture(target, chart(plan, year))


def _data_text(plan: Plan, year: int) -> str:
    tables = map_data(plan, year)
    found = {n: {"units": t.attrs["units"], "rows": rows_of(t)} for n, t in tables.items()}
    return json.dumps({"year": year, **found}, indent=1) + "\n"


def map_data(plan: Plan, year: int) -> dict[str, pd.DataFrame]:
    """What the map shows; each table has its units in ``attrs``.

    ``states``: price [USD/MWh]; ``campuses``: facility power [GW] and whether a zone is within 1 %
    of the best at the margin; ``corridors``: mean net flow [GW], from where to where.
    """
    from gigaplan import atlas

    data, inputs = plan.data.sel(year=year), plan.inputs
    places = atlas.table("zones").set_index("zone")[["longitude", "latitude"]]
    zones = [str(z) for z in data["zone"].values]
    groups = (plan.meta.get("programme_document") or {}).get("zones")
    members = groups if isinstance(groups, dict) else {z: [z] for z in zones}
    known = {z: [s for s in members.get(z, []) if s in FIPS] for z in zones}
    price = dict(zip(zones, data["year_price"].values.tolist(), strict=True))
    states = [(s, FIPS[s], z, price[z]) for z in zones for s in known[z]]
    at = {z: places.loc[known[z]].mean().tolist() for z in zones if known[z]}

    near = set().union(*plan.near_ties.values()) if plan.near_ties else set()
    facility = dict(zip(zones, data["facility_power"].values.tolist(), strict=True))
    campuses = [
        (z, facility[z], z in near, *at[z])
        for z in sorted(at, key=lambda z: -facility[z])
        if facility[z] > LEAST_CAMPUS or z in near
    ]

    weight = data["day_weight"] / data["day_weight"].sum() / 24
    flow = (data["flow_forward"] - data["flow_reverse"]) * weight
    net = flow.sum(["day", "hour_of_day"]).values
    new = plan.data["corridor_build"].sel(year=slice(None, year)).sum(["owner", "year"]).values
    ends = zip(inputs["corridor_from"].values, inputs["corridor_to"].values, strict=True)
    lines = []
    for name, (a, b), sent, built in zip(
        inputs["corridor"].values.tolist(), ends, net, new, strict=True
    ):
        first, last = (a, b) if sent >= 0 else (b, a)
        if first in at and last in at:
            row = (str(name), str(first), str(last), abs(float(sent)), float(built))
            lines.append((*row, *at[first], *at[last]))
    degree = {"longitude": "degree", "latitude": "degree"}
    return {
        "states": _table(states, {"state": "", "id": "", "zone": "", "price": "USD/MWh"}),
        "campuses": _table(campuses, {"zone": "", "facility": "GW", "near_tie": "", **degree}),
        "corridors": _table(
            lines,
            {"corridor": "", "from_zone": "", "to_zone": "", "net_flow": "GW", "new": "GW"}
            | {**degree, "longitude2": "degree", "latitude2": "degree"},
        ),
    }


def _table(rows: list[Any], units: dict[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(units))
    table.attrs["units"] = units
    return table


def chart(plan: Plan, year: int) -> dict[str, Any]:
    """The map as a Vega-Lite specification with all data within."""
    data = map_data(plan, year)
    topology = json.loads((files("gigaplan.pictures") / "us_states.json").read_text())
    prices = dict(zip(data["states"]["id"], data["states"]["price"], strict=True))
    kept = [s for s in topology["objects"]["states"]["geometries"] if int(s["id"]) in prices]
    for shape in kept:
        shape["properties"] = {"price": round(float(prices[int(shape["id"])]), 1)}
    topology["objects"] = {"states": {"type": "GeometryCollection", "geometries": kept}}
    frame = Frame.around(outline(topology, kept), WIDTH, HEIGHT)
    facility = float(plan.data["facility_power"].sel(year=year).sum())
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "padding": 12,
        "title": {
            "text": f"{plan.title}: {facility:.2f} GW of campuses (facility power) in {year}",
            "subtitle": [
                "Circles: campuses; rings: states within 1 % of the best at the margin. "
                "Arrows: mean net flow of corridors.",
                "Shade: average price of power. Sources: gigaplan show PLAN sources; "
                "borders US Census.",
            ],
            "anchor": "start", "fontSize": 17, "subtitleFontSize": 12, "subtitleColor": "#555",
        },
        "projection": VEGA,
        "layer": [
            _states(topology),
            *_lines(data["corridors"], frame),
            *_campuses(data["campuses"], frame),
        ],
        "resolve": {"scale": {"color": "independent", "size": "independent"}},
        "config": {"font": "DejaVu Sans, Arial, sans-serif", "view": {"stroke": None}},
    }  # fmt: skip


def _states(topology: dict[str, Any]) -> dict[str, Any]:
    """States shaded by price."""
    return {
        "data": {"values": topology, "format": {"type": "topojson", "feature": "states"}},
        "mark": {"type": "geoshape", "stroke": "white", "strokeWidth": 1},
        "encoding": {
            "color": {
                "field": "properties.price", "type": "quantitative",
                "scale": {"range": PRICES, "zero": False},
                "legend": {
                    "title": "price [USD/MWh]", "orient": "bottom-right", "gradientLength": 110,
                    "tickCount": 3, "format": ".3~g",
                },
            }
        },
    }  # fmt: skip


def _lines(corridors: pd.DataFrame, frame: Frame) -> list[dict[str, Any]]:
    """Corridors by mean net flow, an arrow in the middle, new capacity in its own colour."""
    used = corridors[(corridors["net_flow"] > LEAST_FLOW) | (corridors["new"] > 0.01)]
    rows = rows_of(used)
    for row in rows:
        (x, y), (x2, y2) = (
            frame.pixel(row["longitude" + i], row["latitude" + i]) for i in ("", "2")
        )
        row["middle"] = (row["longitude"] + row["longitude2"]) / 2
        row["middle2"] = (row["latitude"] + row["latitude2"]) / 2
        row["angle"] = degrees(atan2(x2 - x, y - y2))
        row["corridor"] = "new capacity" if row["new"] > 0.01 else "as it is"
    color = {
        "field": "corridor", "type": "nominal",
        "scale": {"domain": ["as it is", "new capacity"], "range": [FLOW, NEW_LINE]},
        "legend": {"title": "corridor", "orient": "bottom-left", "symbolType": "stroke"},
    }  # fmt: skip
    width = {
        "field": "net_flow", "type": "quantitative", "scale": {"range": [0.7, 6]},
        "legend": {"title": "mean net flow [GW]", "orient": "bottom-left", "tickCount": 3},
    }  # fmt: skip
    line = {
        "data": {"values": rows},
        "mark": {"type": "rule", "opacity": 0.8},
        "encoding": {
            **_place("longitude", "latitude"),
            "longitude2": {"field": "longitude2"},
            "latitude2": {"field": "latitude2"},
            "strokeWidth": width,
            "color": color,
        },
    }
    moving = [row for row in rows if row["net_flow"] > LEAST_FLOW]
    arrow = {
        "data": {"values": moving},
        "mark": {
            "type": "point", "shape": "triangle", "filled": True, "opacity": 1, "size": 110,
            "stroke": "white", "strokeWidth": 0.8,
        },
        "encoding": {
            **_place("middle", "middle2"),
            "angle": {"field": "angle", "type": "quantitative", "scale": None},
            "color": {**color, "legend": None},
        },
    }  # fmt: skip
    return [line, arrow]


def _place(longitude: str, latitude: str) -> dict[str, Any]:
    return {
        "longitude": {"field": longitude, "type": "quantitative"},
        "latitude": {"field": latitude, "type": "quantitative"},
    }


def _campuses(campuses: pd.DataFrame, frame: Frame) -> list[dict[str, Any]]:
    """Circles by facility power, labelled with state and GW; rings where it is nearly as good."""
    rows = rows_of(campuses)
    largest = max([0.1, *(row["facility"] for row in rows)])
    built = [row for row in rows if row["facility"] > LEAST_CAMPUS]
    others = [row for row in rows if row["facility"] <= LEAST_CAMPUS]
    for row in rows:
        row["size"] = 60.0
        row["label"], row["font"] = row["zone"], 11
    for row in built:
        row["size"] = max(40.0, LARGEST * row["facility"] / largest)
        row["label"], row["font"] = f"{row['zone']} {row['facility']:.2f} GW", 14
    ordered = [*built, *others]
    marks = [
        (*frame.pixel(r["longitude"], r["latitude"]), sqrt(r["size"] / 3.1416)) for r in ordered
    ]
    sizes = [(len(r["label"]) * r["font"] * 0.68, r["font"] * 1.2) for r in ordered]
    layers: list[dict[str, Any]] = []
    for chosen, mark in (
        (others, {"type": "point", "filled": False, "strokeWidth": 2, "stroke": CAMPUS}),
        (built, {"type": "circle", "color": CAMPUS, "opacity": 1, "stroke": "white"}),
    ):
        size = {"field": "size", "type": "quantitative", "scale": None, "legend": None}
        layers.append(
            {
                "data": {"values": chosen},
                "mark": mark,
                "encoding": {**_place("longitude", "latitude"), "size": size},
            }
        )
    for row, (x, y, _), (cx, cy) in zip(ordered, marks, place_labels(marks, sizes), strict=True):
        text = {"type": "text", "dx": cx - x, "dy": cy - y, "fontSize": row["font"]}
        text |= {"fontWeight": "bold" if row["facility"] > LEAST_CAMPUS else "normal"}
        halo = {"stroke": "white", "strokeWidth": 3, "strokeOpacity": 0.85, "strokeJoin": "round"}
        for extra in (halo, {"color": TEXT}):
            layers.append(
                {
                    "data": {"values": [row]},
                    "mark": {**text, **extra},
                    "encoding": {**_place("longitude", "latitude"), "text": {"field": "label"}},
                }
            )
    return layers
