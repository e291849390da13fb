"""Deals in SAM's conventions against reference runs of SAM itself, and what is refused."""

import csv
import json
import math
from pathlib import Path

import pytest

from gigaplan.cli.main import main
from gigaplan.deals.casefile import deal_of, open_deal
from gigaplan.deals.sam.declaration import declared
from gigaplan.errors import InfeasibleError, InputError

FOLDER = Path(__file__).parent / "sam_reference"
CASES = sorted(p.stem for p in FOLDER.glob("*.json"))
BASE = {
    "analysis_period": 20, "total_installed_cost": 250e6, "system_capacity": 100e3,
    "federal_tax_rate": 21, "state_tax_rate": 0, "inflation_rate": 2.5, "real_discount_rate": 6.4,
    "annual_energy": 438e6, "ppa_price_input": 0.065, "om_fixed": 1.5e6,
    "depr_alloc_macrs_5_percent": 100,
}  # fmt: skip


def close(ours, theirs, unit):
    if ours is None:
        return theirs == 0.0
    gap = abs(ours - theirs)
    return gap <= (0.01 if unit == "$" else 1e-9) or gap <= 1e-3 * abs(theirs)


@pytest.mark.parametrize("case", CASES)
def test_every_year_of_a_reference_run(case):
    deal = open_deal(FOLDER / f"{case}.json").data()
    reference = json.loads((FOLDER / f"{case}.json").read_text())
    wrong = []
    with (FOLDER / f"{case}_cashflow.csv").open(newline="") as file:
        for name, *values in list(csv.reader(file))[1:]:
            for year, (a, b) in enumerate(zip(deal["cash_flow"][name], values, strict=True)):
                if b and b != "nan" and not close(a, float(b), deal["units"][name]):
                    wrong.append((name, year, a, b))
    for name, b in reference["scalar_outputs_nonzero"].items():
        a = deal["outputs"][name]
        if not close(a, b, deal["units"][name]) and abs(b) < 1e300:
            wrong.append((name, a, b))
    assert not wrong
    assert all(c["holds"] for c in deal["checks"].values())


def test_the_references_use_every_model_and_both_price_modes():
    models = {json.loads((FOLDER / f"{c}.json").read_text())["model"] for c in CASES}
    assert models == {"PySAM.Singleowner", "PySAM.Levpartflip", "PySAM.Equpartflip",
                      "PySAM.Saleleaseback"}  # fmt: skip
    assert any(
        json.loads((FOLDER / f"{c}.json").read_text())["inputs_nonzero"].get("ppa_soln_mode", 0)
        == 0
        for c in CASES
    )


def run(model="singleowner", **inputs):
    return deal_of({"model": model, "name": "t", "inputs": {**BASE, **inputs}}, "case.yaml")


FLIP = {
    "tax_investor_equity_percent": 60, "tax_investor_preflip_cash_percent": 50,
    "tax_investor_postflip_cash_percent": 10, "tax_investor_preflip_tax_percent": 98,
    "tax_investor_postflip_tax_percent": 10,
}  # fmt: skip
OWN = {
    "singleowner": {}, "levpartflip": FLIP, "equpartflip": FLIP,
    "saleleaseback": {"tax_investor_required_lease_reserve": 6, "sponsor_operating_margin": 10},
}  # fmt: skip


@pytest.mark.parametrize("model", OWN)
def test_a_solved_price_meets_the_target(model):
    deal = run(model, ppa_soln_mode=0, flip_target_percent=10, flip_target_year=12, **OWN[model])
    assert deal.numbers["flip_actual_irr"] == pytest.approx(10, abs=2e-3)


def test_a_price_that_cannot_be_found_is_infeasible():
    with pytest.raises(InfeasibleError, match="no price gives the target"):
        run(ppa_soln_mode=0, flip_target_percent=10, flip_target_year=12, annual_energy=1.0)


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"om_fixd": 1}, "om_fixd"),
        ({"en_batt": 1}, "en_batt"),
        ({"om_batt_fixed_cost": [5.0]}, "om_batt_fixed_cost"),
        ({"term_tenor": 30, "debt_option": 0, "debt_percent": 50}, "term_tenor"),
        ({"debt_percent": 120}, "debt_percent"),
        ({"total_installed_cost": "much"}, "total_installed_cost"),
        ({"federal_tax_rate": [21, float("nan")]}, "federal_tax_rate"),
        ({"depr_alloc_sl_20_percent": 20}, "depr_alloc_*_percent"),
        ({"ppa_soln_mode": 2}, "ppa_soln_mode"),
        ({"gen": [1.0] * 100}, "gen"),
        ({"gen": {"constant_array": 1.0, "length": 8760}, "dispatch_tod_factors": [1, 2]},
         "dispatch_sched_weekday"),
        ({"degradation": [0.1] * 25}, "degradation"),
        ({"loan_moratorium": 6, "term_tenor": 5, "debt_percent": 50}, "loan_moratorium"),
        ({"analysis_period": 12.5}, "analysis_period"),
        ({"tax_investor_equity_percent": 50}, "tax_investor_equity_percent"),
    ],
)  # fmt: skip
def test_what_is_not_modelled_or_not_valid_is_named(inputs, field):
    with pytest.raises(InputError) as caught:
        run(**inputs)
    assert field in [p.field for p in caught.value.problems]
    assert all(p.file == "case.yaml" for p in caught.value.problems)


def test_all_faults_are_reported_together():
    with pytest.raises(InputError) as caught:
        run(om_fixd=1, debt_percent=120, ppa_soln_mode=2, debt_option=1, term_tenor=30, dscr=1.3)
    assert {"om_fixd", "debt_percent", "ppa_soln_mode", "term_tenor"} == {
        p.field for p in caught.value.problems
    }


def test_faults_of_a_file_name_their_rows(tmp_path):
    lines = ["model: singleowner", "inputs:", *(f"  {k}: {v!r}" for k, v in BASE.items())]
    path = tmp_path / "case.yaml"
    path.write_text("\n".join([*lines, "  debt_percent: 120", "  om_fixd: 1"]))
    with pytest.raises(InputError) as caught:
        open_deal(path)
    rows = {p.field: p.row for p in caught.value.problems}
    assert rows == {"debt_percent": len(lines) + 1, "om_fixd": len(lines) + 2}


def test_an_input_that_is_not_modelled_may_be_zero():
    assert run(en_batt=0).measure("project_return_aftertax_irr") is not None


def test_required_inputs_are_named():
    with pytest.raises(InputError) as caught:
        deal_of({"model": "singleowner", "inputs": {"om_fixed": 1}}, "c")
    assert "total_installed_cost" in {p.field for p in caught.value.problems}


def test_no_root_and_several_roots_are_said():
    deal = run(ppa_price_input=0.0)
    assert deal.measure("project_return_aftertax_irr") is None
    assert "no root" in {m.remark for m in deal.measures}


def test_profile_and_annual_energy_are_the_same():
    given = run()
    hourly = deal_of(
        {"model": "singleowner", "inputs": {k: v for k, v in BASE.items() if k != "annual_energy"}
         | {"gen": [50000.0] * 8760}}, "c")  # fmt: skip
    assert hourly.numbers["lcoe_nom"] == pytest.approx(given.numbers["lcoe_nom"])


def test_the_declaration_covers_every_model_and_has_units():
    every = declared()
    assert len(every) > 300
    assert {m for d in every.values() for m in d.models} >= {"so", "lp", "eq", "sl"}
    assert {d.status for d in every.values()} == {"modelled", "inert", "refused"}
    assert every["total_installed_cost"].unit == "$"


def test_command_prints_numbers_with_units(capsys):
    assert main(["deal", str(FOLDER / f"{CASES[0]}.json")]) == 0
    assert "cents/kWh" in capsys.readouterr().out
    assert main(["deal", str(FOLDER / f"{CASES[0]}.json"), "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {"deal", "line", "unit", "period", "value"} == set(rows[0]) - {"label"}
    assert not math.isnan(float(rows[0]["value"]))


def test_construction_loans_cost_what_sams_module_says():
    """PySAM 7.1.1 CbConstructionFinancing: 60 % at 6.5 % for 24 months, 40 % at 7 % for 6."""
    loans = {
        "const_per_percent1": 60, "const_per_interest_rate1": 6.5, "const_per_months1": 24,
        "const_per_upfront_rate1": 1, "const_per_percent2": 40, "const_per_interest_rate2": 7,
        "const_per_months2": 6, "const_per_upfront_rate2": 2,
    }  # fmt: skip
    deal = run(**loans)
    assert deal.numbers["construction_financing_cost"] == pytest.approx(15e6)
    stated = run(construction_financing_cost=15e6)
    assert deal.numbers["cost_installed"] == pytest.approx(stated.numbers["cost_installed"])
    both = run(**loans, construction_financing_cost=1e6)  # what is stated rules
    assert both.numbers["cost_installed"] == pytest.approx(251e6)


def test_a_credit_by_schedule_is_left_out_of_the_lessors_last_year():
    """SAM's convention, seen in PySAM runs of the sale leaseback."""
    deal = run("saleleaseback", itc_fed_percent=[1.0] * 20, depr_itc_fed_macrs_5=1)
    credit, kept = (deal.lines[n] for n in ("cf_itc_fed", "cf_tax_investor_aftertax_itc"))
    assert credit[20] > 0.0 == kept[20]
    assert kept[19] == credit[19]
    assert all(c["holds"] for c in deal.data()["checks"].values())
