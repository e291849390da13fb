"""Workbooks: recalculated by an independent formula engine, edited, and read back."""

import re
import zipfile

import formulas
import openpyxl
import pytest

from deal_cases import campus
from gigaplan.cli.main import main
from gigaplan.deals.casefile import deal_of, open_deal, open_deals
from gigaplan.deals.workbook.writer import write_workbook
from gigaplan.errors import InputError, UsageError
from plan_made import KINDS, SOLD, short_company, with_a_bridge, with_all_kinds
from test_deals_owners import BY_ITEM, FLIP, by_item, solar

SAM = {
    "analysis_period": 7, "total_installed_cost": 250e6, "system_capacity": 100e3,
    "federal_tax_rate": 21, "state_tax_rate": 7, "inflation_rate": 2.5, "real_discount_rate": 6.4,
    "annual_energy": 438e6, "ppa_price_input": 0.11, "om_fixed": 1.5e6, "ppa_escalation": 1,
    "depr_alloc_macrs_5_percent": 90, "depr_alloc_sl_20_percent": 10, "depr_itc_fed_macrs_5": 1,
    "itc_fed_percent": 30, "cost_dev_fee_percent": 3, "months_working_reserve": 6,
    "reserves_interest": 1.75, "degradation": 0.5, "equip1_reserve_cost": 0.1,
    "equip1_reserve_freq": 3, "ptc_sta_amount": 0.002, "debt_option": 1, "dscr": 1.6,
    "term_tenor": 6, "term_int_rate": 7, "dscr_reserve_months": 6, "cost_debt_fee": 2,
    "tax_investor_equity_percent": 60, "tax_investor_preflip_cash_percent": 50,
    "tax_investor_postflip_cash_percent": 10, "tax_investor_preflip_tax_percent": 98,
    "tax_investor_postflip_tax_percent": 10, "flip_target_percent": 9, "flip_target_year": 6,
}  # fmt: skip


def sam(model="levpartflip"):
    return deal_of({"model": model, "name": "flip", "inputs": SAM}, "flip.yaml")


def engine(path):
    """The workbook in the independent engine."""
    return formulas.ExcelModel().loads(str(path)).finish()


def recalculated(model, **inputs):
    """Every cell as the independent engine computes it, by sheet and address."""
    found = {}
    for key, value in model.calculate(inputs=inputs or None).items():
        match = re.fullmatch(r"'\[.*?\](.*)'!([A-Z]+\d+)", str(key))
        if match:
            found[match[1], match[2]] = value.value[0, 0]
    return found


def differences(path, cells):
    """Formula cells whose recalculated value is not the cached one."""
    shown, written = (openpyxl.load_workbook(path, data_only=d) for d in (True, False))
    wrong, count = [], 0
    for sheet in written:
        for row in sheet.iter_rows():
            for cell in row:
                if not (isinstance(cell.value, str) and cell.value.startswith("=")):
                    continue
                count += 1
                cached = shown[sheet.title][cell.coordinate].value
                got = cells.get((sheet.title.upper(), cell.coordinate))
                if cached in (None, ""):
                    if got not in (None, "") and str(got) != "":
                        wrong.append((sheet.title, cell.coordinate, got, cached))
                elif not abs(float(got) - cached) <= 1e-6 * max(1.0, abs(cached)):
                    wrong.append((sheet.title, cell.coordinate, got, cached))
    return wrong, count


def small_company():
    data = campus(timeline={"construction_months": 3, "operation_years": 4})
    data["debt"]["tranches"][0]["tenor_years"] = 3
    return data


# in Excel 2007 and LibreOffice alike
COMMON = {"SUM", "IF", "MIN", "MAX", "AND", "OR", "ROUND", "ROUNDUP", "COUNT", "AVERAGE", "NPV",
          "IRR", "XIRR", "IFERROR", "SUMPRODUCT", "SUMIF"}  # fmt: skip


def functions_of(book):
    """Names of the functions in all formulas."""
    used = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    used |= set(re.findall(r"([A-Z][A-Z.]+)\(", cell.value))
    return used


def agrees_and_moves(first, path, name, measure):
    """Every cell agrees; a price moves the return as the engine says; edits are read back."""
    write_workbook(first, path)
    model = engine(path)
    wrong, count = differences(path, recalculated(model))
    assert wrong == []
    # change the price in the workbook only, and let the independent engine recalculate
    book = openpyxl.load_workbook(path)
    assert functions_of(book) <= COMMON
    for row in book["Assumptions"].iter_rows(min_row=3):
        if row[3].value == name:
            row[2].value *= 1.07
            price, place = row[2].value, row[2].coordinate
    edited = path.with_name("edited.xlsx")
    book.save(edited)
    expected = first.rerun({name: price})
    assert expected.measure(measure) != pytest.approx(first.measure(measure), rel=1e-3)
    cells = recalculated(model, **{f"'[{path.name}]ASSUMPTIONS'!{place}": price})
    shown = {r[3].value: r[2].coordinate for r in book["Returns"].iter_rows(min_row=3)}
    assert measure in shown
    for m in first.measures:  # what has a root before and after moves as the engine says
        after = expected.measure(m.name)
        if m.name in shown and None not in (m.value, after):
            got = float(cells["RETURNS", shown[m.name]])
            assert got == pytest.approx(after, rel=1e-6, abs=1e-6), m.name
    again = open_deal(edited)
    assert again.measure(measure) == pytest.approx(expected.measure(measure), rel=1e-9)
    return count


@pytest.mark.parametrize("deal", [sam, lambda: deal_of(small_company(), "campus.yaml")],
                         ids=["sam", "company"])  # fmt: skip
def test_every_cell_agrees_with_the_engine_and_a_price_moves_the_return(deal, tmp_path):
    first = deal()
    sam_case = first.convention.startswith("sam")
    name = "ppa_price" if sam_case else "revenue.0.price"
    measure = "tax_investor_aftertax_irr" if sam_case else "equity_irr"
    assert agrees_and_moves(first, tmp_path / "deal.xlsx", name, measure) > 700


@pytest.mark.parametrize("kind", KINDS)
def test_so_it_is_for_every_kind_of_asset_of_a_plan(kind, three_states, coalition, tmp_path):
    plan = coalition if kind in ("Campus", "fuel_cell") else with_all_kinds(three_states)
    plan = with_a_bridge(three_states) if kind == SOLD else plan
    deal = short_company(plan, kind)
    assert [c for c in deal.checks if not c.holds] == []
    count = agrees_and_moves(deal, tmp_path / "plan.xlsx", "revenue.0.price", "equity_irr")
    assert count > 700


def test_funding_by_item_and_tax_equity_agree_in_every_cell(tmp_path):
    data = by_item(timeline={"operation_years": 4, "construction_months": 3},
                   credits=[{"name": "48E", "rate": 0.2, "transfer_price": 0.95}])  # fmt: skip
    for loan, tenor in zip(data["debt"]["tranches"], (3, 2), strict=True):
        loan["tenor_years"] = tenor
    data["investors"][0] |= {"management_fee": 0.02, "sharing": {"first": 0.5, "after": 0.1,
                             "to": "US", "recovered": 0.05}}  # fmt: skip
    data["investors"][1] |= {"withholding": 0.3, "withheld_from": "profit"}
    data["investors"].append({"name": "US", "supports": False})
    loan = {"tranches": [{"name": "Loan", "gearing": 0.4, "rate": 0.06, "tenor_years": 4}]}
    for deal in (
        deal_of(data, "x"),
        solar({**FLIP, "recovery_years": 1}, timeline={"operation_years": 5}, debt=loan),
        solar(FLIP, **{**BY_ITEM, "timeline": {"operation_years": 10}}),
        solar({"kind": "sale_leaseback", "margin": "0.5 MUSD"}, timeline={"operation_years": 4},
              operation={"working_capital_months": 3}),
    ):  # fmt: skip
        path = tmp_path / "deal.xlsx"
        write_workbook(deal, path)
        wrong, count = differences(path, recalculated(engine(path)))
        assert count > 600
        assert wrong == []
        assert open_deal(path).numbers == pytest.approx(deal.numbers, nan_ok=True)


@pytest.mark.parametrize("model", ["singleowner", "equpartflip", "saleleaseback"])
def test_reading_back_changes_nothing(model, tmp_path):
    own = {"singleowner": (), "equpartflip": ("tax_investor",), "saleleaseback": ()}[model]
    drop = ("tax_investor",) if not own else ()
    short = {k: v for k, v in SAM.items() if not k.startswith(drop or ("nothing",))}
    if model != "singleowner":
        debt = ("debt", "dscr", "term", "cost_debt")
        short = {k: v for k, v in short.items() if not k.startswith(debt)}
    else:
        short.pop("cost_dev_fee_percent")
    deal = deal_of({"model": model, "name": "x", "inputs": short}, "x.yaml")
    write_workbook(deal, tmp_path / "x.xlsx")
    again = open_deal(tmp_path / "x.xlsx")
    assert again.numbers == pytest.approx(deal.numbers, nan_ok=True)


def test_a_company_reads_back_with_edited_assumptions(tmp_path):
    deal = deal_of(small_company(), "campus.yaml")
    write_workbook(deal, tmp_path / "c.xlsx")
    assert open_deal(tmp_path / "c.xlsx").numbers == pytest.approx(deal.numbers, nan_ok=True)
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    for row in book["Assumptions"].iter_rows(min_row=3):
        if row[3].value == "construction.costs.0.amount":
            row[2].value = 2.0e9
        if row[3].value == "debt.tranches.0.rate":
            row[2].value = 0.05
    book.save(tmp_path / "d.xlsx")
    expected = deal.rerun({"construction.costs.0.amount": 2.0e9, "debt.tranches.0.rate": 0.05})
    assert open_deal(tmp_path / "d.xlsx").numbers == pytest.approx(expected.numbers, nan_ok=True)


def test_text_in_an_assumption_is_named(tmp_path):
    write_workbook(sam(), tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    for row in book["Assumptions"].iter_rows(min_row=3):
        if row[3].value == "inflation_rate":
            row[2].value = "two"
    book.save(tmp_path / "d.xlsx")
    with pytest.raises(InputError, match="inflation_rate: 'two' is not a number"):
        open_deal(tmp_path / "d.xlsx")


def test_overwritten_formulas_and_schedules_are_named(tmp_path):
    write_workbook(deal_of(small_company(), "campus.yaml"), tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    for sheet, name in (("Operation", "ebitda"), ("Timing", "spend_shell")):
        row = next(r for r in book[sheet].iter_rows(min_row=3) if r[3].value == name)
        row[5].value = 0.77
    book.save(tmp_path / "d.xlsx")
    with pytest.raises(InputError) as caught:
        open_deal(tmp_path / "d.xlsx")
    assert [p.field for p in caught.value.problems] == ["Timing!spend_shell", "Operation!ebitda"]


def test_several_companies_share_a_workbook(tmp_path):
    first, second = sam(), deal_of(small_company(), "campus.yaml")
    path = tmp_path / "two.xlsx"
    write_workbook([first, second], path)
    back = open_deals(path)
    assert [d.name for d in back] == [first.name, second.name]
    assert back[0].numbers == pytest.approx(first.numbers, nan_ok=True)
    assert back[1].numbers == pytest.approx(second.numbers, nan_ok=True)
    with pytest.raises(UsageError, match="several companies"):
        open_deal(path)


def test_nothing_is_hidden_and_every_formula_is_common(tmp_path):
    path = tmp_path / "c.xlsx"
    write_workbook(deal_of(small_company(), "campus.yaml"), path)
    book = openpyxl.load_workbook(path)
    assert all(sheet.sheet_state == "visible" for sheet in book)
    names = book.sheetnames
    for sheet in ("Cover", "Assumptions", "Timing", "Sources and uses", "Construction", "Operation",
                  "Debt", "Tax", "Waterfall", "Investors", "Checks"):  # fmt: skip
        assert sheet in names
    assert functions_of(book) <= COMMON
    with zipfile.ZipFile(path) as file:
        assert not [n for n in file.namelist() if "vba" in n.lower() or "externalLink" in n]
    sheet = book["Assumptions"]
    row = next(r for r in sheet.iter_rows(min_row=3) if r[3].value == "debt.tranches.0.rate")
    assert row[2].font.color.rgb == "FF0000FF"
    assert row[4].value


def test_the_command_writes_whole_files_only(tmp_path, capsys):
    case = tmp_path / "case.json"
    import json

    case.write_text(json.dumps({"model": "levpartflip", "inputs": SAM}))
    assert main(["workbook", str(case), str(tmp_path / "out.xlsx")]) == 0
    assert main(["deal", str(tmp_path / "out.xlsx")]) == 0
    assert "Tax investor: return after tax" in capsys.readouterr().out
    assert main(["workbook", str(case), str(tmp_path / "no" / "out.xlsx")]) == 2
    assert main(["workbook", str(case), str(tmp_path / "out.pdf")]) == 2
    (tmp_path / "bad.xlsx").write_text("no workbook")
    assert main(["deal", str(tmp_path / "bad.xlsx")]) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.xlsx", "case.json", "out.xlsx"]


def test_an_hourly_profile_of_all_years_reads_back(tmp_path):
    """A value longer than a cell holds fills several cells."""
    years = {k: v for k, v in SAM.items() if not k.startswith(("tax_inv", "cost_dev"))}
    gen = [40000.0 + h % 97 for h in range(7 * 8760)]
    years |= {"system_use_lifetime_output": 1, "gen": gen, "grid_curtailment_price": 0.02,
              "system_pre_curtailment_kwac": [g + 500.0 for g in gen]}  # fmt: skip
    years.pop("annual_energy")
    deal = deal_of({"model": "singleowner", "name": "x", "inputs": years}, "x.yaml")
    lost = deal.lines["cf_energy_curtailed"]
    assert lost[1:] == pytest.approx(500.0 * 8760)
    write_workbook(deal, tmp_path / "x.xlsx")
    again = open_deal(tmp_path / "x.xlsx")
    assert again.numbers == pytest.approx(deal.numbers, nan_ok=True)


def test_a_case_that_is_no_longer_json_is_named_in_short(tmp_path):
    write_workbook(sam(), tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    book["Case"]["B3"] = "{" + "9" * 500
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(InputError, match="is not JSON") as caught:
        open_deal(tmp_path / "x.xlsx")
    assert len(str(caught.value)) < 300
