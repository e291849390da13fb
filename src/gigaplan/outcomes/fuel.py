"""What is generated and burnt by zone, technology and year, with the programme and without."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gigaplan.outcomes.pair import Pair, constant, table
from gigaplan.plan.frames import KEYS, labels

CASES = ("without", "with")
SMALL = 1e-6


def generation(pair: Pair) -> dict[str, np.ndarray]:
    """Generation over all 8,760 hours [TWh] by case; axes zone, technology, year."""
    order = ("zone", "technology", "year")
    return {
        name: data["year_generation"].transpose(*order).values / 1e3
        for name, data in zip(CASES, (pair.without, pair.with_), strict=True)
    }


def technologies(pair: Pair) -> list[str]:
    """Technologies of :func:`generation`."""
    return [str(t) for t in pair.with_["technology"].values]


def heat_rates(pair: Pair) -> np.ndarray:
    """Fuel burnt per energy generated [MMBtu/MWh]; axes zone, technology.

    Read from the emissions of carbon dioxide, which the inputs hold for every plant, over the
    fuel's: 0 where no carbon is burnt (uranium and biomass are not followed).
    """
    names = technologies(pair)
    out = np.zeros((len(pair.zones), len(names)))
    for kind in ("plant", "onsite"):
        for zone, technology, emitted in zip(
            pair.inputs[f"{kind}_zone"].values.tolist(),
            pair.inputs[f"{kind}_technology"].values.tolist(),
            pair.inputs[f"{kind}_emissions"].values.tolist(),
            strict=True,
        ):
            carbon = float(pair.traits.loc[technology, "co2_t_per_mmbtu"])
            if carbon > 0:
                out[pair.zones.index(zone), names.index(technology)] = emitted / carbon
    return out


def burnt(pair: Pair) -> dict[str, np.ndarray]:
    """Fuel burnt [million MMBtu] by case; axes zone, technology, year."""
    rate = heat_rates(pair)[:, :, None]
    return {name: energy * rate for name, energy in generation(pair).items()}


def fuel(pair: Pair) -> pd.DataFrame:
    """Fuel that the power system burns by zone, fuel and year, with and without.

    Energy in TWh of heat and in million MMBtu; gas also in billion cubic feet, coal in million
    tonnes (``quantity``, ``quantity_unit``).
    """
    used = pair.burnt
    kind = pair.traits.loc[technologies(pair), "fuel"].to_numpy(dtype=str)
    per_bcf = constant("gas_btu_per_cubic_foot")["central"] / 1e3  # million MMBtu in a Bcf
    per_mt = constant("coal_mmbtu_per_t")["central"]  # million MMBtu in a million tonnes
    names = [f for f in ("gas", "coal", "oil") if (kind == f).any()]
    shape = (len(pair.zones), len(names), len(pair.years))
    amount = {
        case: np.stack([used[case][:, kind == f].sum(axis=1) for f in names], axis=1).reshape(shape)
        for case in CASES
    }
    unit = {"gas": ("Bcf", per_bcf), "coal": ("Mt", per_mt), "oil": ("", np.inf)}
    per = np.array([unit[f][1] for f in names])[None, :, None]
    index = pair.with_[["zone", "year"]].assign_coords(fuel=names)
    change = amount["with"] - amount["without"]
    units = np.broadcast_to(
        np.array([unit[f][0] for f in names], dtype=object)[None, :, None], shape
    )
    return table(
        {
            **labels(index, ("zone", "fuel", "year"), KEYS),
            "without": (amount["without"], "million MMBtu"),
            "with": (amount["with"], "million MMBtu"),
            "change": (change, "million MMBtu"),
            "change_heat": (change * 0.29307107, "TWh"),
            "change_quantity": (change / per, "see quantity_unit"),
            "quantity_unit": (units, ""),
        },
        [
            "plan: generation of all 8,760 hours and emissions by plant",
            "technology_traits.co2_t_per_mmbtu", "constants.gas_btu_per_cubic_foot",
            "constants.coal_mmbtu_per_t",
        ],
        keep=np.maximum(amount["with"], amount["without"]) > SMALL,
    )  # fmt: skip
