"""A Gantt picture of a plan: order, construction and ramp of every campus and plant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaplan.errors import UsageError
from gigaplan.pictures.writing import check_picture, write_picture

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

LARGEST = 40
COLOURS = {"on order": "#999999", "construction": "#0072B2", "ramp": "#009E73"}


def draw_gantt(plan: Plan, path: str | Path) -> None:
    """Write the timeline as .svg or .png: the largest campuses and plants, critical steps outlined.

    Raises
    ------
    UsageError
        another extension, a folder that is not there, or a plan that builds nothing.
    """
    target = Path(path)
    check_picture(target, "a Gantt picture is")
    write_picture(target, gantt_specification(plan))


def gantt_specification(plan: Plan) -> dict[str, Any]:
    """The picture as a Vega-Lite specification with its data."""
    table = plan.timeline()
    if table.empty:
        raise UsageError("the plan builds nothing: there is no timeline to draw")
    table["name"] = table["item"] + " " + table["year"].astype(str)
    largest = table.groupby("name")["size"].max().sort_values(ascending=False).index[:LARGEST]
    table = table[table["name"].isin(largest)]
    ends = ("on order", "construction", "ramp")
    table = table.assign(phase=[next(e for e in ends if s.endswith(e)) for s in table["step"]])
    rows = json.loads(table.to_json(orient="records"))
    time = {
        "type": "quantitative",
        "scale": {"zero": False},
        "axis": {"format": "d", "title": "year"},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": f"{plan.title}: order, construction, ramp (critical steps outlined)",
        "width": 620,
        "height": {"step": 8, "for": "offset"},
        "data": {"values": rows},
        "mark": {"type": "bar", "opacity": 0.8},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "title": None, "sort": {"field": "begins"}},
            "yOffset": {"field": "phase", "sort": list(COLOURS)},
            "x": {"field": "begins", **time},
            "x2": {"field": "ends"},
            "color": {
                "field": "phase",
                "type": "nominal",
                "scale": {"domain": list(COLOURS), "range": list(COLOURS.values())},
                "legend": {"title": None, "orient": "bottom"},
            },
            "stroke": {"condition": {"test": "datum.critical", "value": "#D55E00"}, "value": None},
            "strokeWidth": {"condition": {"test": "datum.critical", "value": 2}, "value": 0},
        },
    }
