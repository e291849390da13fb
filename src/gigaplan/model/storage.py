"""Rows of storage, the same on a zone's bus and behind a campus's connection."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import xarray as xr

from gigaplan.model.language import total


def add_storage(
    model: linopy.Model,
    stores: xr.Dataset,
    power: Any,
    v: dict[str, linopy.Variable],
    prefix: str,
    suffix: str,
) -> None:
    """State of charge, cyclic over the day; power and energy within what is built.

    The rows are documented where they are asked for, under ``prefix``.

    Parameters
    ----------
    stores : ``availability`` [1], ``hours`` [h] and round-trip ``efficiency`` [1] of each store
    power : capacity, charging and discharging [GW]
    v : ``charge``, ``discharge`` [GW] and ``state_of_charge`` [GWh], by store, day and hour
    """
    one_way = np.sqrt(stores["efficiency"])
    soc, charge, discharge = v["state_of_charge"], v["charge"], v["discharge"]
    before = soc.roll(hour_of_day=1)
    change = total(soc, (-1, before), (-one_way, charge), (1 / one_way, discharge))
    model.add_constraints(change == 0, name=f"{prefix}state_of_charge_balance{suffix}")
    usable = stores["availability"]
    for name, held, most in (
        ("charge", charge, usable),
        ("discharge", discharge, usable),
        ("state_of_charge", soc, usable * stores["hours"]),
    ):
        row = total(held, (-most, power))
        model.add_constraints(row <= 0, name=f"{prefix}{name}_limit{suffix}")


def stores_of(data: xr.Dataset, kind: str) -> xr.Dataset:
    """What :func:`add_storage` needs of the stores of a kind: ``store`` or ``onsite_store``."""
    return xr.Dataset({n: data[f"{kind}_{n}"] for n in ("availability", "hours", "efficiency")})
