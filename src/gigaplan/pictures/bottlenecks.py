"""A picture of what is scarce: bars of what one more unit is worth, one panel for each unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gigaplan.errors import UsageError
from gigaplan.pictures.writing import check_picture, write_picture

# readable with every kind of colour vision: blue proved, pale blue not solved again, orange dual
PROVED, UNPROVED, DUAL, TEXT = "#0072B2", "#B9D3E6", "#D55E00", "#222222"
MOST, WIDTH, STEP = 7, 470, 21
LEAST = 1e-3  # BUSD per unit


def draw_bottlenecks(title: str, table: pd.DataFrame, path: str | Path) -> None:
    """Write the ranked limits of :func:`gigaplan.solving.bottlenecks.bottlenecks` as a picture.

    Raises
    ------
    UsageError
        another extension, a folder that is not there, or nothing scarce.
    """
    target = Path(path)
    check_picture(target, "the bottlenecks are")
    write_picture(target, bottlenecks_chart(title, table))


def bottlenecks_chart(title: str, table: pd.DataFrame) -> dict[str, Any]:
    """The picture as a Vega-Lite specification with its data; the dearest of each unit."""
    rows = _rows(table)
    if not rows:
        raise UsageError("nothing is scarce: there is nothing to draw")
    units = list(dict.fromkeys(r["unit"] for r in rows))
    panels = [_panel(unit, [r for r in rows if r["unit"] == unit][:MOST]) for unit in units]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": f"{title}: what one more unit is worth",
            "subtitle": [
                "Dark bar: solved again with one unit more; line: its certified interval. "
                "Pale bar: the dual alone.",
                "Orange tick: the dual before the re-solve. BUSD of the objective per unit; each "
                "panel has its own unit.",
            ],
            "anchor": "start", "fontSize": 16, "subtitleFontSize": 12, "subtitleColor": "#555",
        },
        "padding": 12,
        "vconcat": panels,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "config": {
            "font": "DejaVu Sans, Arial, sans-serif", "view": {"stroke": None},
            "axis": {"labelLimit": 430, "labelColor": TEXT, "titleColor": TEXT},
        },
    }  # fmt: skip


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One row for each bar; the value is the worth, the middle of the interval, or the dual.

    What the bounds do not resolve has its interval and no bar.
    """
    out = []
    for r in table.to_dict("records"):
        again = not np.isnan(r["worth_low"])
        value = (r["worth_low"] + r["worth_high"]) / 2 if again else r["dual"]
        if value < LEAST and not again:
            continue
        parts = (r["limit"], str(r["where"]).replace(" | ", ", "), r["acts"])
        row = {
            "name": " \u00b7 ".join(p for p in parts if p),
            "unit": r["unit"], "value": value,
            "bar": None if again and np.isnan(r["worth"]) else value,
            "dual": r["dual"] if again else None,
            "low": r["worth_low"] if again else None, "high": r["worth_high"] if again else None,
            "kind": "solved again" if again else "dual alone",
        }  # fmt: skip
        row["label"] = (
            f"{value:.2f}" if row["bar"] is not None
            else f"{r['worth_low']:.2f} to {r['worth_high']:.2f}, not resolved"
        )  # fmt: skip
        row["reach"] = max(value, r["dual"] if again else 0.0, row["high"] or 0.0)
        near = row["reach"] <= 1.15 * max(value, row["high"] or 0.0)
        row["end"] = row["reach"] if near else max(value, row["high"] or 0.0)
        out.append(row)
    return out


def _panel(unit: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bars, intervals, duals and labels of the limits that share a unit."""
    names = [r["name"] for r in rows]
    y = {"field": "name", "type": "nominal", "sort": names, "title": None,
         "axis": {"domain": False, "ticks": False}}  # fmt: skip
    most = max(r["reach"] for r in rows) * 1.12
    x = {"type": "quantitative", "scale": {"domain": [0, most], "nice": False},
         "axis": {"title": f"BUSD per {unit}", "grid": True, "tickCount": 5}}  # fmt: skip
    colour = {
        "field": "kind", "type": "nominal", "legend": None,
        "scale": {"domain": ["solved again", "dual alone"], "range": [PROVED, UNPROVED]},
    }  # fmt: skip
    dark = "datum.low !== null"
    return {
        "width": WIDTH,
        "height": {"step": STEP},
        "data": {"values": rows},
        "layer": [
            {
                "transform": [{"filter": "datum.bar !== null"}],
                "mark": {"type": "bar", "height": 13},
                "encoding": {"y": y, "x": {"field": "bar", **x}, "color": colour},
            },
            {
                "transform": [{"filter": dark}],
                "mark": {"type": "rule", "color": TEXT, "strokeWidth": 2},
                "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "transform": [{"filter": dark}],
                "mark": {"type": "tick", "color": DUAL, "thickness": 3, "height": 17},
                "encoding": {"y": y, "x": {"field": "dual", **x}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "color": TEXT},
                "encoding": {
                    "y": y, "x": {"field": "end", **x}, "text": {"field": "label"},
                },
            },
        ],
    }  # fmt: skip
