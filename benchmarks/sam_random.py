"""Draw cases at random and run them with NREL's System Advisor Model, for ``benchmarks/sam.py``.

    python benchmarks/sam_random.py OUT [COUNT] [SEED]

Needs PySAM (package ``NREL-PySAM`` 7.1.1), best in an environment of its own: it is a judge, no
part of the project. Writes ``<case>.json`` and ``<case>_cashflow.csv`` in the shape of the
reference runs, then ``python benchmarks/sam.py OUT`` compares them. Cases that SAM itself refuses
are drawn again. Exit code 2 without PySAM.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import importlib.util
import json
import math
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MODELS = {
    "Singleowner": "SingleOwner",
    "Levpartflip": "LeveragedPartnershipFlip",
    "Equpartflip": "AllEquityPartnershipFlip",
    "Saleleaseback": "SaleLeaseback",
}
PLANTS = ("CustomGenerationProfile", "CustomGenerationProfile", "PVWatts", "WindPower")
CLASSES = ("macrs_5", "macrs_15", "sl_5", "sl_15", "sl_20", "sl_39", "custom")
INDEBTED = ("Singleowner", "Levpartflip")
# what every model takes: name, choices
COMMON: dict[str, tuple[Any, ...]] = {
    "ppa_escalation": (0, 0, 1, 2.5, -0.5), "ppa_soln_mode": (1, 1, 0),
    "inflation_rate": (0, 2, 2.5, 3.1), "real_discount_rate": (3, 6.4, 8),
    "insurance_rate": (0, 0.25, 0.5, 1), "property_tax_rate": (0, 0.5, 1, 2),
    "prop_tax_cost_assessed_percent": (100, 80, 50), "prop_tax_assessed_decline": (0, 3, 5),
    "salvage_percentage": (0, 0, 5, 20), "construction_financing_cost": (0, 1e6, 8e6),
    "cost_other_financing": (0, 0, 5e5), "months_working_reserve": (0, 3, 6),
    "months_receivables_reserve": (0, 0, 1, 2), "reserves_interest": (0, 1.75, 3),
    "equip1_reserve_cost": (0, 0.05, 0.2), "equip1_reserve_freq": (0, 5, 12),
    "equip2_reserve_cost": (0, 0.1), "equip2_reserve_freq": (0, 7, 15),
    "equip3_reserve_cost": (0, 0.05), "equip3_reserve_freq": (0, 3, 20),
    "equip_reserve_depr_fed": tuple(range(7)), "equip_reserve_depr_sta": tuple(range(7)),
    "om_fixed_escal": (0, 1, -1), "om_capacity_escal": (0, 1), "om_production_escal": (0, 0.5),
    "ptc_fed_escal": (0, 2, 2.5), "ptc_fed_term": (10, 5, 15), "ptc_sta_escal": (0, 2),
    "ptc_sta_term": (10, 5), "depr_bonus_fed": (0, 0, 40, 100), "depr_bonus_sta": (0, 0, 60),
    "depr_fedbas_method": (0, 1, 1), "depr_stabas_method": (0, 1, 1),
    "itc_fed_percent": ([0], [0], [10], [30], [50]), "itc_sta_percent": ([0], [0], [5]),
    "itc_fed_percent_maxvalue": ([1e38], [1e38], [2e7]), "itc_fed_amount": ([0], [0], [3e6]),
    "itc_sta_amount": ([0], [0], [1e6]),
}  # fmt: skip
DEBT: dict[str, tuple[Any, ...]] = {
    "debt_option": (0, 1, 1), "debt_percent": (0, 30, 60, 75), "payment_option": (0, 1),
    "dscr": (1.2, 1.3, 1.5, 2), "dscr_limit_debt_fraction": (0, 1),
    "dscr_maximum_debt_fraction": (40, 60, 80, 100), "dscr_reserve_months": (0, 3, 6, 12),
    "loan_moratorium": (0, 0, 1, 3), "term_int_rate": (0, 4, 5.5, 7, 9),
    "cost_debt_fee": (0, 1, 2.75), "cost_debt_closing": (0, 450000),
}  # fmt: skip
FLIP: dict[str, tuple[Any, ...]] = {
    "cost_equity_closing": (0, 300000), "cost_dev_fee_percent": (0, 3, 5),
    "tax_investor_equity_percent": (30, 40, 60, 98), "tax_investor_preflip_cash_percent":
    (98, 20, 50, 0, 100), "tax_investor_preflip_tax_percent": (60, 90, 98, 99),
    "tax_investor_postflip_cash_percent": (5, 10, 20), "tax_investor_postflip_tax_percent":
    (5, 10, 30),
}  # fmt: skip
OWN: dict[str, dict[str, tuple[Any, ...]]] = {
    "Singleowner": DEBT,
    "Levpartflip": {**DEBT, **FLIP},
    "Equpartflip": {**FLIP, "sponsor_cap_recovery_mode": (0, 0, 1),
                    "sponsor_cap_recovery_year": (3, 5, 8)},
    "Saleleaseback": {"cost_equity_closing": (0, 300000), "cost_dev_fee_percent": (0, 3, 5),
                      "sponsor_operating_margin": (0, 5, 20, 40),
                      "sponsor_operating_margin_escalation": (0, 2),
                      "tax_investor_required_lease_reserve": (0, 3, 6, 12)},
}  # fmt: skip


def drawn(r: random.Random, model: str) -> dict[str, Any]:
    """Inputs of one case; a random part of them is left at the default of SAM's configuration."""
    years, size = r.choice([10, 15, 20, 25, 30, 35]), r.choice([20e3, 100e3, 350e3])

    def series(low: float, high: float, often: float = 0.15) -> list[float]:
        count = years if r.random() < often else 1
        return [round(r.uniform(low, high), 3) for _ in range(count)]

    core: dict[str, Any] = {
        "analysis_period": years, "system_capacity": size,
        "total_installed_cost": round(size * r.uniform(800, 3500)),
        "gen": [size * r.uniform(0.2, 0.7)] * 8760, **_allocation(r),
    }  # fmt: skip
    free: dict[str, Any] = {k: r.choice(v) for k, v in {**COMMON, **OWN[model]}.items()}
    free |= {
        "ppa_price_input": series(0.03, 0.13), "degradation": series(0, 1.2),
        "federal_tax_rate": r.choice([[21], [21], [35], series(15, 30, 1)]),
        "state_tax_rate": r.choice([[0], [7], [9.3], series(2, 9, 1)]),
        "flip_target_percent": round(r.uniform(6, 14), 2),
        "flip_target_year": r.choice([6, 10, 15, 20, years]), "om_fixed": series(0, 4e6),
        "om_capacity": series(0, 40), "om_production": series(0, 9),
        "ptc_fed_amount": r.choice([[0], [0], series(0.005, 0.03)]),
        "ptc_sta_amount": r.choice([[0], [0], series(0.005, 0.02)]),
    }  # fmt: skip
    for c in CLASSES:
        free |= {f"depr_bonus_{t}_{c}": r.choice([0, 1]) for t in ("fed", "sta")}
        free |= {f"depr_itc_{t}_{c}": r.choice([0, 1, 1]) for t in ("fed", "sta")}
    for g in ("fed", "sta", "uti", "oth"):
        free |= _incentives(r, g, series, model)
    if r.random() < 0.15:
        table = [[r.randint(1, 9) for _ in range(24)] for _ in range(12)]
        core["dispatch_tod_factors"] = [round(r.uniform(0.5, 2), 2) for _ in range(9)]
        core |= {"dispatch_sched_weekday": table, "dispatch_sched_weekend": table[::-1]}
    share = r.choice([0.0, 0.0, r.uniform(0.2, 0.8)])
    out = core | {k: v for k, v in free.items() if r.random() >= share}
    if model in INDEBTED:  # a tenor beyond the life is refused here, see docs/deals.md
        out["term_tenor"] = min(years, r.choice([5, 10, 15, 18, years]))
    return out


def _allocation(r: random.Random) -> dict[str, Any]:
    """Depreciation classes whose shares add to 100 %, or to less."""
    found: dict[str, Any] = {f"depr_alloc_{c}_percent": 0 for c in CLASSES}
    left, chosen = 100.0, r.sample(CLASSES, r.choice([1, 1, 2, 3]))
    for c in chosen[:-1]:
        part = round(left * r.uniform(0.1, 0.7), 1)
        found[f"depr_alloc_{c}_percent"] = part
        left -= part
    found[f"depr_alloc_{chosen[-1]}_percent"] = left * r.choice([1, 1, 0.5])
    if "custom" in chosen:
        found["depr_custom_schedule"] = [20, 30, 25, 15, 10]
    return found


def _incentives(r: random.Random, g: str, series: Any, model: str) -> dict[str, Any]:
    """Investment, capacity and production incentives of one giver, most of them none."""
    rare = (0, 0, 0, 0)
    found: dict[str, Any] = {
        f"ibi_{g}_amount": r.choice([*rare, 2e6]), f"ibi_{g}_percent": r.choice([*rare, 4]),
        f"ibi_{g}_percent_maxvalue": r.choice([1e38, 1e6]),
        f"cbi_{g}_amount": r.choice([*rare, 0.03]), f"cbi_{g}_maxvalue": r.choice([1e38, 1e6]),
        f"pbi_{g}_amount": r.choice([[0], [0], [0], [0], series(0.002, 0.01)]),
        f"pbi_{g}_term": r.choice([5, 10]), f"pbi_{g}_escal": r.choice([0, 1]),
    }  # fmt: skip
    if model in INDEBTED:
        found[f"pbi_{g}_for_ds"] = r.choice([0, 1])
    for name in (f"ibi_{g}_amount", f"ibi_{g}_percent", f"cbi_{g}", f"pbi_{g}"):
        for tax in ("fed", "sta"):
            found[f"{name}_tax_{tax}"] = r.choice([0, 1])
            if not name.startswith("pbi"):
                found[f"{name}_deprbas_{tax}"] = r.choice([0, 1])
    return found


def run(model: str, configuration: str, inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    """Inputs and outputs of a run by group; None where SAM refuses the case."""
    module = importlib.import_module(f"PySAM.{model}")
    try:
        case = module.default(configuration)
        for name, value in inputs.items():
            case.value(name, value)
        case.execute(0)
    except Exception:  # PySAM raises Exception itself
        return None
    return dict(case.export())


def packed(value: Any) -> Any:
    """A value as the reference runs write it: long constant lists in short."""
    if not isinstance(value, list | tuple):
        return value
    if len(value) > 100 and len(set(value)) == 1:
        return {"constant_array": value[0], "length": len(value)}
    return [list(v) if isinstance(v, tuple) else v for v in value]


def nonzero(value: Any) -> bool:
    """Whether anything of a value is other than zero."""
    if isinstance(value, list | tuple):
        return any(nonzero(v) for v in value)
    return bool(value != 0)


def write(folder: Path, name: str, model: str, configuration: str, inputs: Mapping[str, Any],
          groups: Mapping[str, Any]) -> None:  # fmt: skip
    """One case: its inputs and single results, and its yearly lines."""
    given = {k: v for g, group in groups.items() if g != "Outputs" for k, v in group.items()}
    out = groups["Outputs"]
    size = int(given["analysis_period"]) + 1
    single = {k: v for k, v in out.items() if isinstance(v, int | float) and v}
    document = {
        "case": name, "default_configuration": configuration, "model": f"PySAM.{model}",
        "note": "random",
        "inputs_nonzero": {k: packed(v) for k, v in sorted(given.items())
                           if nonzero(v) and not k.startswith("ur_")},
        "overrides": {k: packed(v) for k, v in sorted(inputs.items())},
        "scalar_outputs_nonzero": {k: None if math.isnan(v) else v for k, v in single.items()},
    }  # fmt: skip
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1), "utf-8")
    with (folder / f"{name}_cashflow.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["line_item", *(f"year_{i}" for i in range(size))])
        for line, values in sorted(out.items()):
            yearly = isinstance(values, tuple) and len(values) == size
            if line.startswith("cf_") and yearly and nonzero(values):
                table.writerow([line, *("" if math.isnan(v) else repr(v) for v in values)])


def main() -> int:
    """Write the cases asked for."""
    if importlib.util.find_spec("PySAM") is None:
        print("PySAM is not installed: install NREL-PySAM in an environment of its own",
              file=sys.stderr)  # fmt: skip
        return 2
    words = argparse.ArgumentParser(description="Random cases, run with SAM")
    words.add_argument("out", type=Path)
    words.add_argument("count", type=int, nargs="?", default=250)
    words.add_argument("seed", type=int, nargs="?", default=1)
    asked = words.parse_args()
    folder, count, seed = asked.out, asked.count, asked.seed
    folder.mkdir(parents=True, exist_ok=True)
    r, made, refused = random.Random(seed), 0, 0
    while made < count:
        model = r.choice(list(MODELS))
        configuration = f"{r.choice(PLANTS)}{MODELS[model]}"
        inputs = drawn(r, model)
        groups = run(model, configuration, inputs)
        if groups is None:
            refused += 1
            continue
        write(folder, f"{model.lower()}_{seed}_{made:03d}", model, configuration, inputs, groups)
        made += 1
        if made % 50 == 0:
            print(f"{made} of {count} cases", file=sys.stderr)
    print(f"{made} cases in {folder}; SAM refused {refused} more")
    return 0


if __name__ == "__main__":
    sys.exit(main())
