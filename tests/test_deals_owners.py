"""Funding by item, lenders, preferred by each holder's return, tax equity against SAM's models."""

import copy
import datetime as dt
import json

import numpy as np
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaplan.cli.main import main
from gigaplan.deals.casefile import deal_of
from gigaplan.errors import InputError

ITEMS = {
    "model": "company", "name": "by item",
    "timeline": {"closing": "2026-12-31", "construction_months": 18, "operation_years": 10},
    "construction": {
        "funding": "by_item",
        "costs": [
            {"name": "Shell", "amount": "200 MUSD", "depreciation": "sl_39"},
            {"name": "Machines", "amount": "300 MUSD", "depreciation": "macrs_5", "spend": "back"},
        ],
    },
    "revenue": [{"name": "Lease", "kind": "capacity_lease", "volume": 50000, "price": 250}],
    "debt": {
        "reserve_months": 6, "reserve_funding": "from_cash",
        "tranches": [
            {"name": "Bonds", "lender": "Market", "of": "Shell", "gearing": 0.6, "rate": 0.06,
             "tenor_years": 8, "upfront_fee": 0.01, "commitment_fee": 0.005},
            {"name": "Vendor loan", "lender": "Maker", "of": "Machines", "gearing": 0.2,
             "rate": 0.09, "tenor_years": 4},
        ],
    },
    "investors": [
        {"name": "A, common", "owner": "A", "funds": {"Shell": 0.7, "Machines": 0.4}},
        {"name": "B, preferred", "owner": "B", "funds": {"Shell": 0.3, "Machines": 0.35},
         "supports": False},
        {"name": "C, preferred", "owner": "C", "funds": {"Machines": 0.25}, "supports": False},
    ],
    "waterfall": [
        {"name": "Preferred", "until": {"each": {"B, preferred": 0.07, "C, preferred": 0.11}}},
        {"name": "Common", "split": {"A, common": 1.0}},
    ],
}  # fmt: skip


def by_item(**changes):
    data = copy.deepcopy(ITEMS)
    for key, value in changes.items():
        data[key] = {**data.get(key, {}), **value} if isinstance(value, dict) else value
    return data


def test_each_item_has_its_own_owners_and_loans():
    deal = deal_of(by_item(), "x")
    assert [c.name for c in deal.checks if not c.holds] == []
    rows = deal.ledger.rows
    assert rows["call_a_common"].value.sum() == pytest.approx(200e6 * 0.4 * 0.7 + 300e6 * 0.8 * 0.4)
    assert rows["call_c_preferred"].value.sum() == pytest.approx(300e6 * 0.8 * 0.25)
    # loans by hand: 18 months of equal draws with interest and fees added
    balance = 120e6 * 0.01
    drawn = 0.0
    for _ in range(18):
        balance = balance * (1 + 0.06 / 12) + (120e6 - drawn) * 0.005 / 12 + 120e6 / 18
        drawn += 120e6 / 18
    assert deal.numbers["size_bonds"] == pytest.approx(balance)
    service = balance * 0.06 / (1 - 1.06**-8)
    assert rows["service_to_bonds"].value[1:9] == pytest.approx([service] * 8)
    assert deal.measure("loan_bonds_paid") == pytest.approx(120e6)
    # interest alone brings the loan its rate, in months of an effective year
    assert deal.measure("loan_vendor_loan_irr") == pytest.approx(9.1, abs=0.15)


def test_preferred_are_paid_by_what_each_is_owed_and_then_common():
    deal = deal_of(by_item(), "x")
    for name, rate in (("b_preferred", 7), ("c_preferred", 11)):
        assert deal.measure(f"investor_{name}_irr") == pytest.approx(rate, abs=0.02)
    rows = deal.ledger.rows
    owed = {n: rows[f"owed_0_{n}"].value for n in ("b_preferred", "c_preferred")}
    paid = {n: rows[f"paid_0_{n}"].value for n in owed}
    both = sum(owed.values())
    for t in range(1, 11):
        tier = rows["tier_0"].value[t]
        assert tier == pytest.approx(min(both[t], rows["cash_to_share"].value[t]))
        for n in owed:
            assert paid[n][t] == pytest.approx(tier * owed[n][t] / both[t] if both[t] else 0.0)
        if tier < both[t] - 1:
            assert rows["distribution_a_common"].value[t] == pytest.approx(0.0, abs=1e-6)


def test_withholding_on_profit_leaves_capital_alone():
    data = by_item()
    data["investors"][1] |= {"withholding": 0.3, "withheld_from": "profit"}
    deal = deal_of(data, "x")
    rows = deal.ledger.rows
    gross = rows["distribution_b_preferred"].value
    profit = gross.sum() - rows["call_b_preferred"].value.sum()
    assert rows["withheld_b_preferred"].value.sum() == pytest.approx(0.3 * profit)


def test_a_bridge_counts_in_no_coverage():
    data = by_item(credits=[{"name": "48E", "rate": 0.2, "transfer_price": 0.95}])
    plain = deal_of(data, "x")
    data["debt"]["tranches"].append(
        {"name": "Bridge", "of": "Shell", "gearing": 0.2, "rate": 0.06, "tenor_years": 1,
         "repayment": "bullet", "repaid_from": "credits"}
    )  # fmt: skip
    deal = deal_of(data, "x")
    assert deal.measure("min_coverage") == pytest.approx(plain.measure("min_coverage"))
    assert deal.lines["debt_service"][1] > plain.lines["debt_service"][1] + 40e6
    assert deal.lines["debt_balance"][-1] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"investors": [{"name": "A", "funds": {"Shell": 1.0}}]}, "equity of Machines add to 0"),
        ({"investors": [{"name": "A", "share": 1.0}]}, "has no effect with funding by_item"),
        ({"waterfall": [{"name": "P", "until": {"each": {"Z": 0.1}}},
                        {"name": "C", "split": {"A, common": 1.0}}]}, "'Z' is not an investor"),
        ({"waterfall": [{"name": "P", "until": {"each": {"A, common": 0.1}, "recovered": 0.1}},
                        {"name": "C", "split": {"A, common": 1.0}}]}, "another end or a split"),
        ({"construction": {"funding": "pro_rata"}}, "is for funding by_item"),
        ({"tax_equity": {"kind": "partnership_flip"}}, "carried_forward with a tax investor"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(change, words):
    with pytest.raises(InputError, match=words):
        deal_of(by_item(**change), "x")


@st.composite
def cases(draw):
    data = by_item()
    share = st.floats(0.05, 0.9)
    data["debt"]["tranches"][0]["gearing"] = draw(share)
    data["debt"]["tranches"][1] |= {"gearing": draw(share), "tenor_years": draw(st.integers(1, 9))}
    a, b = draw(st.floats(0.1, 0.5)), draw(st.floats(0.1, 0.4))
    data["investors"][0]["funds"] = {"Shell": 1 - a, "Machines": 1 - a - b}
    data["investors"][1]["funds"] = {"Shell": a, "Machines": a}
    data["investors"][2]["funds"] = {"Machines": b}
    data["investors"][0] |= {"management_fee": draw(st.sampled_from([0.0, 0.02]))}
    base = draw(st.sampled_from(["profit", "distributions"]))
    rate = draw(st.sampled_from([0.0, 0.3]))
    data["investors"][1] |= {"withholding": rate, "withheld_from": base}
    if draw(st.booleans()):
        back = draw(st.sampled_from([0.0, 0.05]))
        terms = {"first": 0.5, "after": 0.1, "to": "US", "recovered": back}
        data["investors"][0]["sharing"] = terms
        data["investors"].append({"name": "US", "supports": False})
    data["revenue"][0]["price"] = draw(st.sampled_from([60, 150, 300]))
    data["timeline"] |= {"delay_months": draw(st.sampled_from([0, 4])),
                         "periods_per_year": draw(st.sampled_from([1, 4]))}  # fmt: skip
    data["construction"] |= {"other": "3 MUSD", "delay_cost": "1 MUSD"}
    data["debt"]["reserve_funding"] = draw(st.sampled_from(["from_cash", "at_start"]))
    return data


@given(cases())
@settings(max_examples=40, deadline=None, database=None, derandomize=True)
def test_identities_of_funding_by_item(data):
    deal = deal_of(data, "x")
    assert [(c.name, c.value) for c in deal.checks if not c.holds] == []
    rows = deal.ledger.rows
    flows = sum(r.value for n, r in rows.items()
                if n.startswith("investor_") and n.endswith("_flow"))  # fmt: skip
    taken = np.concatenate([np.zeros(len(flows) - len(rows["taken"].value) + 1),
                            rows["taken"].value[1:]])  # fmt: skip
    assert flows + taken == pytest.approx(rows["equity_flow"].value, abs=1.0)


# --- tax equity against SAM's models --------------------------------------------------------------

YEARS = 20
SAM = {
    "analysis_period": YEARS, "total_installed_cost": 200e6, "system_capacity": 100e3,
    "federal_tax_rate": 21, "state_tax_rate": 7, "inflation_rate": 2.5, "real_discount_rate": 6.4,
    "annual_energy": 300e6, "ppa_price_input": 0.07, "om_fixed": 1.5e6, "ppa_escalation": 1,
    "depr_alloc_macrs_5_percent": 90, "depr_alloc_sl_20_percent": 10, "depr_itc_fed_macrs_5": 1,
    "depr_itc_fed_sl_20": 1, "itc_fed_percent": 30, "itc_fed_percent_deprbas_fed": 1,
    "itc_fed_percent_deprbas_sta": 1, "degradation": 0.5, "flip_target_percent": 9,
    "flip_target_year": 9, "ppa_soln_mode": 1,
}  # fmt: skip
SHARES = {
    "tax_investor_equity_percent": 60, "tax_investor_preflip_cash_percent": 70,
    "tax_investor_postflip_cash_percent": 5, "tax_investor_preflip_tax_percent": 99,
    "tax_investor_postflip_tax_percent": 5,
}  # fmt: skip
FLIP = {
    "kind": "partnership_flip", "share": 0.6, "before": {"cash": 0.7, "tax": 0.99},
    "after": {"cash": 0.05, "tax": 0.05}, "target_return": 0.09,
}  # fmt: skip
LOAN = {"debt_option": 0, "debt_percent": 40, "term_tenor": 10, "term_int_rate": 6,
        "payment_option": 0}  # fmt: skip
TERM = {"tranches": [{"name": "Loan", "gearing": 0.4, "rate": 0.06, "construction_rate": 0.0,
                      "tenor_years": 10}]}  # fmt: skip


def solar(tax_equity, **changes):
    """The company of SAM's case: a month of construction, all paid at closing."""
    data = {
        "model": "company", "name": "solar",
        "timeline": {"closing": "2027-01-01", "construction_months": 1,
                     "operation_years": YEARS},
        "construction": {
            "costs": [{"name": "Most", "amount": "180 MUSD", "depreciation": "macrs_5"},
                      {"name": "Rest", "amount": "20 MUSD", "depreciation": "sl_20"}],
            "funding": "at_closing",
        },
        "revenue": [{"name": "Power", "kind": "power_purchase", "volume": 300000, "price": 70,
                     "escalator": 0.01, "degradation": 0.005}],
        "operation": {"costs": [{"name": "Fixed", "fixed": "1.5 MUSD"}]},
        "tax": {"losses": "at_once", "state_rate": 0.07},
        "credits": [{"name": "48E", "rate": 0.3}],
        "tax_equity": tax_equity,
    }  # fmt: skip
    for key, value in changes.items():
        data[key] = {**data.get(key, {}), **value} if isinstance(value, dict) else value
    return deal_of(data, "x")


BY_ITEM = {
    "construction": {"funding": "by_item"},
    "debt": {"tranches": [
        {"name": f"Loan of {item}", "of": item, "gearing": 0.4, "rate": 0.06, "tenor_years": 10,
         "construction_rate": 0.0} for item in ("Most", "Rest")
    ]},
    "investors": [{"name": "Sponsor", "funds": {"Most": 1.0, "Rest": 1.0}}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "inputs", "terms", "changes"),
    [
        ("equpartflip", SHARES, FLIP, {}),
        ("equpartflip",
         {**SHARES, "sponsor_cap_recovery_mode": 0, "sponsor_cap_recovery_year": 3},
         {**FLIP, "recovery_years": 3}, {}),
        ("levpartflip", {**SHARES, **LOAN}, FLIP, {"debt": TERM}),
        ("levpartflip", {**SHARES, **LOAN}, FLIP, BY_ITEM),
        ("saleleaseback",
         {"sponsor_operating_margin": 5, "sponsor_operating_margin_escalation": 2,
          "months_working_reserve": 3, "reserves_interest": 1.75, "salvage_percentage": 5},
         {"kind": "sale_leaseback", "margin": "0.5 MUSD", "margin_escalator": 0.02},
         {"operation": {"working_capital_months": 3, "reserve_rate": 0.0175, "salvage": 0.05}}),
    ],
    ids=["all equity", "capital first", "leveraged", "leveraged by item", "sale and lease back"],
)  # fmt: skip
def test_tax_equity_is_that_of_sam(model, inputs, terms, changes):
    sam = deal_of({"model": model, "name": "s", "inputs": {**SAM, **inputs}}, "s")
    deal = solar(terms, **changes)
    assert [c.name for c in deal.checks if not c.holds] == []
    for theirs, ours in (("cf_tax_investor_aftertax", "tax_investor_net"),
                         ("cf_sponsor_aftertax", "net_sponsor")):  # fmt: skip
        expected = sam.ledger.rows[theirs].value
        assert deal.ledger.rows[ours].value[1:] == pytest.approx(expected[1:], abs=0.01)
        paid = "tax_investor_paid_in" if "tax" in ours else "paid_sponsor"
        assert deal.ledger.rows[paid].value.sum() == pytest.approx(expected[0], abs=0.01)
    if model != "saleleaseback":
        flips = np.flatnonzero(deal.ledger.rows["before_flip"].value == 0)
        assert 1 < flips[0] < YEARS
        assert deal.ledger.rows["tax_investor_tax_share"].value[flips[0]] == 0.05


@pytest.mark.parametrize("kind", ["partnership_flip", "sale_leaseback"])
def test_tax_equity_beside_owners_of_items_is_that_beside_owners_of_all(kind):
    """Owners with the same share of every item pay and get what owners of all equity do."""
    terms = FLIP if kind == "partnership_flip" else {"kind": kind, "margin": "0.5 MUSD"}
    later = {"timeline": {"construction_months": 9},
             "operation": {"working_capital_months": 3, "reserve_rate": 0.02}}  # fmt: skip
    of_all = [{"name": "A", "share": 0.7}, {"name": "B", "share": 0.3}]
    of_items = [{"name": i["name"], "funds": dict.fromkeys(("Most", "Rest"), i["share"])}
                for i in of_all]  # fmt: skip
    whole = solar(terms, **later, construction={"funding": "pro_rata"}, investors=of_all)
    items = solar(terms, **later, construction={"funding": "by_item"}, investors=of_items)
    assert [c.name for c in items.checks if not c.holds] == []
    for line in ("tax_investor_flow", "investor_a_flow", "investor_b_flow"):
        mine = items.ledger.rows[line].value
        assert mine == pytest.approx(whole.ledger.rows[line].value, abs=0.01)
        assert mine.min() < 0 < mine.max()
    assert items.measure("tax_investor_irr") == pytest.approx(whole.measure("tax_investor_irr"))


def test_each_owner_beside_a_tax_investor_pays_for_its_own_items():
    owners = [{"name": "A", "funds": {"Most": 1.0}}, {"name": "B", "funds": {"Rest": 1.0}}]
    deal = solar(FLIP, **{**BY_ITEM, "investors": owners})
    assert [c.name for c in deal.checks if not c.holds] == []
    # 60 % of the equity, itself 60 % of cost, is the tax investor's
    assert deal.measure("tax_investor_paid") == pytest.approx(200e6 * 0.6 * 0.6)
    assert deal.measure("investor_a_paid") == pytest.approx(180e6 * 0.6 * 0.4)
    assert deal.measure("investor_b_paid") == pytest.approx(20e6 * 0.6 * 0.4)


def test_calls_and_distributions_by_date_of_a_case(tmp_path, capsys):
    """The tax investor is listed beside owners and lenders, and returns are those of the flows."""
    path = tmp_path / "case.json"
    path.write_text(json.dumps({
        "model": "company", "name": "x",
        "timeline": {"closing": "2027-01-01", "construction_months": 6, "operation_years": 10},
        "construction": {"costs": [{"name": "Plant", "amount": "100 MUSD",
                                    "depreciation": "macrs_5"}], "funding": "by_item"},
        "revenue": [{"name": "P", "kind": "merchant", "volume": 3e5, "price": 60}],
        "debt": {"tranches": [{"name": "L", "of": "Plant", "gearing": 0.4, "rate": 0.05,
                               "tenor_years": 8, "lender": "Bank"}]},
        "investors": [{"name": "Sponsor", "funds": {"Plant": 1.0}}],
        "tax": {"losses": "at_once"},
        "tax_equity": {"kind": "partnership_flip", "share": 0.5,
                       "before": {"cash": 0.5, "tax": 0.9}, "after": {"cash": 0.1, "tax": 0.1}},
    }))  # fmt: skip
    assert main(["deal", str(path), "--calls", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {r["investor"] for r in rows} == {"Sponsor", "Tax investor", "Bank"}
    mine = [r for r in rows if r["investor"] == "Tax investor"]
    assert sum(r["paid"] for r in mine) == pytest.approx(100e6 * 0.6 * 0.5)
    dates = [dt.date.fromisoformat(r["date"]) for r in mine]
    rate = 100 * pyxirr.xirr(dates, [r["got"] - r["paid"] for r in mine])
    assert main(["deal", str(path), "--investors", "--json"]) == 0
    table = {r["investor"]: r for r in json.loads(capsys.readouterr().out)["rows"]}
    assert table["Tax investor"]["return"] == pytest.approx(rate, abs=1e-6)
    assert len(table) == 3  # no rows over all of one company
