"""Companies for the tests of deals: one described by hand, and a strategy of many."""

import copy

from hypothesis import strategies as st

CAMPUS = {
    "model": "company",
    "name": "Plains campus",
    "timeline": {"closing": "2027-01-01", "construction_months": 8, "operation_years": 6},
    "construction": {
        "costs": [
            {"name": "Shell", "amount": "2.4 BUSD", "spend": "s-curve", "depreciation": "sl_39",
             "credit": 0.0},
            {"name": "Electrical", "amount": "1.1 BUSD", "depreciation": "macrs_15", "bonus": 0.4},
        ],
        "funding": "equity_first",
    },
    "revenue": [
        {"name": "Capacity lease", "kind": "capacity_lease", "volume": 300000, "price": 420,
         "escalator": 0.02}
    ],
    "operation": {
        "costs": [{"name": "Staff", "fixed": "30 MUSD"}], "insurance": 0.002,
        "property_tax": 0.008, "working_capital_months": 2, "reserve_rate": 0.03,
        "maintenance": [{"name": "Chillers", "cost": "90 MUSD", "every_years": 3,
                         "depreciation": "macrs_15"}],
    },
    "debt": {
        "gearing_cap": 0.75, "reserve_months": 6, "lockup_dscr": 1.1,
        "tranches": [{"name": "Term loan", "dscr": 1.4, "repayment": "sculpted", "rate": 0.0675,
                      "tenor_years": 5, "upfront_fee": 0.015, "commitment_fee": 0.005}],
    },
    "credits": [{"name": "48E", "rate": 0.3, "transfer_price": 0.93}],
    "investors": [
        {"name": "Fund", "share": 0.7},
        {"name": "Sovereign", "share": 0.28, "sovereign": True, "withholding": 0.3,
         "commercial_share": 0.1},
        {"name": "Manager", "share": 0.02},
    ],
    "waterfall": [
        {"name": "Capital", "split": {"Fund": 0.7, "Sovereign": 0.28, "Manager": 0.02},
         "until": {"recovered": 0.0}},
        {"name": "Preferred", "split": {"Fund": 0.7, "Sovereign": 0.28, "Manager": 0.02},
         "until": {"recovered": 0.08}},
        {"name": "Catch-up", "split": {"Manager": 1.0},
         "until": {"catch_up": 0.2, "of": "Manager"}},
        {"name": "Carry", "split": {"Fund": 0.57, "Sovereign": 0.23, "Manager": 0.2}},
    ],
}  # fmt: skip


def campus(**changes):
    """The campus with some sections updated."""
    data = copy.deepcopy(CAMPUS)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(data.get(key), dict):
            data[key].update(value)
        else:
            data[key] = value
    return data


def _tranche(draw, name, years, by_cover):
    kind = (
        "sculpted" if by_cover else draw(st.sampled_from(["level", "equal", "sculpted", "bullet"]))
    )
    tenor = draw(st.integers(2, years))
    loan = {
        "name": name, "rate": draw(st.sampled_from([0.0, 0.04, 0.075])), "tenor_years": tenor,
        "repayment": kind, "upfront_fee": draw(st.sampled_from([0.0, 0.02])),
        "commitment_fee": draw(st.sampled_from([0.0, 0.005])),
    }  # fmt: skip
    if by_cover:
        loan["dscr"] = draw(st.sampled_from([1.25, 1.6, 2.5]))
    else:
        loan["gearing"] = draw(st.sampled_from([0.1, 0.3, 0.45]))
        if kind in ("level", "equal"):
            loan["grace_years"] = draw(st.integers(0, 1))
            if tenor >= 3 and draw(st.booleans()):
                loan["maturity_years"] = tenor - 1
        if (kind == "bullet" and tenor < years) or "maturity_years" in loan:
            left = years - loan.get("maturity_years", tenor)
            if left >= 1 and draw(st.booleans()):
                loan["refinancing"] = {
                    "rate": 0.06, "tenor_years": draw(st.integers(1, left)), "fee": 0.01,
                    "repayment": draw(st.sampled_from(["level", "equal", "sculpted"])),
                }  # fmt: skip
    return loan


@st.composite
def companies(draw):
    """A valid company with funding, loans, taxes and tiers of many kinds."""
    years = draw(st.integers(3, 12))
    names = draw(st.sampled_from([["A"], ["A", "B"], ["A", "B", "GP"]]))
    shares = {1: [1.0], 2: [0.6, 0.4], 3: [0.7, 0.3, 0.0]}[len(names)]
    count = draw(st.integers(0, 2))
    cover = draw(st.booleans())
    loans = [_tranche(draw, f"Loan {i}", years, cover and i == count - 1) for i in range(count)]
    tiers = []
    split = {n: s for n, s in zip(names, shares, strict=True) if s}
    if draw(st.booleans()):
        tiers = [
            {"name": "Capital", "split": split, "until": {"recovered": draw(
                st.sampled_from([0.0, 0.06]))}},
            {"name": "Rest", "split": {"A": 0.1, names[-1]: 0.9} if len(names) > 1 else {"A": 1.0}},
        ]  # fmt: skip
        if len(names) == 3:
            tiers.insert(1, {"name": "Catch-up", "split": {"GP": 0.8, "A": 0.2},
                             "until": {"catch_up": 0.2, "of": "GP"}})  # fmt: skip
    return {
        "model": "company", "name": "drawn",
        "timeline": {
            "closing": "2026-07-31", "construction_months": draw(st.integers(1, 30)),
            "delay_months": draw(st.sampled_from([0, 0, 5])), "operation_years": years,
            "periods_per_year": draw(st.sampled_from([1, 2, 4, 12])),
        },
        "construction": {
            "costs": [{"name": "Plant", "amount": "400 MUSD", "depreciation": "macrs_5",
                       "spend": draw(st.sampled_from(["even", "front", "back", "s-curve"]))}],
            "funding": draw(st.sampled_from(["equity_first", "pro_rata", "at_closing"])),
            "cash_rate": 0.03, "other": "2 MUSD",
        },
        "revenue": [{"name": "Power", "kind": "power_purchase", "volume": 1e6,
                     "price": draw(st.sampled_from([40, 90, 140])), "degradation": 0.005}],
        "operation": {
            "costs": [{"name": "Fixed", "fixed": "8 MUSD"},
                      {"name": "Variable", "per_unit": 3.0, "of": "Power"}],
            "working_capital_months": draw(st.sampled_from([0, 3])), "reserve_rate": 0.02,
            "salvage": draw(st.sampled_from([0.0, 0.1])),
            "maintenance": draw(st.sampled_from([[], [{
                "name": "Overhaul", "cost": "10 MUSD", "every_years": 2,
                "depreciation": "macrs_5"}]])),
        },
        "debt": {"tranches": loans, "gearing_cap": draw(st.sampled_from([0.5, 0.8])),
                 "reserve_months": draw(st.sampled_from([0, 6])),
                 "lockup_dscr": draw(st.sampled_from([0.0, 1.3])),
                 "sweep": draw(st.sampled_from([0.0, 0.5]))},
        "tax": {"losses": draw(st.sampled_from(["at_once", "carried_forward"])),
                "state_rate": draw(st.sampled_from([0.0, 0.06]))},
        "credits": draw(st.sampled_from([[], [{"name": "48E", "rate": 0.3}]])),
        "investors": [{"name": n, "share": s, "withholding": 0.1}
                      for n, s in zip(names, shares, strict=True)],
        "waterfall": tiers,
    }  # fmt: skip
