"""A map of a plan: prices by state, campuses, corridor flows. Drawn offline."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gigaplan.errors import UsageError

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

CAMPUS, NEW_LINE, FLOW, TEXT = "#D55E00", "#CC79A7", "#4D4D4D", "#222222"
FIPS = {
    "AL": 1, "AZ": 4, "AR": 5, "CA": 6, "CO": 8, "CT": 9, "DE": 10, "FL": 12, "GA": 13, "ID": 16,
    "IL": 17, "IN": 18, "IA": 19, "KS": 20, "KY": 21, "LA": 22, "ME": 23, "MD": 24, "MA": 25,
    "MI": 26, "MN": 27, "MS": 28, "MO": 29, "MT": 30, "NE": 31, "NV": 32, "NH": 33, "NJ": 34,
    "NM": 35, "NY": 36, "NC": 37, "ND": 38, "OH": 39, "OK": 40, "OR": 41, "PA": 42, "RI": 44,
    "SC": 45, "SD": 46, "TN": 47, "TX": 48, "UT": 49, "VT": 50, "VA": 51, "WA": 53, "WV": 54,
    "WI": 55, "WY": 56,
}  # fmt: skip


def draw_map(plan: Plan, path: str | Path, year: int | None = None) -> None:
    """Write the map of a planning year (default: the last) as .svg or .png.

    Raises
    ------
    UsageError
        another extension, or a year that the plan does not have.
    """
    target = Path(path)
    if target.suffix not in (".svg", ".png"):
        raise UsageError(f"{target}: a map is written as .svg or .png")
    years = [int(y) for y in plan.data["year"].values]
    if year is not None and year not in years:
        raise UsageError(f"the plan has no year {year}; it has {', '.join(map(str, years))}")
    import vl_convert as vlc

    specification = json.dumps(chart(plan, year or years[-1]))
    beside = target.with_name(f".{target.name}.partial")
    if target.suffix == ".svg":
        beside.write_text(vlc.vegalite_to_svg(specification), encoding="utf-8")
    else:
        beside.write_bytes(vlc.vegalite_to_png(specification, scale=2))
    beside.replace(target)


def map_data(plan: Plan, year: int) -> dict[str, pd.DataFrame]:
    """What the map shows: states (USD/MWh, GW), campuses and corridors (mean net GW)."""
    from gigaplan import atlas

    data, inputs = plan.data.sel(year=year), plan.inputs
    places = atlas.table("zones").set_index("zone")
    document = plan.meta.get("programme_document") or {}
    groups = document.get("zones")
    zones = data["zone"].values.tolist()
    members = groups if isinstance(groups, dict) else {z: [z] for z in zones}
    rows = [
        (s, FIPS[s], z, float(data["year_price"].sel(zone=z)))
        for z in zones for s in members.get(z, []) if s in FIPS
    ]  # fmt: skip
    states = pd.DataFrame(rows, columns=["state", "id", "zone", "price"])
    at = {
        z: places.loc[[s for s in members.get(z, []) if s in places.index]][
            ["latitude", "longitude"]
        ].mean()
        for z in zones
    }
    campuses = pd.DataFrame(
        [
            (z, float(g), f"{z} {float(g):.2f} GW", at[z]["latitude"], at[z]["longitude"])
            for z, g in zip(zones, data["facility_power"].values, strict=True)
            if g > 0.005
        ],
        columns=["zone", "facility_gw", "label", "latitude", "longitude"],
    )
    weight = data["day_weight"] / data["day_weight"].sum() / 24
    net = (
        ((data["flow_forward"] - data["flow_reverse"]) * weight).sum(["day", "hour_of_day"]).values
    )
    new = plan.data["corridor_build"].sel(year=slice(None, year)).sum(["owner", "year"]).values
    lines = []
    for i, name in enumerate(inputs["corridor"].values.tolist()):
        a, b = str(inputs["corridor_from"].values[i]), str(inputs["corridor_to"].values[i])
        lines.append((name, abs(float(net[i])), float(new[i]) > 0.01, *at[a], *at[b]))
    columns = ["corridor", "net_gw", "new", "latitude", "longitude", "latitude2", "longitude2"]
    corridors = pd.DataFrame(lines, columns=columns)
    return {"states": states, "campuses": campuses, "corridors": corridors}


def chart(plan: Plan, year: int) -> dict[str, Any]:
    """The map as a Vega-Lite specification with all data within."""
    data = map_data(plan, year)
    topology = json.loads((files("gigaplan.pictures") / "us_states.json").read_text())
    prices = dict(zip(data["states"]["id"], data["states"]["price"], strict=True))
    shapes = topology["objects"]["states"]["geometries"]
    kept = [g for g in shapes if int(g["id"]) in set(FIPS.values())]
    for shape in kept:
        price = prices.get(int(shape["id"]))
        shape["properties"] = {"price": None if price is None else round(float(price), 1)}
    topology["objects"] = {"states": {"type": "GeometryCollection", "geometries": kept}}
    facility = float(plan.data["facility_power"].sel(year=year).sum())
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 900,
        "height": 540,
        "padding": 12,
        "title": {
            "text": f"{plan.title}: {facility:.2f} GW of campuses (facility power) in {year}",
            "subtitle": "states by average wholesale price; lines by mean net flow, pink where new capacity was built. "
            "Sources: gigaplan SOURCES.csv; borders US Census",
            "anchor": "start", "fontSize": 17, "subtitleFontSize": 12, "subtitleColor": "#555",
        },
        "projection": {"type": "albersUsa"},
        "layer": [_states(topology), _lines(data["corridors"]), *_campuses(data["campuses"])],
        "config": {"font": "DejaVu Sans, Arial, sans-serif", "view": {"stroke": None}},
    }  # fmt: skip


def _states(topology: dict[str, Any]) -> dict[str, Any]:
    """States shaded by price; those outside the programme in light grey."""
    return {
        "data": {"values": topology, "format": {"type": "topojson", "feature": "states"}},
        "mark": {"type": "geoshape", "stroke": "white", "strokeWidth": 0.8},
        "encoding": {
            "color": {
                "condition": {
                    "test": "isValid(datum.properties.price)",
                    "field": "properties.price", "type": "quantitative",
                    "scale": {"scheme": "blues", "zero": False},
                    "legend": {"title": "price [USD/MWh]", "orient": "bottom-right", "direction": "vertical", "gradientLength": 110},
                },
                "value": "#EEEEEE",
            }
        },
    }  # fmt: skip


def _lines(corridors: pd.DataFrame) -> dict[str, Any]:
    """Corridors by mean net flow."""
    used = corridors[(corridors["net_gw"] > 0.05) | corridors["new"]]
    values = json.loads(used.to_json(orient="records"))
    return {
        "data": {"values": values},
        "mark": {"type": "rule", "opacity": 0.75},
        "encoding": {
            "longitude": {"field": "longitude", "type": "quantitative"},
            "latitude": {"field": "latitude", "type": "quantitative"},
            "longitude2": {"field": "longitude2"},
            "latitude2": {"field": "latitude2"},
            "strokeWidth": {
                "field": "net_gw", "type": "quantitative", "scale": {"range": [0.6, 7]},
                "legend": {"title": "mean net flow [GW]", "orient": "bottom-left"},
            },
            "color": {"condition": {"test": "datum.new", "value": NEW_LINE}, "value": FLOW},
        },
    }  # fmt: skip


def _campuses(campuses: pd.DataFrame) -> list[dict[str, Any]]:
    """Circles by facility power, labelled with state and GW."""
    values = json.loads(campuses.to_json(orient="records"))
    largest = max([0.1, *campuses["facility_gw"]])
    place = {
        "longitude": {"field": "longitude", "type": "quantitative"},
        "latitude": {"field": "latitude", "type": "quantitative"},
    }
    circle = {
        "data": {"values": values},
        "mark": {"type": "circle", "color": CAMPUS, "opacity": 0.85, "stroke": "white"},
        "encoding": {
            **place,
            "size": {
                "field": "facility_gw", "type": "quantitative", "legend": None,
                "scale": {"domain": [0, largest], "range": [20, 1500]},
            },
        },
    }  # fmt: skip
    text = {
        "data": {"values": values},
        "mark": {
            "type": "text",
            "dy": -26,
            "fontSize": 14,
            "fontWeight": "bold",
            "color": TEXT,
            "stroke": "white",
            "strokeWidth": 3,
            "strokeOpacity": 0.8,
        },
        "encoding": {**place, "text": {"field": "label"}},
    }
    over = {**text, "mark": {**text["mark"], "stroke": None}}
    return [circle, text, over]
