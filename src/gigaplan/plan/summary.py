"""The answer in short: as JSON-able data, and as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gigaplan.capital.summary import summary as of_capital

if TYPE_CHECKING:
    from gigaplan.plan.plan import Plan

NOTHING = 5e-4  # GW or BUSD: less is not told of a state, for it rounds to 0.000

KEYS = {  # every key of the summary and what it holds; the reference is made from it
    "status": "`optimal`, or the limit that ended the search",
    "aim": "aim of the programme",
    "objective": "BUSD: discounted cost of the system less the value of compute",
    "lower_bound": "BUSD: proven by the cuts",
    "upper_bound": "BUSD: the plan itself, exactly re-dispatched",
    "gap": "certified, relative to the whole system's cost",
    "gap_busd": "BUSD: the same gap",
    "gap_of_programme": "the same gap relative to what the programme adds to the system's cost",
    "integer": "whether campuses, reactors, fab lines and HVDC lines come in whole units",
    "units": "whole units that enter service, by kind and year; reactors and HVDC lines of the "
    "system as well",
    "rounding_cost_busd": "BUSD: what whole units cost at most: the plan's cost above the "
    "certified bound of the best plan in parts of units",
    "rounding_cost_least_busd": "BUSD: what they cost at least",
    "rounding_cost": "the most, relative to the whole system's cost",
    "rounding_cost_of_programme": "the most, relative to what the programme adds to that cost",
    "lower_bound_of_parts": "BUSD: certified bound of the best plan in parts of units",
    "years": "planning years",
    "compute_h100e": "compute in use by year: installed x performance x utilisation, in H100e",
    "accelerators_thousand": "accelerators bought, by generation and year, in thousand",
    "it_power_gw": "GW of IT in service, by year",
    "facility_power_gw": "GW of facility power in service, by year",
    "capital_by_investor": "BUSD called and unfunded, equity, debt, marginal value, by investor",
    "weighted_cost_of_capital": "1/year, real: return that the money asks for, by class of capital",
    "filings": "filings that the holdings need: investor, class, days, fee, what waits for them",
    "unfunded": "BUSD of commitments that could have been called and were not",
    "capital_busd": "BUSD: by year entering service, by asset class, drawn by calendar year, total",
    "by_state": "zone: facility GW in the last year, GW added by technology, capital BUSD",
    "binding": "limits that bind and what one more unit is worth",
    "programme": "name of the programme",
    "title": "its title",
    "dollar_year": "year of all money",
    "system_cost_busd": "BUSD: discounted cost of the whole system",
    "baseline_cost_busd": "BUSD: least that the same costs without the programme",
    "programme_cost_busd": "BUSD: what the programme adds at most",
    "near_ties": "by year, the zones within 1 % of the best at the margin",
    "adequacy": "by year, all 8,760 hours: unserved GWh, worst hour, cost beside the model's",
    "days": "representative days and the days of the year each stands for",
    "hardest_days": "those forced in",
    "day_error": "error of the days' yearly energy, relative",
    "rounds": "rounds of the search",
    "cuts": "cuts of the proof",
    "nodes": "nodes of the branch and bound",
    "notes": "remarks",
    "checks": "name: passed, worst residual, its unit",
    "seconds": "by phase",
    "inputs_sha256": "hash of the inputs",
    "versions": "versions of what made the plan",
}

STATED = (
    "status", "aim", "objective", "lower_bound", "upper_bound", "gap", "gap_busd",
    "gap_of_programme", "integer",
)  # fmt: skip
ROUNDED = (
    "rounding_cost_busd", "rounding_cost_least_busd", "rounding_cost",
    "rounding_cost_of_programme", "lower_bound_of_parts",
)  # fmt: skip
ALSO = (
    "programme", "title", "dollar_year", "system_cost_busd", "baseline_cost_busd",
    "programme_cost_busd", "near_ties", "adequacy", "days", "hardest_days", "day_error", "rounds",
    "cuts", "nodes", "notes", "checks", "seconds", "inputs_sha256", "versions",
)  # fmt: skip


def summary(plan: Plan) -> dict[str, Any]:
    """Status, bounds, power [GW] and capital [BUSD] by year and state, checks and seconds."""
    data, meta = plan.data, plan.meta
    years = [int(y) for y in data["year"].values]
    it_power = data["it_power"].sum("zone").values
    facility = data["facility_power"].sum("zone").values
    by_year = data["capital"].sum(["asset_class", "zone"]).values
    by_class = data["capital"].sum(["zone", "year"])
    drawn = data["capital_draw"].sum("asset_class")
    out: dict[str, Any] = {name: meta.get(name) for name in STATED}
    out["units"] = units(plan) if meta.get("integer") else None
    out |= {name: meta.get(name) for name in ROUNDED}
    chips = data["chip"].values.tolist()
    bought, compute = data["accelerator_build"], data["compute"].sum("chip").values * 1e3
    out |= {
        "years": years,
        "compute_h100e": {str(y): float(v) for y, v in zip(years, compute, strict=True)},
        "accelerators_thousand": {
            str(c): {str(y): float(bought.sel(chip=c, year=y)) for y in years} for c in chips
        },
        "it_power_gw": {str(y): float(v) for y, v in zip(years, it_power, strict=True)},
        "facility_power_gw": {str(y): float(v) for y, v in zip(years, facility, strict=True)},
        "capital_busd": {
            "by_year": {str(y): float(v) for y, v in zip(years, by_year, strict=True)},
            "by_asset_class": {
                str(c): float(by_class.sel(asset_class=c)) for c in by_class["asset_class"].values
            },
            "drawn_by_calendar_year": {
                str(int(c)): float(drawn.sel(calendar=c)) for c in drawn["calendar"].values
            },
            "total": float(data["capital"].sum()),
        },
        "by_state": _by_state(plan),
        "binding": [
            {k: None if v != v else v for k, v in row.items()}
            for row in plan.binding().groupby("limit", sort=False).head(3).to_dict("records")
        ],
    }
    out |= of_capital(plan.inputs, data)
    return out | {name: meta.get(name) for name in ALSO}


KINDS = {  # of whole units: what is built, its size, the dimension that tells kinds apart
    "campus blocks": ("it_build", "campus_unit", ""),
    "fab lines": ("fab_build", "fab_unit", "chip_step"),
    "reactors": ("build", "option_unit", "option"),
    "HVDC lines": ("corridor_build", "corridor_unit", "corridor"),
}


def units(plan: Plan) -> dict[str, dict[str, int]]:
    """Whole units that enter service by kind and year, of all owners; kinds of which there are."""
    inputs, data = plan.inputs, plan.data
    out = {}
    for kind, (name, size, dim) in KINDS.items():
        built, unit = data[name], inputs[size]
        if dim:
            built, unit = (a.isel({dim: inputs[size].values > 0}) for a in (built, unit))
        elif float(unit) <= 0:
            continue
        count = (built / unit).round().sum([d for d in built.dims if d != "year"])
        if float(count.sum()) > 0:
            out[kind] = {str(y): int(count.sel(year=y)) for y in data["year"].values.tolist()}
    return out


def _by_state(plan: Plan) -> dict[str, Any]:
    """Zone -> facility GW at the end, generation that the programme adds [GW], capital [BUSD]."""
    inputs, data = plan.inputs, plan.data
    facility = data["facility_power"].isel(year=-1)
    capital = data["capital"].sum(["asset_class", "year"])
    own = data["build"].sel(owner="programme").sum("year")
    zone_of, technology = inputs["option_zone"].values, inputs["option_technology"].values
    out: dict[str, Any] = {}
    for zone in data["zone"].values.tolist():
        added: dict[str, float] = {}
        for i in np.flatnonzero(zone_of == zone):
            name = str(technology[i])
            added[name] = added.get(name, 0.0) + float(own.values[i])
        entry: dict[str, Any] = {
            "facility_gw": float(facility.sel(zone=zone)),
            "generation_added_gw": {n: v for n, v in added.items() if v >= NOTHING},
            "capital_busd": float(capital.sel(zone=zone)),
        }
        if max(entry["facility_gw"], entry["capital_busd"], *added.values(), 0.0) >= NOTHING:
            out[str(zone)] = entry
    return out


def summary_text(plan: Plan) -> str:
    """The summary for people, at most 60 lines, a unit on every figure."""
    facts = plan.summary()
    lines = [plan.title, "=" * len(plan.title), *_proof(facts), ""]
    header = "".join(f"{y:>12}" for y in facts["years"])
    lines.append(f"{'':34}{header}")
    for label, key in (
        ("IT power [GW]", "it_power_gw"),
        ("facility power [GW]", "facility_power_gw"),
    ):
        lines.append(f"{label:34}" + "".join(f"{v:z12.3f}" for v in facts[key].values()))
    compute = facts["compute_h100e"].values()
    label = "compute in use [thousand H100e]"
    lines.append(f"{label:34}" + "".join(f"{v / 1e3:z12.1f}" for v in compute))
    for name, by_year in facts["accelerators_thousand"].items():
        label = f"{name} bought [thousand]"
        lines.append(f"{label:34}" + "".join(f"{v:z12.1f}" for v in by_year.values()))
    capital = facts["capital_busd"]["by_year"].values()
    lines.append(
        f"{'capital entering service [BUSD]':34}" + "".join(f"{v:z12.2f}" for v in capital)
    )
    lines += ["", *_states(facts), ""]
    parts = facts["capital_busd"]["by_asset_class"].items()
    spent = ", ".join(f"{name} {value:.1f}" for name, value in parts if value > 0.005)
    total = f"capital [BUSD of {facts['dollar_year']}]: {facts['capital_busd']['total']:.1f} in all"
    lines.append(f"{total}: {spent or 'none'}")
    lines += _money(facts)
    for year, states in (facts["near_ties"] or {}).items():
        lines.append(f"within 1 % of the best state at the margin, {year}: {', '.join(states)}")
    lines += ["", *_binding(facts), "", *_adequacy(facts)]
    checks = facts["checks"].values()
    worst = max((c["worst"] for c in checks), default=0.0)
    lines.append(
        f"checks: {sum(c['passed'] for c in checks)} of {len(checks)} passed against the inputs, "
        f"worst residual {worst:.1e}"
    )
    seconds = facts["seconds"]
    lines.append(
        f"seconds: {sum(seconds.values()):.1f} in all: "
        + ", ".join(f"{k} {v:.1f}" for k, v in seconds.items())
    )
    lines += [f"note: {text}" for text in facts["notes"] or []]
    return "\n".join(lines)


def _proof(facts: dict[str, Any]) -> list[str]:
    """Status and certified gap in words."""
    status = facts["status"]
    stopped = "STOPPED at the {} limit with a valid plan; its gap is certified but wider than asked"
    words = {
        "optimal": "optimal within the gap asked for",
        "time_limit": stopped.format("time"),
        "round_limit": stopped.format("round"),
    }
    of_programme = facts["gap_of_programme"]
    share = (
        f", {of_programme:.2%} of what the programme adds to it" if of_programme is not None else ""
    )
    lines = [
        f"status: {words.get(status, status)}; aim: {facts['aim']}",
        f"objective {facts['objective']:z,.2f} BUSD (cost less value of compute, discounted), "
        f"between {facts['lower_bound']:z,.3f} and {facts['upper_bound']:z,.3f}",
        f"certified gap {facts['gap_busd']:.3f} BUSD: {facts['gap']:.1e} of the system's cost"
        + share,
    ]
    if facts["programme_cost_busd"] is not None:
        lines.append(
            f"system cost {facts['system_cost_busd']:,.1f} BUSD, "
            "of which the programme adds at most "
            f"{facts['programme_cost_busd']:z,.1f}"
        )
    return [*lines, *_whole(facts)]


def _whole(facts: dict[str, Any]) -> list[str]:
    """What whole units are there, and what rounding cost."""
    if not facts["integer"]:
        return []
    counted = "; ".join(
        f"{kind} " + ", ".join(f"{n} in {year}" for year, n in by_year.items() if n)
        for kind, by_year in facts["units"].items()
    )
    share = facts["rounding_cost_of_programme"]
    of_programme = f", {share:.2%} of what the programme adds" if share is not None else ""
    return [
        f"whole units: {counted or 'none'}",
        f"rounding to them costs {facts['rounding_cost_least_busd']:.3f} to "
        f"{facts['rounding_cost_busd']:.3f} BUSD: at most {facts['rounding_cost']:.3%} of the "
        f"system's cost{of_programme}",
    ]


def _money(facts: dict[str, Any]) -> list[str]:
    """Who pays, at what return, and what is filed; nothing where one purse pays."""
    rates = facts["weighted_cost_of_capital"]
    if rates is None:
        return []
    paid = {n: v["called_busd"] for n, v in facts["capital_by_investor"].items()}
    largest = sorted((n for n in paid if paid[n] >= 0.005), key=lambda n: -paid[n])
    shown = ", ".join(f"{n} {paid[n]:.2f}" for n in largest[:6])
    more = f" and {len(largest) - 6} more" if len(largest) > 6 else ""
    cost = ", ".join(f"{n} {100 * rate:.1f}" for n, rate in rates.items())
    return [
        f"called from investors [BUSD]: {shown}{more}; unfunded {facts['unfunded']:.1f}; "
        f"filings: {len(facts['filings'])}",
        f"cost of money [%/year, real]: {cost}",
    ]


def _states(facts: dict[str, Any]) -> list[str]:
    """States by facility power."""
    if not facts["by_state"]:
        return ["nothing is built by the programme"]
    lines = [
        f"{'state':8}{'facility [GW]':>14}{'capital [BUSD]':>16}  generation and storage added [GW]"
    ]
    states = sorted(facts["by_state"].items(), key=lambda s: -s[1]["capital_busd"])
    states = [s for s in states if s[1]["facility_gw"] >= NOTHING or s[1]["capital_busd"] >= 5e-3]
    for name, entry in states[:14]:
        added = ", ".join(
            f"{t} {v:.2f}" for t, v in entry["generation_added_gw"].items() if v >= 0.005
        )
        line = f"{name:8}{entry['facility_gw']:z14.3f}{entry['capital_busd']:z16.2f}  {added}"
        lines.append(line.rstrip())
    if len(states) > 14:
        lines.append(f"and {len(states) - 14} more (show PLAN rollout)")
    return lines


def _binding(facts: dict[str, Any]) -> list[str]:
    """What binds, and what one more unit is worth."""
    rows = [r for r in facts["binding"] if r["worth"] > 1e-4][:8]
    if not rows:
        return ["no limit of money or building binds"]
    lines = [
        "what binds, and what one more unit is worth in the objective (slope of the final "
        + ("cuts, in parts of units):" if facts["integer"] else "cuts):")
    ]
    for row in rows:
        where = " ".join(p for p in (str(row["limit"]), str(row["where"]), str(row["year"])) if p)
        lines.append(f"  {where:44}{row['worth']:10.3f} {row['unit']}")
    return lines


def _adequacy(facts: dict[str, Any]) -> list[str]:
    """All 8,760 hours beside the model's days."""
    lines = []
    for year, a in (facts["adequacy"] or {}).items():
        short = (
            f"unserved {a['unserved_gwh']:.1f} GWh, "
            f"worst {a['worst_hour_gw']:.2f} GW in hour {a['worst_hour']:.0f}"
            if a["unserved_gwh"] > 0
            else "no unserved energy"
        )
        lines.append(
            f"all 8,760 hours of {year}: {short}; dispatch {a['dispatch_cost_busd']:.2f} BUSD "
            f"against {a['model_dispatch_cost_busd']:.2f} on the model's days"
        )
    return lines
