"""What the programme of a plan builds, with what each asset costs and earns there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

SMALL = 1e-3  # GW: smaller builds are no company
HOURS = 8760.0
BILLION = 1e9


@dataclass(frozen=True)
class CostItem:
    """An item of cost in dollars of the plan's year, with yearly shares of its construction."""

    name: str
    amount: float
    shares: tuple[float, ...]
    depreciation: str
    bonus: float
    credit: float
    source: str

    def monthly(self, months: int) -> list[float]:
        """Shares by month, the last year last."""
        yearly = np.repeat(np.asarray(self.shares, dtype=float) / 12.0, 12)
        padded = np.zeros(months)
        padded[months - len(yearly) :] = yearly
        return [float(v) for v in padded / padded.sum()]


@dataclass(frozen=True)
class Sale:
    """A revenue at prices of the plan's year."""

    name: str
    kind: str
    volume: float
    price: float
    source: str


@dataclass(frozen=True)
class Refit:
    """Equipment replaced every few years."""

    name: str
    amount: float
    every: int


@dataclass
class Built:
    """One asset of the programme."""

    name: str
    year: int
    life: int
    build_years: int
    dollar_year: int
    real_return: float
    costs: list[CostItem]
    revenue: list[Sale]
    yearly: dict[str, float]
    credit: float = 0.0
    refits: list[Refit] = field(default_factory=list)


@dataclass
class _View:
    """A plan with what is read from it often."""

    plan: Plan
    constants: dict[str, float]
    power_rate: float
    campus_rate: float
    corridor_rate: float
    dollar_year: int

    @property
    def years(self) -> list[int]:
        return [int(y) for y in self.plan.data["year"].values]

    def mean(self, values: np.ndarray, first: int) -> float:
        """Mean over the planning years from the first of service, weighted by their span."""
        span = self.plan.inputs["year_span"].values.astype(float)
        keep = np.array([y >= first for y in self.years])
        return float(np.average(np.asarray(values, dtype=float)[keep], weights=span[keep]))


def built(plan: Plan) -> list[Built]:
    """Every campus, plant, store and corridor that the programme builds, of 1 MW or more."""
    from gigaplan import atlas

    values = atlas.table("constants").set_index("id")["value"].astype(float)
    table = {str(name): float(value) for name, value in values.items()}
    document = plan.meta.get("programme_document") or {}
    given = (document.get("money") or {}).get("capital_charge_rates") or {}
    view = _View(
        plan, table,
        _share(given.get("power"), table["capital_rate_power"]),
        _share(given.get("campus"), table["capital_rate_campus"]),
        _share(given.get("corridors"), table["capital_rate_corridors"]),
        int(plan.meta.get("dollar_year", 2025)),
    )  # fmt: skip
    return [*_campuses(view), *_power(view), *_corridors(view)]


def _share(value: Any, default: float) -> float:
    from gigaplan.units import quantity

    return default if value is None else quantity(value, "1")


def _campuses(v: _View) -> list[Built]:
    from gigaplan import atlas
    from gigaplan.inputs.context import annuity

    data, inputs = v.plan.data, v.plan.inputs
    draws = atlas.table("draw_schedules").set_index("asset_class")["schedule"]
    found: list[Built] = []
    it = data["it_build"].values
    earned = _compute_worth(v)
    for z, zone in enumerate(data["zone"].values.tolist()):
        for k, year in enumerate(v.years):
            size = float(it[z, k])
            if size < SMALL:
                continue
            shell = float(inputs["campus_overnight_cost"].values[z, k]) * size * BILLION
            at = {"asset_class": "accelerators", "zone": zone, "year": year}
            machines = float(data["capital"].sel(at)) * BILLION
            shares = _schedule(str(draws["campus"]))
            costs = [CostItem("Campus", shell, shares, "sl_39", 0.0, 0.0,
                              "plan: campus_overnight_cost")]  # fmt: skip
            refits: list[Refit] = []
            if machines > 0:
                costs.append(
                    CostItem("Accelerators", machines, _schedule(str(draws["accelerators"])),
                             "macrs_5", 1.0, 0.0, "plan: accelerator_overnight_cost")
                )  # fmt: skip
                refits.append(
                    Refit("Accelerators", machines, round(v.constants["accelerator_life_years"]))
                )
            opex = v.constants["campus_opex_musd_per_mw_it_year"] * size * BILLION
            load = float(inputs["campus_pue"].values[z]) * float(
                inputs["campus_utilisation"].values
            )
            bill = v.mean(data["year_price"].values[z], year) * load * size * 1e3 * HOURS
            worth = v.mean(earned, year)
            source = "plan: value of compute"
            if worth <= 0:
                charge = float(inputs["campus_annual_charge"].values[z, k])
                life = v.constants["accelerator_life_years"]
                charge += annuity(v.campus_rate, life) * machines / (size * BILLION)
                worth = charge + bill / (size * BILLION)
                source = (
                    "plan: yearly charge of the campus and its power, no value of compute given"
                )
            sale = Sale("Capacity", "capacity_lease", size * 1e6, worth * 1e3 / 12, source)
            found.append(
                Built(f"Campus {zone} {year}", year, round(v.constants["facility_life_years"]),
                      max(len(c.shares) for c in costs), v.dollar_year, v.campus_rate, costs,
                      [sale],
                      {"Operation": opex, "Power": bill}, 0.0, refits)
            )  # fmt: skip
    return found


def _compute_worth(v: _View) -> np.ndarray:
    """What the plan's compute is worth in each year, for each GW of IT power [BUSD/GW/year]."""
    from gigaplan.model.aim import worth_by_year

    worth = worth_by_year(v.plan.inputs, v.plan.data["accelerators"]).sel(year=v.years).values
    power = v.plan.data["it_power"].sum("zone").values
    return np.divide(worth, power, out=np.zeros(len(power)), where=power > SMALL)


def _schedule(text: str) -> tuple[float, ...]:
    from gigaplan.inputs.context import schedule

    return tuple(float(s) for s in schedule(text))


def _power(v: _View) -> list[Built]:
    from gigaplan import atlas
    from gigaplan.inputs.context import annuity, interest_during_construction

    data, inputs = v.plan.data, v.plan.inputs
    traits = atlas.table("technology_traits").set_index("technology")
    own = data["build"].sel(owner="programme").values
    charge = inputs["option_annual_charge"].sel(owner="programme").values
    found: list[Built] = []
    for o, k in zip(*np.nonzero(own >= SMALL), strict=True):
        size, year = float(own[o, k]), v.years[k]
        technology = str(inputs["option_technology"].values[o])
        trait = traits.loc[technology]
        shares = _schedule(str(trait["draw_schedule"]))
        life = round(float(str(trait["life_years"])))
        overnight = float(inputs["option_overnight_cost"].values[o, k])
        capital = float(inputs["option_capital"].values[o, k])
        yearly = annuity(v.power_rate, float(life)) * interest_during_construction(
            np.array(shares), v.power_rate
        )
        fixed = max(float(charge[o, k]) - capital * yearly, 0.0) * size * BILLION
        sales, variable = _earnings(v, int(o), size, year)
        wind_sun = str(trait["kind"]) != "plant" or technology.startswith(("nuclear", "fuel_cell"))
        cost = CostItem(technology, overnight * size * BILLION, shares,
                        "macrs_5" if wind_sun else "macrs_15", 0.0, 1.0,
                        "plan: option_overnight_cost")  # fmt: skip
        zone = str(inputs["option_zone"].values[o])
        name = f"{technology} {zone} {year}"
        if any(b.name == name for b in found):
            name = f"{name} {data['option'].values[o]}"
        found.append(
            Built(name, year, life, len(shares), v.dollar_year, v.power_rate, [cost], sales,
                  {"Fixed operation": fixed, "Fuel and variable": variable},
                  round(1.0 - capital / overnight, 9))
        )  # fmt: skip
    return found


def _earnings(v: _View, o: int, size: float, year: int) -> tuple[list[Sale], float]:
    """Sales of energy and firm capacity, and fuel and variable cost a year [USD]."""
    data, inputs = v.plan.data, v.plan.inputs
    kind = str(inputs["option_kind"].values[o])
    label = str(inputs["option_asset"].values[o])
    z = data["zone"].values.tolist().index(str(inputs["option_zone"].values[o]))
    weight = data["day_weight"].values[None, :, None]
    price = data["price"].values[z]
    energy, value, variable = _dispatch(v, o, kind, label, z, weight, price)
    sold = v.mean(energy, year) * size * 1e3  # MWh a year
    earned = v.mean(value, year) * size * 1e3
    sales: list[Sale] = []
    unit_value = max(earned, 0.0) / max(sold, 1.0)
    if kind == "store":
        sales.append(Sale("Arbitrage", "merchant", max(sold, 1.0), unit_value,
                          "plan: discharge and charge at hourly prices"))  # fmt: skip
    elif sold > 0:
        sales.append(Sale("Power", "power_purchase", sold, earned / sold,
                          "plan: generation at hourly prices"))  # fmt: skip
    region = str(inputs["zone_region"].values[z])
    r = data["region"].values.tolist().index(region)
    dual = data["dual_reserve"].values[r] / (1.0 + inputs["reserve_margin"].values[r])
    firm = v.mean(dual / inputs["year_weight"].values, year)
    credit = float(inputs["option_capacity_credit"].values[o])
    if firm > 1e-9 and credit > 0:
        sales.append(Sale("Firm capacity", "capacity_lease", size * credit * 1e6, firm * 1e3 / 12,
                          "plan: dual of the planning reserve"))  # fmt: skip
    return sales, v.mean(variable, year) * size * 1e3


def _dispatch(
    v: _View, o: int, kind: str, label: str, z: int, weight: np.ndarray, price: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By planning year and per GW: energy [GWh], its value and variable cost [thousand USD]."""
    data, inputs = v.plan.data, v.plan.inputs
    if kind == "plant":
        i = inputs["plant"].values.tolist().index(label)
        size = np.maximum(data["plant_capacity"].values[i], 1e-12)
        run = data["generation"].values[i] * weight
        energy = run.sum((1, 2)) / size
        value = (run * price).sum((1, 2)) / size
        return energy, value, energy * inputs["plant_cost"].values[i]
    if kind == "store":
        i = inputs["store"].values.tolist().index(label)
        size = np.maximum(data["store_power"].values[i], 1e-12)
        out, into = data["discharge"].values[i] * weight, data["charge"].values[i] * weight
        value = ((out - into) * price).sum((1, 2)) / size
        return out.sum((1, 2)) / size, value, np.zeros(len(size))
    i = inputs["renewable"].values.tolist().index(label)
    days = data["day"].values.astype(int)
    hours = inputs["renewable_profile"].values[i].reshape(365, 24)[days]
    made = hours[None] * float(inputs["option_output"].values[o]) * weight
    lost = data["curtailment"].values[z] / np.maximum(data["renewable_available"].values[z], 1e-12)
    kept = made * (1.0 - np.clip(lost, 0.0, 1.0))
    return kept.sum((1, 2)), (kept * price).sum((1, 2)), np.zeros(price.shape[0])


def _corridors(v: _View) -> list[Built]:
    """Corridors earn what flows are worth more at their end than at their start, less losses."""
    from gigaplan import atlas

    data, inputs = v.plan.data, v.plan.inputs
    draws = atlas.table("draw_schedules").set_index("asset_class")["schedule"]
    zones = data["zone"].values.tolist()
    weight = data["day_weight"].values[None, :, None]
    price = data["price"].values
    own = data["corridor_build"].sel(owner="programme").values
    found: list[Built] = []
    for c, k in zip(*np.nonzero(own >= SMALL), strict=True):
        size, year = float(own[c, k]), v.years[k]
        ends = [str(inputs[f"corridor_{e}"].values[c]) for e in ("from", "to")]
        first, last = (price[zones.index(z)] for z in ends)
        kept = 1.0 - float(inputs["corridor_loss"].values[c])
        there = data["flow_forward"].values[c] * weight
        back = data["flow_reverse"].values[c] * weight
        capacity = np.maximum(data["corridor_forward_capacity"].values[c], 1e-12)
        rent = there * (last * kept - first) + back * (first * kept - last)
        sold = v.mean((there + back).sum((1, 2)) / capacity, year) * size * 1e3
        earned = v.mean(rent.sum((1, 2)) / capacity, year) * size * 1e3
        sale = Sale("Congestion rent", "merchant", max(sold, 1.0),
                    max(earned, 0.0) / max(sold, 1.0), "plan: flows at hourly prices")  # fmt: skip
        shares = _schedule(str(draws["corridors"]))
        amount = float(inputs["corridor_overnight_cost"].values[c]) * size * BILLION
        cost = CostItem("Corridor", amount, shares, "macrs_15", 0.0, 0.0,
                        "plan: corridor_overnight_cost")  # fmt: skip
        upkeep = v.constants["transmission_fixed_om_share"] * amount
        found.append(
            Built(f"Corridor {'-'.join(ends)} {year}", year,
                  round(v.constants["corridor_life_years"]), len(shares), v.dollar_year,
                  v.corridor_rate, [cost], [sale], {"Upkeep": upkeep})
        )  # fmt: skip
    return found
