"""Small random systems that satisfy the declaration of the inputs, for property tests."""

from __future__ import annotations

import numpy as np
import xarray as xr

TECHNOLOGIES = {  # technology: (cost USD/MWh, t/MWh, overnight BUSD/GW)
    "coal": (25.0, 0.95, None),
    "gas_cc": (30.0, 0.38, None),
    "gas_ct_new": (55.0, 0.55, 1.1),
    "gas_cc_new": (26.0, 0.36, 2.2),
    "hydro": (0.0, 0.0, None),
}


def random_inputs(
    seed: int = 0,
    zones: int = 3,
    years: tuple[int, ...] = (2028, 2030),
    aim: str = "compute",
    budget: float = 60.0,
    days: int = 365,
    onsite_share: float = 0.5,
    shiftable_share: float | None = None,
) -> xr.Dataset:
    """A random system of a few zones on a ring, with campuses, a budget and every kind of asset.

    ``onsite_share`` is how likely a campus may have its own solar or battery;
    ``shiftable_share`` of what trains may move within the day, drawn where it is None.
    """
    rng = np.random.default_rng(seed)
    names = [f"Z{i}" for i in range(zones)]
    hours = days * 24
    coords: dict[str, object] = {
        "zone": names,
        "year": list(years),
        "year_built": list(years),
        "hour": np.arange(hours),
        "day": np.arange(days),
        "owner": ["system", "programme"],
        "region": ["R0", "R1"],
        "calendar": list(range(2026, years[-1] + 1)),
    }
    v: dict[str, tuple[tuple[str, ...], object]] = {}
    ny = len(years)
    v["year_weight"] = (("year",), np.array([2.0, 4.0, 3.0, 2.0][:ny]))
    v["year_span"] = (("year",), np.array([2.0, 5.0, 4.0, 3.0][:ny]))

    base = rng.uniform(6, 20, zones)
    t = np.arange(hours)
    daily = 0.12 * np.sin((t % 24 - 9) / 24 * 2 * np.pi)
    season = 0.1 * np.cos((t / hours - 0.55) * 4 * np.pi)
    noise = rng.normal(0, 0.02, (zones, hours))
    shape = 1 + daily + season + noise
    growth = np.linspace(1.0, 1.15, ny)
    v["load"] = (
        ("zone", "year", "hour"),
        base[:, None, None] * growth[None, :, None] * shape[:, None, :],
    )
    v["value_of_unserved_energy"] = ((), 9000.0)

    plants = [(z, g) for z in names for g in TECHNOLOGIES if rng.random() < 0.85 or g == "gas_cc"]
    coords["plant"] = [f"{z} {g}" for z, g in plants]
    np_ = len(plants)
    peak = {z: base[i] * 1.3 for i, z in enumerate(names)}
    v["plant_zone"] = (("plant",), np.array([z for z, _ in plants], dtype=object))
    v["plant_technology"] = (("plant",), np.array([g for _, g in plants], dtype=object))
    share = {"coal": 0.3, "gas_cc": 0.6, "gas_ct_new": 0.0, "gas_cc_new": 0.0, "hydro": 0.1}
    existing = np.array([share[g] * peak[z] for z, g in plants])
    v["plant_existing"] = (
        ("plant", "year"),
        np.repeat(existing[:, None], ny, 1) * np.linspace(1, 0.95, ny),
    )
    v["plant_availability"] = (("plant",), rng.uniform(0.85, 0.95, np_))
    cost = np.array([TECHNOLOGIES[g][0] for _, g in plants]) + rng.uniform(0, 4, np_)
    v["plant_cost"] = (("plant", "year"), np.repeat(cost[:, None], ny, 1))
    v["plant_emissions"] = (("plant",), np.array([TECHNOLOGIES[g][1] for _, g in plants]))
    hydro = np.array([g == "hydro" for _, g in plants])
    v["plant_energy_limited"] = (("plant",), hydro)
    energy = np.where(hydro[:, None], rng.uniform(6, 14, (np_, days)), 24.0)
    v["plant_daily_energy"] = (("plant", "day"), energy)

    renewables = [(z, g) for z in names for g in ("wind_new", "solar_new")]
    coords["renewable"] = [f"{z} {g}" for z, g in renewables]
    nr = len(renewables)
    v["renewable_zone"] = (("renewable",), np.array([z for z, _ in renewables], dtype=object))
    v["renewable_technology"] = (("renewable",), np.array([g for _, g in renewables], dtype=object))
    v["renewable_existing"] = (("renewable", "year"), rng.uniform(0, 4, (nr, 1)) * np.ones(ny))
    sun = np.clip(np.sin((t % 24 - 6) / 12 * np.pi), 0, None)
    profile = np.stack(
        [
            rng.uniform(0.1, 0.7, hours) if g == "wind_new" else sun * rng.uniform(0.6, 1.0, hours)
            for _, g in renewables
        ]
    )
    v["renewable_profile"] = (("renewable", "hour"), profile)

    stores = [(z, "battery_4h") for z in names]
    coords["store"] = [f"{z} {g}" for z, g in stores]
    ns = len(stores)
    v["store_zone"] = (("store",), np.array([z for z, _ in stores], dtype=object))
    v["store_technology"] = (("store",), np.array([g for _, g in stores], dtype=object))
    v["store_existing"] = (("store", "year"), rng.uniform(0, 1, (ns, 1)) * np.ones(ny))
    v["store_hours"] = (("store",), np.full(ns, 4.0))
    v["store_efficiency"] = (("store",), np.full(ns, 0.85))
    v["store_availability"] = (("store",), np.full(ns, 0.98))

    links = [(names[i], names[(i + 1) % zones]) for i in range(zones if zones > 2 else zones - 1)]
    coords["corridor"] = [f"{a}-{b}" for a, b in links]
    nc = len(links)
    v["corridor_from"] = (("corridor",), np.array([a for a, _ in links], dtype=object))
    v["corridor_to"] = (("corridor",), np.array([b for _, b in links], dtype=object))
    v["corridor_forward"] = (("corridor", "year"), rng.uniform(0.5, 3, (nc, 1)) * np.ones(ny))
    v["corridor_reverse"] = (("corridor", "year"), rng.uniform(0.5, 3, (nc, 1)) * np.ones(ny))
    v["corridor_loss"] = (("corridor",), rng.uniform(0.01, 0.05, nc))
    v["corridor_buildable"] = (
        ("corridor", "year"),
        np.array([[y >= 2030 for y in years]] * nc, dtype=bool).reshape(nc, ny),
    )
    v["corridor_overnight_cost"] = (("corridor",), rng.uniform(0.5, 1.5, nc))
    v["corridor_annual_charge"] = (
        ("corridor", "owner"),
        rng.uniform(0.04, 0.1, (nc, 1)) * np.ones(2),
    )

    options: list[tuple[str, str, str, str, str, float]] = []
    for z in names:
        for g in ("gas_ct_new", "gas_cc_new"):
            if f"{z} {g}" in coords["plant"]:  # type: ignore[operator]
                options.append((f"{z} {g}", z, g, f"{z} {g}", "plant", 1.0))
        for g in ("wind_new", "solar_new"):
            for b, factor in ((1, 1.0), (2, 0.9)):
                options.append((f"{z} {g} bin{b}", z, g, f"{z} {g}", "renewable", factor))
        options.append((f"{z} battery_4h", z, "battery_4h", f"{z} battery_4h", "store", 1.0))
    # the last zone of three or more holds no campus, and some campuses have no units of their own
    for z in names[: max(len(names) - 1, 2)]:
        if rng.random() < 0.7:
            options.append(
                (f"{z} onsite_turbine", z, "onsite_turbine", f"{z} onsite_turbine", "onsite", 1.0)
            )
    # their own numbers come from a generator of their own, so that older seeds keep theirs
    more = np.random.default_rng(seed + 1_000_003)
    for z in names[: max(len(names) - 1, 2)]:
        for g, kind in (("onsite_solar", "onsite_renewable"), ("onsite_battery", "onsite_store")):
            if more.random() < onsite_share:
                options.append((f"{z} {g}", z, g, f"{z} {g}", kind, 1.0))
    no = len(options)
    old = no - sum(o[4] in ("onsite_renewable", "onsite_store") for o in options)
    coords["option"] = [o[0] for o in options]
    for k, name in enumerate(("zone", "technology", "asset", "kind"), start=1):
        v[f"option_{name}"] = (("option",), np.array([o[k] for o in options], dtype=object))
    tech = [o[2] for o in options]
    v["option_class"] = (
        ("option",),
        np.array(["storage" if "battery" in g else "generation" for g in tech], dtype=object),
    )
    v["option_output"] = (("option",), np.array([o[5] for o in options]))
    first = {
        "onsite_turbine": 2028,
        "gas_cc_new": 2030,
        "gas_ct_new": 2028,
        "wind_new": 2028,
        "solar_new": 2028,
        "battery_4h": 2028,
        "onsite_solar": 2028,
        "onsite_battery": 2028,
    }
    buildable = np.array([[[y >= first[g]] * 2 for y in years] for g in tech], dtype=bool)
    buildable[[g.startswith("onsite") for g in tech], :, 0] = False
    v["option_buildable"] = (("option", "year", "owner"), buildable)
    v["option_site"] = (("option",), np.array(coords["option"], dtype=object))
    v["option_credit"] = (("option",), np.array(["48E"] * len(tech), dtype=object))
    v["option_production_credit"] = (("option", "year"), np.zeros((len(tech), len(years))))
    v["option_potential"] = (
        ("option",),
        np.array([8.0 if "wind" in g or "solar" in g else 50.0 for g in tech]),
    )
    overnight = {
        "onsite_turbine": 1.5,
        "gas_cc_new": 2.2,
        "gas_ct_new": 1.1,
        "wind_new": 1.6,
        "solar_new": 1.3,
        "battery_4h": 1.4,
        "onsite_solar": 1.2,
        "onsite_battery": 1.4,
    }
    cap = (
        np.array([overnight[g] for g in tech])[:, None]
        * np.concatenate([rng.uniform(0.9, 1.1, old), more.uniform(0.9, 1.1, no - old)])[:, None]
        * np.ones(ny)
    )
    v["option_overnight_cost"] = (("option", "year"), cap)
    v["option_capital"] = (("option", "year"), cap)
    v["option_annual_charge"] = (("option", "year", "owner"), (cap * 0.09)[:, :, None] * np.ones(2))
    alive = np.array(
        [[[years[b] <= years[a] for b in range(ny)] for a in range(ny)]] * no, dtype=bool
    )
    v["option_alive"] = (("option", "year", "year_built"), alive)
    credit = {
        "onsite_turbine": 0.9,
        "gas_cc_new": 0.95,
        "gas_ct_new": 0.95,
        "wind_new": 0.15,
        "solar_new": 0.2,
        "battery_4h": 0.8,
        "onsite_solar": 0.2,
        "onsite_battery": 0.8,
    }
    v["option_capacity_credit"] = (("option",), np.array([credit[g] for g in tech]))
    gives = {
        "onsite_turbine": 7000.0,
        "gas_cc_new": 7600.0,
        "gas_ct_new": 7600.0,
        "wind_new": 3500.0,
        "solar_new": 2100.0,
        "battery_4h": 0.0,
        "onsite_solar": 2100.0,
        "onsite_battery": 0.0,
    }
    v["option_energy"] = (("option",), np.array([gives[g] for g in tech]))
    national = {"gas_cc_new": "US gas", "gas_ct_new": "US gas"}
    v["option_national_cap"] = (
        ("option",),
        np.array([national.get(g, "") for g in tech], dtype=object),
    )
    zonal = [f"{o[1]} solar" if o[2] == "solar_new" else "" for o in options]
    v["option_zonal_cap"] = (("option",), np.array(zonal, dtype=object))
    caps = ["US gas", *sorted({z for z in zonal if z})]
    coords["cap"] = caps
    v["cap_limit"] = (
        ("cap", "year"),
        np.array([[10.0 if c == "US gas" else 5.0] * ny for c in caps]) * np.linspace(1, 2, ny),
    )

    region = np.array(["R0" if i < (zones + 1) // 2 else "R1" for i in range(zones)], dtype=object)
    v["zone_region"] = (("zone",), region)
    v["reserve_margin"] = (("region", "year"), np.full((2, ny), 0.15))
    loads = base[:, None, None] * growth[None, :, None] * shape[:, None, :]
    peaks = np.stack(
        [
            loads[region == r].sum(0).max(-1) if (region == r).any() else np.zeros(ny)
            for r in ("R0", "R1")
        ]
    )
    v["reserve_peak"] = (("region", "year"), peaks)
    firm = np.stack(
        [
            sum(
                (
                    existing[i] * 0.95
                    for i, (z, _) in enumerate(plants)
                    if region[names.index(z)] == r
                ),
                0.0,
            )
            * np.ones(ny)
            for r in ("R0", "R1")
        ]
    )
    v["reserve_existing"] = (("region", "year"), firm)
    v["reserve_shortage_price"] = ((), 0.25)

    v["campus_buildable"] = (("zone", "year"), np.ones((zones, ny), dtype=bool))
    v["campus_limit"] = (("zone", "year"), np.full((zones, ny), 3.0))
    v["campus_national_limit"] = (("year",), np.full(ny, 6.0))
    v["campus_pue"] = (("zone",), rng.uniform(1.15, 1.3, zones))
    v["campus_pue_air"] = (("zone",), v["campus_pue"][1] + 0.15)
    v["campus_air_possible"] = (("zone",), np.zeros(zones, dtype=bool))
    v["water_limit"] = (("zone", "year"), np.full((zones, ny), np.inf))
    v["campus_utilisation"] = ((), 0.8)
    v["campus_overnight_cost"] = (("zone", "year"), rng.uniform(10, 13, (zones, 1)) * np.ones(ny))
    v["campus_sales_tax"] = (("zone", "year"), np.full((zones, ny), 0.5))
    v["campus_sales_tax_waived"] = (("zone", "year"), np.full((zones, ny), 0.25))
    v["campus_annual_charge"] = (("zone", "year"), rng.uniform(1.4, 1.8, (zones, 1)) * np.ones(ny))
    # a tenth of the shell is sales tax in every second zone; no number is drawn for it
    taxed = np.where(np.arange(zones) % 2 == 0, 0.1, 0.0)[:, None]
    v["campus_tax_capital"] = (("zone", "year"), v["campus_overnight_cost"][1] * taxed)
    v["campus_tax_charge"] = (("zone", "year"), v["campus_overnight_cost"][1] * taxed * 0.1)
    v["campus_operation"] = ((), 0.2)
    _accelerators(v, coords, rng, years, aim)
    _equipment(v, coords, rng, tech, ny, zones)
    _campus_bus(v, coords, rng, names, ny, days)
    _onsite(v, coords, more, years, sun, shiftable_share)
    _fabs(v, coords, rng, names, ny)
    _units(v, tech, nc)
    path = np.full(ny, np.nan) if aim == "compute" else np.linspace(0.5, 1.0, ny)
    v["it_path"] = (("year",), path)
    v["budget_total"] = ((), budget)
    v["budget_available"] = (("calendar",), budget * np.linspace(0.3, 1.0, len(coords["calendar"])))  # type: ignore[arg-type]
    coords["draw_class"] = [
        "campus",
        "accelerators",
        "corridors",
        "equipment",
        "fabs",
        *sorted(set(tech)),
    ]
    v["draw"] = (("draw_class", "year", "calendar"), _draw(coords, years))
    v["additional_firm_share"] = ((), 1.0)
    v["additional_energy_share"] = ((), 1.0)
    v["emission_cap"] = (("year",), np.full(ny, np.inf))
    v["existing_fixed_cost"] = (("year",), np.full(ny, 0.5))
    return xr.Dataset(v, coords=coords)


def _accelerators(v, coords, rng, years, aim) -> None:  # type: ignore[no-untyped-def]
    """Two generations that are sold one after the other, with a chain that sometimes binds."""
    ny = len(years)
    coords["chip"], coords["chip_step"] = ["old", "new"], ["logic", "packaging", "memory"]
    sold = np.array([[True] * ny, [False] + [True] * (ny - 1)])
    if ny == 1:
        sold[1] = True
    v["accelerator_available"] = (("chip", "year"), sold)
    power = np.array([2.1e-3, 3.3e-3])
    v["accelerator_power"] = (("chip",), power)
    performance = np.array([2.5, 8.7]) * rng.uniform(0.9, 1.1, 2)
    v["accelerator_h100e"] = (("chip",), performance)
    cost = np.array([[0.0546], [0.1135]]) * rng.uniform(0.9, 1.1, (2, 1)) * np.ones(ny)
    v["accelerator_overnight_cost"] = (("chip", "year"), cost)
    v["accelerator_annual_charge"] = (("chip", "year"), cost * 0.244)
    standing = np.zeros((2, ny, ny))
    for k in range(ny):
        for b in range(k + 1):
            standing[:, k, b] = min(max(years[b] + 5 - years[k], 0) / 3, 1.0)
    v["accelerator_standing"] = (("chip", "year", "year_built"), standing)
    v["refit_from_budget"] = ((), bool(rng.random() < 0.3))
    v["chip_need"] = (
        ("chip", "chip_step"),
        np.array([[0.036, 0.0625, 0.19], [0.036, 0.111, 0.29]]),
    )
    supply = rng.uniform(20, 160, (3, 1)) * np.array([[0.4], [1.0], [2.6]]) * np.ones(ny)
    supply[rng.random(3) < 0.3] = np.inf
    v["chip_supply"] = (("chip_step", "year"), supply)
    by_h100e = bool(rng.random() < 0.6)
    value = np.full(ny, 13.3 if aim == "compute" and not by_h100e else 0.0)
    v["value_of_compute"] = (("year",), value)
    per_h100e = 0.0138 * 0.8 ** (np.array(years) - 2028.0)
    v["value_of_h100e"] = (("year",), per_h100e * (aim == "compute" and by_h100e))


def _equipment(v, coords, rng, tech, ny, zones) -> None:  # type: ignore[no-untyped-def]
    """Turbines and transformers at two prices, and labour, sometimes scarce."""
    coords["equipment"], coords["price_step"] = (
        ["gas_turbine", "large_transformer"],
        ["listed", "premium"],
    )
    need = np.array([[float("gas_c" in g or "turbine" in g) for g in tech], [1.1] * len(tech)])
    v["equipment_need_option"] = (("equipment", "option"), need)
    v["equipment_need_campus"] = (("equipment",), np.array([0.0, 1.5]))
    v["equipment_lead"] = (("equipment", "price_step"), np.array([[3.0, 1.0], [2.0, 1.0]]))
    v["equipment_install"] = (("equipment",), np.array([1.0, 0.0]))
    v["equipment_premium"] = (("equipment", "price_step"), np.array([[0.0, 0.3], [0.0, 0.02]]))
    v["equipment_charge_rate"] = ((), 0.07)
    first = rng.uniform(0.0, 4.0, (2, 2, 1))
    supply = first + rng.uniform(0.0, 6.0, (2, 2, 1)) * np.arange(ny)
    supply[:, 1] += 1.0
    if rng.random() < 0.3:
        supply[:] = np.inf
    v["equipment_supply"] = (("equipment", "price_step", "year"), supply)
    v["labour_need_option"] = (
        ("option",),
        np.array([{"solar_new": 3.0}.get(g, 1.0) for g in tech]),
    )
    v["labour_need_campus"] = ((), 8.0)
    labour = rng.uniform(4.0, 40.0, (zones, ny))
    labour[rng.random((zones, ny)) < 0.3] = np.inf
    v["labour_supply"] = (("zone", "year"), labour)


def _campus_bus(v, coords, rng, names, ny, days) -> None:  # type: ignore[no-untyped-def]
    """Connections that may be too small, on-site units where some zones have them, curtailment."""
    campus = names if len(names) < 3 else names[:-1]
    coords["campus"] = campus
    open_ = np.array([[z in campus] * ny for z in names], dtype=bool)
    v["campus_buildable"] = (("zone", "year"), open_)
    firm = rng.uniform(0.2, 3.0, (len(names), 1)) * np.linspace(1, 2, ny)
    v["campus_limit"] = (("zone", "year"), firm)
    v["campus_limit_flexible"] = (("zone", "year"), firm * 1.5)
    v["campus_national_limit_flexible"] = (("year",), np.full(ny, 8.0))
    v["campus_flexible_share"] = ((), float(rng.uniform(0.0, 0.4)))
    hours = np.zeros(days)
    hours[rng.choice(days, days // 4, replace=False)] = 3.0
    hours[[d for d in (20, 200) if d < days]] = 3.0
    v["campus_flexible_hours"] = (("day",), hours)
    v["campus_curtailment_cost"] = (("year",), np.full(ny, 300.0))
    v["campus_construction"], v["campus_ramp"] = ((), 2.2), ((), 0.8)
    v["option_construction"] = (("option",), np.full(len(coords["option"]), 2.0))
    v["campus_water"] = (("zone",), rng.uniform(0.0, 0.5, len(names)))
    onsite = [
        o for o, k in zip(coords["option"], v["option_kind"][1], strict=True) if k == "onsite"
    ]
    coords["onsite"] = onsite
    n = len(onsite)
    v["onsite_zone"] = (("onsite",), np.array([o.split()[0] for o in onsite], dtype=object))
    v["onsite_technology"] = (("onsite",), np.array([o.split()[1] for o in onsite], dtype=object))
    v["onsite_existing"] = (("onsite", "year"), np.zeros((n, ny)))
    v["onsite_availability"] = (("onsite",), rng.uniform(0.7, 0.9, n))
    v["onsite_cost"] = (("onsite", "year"), rng.uniform(40, 70, (n, 1)) * np.ones(ny))
    v["onsite_emissions"] = (("onsite",), np.full(n, 0.5))


def _onsite(v, coords, rng, years, sun, share) -> None:  # type: ignore[no-untyped-def]
    """On-site solar and batteries, what turbines sell for, and training load that may move."""
    ny = len(years)
    for kind in ("onsite_renewable", "onsite_store"):
        own = [o for o, k in zip(coords["option"], v["option_kind"][1], strict=True) if k == kind]
        coords[kind] = own
        v[f"{kind}_zone"] = ((kind,), np.array([o.split()[0] for o in own], dtype=object))
        v[f"{kind}_technology"] = ((kind,), np.array([o.split()[1] for o in own], dtype=object))
        v[f"{kind}_existing"] = ((kind, "year"), np.zeros((len(own), ny)))
    solar, n = len(coords["onsite_renewable"]), len(coords["onsite_store"])
    profile = sun * rng.uniform(0.6, 1.0, (solar, len(sun)))
    v["onsite_renewable_profile"] = (("onsite_renewable", "hour"), profile)
    v["onsite_store_hours"] = (("onsite_store",), np.full(n, 4.0))
    v["onsite_store_efficiency"] = (("onsite_store",), np.full(n, 0.85))
    v["onsite_store_availability"] = (("onsite_store",), np.full(n, 0.98))
    v["onsite_store_firm"] = (("onsite_store",), np.full(n, 0.98 * 4.0 / 24.0))
    kinds = v["option_kind"][1]
    price = np.zeros((len(kinds), ny, ny))
    for k in range(ny):
        for b in range(k):
            price[:, k, b] = 0.5 * (1.0 - (years[k] - years[b]) / 30.0) * (kinds == "onsite")
    v["option_resale_price"] = (("option", "year", "year_built"), price)
    v["option_resale_relief"] = (("option", "year", "year_built"), price * 0.12)
    v["campus_training_share"] = ((), 0.6)
    drawn = 0.3 if rng.random() < 0.5 else 0.0
    share = drawn if share is None else share
    v["campus_shiftable_share"] = ((), share)
    coords["shifting"] = list(coords["campus"]) if share > 0 else []


def _fabs(v, coords, rng, names, ny) -> None:  # type: ignore[no-untyped-def]
    """Fab lines of every step, in the zones that may hold a campus, cheap enough to be built."""
    open_ = np.array([z in coords["campus"] for z in names]) & (rng.random() < 0.6)
    flags = open_[None, :, None] & (np.arange(ny) > 0)[None, None, :]
    v["fab_buildable"] = (("chip_step", "zone", "year"), np.repeat(flags, 3, axis=0))
    capital = np.array([[0.6], [0.1], [0.1]]) * np.ones(ny)
    v["fab_overnight_cost"] = (("chip_step", "year"), capital / 0.65)
    v["fab_credit"] = (("chip_step", "year"), np.full(capital.shape, 0.35))
    v["fab_capital"] = (("chip_step", "year"), capital)
    v["fab_annual_charge"] = (("chip_step", "year"), capital * 0.15)
    v["fab_output"] = (("chip_step",), np.full(3, 12.0))
    v["fab_ramp"] = (("year", "year_built"), np.tril(np.full((ny, ny), 2.0)) - 1.5 * np.eye(ny))
    v["fab_power"] = (("chip_step",), np.array([0.01, 0.002, 0.003]))
    v["fab_water"] = (("chip_step",), np.array([0.08, 0.02, 0.06]))


def _units(v, tech, corridors) -> None:  # type: ignore[no-untyped-def]
    """Sizes of whole units, for those that ask for them."""
    v["whole_units"] = ((), False)
    v["campus_unit"] = ((), 0.25)
    v["option_unit"] = (("option",), np.array([1.0 * (g == "gas_cc_new") for g in tech]))
    v["corridor_unit"] = (("corridor",), np.array([2.0, *[0.0] * (corridors - 1)]))
    v["fab_unit"] = (("chip_step",), np.array([20.0, 0.0, 20.0]))


def _draw(coords: dict[str, object], years: tuple[int, ...]) -> np.ndarray:
    """Money is drawn in equal parts over the two years up to the year in service."""
    calendar: list[int] = coords["calendar"]  # type: ignore[assignment]
    out = np.zeros((len(coords["draw_class"]), len(years), len(calendar)))
    for j, y in enumerate(years):
        for c in (y - 1, y):
            out[:, j, calendar.index(c)] = 0.5
    return out
