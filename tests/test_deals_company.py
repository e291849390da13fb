"""Companies: the identities of every deal, agreement with SAM, faults of the input."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deal_cases import campus, companies
from gigaplan.cli.main import main
from gigaplan.deals.casefile import deal_of
from gigaplan.deals.returns import dated_rate_of, rate_of, roots
from gigaplan.errors import InfeasibleError, InputError


def rows(deal):
    return {n: r.value for n, r in deal.ledger.rows.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_identities_hold_in_every_company(data):
    deal = deal_of(data, "drawn")
    assert [c for c in deal.checks if not c.holds] == []
    line, cell = rows(deal), {n: c.value for n, c in deal.ledger.cells.items()}
    cost = cell["uses"]
    # sources are uses, in total and drawn by month
    assert cell["equity"] + cell["debt"] == pytest.approx(cost, rel=1e-11)
    assert line["equity_draw"].sum() == pytest.approx(cell["equity"], rel=1e-9, abs=1)
    assert (line["equity_draw"] >= -1e-6 * cost).all()
    # each period's cash goes somewhere: to lenders, tax, reserves, prepayment, lock-up or owners
    paid = sum(v for n, v in line.items() if n.startswith(("prepaid_",)))
    tax = line["tax"] if data["tax"]["losses"] == "carried_forward" else 0.0
    moved = np.diff(line["debt_reserve"]) + np.diff(line["locked_up"])
    left = (line["cfads"] + line["reserve_income"] + line["credits_sold"] - line["debt_service"]
            - line["refinancing_fees"] - tax - paid - line["distribution"])[1:]  # fmt: skip
    assert np.abs(left - moved).max() <= 1e-9 * cost
    # principal, prepaid and scheduled, repays what was drawn
    repaid = sum(v[1:].sum() for n, v in line.items() if n.startswith(("principal_", "prepaid_")))
    assert repaid == pytest.approx(cell["debt"], rel=1e-9, abs=0.1)
    # investors get what the tiers pay, and pay what the company calls
    tiers = sum(v for n, v in line.items() if n.startswith("tier_"))
    assert np.abs(tiers - np.maximum(line["distribution"], 0)).max() <= 1e-9 * cost
    investors = sum(v for n, v in line.items() if n.startswith("distribution_"))
    assert np.abs(tiers - investors).max() <= 1e-9 * cost
    calls = sum(v.sum() for n, v in line.items() if n.startswith("call_"))
    assert calls == pytest.approx(cell["equity"], rel=1e-9, abs=1)
    net = sum(v for n, v in line.items() if n.startswith("investor_") and n.endswith("_flow"))
    withheld = sum(v[1:] for n, v in line.items() if n.startswith("withheld_"))
    whole = net.copy()
    whole[-len(withheld) :] += withheld
    assert np.abs(whole - line["equity_flow"]).max() <= 1e-9 * cost
    # worth at the return is zero, for every root
    dates = line["date"] - line["date"][0]
    rate = deal.rates["equity_irr"].rate
    if rate is not None:
        assert cell["equity_irr"] == pytest.approx(100 * rate, rel=1e-6, abs=1e-6)
    for root in deal.rates["equity_irr"].roots:
        parts = line["equity_flow"] * (1 + root) ** (-dates / 365)
        assert abs(parts.sum()) <= 1e-7 * np.abs(parts).sum()
    # the same by year since closing, whose flows are sums of the dated ones
    yearly = line["equity_by_year"]
    months = line["months_since_closing"]
    assert yearly.sum() == pytest.approx(line["equity_flow"].sum(), rel=1e-9, abs=1)
    assert yearly[0] == line["equity_flow"][0]
    assert yearly[1] == pytest.approx(
        line["equity_flow"][(months > 0) & (months <= 12)].sum(), rel=1e-9, abs=1
    )
    rate = deal.rates["equity_yearly_irr"].rate
    if rate is not None:
        assert deal.measure("equity_yearly_irr") == pytest.approx(100 * rate)
        assert rate == pytest.approx(npf_irr(yearly), abs=1e-8)
    for root in deal.rates["equity_yearly_irr"].roots:
        parts = yearly * (1 + root) ** -np.arange(len(yearly))
        assert abs(parts.sum()) <= 1e-7 * np.abs(parts).sum()


def npf_irr(flows):
    """The internal rate as a root of the polynomial in 1 / (1 + rate), by its companion matrix."""
    found = np.roots(flows[::-1])
    real = [1 / r.real - 1 for r in found if abs(r.imag) < 1e-9 and r.real > 0]
    return min(real, key=abs)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_calls_stay_within_commitments(data):
    """What each investor pays in, support included, is the least commitment that is enough."""
    deal = deal_of(data, "drawn")
    line = rows(deal)
    for k, investor in enumerate(data["investors"]):
        name = investor["name"].lower()
        called = float(line.get(f"call_{name}", np.zeros(1)).sum() + line[f"support_{name}"].sum())
        others = [dict(i) for i in data["investors"]]
        others[k]["commitment"] = f"{called + 1!r} USD"
        assert deal_of({**data, "investors": others}, "drawn").numbers["uses"] > 0
        others[k]["commitment"] = f"{max(called - 1, 0.0)!r} USD"
        if called > 2:
            with pytest.raises(InputError, match=f"investors.{k}.commitment: calls of"):
                deal_of({**data, "investors": others}, "drawn")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([1.2, 1.4, 2.0]), st.sampled_from([0.0, 0.05, 0.09]), st.integers(2, 6),
       st.sampled_from([1, 2, 4, 12]))  # fmt: skip
def test_sculpted_coverage_is_the_target(cover, rate, tenor, step):
    data = campus(timeline={"periods_per_year": step}, waterfall=[], credits=[])
    data["debt"] = {"tranches": [{"name": "T", "dscr": cover, "repayment": "sculpted",
                                  "rate": rate, "tenor_years": tenor}]}  # fmt: skip
    data["revenue"][0]["price"] = 190
    deal = deal_of(data, "c")
    line = rows(deal)
    inside = slice(1, tenor * step + 1)
    assert line["debt_service"][inside] == pytest.approx(line["cfads"][inside] / cover, rel=1e-9)
    # the debt is the worth of that service, by its definition
    value = (
        line["debt_service"][inside] / (1 + rate / step) ** np.arange(1, tenor * step + 1)
    ).sum()
    assert deal.numbers["debt"] == pytest.approx(value, rel=1e-9)
    assert deal.measure("min_coverage") == pytest.approx(cover, rel=1e-9)


def test_a_gearing_cap_raises_coverage():
    deal = deal_of(campus(), "c")
    assert deal.measure("debt_share") == pytest.approx(75, abs=1e-9)
    assert deal.measure("min_coverage") > 1.4


def test_interest_in_construction_by_hand():
    data = campus(waterfall=[], credits=[], investors=[{"name": "O", "share": 1.0}])
    data["timeline"]["construction_months"] = 3
    data["construction"] = {
        "costs": [{"name": "P", "amount": "300 MUSD", "depreciation": "macrs_5"}],
        "funding": "pro_rata",
    }
    data["operation"] = {"inflation": 0.0}
    data["debt"] = {"tranches": [{"name": "T", "gearing": 0.5, "rate": 0.12, "tenor_years": 5}]}
    line = rows(deal_of(data, "c"))
    balance, uses = 0.0, []
    for _ in range(3):
        need = 100e6 + balance * 0.01
        uses.append(need)
        balance += need / 2
    assert line["month_uses"][1:] == pytest.approx(uses)
    assert line["loan_balance"][-1] == pytest.approx(balance)


def test_company_in_sam_conventions_is_sams_single_owner():
    """Annual periods, losses at once, the same cost and debt: the flows are SAM's."""
    years, cost, energy, price = 20, 250e6, 438e3, 65.0
    sam = deal_of({"model": "singleowner", "inputs": {
        "analysis_period": years, "total_installed_cost": cost, "system_capacity": 1e5,
        "federal_tax_rate": 21, "state_tax_rate": 5, "inflation_rate": 2.5,
        "real_discount_rate": 6.4, "annual_energy": energy * 1000, "ppa_price_input": price / 1000,
        "ppa_escalation": 1, "om_fixed": 1.5e6, "insurance_rate": 0.5, "property_tax_rate": 1,
        "depr_alloc_macrs_5_percent": 100, "depr_itc_fed_macrs_5": 1, "itc_fed_percent": 30,
        "debt_option": 1, "dscr": 1.5, "term_tenor": 15, "term_int_rate": 7,
        "salvage_percentage": 5,
    }}, "s")  # fmt: skip
    own = deal_of({
        "model": "company", "name": "same",
        "timeline": {"closing": "2027-01-01", "construction_months": 1, "operation_years": years},
        "construction": {"costs": [{"name": "P", "amount": f"{cost} USD",
                                    "depreciation": "macrs_5"}], "funding": "pro_rata"},
        "revenue": [{"name": "PPA", "kind": "power_purchase", "volume": energy, "price": price,
                     "escalator": 0.01}],
        "operation": {"costs": [{"name": "OM", "fixed": "1.5 MUSD"}], "insurance": 0.005,
                      "property_tax": 0.01, "salvage": 0.05},
        "debt": {"tranches": [{"name": "T", "dscr": 1.5, "repayment": "sculpted", "rate": 0.07,
                               "construction_rate": 0.0, "tenor_years": 15}]},
        "tax": {"state_rate": 0.05, "losses": "at_once"},
        "credits": [{"name": "48E", "rate": 0.3}],
    }, "c")  # fmt: skip
    ours, theirs = rows(own), sam.lines
    for name, other in (
        ("cfads", "cf_cash_for_ds"), ("debt_balance", "cf_debt_balance"),
        ("debt_service", "cf_debt_payment_total"), ("equity_cash", "cf_project_return_aftertax"),
    ):  # fmt: skip
        last = (
            16 if name == "cfads" else years + 1
        )  # SAM's cash for debt service ends with the tenor
        assert ours[name][1:last] == pytest.approx(theirs[other][1:last], rel=1e-9, abs=0.01)
    assert own.numbers["debt"] == pytest.approx(sam.numbers["size_of_debt"], rel=1e-12)


def test_splits_of_the_political_kind():
    """Half to the partner until capital is back with a return, a tenth after."""
    data = campus(
        investors=[{"name": "US", "share": 0.0}, {"name": "Partner", "share": 1.0}],
        waterfall=[
            {"name": "first", "split": {"US": 0.5, "Partner": 0.5},
             "until": {"recovered": 0.05, "of": "Partner"}},
            {"name": "then", "split": {"US": 0.9, "Partner": 0.1}},
        ],
    )  # fmt: skip
    line = rows(deal_of(data, "c"))
    first, then = line["tier_0"], line["tier_1"]
    assert line["distribution_partner"] == pytest.approx(0.5 * first + 0.1 * then)
    assert first.sum() > 0
    assert then.sum() > 0
    # in the first tier the partner gets its capital back at 5 %, counted on dates of the tier
    months = np.arange(len(line["call_partner"]))
    capital = (line["call_partner"] * 1.05 ** ((months[-1] - months) / 12)).sum()
    years = np.arange(len(first))
    cleared = int(np.flatnonzero(then > 0)[0])
    got = (0.5 * first + 0.1 * then)[: cleared + 1]
    owed = capital * 1.05**cleared - (got * 1.05 ** (cleared - years[: cleared + 1])).sum()
    assert owed <= 0.1 * then[cleared] + 1.0


def test_catch_up_gives_the_share_of_profit():
    line = rows(deal_of(campus(), "c"))
    profit = line["profit"]
    last = len(profit) - 1
    assert line["tier_2"].sum() > 0
    own = line["distribution_manager"].cumsum() - line["call_manager"].sum()
    assert own[last] == pytest.approx(0.2 * profit[last], rel=2e-2)


def test_withholding_and_the_exemption_of_sovereigns():
    line = rows(deal_of(campus(), "c"))
    assert line["withheld_sovereign"] == pytest.approx(0.3 * 0.1 * line["distribution_sovereign"])
    data = campus()
    data["investors"][1]["sovereign"] = False
    line = rows(deal_of(data, "c"))
    assert line["withheld_sovereign"] == pytest.approx(0.3 * line["distribution_sovereign"])


def test_losses_are_carried_forward_and_used_up_to_the_limit():
    data = campus(tax={"losses": "carried_forward"}, credits=[])
    for cost in data["construction"]["costs"]:
        cost.update(depreciation="macrs_5", bonus=1.0)
    line = rows(deal_of(data, "c"))
    assert line["federal_losses"].max() > 0
    income, pool = line["federal_income"], 0.0
    for t in range(1, len(income)):
        used = min(pool, 0.8 * max(income[t], 0.0))
        pool += max(-income[t], 0.0) - used
        assert line["federal_tax"][t] == pytest.approx(
            0.21 * (max(income[t], 0.0) - used), abs=0.01
        )


def test_a_mini_perm_is_refinanced():
    data = campus(waterfall=[], credits=[])
    data["debt"] = {"tranches": [{
        "name": "T", "gearing": 0.5, "rate": 0.06, "tenor_years": 6, "maturity_years": 2,
        "refinancing": {"rate": 0.05, "tenor_years": 4, "fee": 0.01}}]}  # fmt: skip
    line = rows(deal_of(data, "c"))
    service = line["debt_service"]
    assert service[1] == pytest.approx(service[2])
    assert service[3] == pytest.approx(service[6])
    assert service[3] < service[1]
    assert line["refinancing_fees"][2] == pytest.approx(0.01 * line["balance_t"][2])
    data["debt"]["tranches"][0].pop("refinancing")
    line = rows(deal_of(data, "c"))
    assert line["balance_t"][2] == 0.0
    assert line["principal_t"][2] > line["principal_t"][1]


def test_lockup_keeps_cash_and_releases_it():
    data = campus(waterfall=[])
    data["debt"] = {"tranches": [{"name": "T", "gearing": 0.6, "rate": 0.07, "tenor_years": 4}],
                    "lockup_dscr": 9.0}  # fmt: skip
    line = rows(deal_of(data, "c"))
    assert (line["distribution"][1:5] <= 0).all()
    assert line["distribution"][5] > line["locked_up"][4] > 0


def test_delay_and_undrawn_cash_cost_money():
    base = deal_of(campus(waterfall=[]), "c").measure("equity_irr")
    late = campus(waterfall=[], timeline={"delay_months": 6})
    late["construction"]["delay_cost"] = "5 MUSD"
    assert deal_of(late, "c").measure("equity_irr") < base
    idle = campus(waterfall=[])
    idle["construction"]["funding"] = "at_closing"
    assert deal_of(idle, "c").measure("equity_irr") < base


FAULTS = [
    ({"timeline": {"operation": "2026-01-01"}}, "timeline.operation"),
    ({"timeline": {"operation": "2028-01-01"}}, "timeline.operation"),
    ({"timeline": {"constructon_months": 3}}, "timeline.constructon_months"),
    ({"debt": {"tranches": [{"name": "T", "gearing": 0.5, "rate": 0.1, "tenor_years": 9}]}},
     "debt.tranches.0.tenor_years"),
    ({"debt": {"tranches": [{"name": "T", "gearing": 1.2, "rate": 0.1, "tenor_years": 3}]}},
     "debt.tranches.0.gearing"),
    ({"debt": {"tranches": [{"name": "T", "gearing": 0.6, "rate": 0.1, "tenor_years": 3},
                            {"name": "U", "gearing": 0.6, "rate": 0.1, "tenor_years": 3}]}},
     "debt.tranches"),
    ({"debt": {"gearing_cap": 1.1}}, "debt.gearing_cap"),
    ({"debt": {"tranches": [{"name": "T", "rate": 0.1, "tenor_years": 3}]}}, "debt.tranches.0"),
    ({"waterfall": [{"name": "x", "split": {"Fund": 0.9, "Manager": 0.3}}]}, "waterfall.0.split"),
    ({"waterfall": [{"name": "x", "split": {"Nobody": 1.0}}]}, "waterfall.0.split"),
    ({"investors": [{"name": "Fund", "share": 0.5}], "waterfall": []}, "investors"),
    ({"construction": {"costs": [{"name": "P", "amount": "5 MEUR", "depreciation": "none"}]}},
     "construction.costs.0.amount"),
    ({"investors": [{"name": "Fund", "share": 1.0, "commitment": "1 MUSD"}], "waterfall": []},
     "investors.0.commitment"),
    ({"construction": {"costs": [{"name": "P", "amount": 5, "depreciation": "none"}]}},
     "construction.costs.0.amount"),
    ({"discount_rate": "nine"}, "discount_rate"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), FAULTS)
def test_faults_name_file_and_field(change, field):
    with pytest.raises(InputError) as caught:
        deal_of(campus(**change), "campus.yaml")
    assert field in [p.field for p in caught.value.problems]
    assert all(p.file == "campus.yaml" for p in caught.value.problems)


def test_a_currency_with_a_rate_is_converted():
    data = campus(exchange_rates={"EUR": 1.1}, waterfall=[])
    data["construction"]["costs"][0]["amount"] = f"{2.4e9 / 1.1!r} EUR"
    assert deal_of(data, "c").measure("equity_irr") == pytest.approx(
        deal_of(campus(waterfall=[]), "c").measure("equity_irr"), rel=1e-9
    )


def test_loans_beyond_cost_are_infeasible():
    data = campus(waterfall=[])
    data["debt"] = {"tranches": [{"name": "T", "gearing": 0.5, "repayment": "sculpted",
                                  "rate": 0.07, "tenor_years": 5}]}  # fmt: skip
    data["revenue"][0]["price"] = 0.0
    with pytest.raises(InfeasibleError, match="no cash carries"):
        deal_of(data, "c")


def test_roots_are_counted():
    assert rate_of([1, 2, 3]).status == "no root"
    several = rate_of([-100.0, 230.0, -132.0])
    assert several.status == "several roots"
    assert several.rate is None
    assert several.roots == pytest.approx((0.1, 0.2))
    day = dt.date(2026, 1, 1)
    one = dated_rate_of([day, dt.date(2027, 1, 1)], [-100, 110])
    assert one.rate == pytest.approx(0.1)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1000, 1000), min_size=2, max_size=30))
def test_every_root_has_no_worth(flows):
    for rate in roots(range(len(flows)), flows):
        parts = np.array(flows) * (1 + rate) ** -np.arange(float(len(flows)))
        assert abs(parts.sum()) <= 1e-6 * np.abs(parts).sum() + 1e-12


def test_what_is_not_depreciated_at_the_end_can_be_deducted():
    """Basis by hand: a shell in 39 years, works of year 6 in 15, land in none; 6 years of life."""
    data = campus(waterfall=[], credits=[], debt={"tranches": [], "reserve_months": 0})
    land = {"name": "Land", "amount": "100 MUSD", "depreciation": "none"}
    data["construction"]["costs"] = [data["construction"]["costs"][0], land]
    kept, out = (deal_of({**data, "tax": {"not_depreciated": n}}, "c")
                 for n in ("left", "deducted"))  # fmt: skip
    gap = out.lines["depreciation"] - kept.lines["depreciation"]
    works = 90e6 * np.array([1.025**2, 1.025**5])
    shell = 2.4e9 * (1 - 5.5 / 39)
    left = shell + 100e6 + works[0] * (1 - 0.05 - 0.095 - 0.0855 - 0.077) + works[1] * 0.95
    assert gap[:-1] == pytest.approx(0.0)
    assert gap[-1] == pytest.approx(left, rel=1e-9)
    assert [c for c in out.checks if not c.holds] == []


BAD = """model: company
name: Bad
timeline: {closing: 2027-06-01, construction_months: 12, operation: 2026-01-01, operation_years: 10}
construction: {costs: [{name: A, amount: 100 MEUR, depreciation: macrs_5}]}
revenue: [{name: P, kind: power_purchase, volume: 1000, price: 30, colour: red}]
debt:
  tranches:
    - {name: L, gearing: 130 %, rate: 5 %, tenor_years: 12}
investors: [{name: A, share: 0.5}]
waterfall: [{name: t, split: {A: 0.9, B: 0.6}}]
"""


def test_every_fault_is_named_at_once_with_its_row(tmp_path, capsys):
    """What fields make together is said beside unknown fields and numbers out of bounds."""
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    assert main(["deal", str(path)]) == 3
    said = capsys.readouterr().err.splitlines()[1:]
    places = [line.strip().split(": ")[:2] for line in said]
    assert sorted((int(a.rsplit(" ", 1)[1]), b) for a, b in places) == [
        (3, "timeline.operation"), (4, "construction.costs.0.amount"), (5, "revenue.0.colour"),
        (8, "debt.tranches.0.gearing"), (8, "debt.tranches.0.tenor_years"), (9, "investors"),
        (10, "waterfall.0.split"), (10, "waterfall.0.split"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "volume", "price", "step"),
    [("power_purchase", 4e6, 300, 1), ("capacity_lease", 300000, 420, 4),
     ("compute", 250000, 0.9, 2), ("wafers", 360000, 4000, 1)],
)  # fmt: skip
def test_at_the_levelized_cost_equity_earns_the_discount_rate(kind, volume, price, step):
    """Without tax and debt, where nothing else moves with the price, to the cent of its worth."""
    contract = {"name": "C", "kind": kind, "volume": volume, "price": price}
    data = campus(waterfall=[], credits=[], debt={"tranches": [], "reserve_months": 0},
                  timeline={"periods_per_year": step}, revenue=[contract],
                  tax={"federal_rate": 0.0, "losses": "at_once"})  # fmt: skip
    deal = deal_of(data, "c")
    cost = deal.measure("levelized_cost")
    assert abs(deal.measure("equity_npv")) > 1e6
    assert deal.rerun({"revenue.0.price": cost}).measure("equity_npv") == pytest.approx(0, abs=1)
    # beside another product it is the price with that one's revenue as it is
    other = {"name": "Other", "kind": "wafers" if kind != "wafers" else "merchant", "volume": 1e4,
             "price": 700}  # fmt: skip
    both = deal_of({**data, "revenue": [contract, other]}, "c")
    unit = {"power_purchase": "mwh", "capacity_lease": "kw_month", "compute": "h100_hour",
            "wafers": "wafer"}[kind]  # fmt: skip
    net = both.measure(f"levelized_cost_{unit}")
    assert net < cost
    assert both.rerun({"revenue.0.price": net}).measure("equity_npv") == pytest.approx(0, abs=1)


@pytest.mark.parametrize("place", ["construction.costs", "operation.costs", "revenue",
                                   "debt.tranches", "investors", "credits"])  # fmt: skip
def test_names_that_would_name_the_same_lines_are_refused(place):
    """Names become lines by their letters and digits; two that are the same are one fault."""
    data = campus(waterfall=[])
    section, _, inner = place.partition(".")
    items = data[section][inner] if inner else data[section]
    items.append({**items[0], "name": items[0]["name"].upper() + "."})
    with pytest.raises(InputError) as caught:
        deal_of(data, "c")
    assert place in [p.field for p in caught.value.problems]


def test_measures_by_hand():
    """100 million paid in over a year of building, 12 million a year for 20 years, no tax."""
    deal = deal_of({
        "model": "company", "name": "m",
        "timeline": {"closing": "2027-01-01", "construction_months": 12, "operation_years": 20},
        "construction": {"costs": [{"name": "P", "amount": "100 MUSD", "depreciation": "none"}]},
        "revenue": [{"name": "R", "kind": "merchant", "volume": 240000, "price": 50}],
        "tax": {"federal_rate": 0.0}, "discount_rate": 0.08,
    }, "c")  # fmt: skip
    line = rows(deal)
    monthly, yearly = -100e6 / 12, 12e6
    assert line["equity_flow"] == pytest.approx([0, *[monthly] * 12, *[yearly] * 20])
    assert line["j_curve"].min() == pytest.approx(-100e6)
    assert deal.measure("peak_exposure") == pytest.approx(100e6)
    assert deal.measure("equity_moic") == pytest.approx(2.4)
    assert deal.measure("equity_dpi") == pytest.approx(2.4)
    assert line["dpi"][12 + 5] == pytest.approx(5 * 12 / 100)
    # the ninth year of operation brings 108 of 100 back: ten years of 365 and some days
    assert deal.measure("equity_payback") == pytest.approx(
        (dt.date(2037, 1, 1) - dt.date(2027, 1, 1)).days / 365
    )
    days = [(d - dt.date(2027, 1, 1)).days for d in [
        *(dt.date(2027 + m // 12, m % 12 + 1, 1) for m in range(1, 13)),
        *(dt.date(2028 + y, 1, 1) for y in range(1, 21))]]  # fmt: skip
    worth = sum(x * 1.08 ** (-t / 365) for x, t in zip(line["equity_flow"][1:], days, strict=True))
    assert deal.measure("equity_npv") == pytest.approx(worth, abs=1.0)
    # by year: 100 at the end of the first, 12 at the end of each after it
    rate = deal.measure("equity_yearly_irr") / 100
    assert sum(12 / (1 + rate) ** k for k in range(1, 21)) == pytest.approx(100)
    assert deal.measure("equity_irr") / 100 < rate  # paid earlier in the year
