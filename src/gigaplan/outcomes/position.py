"""Position: the programme's share of the world's AI compute, by year.

History is Epoch AI's count of chips sold; the years ahead add power at a stated, ranged rate, each
gigawatt fitted with the newest generation that is sold, and retire what is older than a life.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gigaplan import atlas
from gigaplan.outcomes.pair import RANGE, Pair, constant, table

LAST_COUNT = 2025
POWER = {"low": "high", "central": "central", "high": "low"}  # little growth: a large share
PUE = 1.2  # between IT power and the world's facility power; the method line says so
NAMED = ("Amazon", "Google", "Meta", "Microsoft", "Oracle")


def world(level: str, years: list[int]) -> dict[int, float]:
    """Compute in the world by year [thousand H100e], at one level of added power a year."""
    life = round(constant("accelerator_life_years")["central"])
    counts = _counted()
    sold = {y: counts[y] - counts.get(y - 1, 0.0) for y in counts}
    added = constant("world_ai_gw_a_year")[level]
    out = {}
    for year in years:
        alive = range(max(year - life + 1, min(counts)), year + 1)
        out[year] = float(
            sum(sold.get(y, 0.0) if y <= max(counts) else added * _per_gw(y) for y in alive)
        )
    return out


def _counted() -> dict[int, float]:
    """Cumulative compute sold at the end of each year counted [thousand H100e]."""
    table_ = atlas.table("world_compute")
    makers = table_[table_["by"] == "maker"]
    total = makers.groupby("year", as_index=False)["median"].sum()
    return {int(y): float(v) for y, v in zip(total["year"], total["median"], strict=True)}


def _per_gw(year: int) -> float:
    """Compute of a GW of facility power with what is sold in a year [thousand H100e/GW].

    The newest generation in its first year shares the year with the one before.
    """
    chips = atlas.table("accelerators")
    on_sale = chips[(chips["first_year"] <= year) & (chips["last_year"] >= year)]
    if on_sale.empty:
        on_sale = chips.tail(1)
    dense = (on_sale["h100e"] / on_sale["it_kw"]).to_numpy(float)  # H100e/kW is million/GW
    newest = dense[-1] if int(on_sale["first_year"].iloc[-1]) < year else dense[-2:].mean()
    return float(newest * 1e3 / PUE)


def position(pair: Pair) -> pd.DataFrame:
    """The programme's compute beside the world's, by planning year [thousand H100e].

    ``world_low`` to ``world_high`` span the added power; ``share_low`` goes with ``world_high``.
    ``named_us_share`` is the share of all counted compute that five named US owners held at the
    end of 2025 (Nvidia's by owner, Google's TPU and Amazon's Trainium as their own), and
    ``china_share`` China's of Nvidia's; both are history, no forecast, and Chinese chips are not
    counted.  ``allied_share`` is the programme's share plus the named owners' share of the
    rest, if they hold on to it: an assumption.
    """
    data = pair.with_
    own = data["compute"].sum("chip").values
    levels = {level: np.array(list(world(level, pair.years).values())) for level in RANGE}
    named, china = _owners()
    shares = {level: own / np.maximum(levels[POWER[level]], 1e-9) for level in RANGE}
    shares = {level: np.minimum(s, 1.0) for level, s in shares.items()}
    unit = "thousand H100e"
    columns = {
        "year": (np.array(pair.years), "year"),
        "programme": (own, unit),
        **{f"world_{level}": (levels[level], unit) for level in RANGE},
        **{f"share_{level}": (shares[level], "1") for level in RANGE},
        "named_us_share": (np.full(len(own), named), "1"),
        "china_share": (np.full(len(own), china), "1"),
        "allied_share": (shares["central"] + (1.0 - shares["central"]) * named, "1"),
    }
    return table(
        columns,
        [
            "plan: compute in use (installed x performance x utilisation)",
            "method: sales to 2025 as counted; then power added each year at a constant rate, "
            "fitted with the generation on sale, PUE 1.2; compute older than an accelerator's life "
            "is retired; the world's is installed, the programme's in use, so its share is low",
            "world_compute.median", "constants.world_ai_gw_a_year", "accelerators.h100e",
            "accelerators.it_kw", "accelerators.first_year", "constants.accelerator_life_years",
        ],
    )  # fmt: skip


def _owners() -> tuple[float, float]:
    """Shares of all counted compute at the end of the last year: named US owners', China's."""
    rows = atlas.table("world_compute")
    last = rows[rows["year"] == LAST_COUNT]
    total = float(last.loc[last["by"] == "maker", "median"].sum())
    held = last[last["by"] == "nvidia_owner"].set_index("name")["median"]
    makers = last[last["by"] == "maker"].set_index("name")["median"]
    named = float(held.reindex(list(NAMED)).sum()) + float(makers[["tpu", "trainium"]].sum())
    return named / total, float(held["China"]) / total
