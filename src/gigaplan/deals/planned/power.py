"""Power companies: plants, wind and sun, storage, and units on site at campuses."""

from __future__ import annotations

import numpy as np

from gigaplan.deals.planned.assets import BILLION, POWER, SMALL, Built, CostItem, Sale, View


def power(v: View) -> list[Built]:
    """Every option of 1 MW or more that the programme builds, by year in service.

    Units on site that the plan sells later are companies of their own, which end with the sale.
    """
    from gigaplan import atlas
    from gigaplan.inputs.context import annuity, interest_during_construction, schedule
    from gigaplan.inputs.credits import production_terms

    inputs = v.inputs
    traits = atlas.table("technology_traits").set_index("technology")
    own = v.data["build"].sel(owner="programme").transpose("option", "year").values
    charge = inputs["option_annual_charge"].sel(owner="programme").transpose("option", "year")
    paid = inputs["option_production_credit"].transpose("option", "year").values
    funded = "funding" in inputs.dims  # then the charge is running cost alone
    found: list[Built] = []
    for o, k in zip(*np.nonzero(own >= SMALL), strict=True):
        size, year = float(own[o, k]), v.years[k]
        technology = str(inputs["option_technology"].values[o])
        zone = str(inputs["option_zone"].values[o])
        life = round(float(str(traits.at[technology, "life_years"])))
        overnight = float(inputs["option_overnight_cost"].transpose("option", "year").values[o, k])
        capital = float(inputs["option_capital"].transpose("option", "year").values[o, k])
        shares = schedule(str(traits.at[technology, "draw_schedule"]))
        flat = annuity(v.power_rate, float(life))
        flat *= interest_during_construction(shares, v.power_rate)
        running = float(charge.values[o, k]) - (0.0 if funded else capital * flat)
        produced = float(paid[o, k])
        running += produced  # 45Y is a credit of the company here
        credit = production_terms(technology, year) if produced > 0 else None
        whole = _class_capital(v, technology, zone, k)
        name = f"{technology} {zone} {year}"
        if any(b.name == name for b in found):
            name = f"{name} {v.data['option'].values[o]}"
        for part, end, price in vintages(v, int(o), int(k), size):
            cost = CostItem(technology, overnight * part * BILLION, technology,
                            round(1.0 - capital / overnight, 9), "plan: option_overnight_cost",
                            capital * part / whole)  # fmt: skip
            lasts = min(life, 60) if end is None else v.years[end] - year
            found.append(
                Built(name if end is None else f"{name}, sold {v.years[end]}", zone, year, lasts,
                      v.power_rate, [cost], sales(v, int(o), part, int(k)),
                      {"Fixed operation": max(running, 0.0) * part * BILLION},
                      v.spans(year, lasts), resale=price * part * BILLION, produced=credit)
            )  # fmt: skip
    return found


def vintages(v: View, o: int, k: int, size: float) -> list[tuple[float, int | None, float]]:
    """A build in parts: size [GW], position of the year in which it is sold, price [BUSD/GW].

    What is not sold comes first (no year, no price); parts below 1 MW stay with it.
    """
    found: list[tuple[float, int | None, float]] = []
    if "onsite_sold" in v.data:
        at = {"option": v.data["option"].values[o], "year_built": v.years[k]}
        price = v.inputs["option_resale_price"].sel(at)
        for y, sold in enumerate(v.data["onsite_sold"].sel(at).values.tolist()):
            if sold >= SMALL:
                found.append((sold, y, float(price.values[y])))
    left = size - sum(part for part, _, _ in found)
    if left >= SMALL or not found:
        return [(left, None, 0.0), *found]
    last, end, worth = found[-1]  # what is left is too small to be a company
    return [*found[:-1], (last + left, end, worth)]


def _class_capital(v: View, technology: str, zone: str, k: int) -> float:
    """Capital of a technology in a zone and year, all options [BUSD]."""
    here = (v.inputs["option_technology"].values == technology) & (
        v.inputs["option_zone"].values == zone
    )
    own = v.data["build"].sel(owner="programme").transpose("option", "year").values[here, k]
    capital = v.inputs["option_capital"].transpose("option", "year").values[here, k]
    return float((capital * own).sum())


def sales(v: View, o: int, size: float, k: int) -> list[Sale]:
    """What the plan pays an option for: energy, reserve, what must be brought, supply on site."""
    inputs, year = v.inputs, v.years[k]
    kind, label = str(inputs["option_kind"].values[o]), str(inputs["option_asset"].values[o])
    zone = str(inputs["option_zone"].values[o])
    z = v.zones.index(zone)
    energy, value, variable = dispatched(v, o, kind, label, z)
    price = np.divide(value, energy, out=np.zeros(len(energy)), where=energy > 1e-9)
    cost = np.divide(variable, energy, out=np.zeros(len(energy)), where=energy > 1e-9)
    found: list[Sale] = []
    if (energy[k:] > 1e-9).any():
        word, source = POWER, "plan: generation at hourly prices"
        if kind in ("store", "onsite_store"):
            word, source = "Arbitrage", "plan: discharge and charge at hourly prices"
        found.append(
            Sale(word, "merchant" if word == "Arbitrage" else "power_purchase",
                 v.from_service(np.maximum(energy, 1e-9) * size * 1e3, year),
                 v.from_service(np.maximum(price, 0.0), year), source,
                 {"Fuel and variable": v.from_service(cost, year)} if cost.any() else {})
        )  # fmt: skip
    region = {"region": v.region(zone)}
    credit = float(inputs["option_capacity_credit"].values[o])
    own = float(inputs["option_energy"].values[o])  # GWh a GW
    for name, dual, amount, scale, unit, source in (
        ("Firm capacity", v.dual("dual_reserve", region), credit, 1e6, 1e3 / 12,
         "plan: dual of the planning reserve"),
        ("Firm capacity brought", v.dual("dual_additional_firm", region), credit, 1e6, 1e3 / 12,
         "plan: dual of the firm capacity that the programme must bring"),
        ("Energy brought", v.dual("dual_additional_energy", region), own, 1e3, 1e3,
         "plan: dual of the energy that the programme must bring"),
        ("Supply on site", _backup(v, kind, label, zone), 1.0, 1e6, 1e3 / 12,
         "plan: dual of the campus's supply at nameplate"),
    ):  # fmt: skip
        if (dual[k:] > 1e-9).any() and amount > 0:
            lease = "power_purchase" if name == "Energy brought" else "capacity_lease"
            found.append(
                Sale(name, lease, (size * amount * scale,) * len(dual[k:]),
                     v.from_service(dual * unit, year), source)
            )  # fmt: skip
    return found


def _backup(v: View, kind: str, label: str, zone: str) -> np.ndarray:
    """Worth of a GW on site for supply at nameplate [BUSD/GW/year]."""
    if kind not in ("onsite", "onsite_store"):
        return np.zeros(len(v.years))
    at = v.inputs[kind].values.tolist().index(label)
    firm = "onsite_availability" if kind == "onsite" else "onsite_store_firm"
    available = float(v.inputs[firm].values[at])
    return v.dual("dual_campus_supply", {"campus": zone}) * available


def dispatched(
    v: View, o: int, kind: str, label: str, z: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By planning year and per GW: energy [GWh], its value and variable cost [thousand USD]."""
    data, inputs, weight = v.data, v.inputs, v.day_weight
    price = data["price"].values[z]
    if kind.startswith("onsite") and "campus_price" in data:
        price = data["campus_price"].sel(campus=str(inputs["option_zone"].values[o])).values
    if kind in ("plant", "onsite"):
        made = "generation" if kind == "plant" else "onsite_generation"
        i = inputs[kind].values.tolist().index(label)
        size = np.maximum(data[f"{kind}_capacity"].values[i], 1e-12)
        run = data[made].values[i] * weight
        energy = run.sum((1, 2)) / size
        value = (run * price).sum((1, 2)) / size
        return energy, value, energy * inputs[f"{kind}_cost"].values[i]
    if kind in ("store", "onsite_store"):
        own = "" if kind == "store" else "onsite_"
        i = inputs[kind].values.tolist().index(label)
        size = np.maximum(data[f"{kind}_power"].values[i], 1e-12)
        out = data[f"{own}discharge"].values[i] * weight
        into = data[f"{own}charge"].values[i] * weight
        value = ((out - into) * price).sum((1, 2)) / size
        return out.sum((1, 2)) / size, value, np.zeros(len(size))
    i = inputs[kind].values.tolist().index(label)
    days = data["day"].values.astype(int)
    hours = inputs[f"{kind}_profile"].values[i].reshape(365, 24)[days]
    possible = hours[None] * float(inputs["option_output"].values[o]) * weight
    if kind == "onsite_renewable":  # what is spilled behind the connection has no price
        return possible.sum((1, 2)), (possible * price).sum((1, 2)), np.zeros(price.shape[0])
    lost = data["curtailment"].values[z] / np.maximum(data["renewable_available"].values[z], 1e-12)
    kept = possible * (1.0 - np.clip(lost, 0.0, 1.0))
    return kept.sum((1, 2)), (kept * price).sum((1, 2)), np.zeros(price.shape[0])
