"""Campus companies: shells with their accelerators, what compute is worth, what power costs."""

from __future__ import annotations

import numpy as np

from gigaplan.deals.planned.assets import (
    BILLION,
    HOURS,
    SMALL,
    Built,
    CostItem,
    Refit,
    Sale,
    View,
)


def campuses(v: View) -> list[Built]:
    """Every campus of 1 MW or more of IT power, by zone and year in service."""
    found: list[Built] = []
    builds = v.data["it_build"].transpose("zone", "year").values
    earned = compute_worth(v)
    life = round(v.constants["facility_life_years"])
    for z, zone in enumerate(v.zones):
        for k, year in enumerate(v.years):
            size = float(builds[z, k])
            if size < SMALL:
                continue
            costs, refits = _costs(v, zone, z, k, size)
            power = _power(v, zone, z)
            worth, source = earned[k:], "plan: value of compute"
            if not worth.any():
                charge = _charge(v, z, k, costs, size)
                worth = charge + np.sum(list(power.values()), axis=0)[k:]
                source = "plan: yearly charge of the campus and its power, no value of compute"
            sale = Sale(
                "Capacity", "capacity_lease", (size * 1e6,) * len(worth),
                tuple(float(w) * 1e3 / 12 for w in worth), source,
                {n: v.from_service(p * 1e3, year) for n, p in power.items() if (p > 0).any()},
            )  # fmt: skip
            opex = v.constants["campus_opex_musd_per_mw_it_year"] * size * BILLION
            found.append(
                Built(f"Campus {zone} {year}", zone, year, life, v.campus_rate, costs, [sale],
                      {"Operation": opex}, v.spans(year, life), refits)
            )  # fmt: skip
    return found


def _costs(
    v: View, zone: str, z: int, k: int, size: float
) -> tuple[list[CostItem], list[Refit]]:  # fmt: skip
    """Shell and accelerators, and the refits of the latter."""
    year = v.years[k]
    shell = float(v.inputs["campus_overnight_cost"].transpose("zone", "year").values[z, k]) * size
    at = {"asset_class": "accelerators", "zone": zone, "year": year}
    machines = float(v.data["capital"].sel(at)) * BILLION
    costs = [CostItem("Campus", shell * BILLION, "campus", 0.0, "plan: campus_overnight_cost")]
    refits: list[Refit] = []
    if machines > 0:
        costs.append(CostItem("Accelerators", machines, "accelerators", 0.0,
                              "plan: accelerator_overnight_cost"))  # fmt: skip
        every = round(v.constants["accelerator_life_years"])
        refits.append(Refit("Accelerators", machines, every, "accelerators"))
    return costs, refits


def _charge(v: View, z: int, k: int, costs: list[CostItem], size: float) -> float:
    """Yearly charge of a campus where the aim gives compute no value [BUSD/GW/year]."""
    from gigaplan.inputs.context import annuity

    charge = float(v.inputs["campus_annual_charge"].transpose("zone", "year").values[z, k])
    if "reference_charge" in v.inputs:  # with a roster the charge is running cost alone
        flat = float(v.inputs["reference_charge"].sel(draw_class="campus"))
        charge += flat * costs[0].amount / (size * BILLION)
    machines = sum(c.amount for c in costs if c.asset_class == "accelerators")
    life = v.constants["accelerator_life_years"]
    return charge + annuity(v.campus_rate, life) * machines / (size * BILLION)


def compute_worth(v: View) -> np.ndarray:
    """What the plan's compute is worth in each year, for each GW of IT power [BUSD/GW/year]."""
    from gigaplan.model.aim import worth_by_year

    worth = worth_by_year(v.inputs, v.data["accelerators"]).sel(year=v.years).values
    power = v.data["it_power"].sum("zone").values
    return np.divide(worth, power, out=np.zeros(len(power)), where=power > SMALL)


def _power(v: View, zone: str, z: int) -> dict[str, np.ndarray]:
    """What a GW of IT pays for its power by year, as the plan prices it [BUSD/GW/year].

    Energy at the zone's prices; its part of the planning reserve, and of the firm capacity and
    energy that the programme must bring, at their duals; what on-site units get above the zone's
    prices and for their capacity.
    """
    i, d = v.inputs, v.data
    used = float(i["campus_utilisation"])
    power, facility = d["it_power"].values[z], d["facility_power"].values[z]
    usual = np.full(len(power), float(i["campus_pue"].values[z]))
    # GW a GW of IT
    load = np.divide(facility, power, out=usual, where=power > SMALL) * used
    margin = _margin(v, zone)
    region = {"region": v.region(zone)}
    firm = load * _firm_share(v, zone) * (1 + margin)
    out = {
        "Power": d["year_price"].values[z] * load * HOURS / 1e6,
        "Planning reserve": v.dual("dual_reserve", region) * firm,
        "Firm capacity brought": v.dual("dual_additional_firm", region)
        * firm * float(i["additional_firm_share"]),
        "Energy brought": v.dual("dual_additional_energy", region)
        * load * 8.76 * float(i["additional_energy_share"]),
    }  # fmt: skip
    if zone in i["campus"].values and "campus_price" in d:
        out["On-site supply"] = _onsite(v, zone, z)
    return out


def _margin(v: View, zone: str) -> np.ndarray:
    return np.asarray(v.inputs["reserve_margin"].sel(region=v.region(zone)).values, dtype=float)


def _firm_share(v: View, zone: str) -> np.ndarray:
    """Share of the campus load of a zone that is not interruptible, by year."""
    load = v.data["campus_load"].sel(zone=zone).values
    if zone not in v.data["campus"].values:
        return np.ones(len(v.years))
    flexible = v.data["campus_flexible"].sel(campus=zone).values
    cut = float(v.inputs["campus_utilisation"]) * flexible
    return 1.0 - np.divide(cut, load, out=np.zeros(len(load)), where=load > 1e-9)


def _onsite(v: View, zone: str, z: int) -> np.ndarray:
    """What campuses of a zone pay for units on site beside the zone's prices [BUSD/GW/year]."""
    above = v.data["campus_price"].sel(campus=zone).values - v.data["price"].values[z]
    made, firm = _on_site(v, zone)
    paid = (above * made * v.day_weight).sum((1, 2)) / 1e6
    paid = paid + v.dual("dual_campus_supply", {"campus": zone}) * firm
    power = v.data["it_power"].values[z]
    return np.divide(paid, power, out=np.zeros(len(power)), where=power > SMALL)


def _on_site(v: View, zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Output of all units on site of a zone [GW], axes year, day, hour, and what is firm [GW]."""
    i, d = v.inputs, v.data
    units, sun, stores = (
        i[f"{kind}_zone"].values == zone for kind in ("onsite", "onsite_renewable", "onsite_store")
    )
    made = d["onsite_generation"].values[units].sum(axis=0)
    firm = (i["onsite_availability"].values[units] @ d["onsite_capacity"].values[units]).copy()
    if sun.any():
        days = d["day"].values.astype(int)
        hours = i["onsite_renewable_profile"].values[sun].reshape(-1, 365, 24)[:, days]
        size = d["onsite_renewable_capacity"].values[sun]
        made = made + np.einsum("rdh,ry->ydh", hours, size)
        made = made - d["onsite_spilled"].values[sun].sum(axis=0)
    if stores.any():
        net = d["onsite_discharge"].values[stores] - d["onsite_charge"].values[stores]
        made = made + net.sum(axis=0)
        firm = firm + i["onsite_store_firm"].values[stores] @ d["onsite_store_power"].values[stores]
    return made, firm
