"""The roster from its tables to the plan's: bad input, overlaps, outreach, clearance, views."""

from __future__ import annotations

import json

import numpy as np
import pytest

import gigaplan as gp
from gigaplan.cli.main import main
from gigaplan.errors import InputError, UsageError
from gigaplan.inputs.build import build_inputs
from gigaplan.plan.compare import compare
from gigaplan.programme.roster import roster_of
from gigaplan.solving.solve import solve_inputs
from systems import random_inputs

GOOD = """\
zones: [TX, OK, KS]
years: [2028, 2030]
money: {budget: 20 BUSD}
campus: {accelerators: true}
days: {count: 2, hardest: 1}
tables: {investors: investors.csv, commitments: commitments.csv, outreach: outreach.csv}
"""
INVESTORS = """\
investor,country,kind,governments,owned_by,within,sectors,places,instruments,return_pct,max_ticket_busd,concentration,largest_share,sharing,in_kind
home,US,infrastructure_fund,,,,dc; power,all,common; preferred,11,,,,,
fund,AE,sovereign_fund,AE 100,,,dc; power,all,common; fund,10,6,,0.6,,
child,AE,sovereign_fund,,fund 80,fund,dc,TX; OK,common,9,,,,,
bank,US,debt_market,,,,dc; power,all,debt,,,,,,
ally,JP,government,JP 100,,,dc,all,common,4.5,,0.9,,50/10,offtake
"""
COMMITMENTS = """\
investor,year,amount,currency,stage,likelihood
home,2026,8,USD,signed,
fund,2026,6,USD,announced,0.5
child,2026,2,USD,committed,1
bank,2026,9,USD,signed,
ally,2026,2,USD,term_sheet,
"""
OUTREACH = """\
date,investor,contact,stage,sum_busd,likelihood,note
2026-03-01,fund,A. Person,in_talks,6,0.3,first call
2026-06-01,fund,A. Person,term_sheet,8,0.75,terms sent
"""


def written(tmp_path, text=GOOD, **tables):
    folder = tmp_path / "p"
    folder.mkdir()
    content = {"investors": INVESTORS, "commitments": COMMITMENTS, "outreach": OUTREACH} | tables
    (folder / "programme.yaml").write_text(text)
    for name, rows in content.items():
        (folder / f"{name}.csv").write_text(rows)
    return folder


@pytest.fixture(scope="module")
def plan(coalition):
    return coalition


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        ("investors", "AE 100", "AE 60; SA 50", ["row 3", "AE 60 and SA 50 make 110 %"]),
        ("investors", "home,US", "home,XX", ["row 2", "country", "'XX'"]),
        ("investors", "home,US,infrastructure_fund,,", "home,US,infrastructure_fund,,child 5", []),
        ("investors", "AE 100,,", "AE 100,child 50,", ["an ownership loop: fund -> child -> fund"]),
        ("investors", "AE 100,,,", "AE 100,,child,", ["loop of sums", "within"]),
        ("investors", "fund 80,fund", "found 80,fund", ["owned_by", "did you mean fund?"]),
        ("investors", "TX; OK", "TX; QQ", ["places", "'QQ'"]),
        ("investors", "50/10", "half", ["sharing", "50/10"]),
        ("investors", "investor,country", "investor,county", ["row 1", "did you mean country"]),
        ("commitments", "8,USD", "8,EUR", ["row 2", "currency", "'EUR' is not a known"]),
        ("commitments", "ally,2026", "alli,2026", ["row 6", "'alli'", "did you mean ally?"]),
        ("commitments", "signed,\nfund", "sined,\nfund", ["row 2", "did you mean signed?"]),
        ("commitments", "home,2026,8", "home,2026,-8", ["row 2", "-8"]),
        ("commitments", "announced,0.5", "announced,1.5", ["row 3", "likelihood", "1.5"]),
        ("outreach", "2026-03-01", "soon", ["row 2", "date", "'soon'"]),
    ],
)  # fmt: skip
def test_faults_of_the_roster_are_named(tmp_path, capsys, table, old, new, words):
    rows = {"investors": INVESTORS, "commitments": COMMITMENTS, "outreach": OUTREACH}[table]
    assert old in rows
    folder = written(tmp_path, **{table: rows.replace(old, new, 1)})
    expected = 3 if words else 0
    assert main(["check", str(folder)]) == expected
    printed = capsys.readouterr().err
    for word in words:
        assert word in printed
    assert not words or f"{table}.csv" in printed


def test_faults_come_together_and_settings_are_checked(tmp_path):
    text = (
        GOOD + "capital: {stage_weights: {sined: 1}, without: [nobody], gearing: {campuss: 50 %}}\n"
    )
    rows = COMMITMENTS.replace("8,USD", "8,EUR")
    with pytest.raises(InputError) as caught:
        gp.load(written(tmp_path, text, commitments=rows))
    words = str(caught.value)
    for word in ("'EUR'", "stage_weights.sined", "'nobody'"):
        assert word in words


def test_a_currency_with_a_rate_is_converted(tmp_path):
    text = GOOD + "capital: {currencies: {EUR: 1.1}}\n"
    folder = written(tmp_path, text, commitments=COMMITMENTS.replace("8,USD", "8,EUR"))
    roster = roster_of(gp.load(folder))
    assert roster.investors["home"].commitments[0].busd == pytest.approx(8.8)


def test_conversations_weight_the_commitments(tmp_path):
    roster = roster_of(gp.load(written(tmp_path)))
    (fund,) = roster.investors["fund"].commitments
    assert (fund.busd, fund.likelihood, fund.stage) == (8.0, 0.75, "term_sheet")
    assert roster.governments("child") == {"AE": pytest.approx(0.8)}
    (ally,) = roster.investors["ally"].commitments
    assert ally.likelihood == 0.6  # of its stage
    inputs = build_inputs(gp.load(tmp_path / "p"))
    counted = inputs["investor_available"].isel(calendar=-1)
    assert float(counted.sel(investor="fund")) == pytest.approx(6.0)
    stated = gp.with_changes(gp.load(tmp_path / "p"), {"capital.weighting": "stated"})
    assert float(
        build_inputs(stated)["investor_available"].isel(calendar=-1).sum()
    ) == pytest.approx(29.0)
    firm = gp.with_changes(gp.load(tmp_path / "p"), {"capital.weighting": "firm"})
    assert float(build_inputs(firm)["investor_available"].isel(calendar=-1).sum()) == pytest.approx(
        19.0
    )


def test_the_atlas_roster_scaled_to_the_budget_sums_to_it():
    changes = {"capital.roster": "atlas", "capital.scale": "to_budget"}
    inputs = build_inputs(gp.with_changes(gp.load("three-states"), changes))
    within = inputs["investor_within"].values.astype(str)
    useful = np.isin(inputs["investor"].values, inputs["funding_investor"].values)
    last = inputs["investor_available"].isel(calendar=-1).values
    assert last[(within == "") & useful].sum() == pytest.approx(20.0, abs=1e-6)
    changes["capital.without"] = "[AE]"
    fewer = build_inputs(gp.with_changes(gp.load("three-states"), changes))
    # nobody else's sum grows
    np.testing.assert_allclose(
        fewer["investor_available"].values, inputs["investor_available"].values
    )
    assert not np.isin(fewer["funding_investor"].values, ["mgx", "uae_framework", "damac"]).any()


@pytest.mark.parametrize(("said", "busd"), [("0", 0.0), ("14BUSD", 14.0)])
def test_a_commitment_is_changed_by_name_and_nobody_elses_with_it(said, busd):
    scaled = {"capital.roster": "atlas", "capital.scale": "to_budget"}
    base = gp.with_changes(gp.load("three-states"), scaled)
    before = build_inputs(base)["investor_available"]
    after = build_inputs(gp.with_changes(base, {"investors.mgx.commitment": said}))
    after, announced = after["investor_available"], 4 * 1.75  # BUSD, in the atlas
    times = busd / announced
    np.testing.assert_allclose(after.sel(investor="mgx"), before.sel(investor="mgx") * times)
    others = before["investor"].values != "mgx"
    np.testing.assert_allclose(after[others], before[others])


def test_a_commitment_of_nobody_is_an_error():
    base = gp.with_changes(gp.load("three-states"), {"capital.roster": "atlas"})
    with pytest.raises(InputError, match="did you mean mgx"):
        build_inputs(gp.with_changes(base, {"capital.commitments": {"mgy": "1 BUSD"}}))


def test_money_tables_agree(plan):
    facts = plan.summary()
    capital, people, stakes = plan.capital(), plan.investors(), plan.stakes()
    np.testing.assert_allclose(capital["sources"], capital["uses"], atol=1e-9)
    total = facts["capital_busd"]["total"]
    assert capital["uses"].sum() == pytest.approx(total)
    assert people["called"].sum() == pytest.approx(total)
    assert stakes["stake"].sum() == pytest.approx(total)
    calls = plan.calls()
    assert calls["call"].sum() == pytest.approx(total)
    assert (calls["counted"] <= calls["available"] + 1e-8).all()
    equity = stakes.groupby(["asset_class", "zone"])["share_of_equity"].sum()
    assert equity[equity > 0].to_numpy() == pytest.approx(1.0)
    held = {k: v["called_busd"] for k, v in facts["capital_by_investor"].items()}
    assert sum(held.values()) == pytest.approx(total)
    assert set(facts["weighted_cost_of_capital"]) == set(capital["asset_class"])
    json.dumps(facts, allow_nan=False)


def test_mandates_and_overlaps_hold(plan):
    people = plan.investors().set_index("investor")
    # the sum of the fund contains that of its child
    assert people.loc["fund", "called"] + people.loc["child", "called"] <= 6.0 + 1e-8
    stakes = plan.stakes()
    ally = stakes[stakes["investor"] == "ally"]
    assert set(ally["asset_class"]) <= {"campus", "accelerators", "equipment"}
    assert set(stakes.loc[stakes["investor"] == "child", "zone"]) <= {"TX", "OK"}
    fund = stakes[(stakes["investor"] == "fund") & (stakes["instrument"] == "common")]
    assert fund["share_of_equity"].max() <= 0.6 + 1e-8


def test_expected_return_is_what_is_asked_for(plan):
    # one instrument, one class and rate: the internal rate is the required one
    for name in ("home", "bank"):
        row = plan.investors().set_index("investor").loc[name]
        assert 0 < row["expected_return"] < 0.15
        assert row["expected_return"] == pytest.approx(row["required_return"], abs=0.012)
        assert row["yearly_cash"] > 0


def test_outreach_ranks_and_names_what_holds_back(plan):
    table = plan.outreach()
    assert (table["priority"].diff().dropna() <= 1e-12).all()
    np.testing.assert_allclose(table["priority"], table["likelihood"] * table["marginal_value"])
    talked = table.set_index("investor").loc["fund"]
    assert talked["last_talk"] == "2026-06-01 A. Person"
    assert talked["in_view"] == 8.0
    assert (table["held_back_by"] != "").all()
    assert (table["marginal_value"] >= 0).all()


def test_clearance_of_the_plan_is_consistent_in_the_whole(plan):
    table = plan.clearance()
    assert {"fund", "child"} & set(table["investor"])
    assert table["consistent"].all()
    filed = table[table["filing"] != "none"]
    assert (filed["days"] > 0).all()
    assert (filed["cleared_by"] > 2026).all()
    unfiled = table[table["filing"] == "none"]
    assert (unfiled["votes"] <= unfiled["free_share"] + 1e-8).all()
    whole = plan.structure()
    assert set(whole["covered"]) <= {"yes", "no", "possible", "depends"}


def test_views_by_command(plan, tmp_path, capsys):
    plan.save(tmp_path / "a")
    forms = ([], ["--json"], ["--csv"])
    views = ("capital", "calls", "investors", "stakes", "outreach", "clearance", "structure")
    for k, view in enumerate(views):
        assert main(["show", str(tmp_path / "a"), view, *forms[k % 3]]) == 0
        assert capsys.readouterr().out.strip()
        assert (tmp_path / "a" / "tables" / f"{view}.csv").is_file()
    again = gp.open(tmp_path / "a")
    assert again.investors()["called"].sum() == pytest.approx(plan.investors()["called"].sum())


def test_one_purse_has_no_investors():
    plan = solve_inputs(random_inputs(0, zones=2), count=1, workers=1)
    with pytest.raises(UsageError, match="one purse"):
        plan.investors()
    facts = plan.summary()
    spent = facts["capital_busd"]["total"]
    assert facts["capital_by_investor"] == {"one purse": {"called_busd": pytest.approx(spent)}}
    assert facts["filings"] == []


def test_patches_cost_something_and_compare_says_what(plan, tmp_path):
    base = gp.load(written(tmp_path))
    ruled = gp.with_changes(base, {"capital.foreign_equity": False})
    other = gp.solve(ruled, workers=1)
    assert other.meta["upper_bound"] >= plan.meta["lower_bound"] - 1e-6
    table = compare(plan, other)
    quantities = set(table["quantity"])
    assert {"capital_by_investor", "it_power"} <= quantities
    assert other.clearance().empty
    reasons = other.outreach().set_index("investor")["held_back_by"]
    assert "foreign equity" in reasons["fund"]


def test_the_round_s_sponsor_equity_is_a_commitment(tmp_path, capsys):
    equity = "{2026: 2 BUSD, 2027: 1 BUSD}"
    terms = f"{{id: x, post_money: 157 BUSD, raise: 6.6 BUSD, sponsor_equity: {equity}}}"
    text = GOOD + f"capital: {{corporate_round: {terms}}}\n"
    inputs = build_inputs(gp.load(written(tmp_path, text)))
    available = inputs["investor_available"].sel(investor="company")
    assert available.values[:3] == pytest.approx([2.0, 3.0, 3.0])
    changes = {"capital.roster": "atlas", "capital.scale": "to_budget"}
    scaled = build_inputs(gp.with_changes(gp.load(tmp_path / "p"), changes))
    assert float(scaled["investor_available"].sel(investor="company")[-1]) == pytest.approx(3.0)
    (tmp_path / "p" / "programme.yaml").write_text(text.replace("raise", "rise"))
    assert main(["check", str(tmp_path / "p")]) == 3
    assert "corporate_round.rise" in capsys.readouterr().err


def test_builtin_patches_change_only_the_capital():
    base = gp.load("us-first").resolved()
    patches = {
        "no-foreign-equity": "foreign_equity",
        "without-uae": "without",
        "fast-track": "clearance",
    }
    for name, key in patches.items():
        other = gp.load(name).resolved()
        assert {k for k in base if base[k] != other[k]} == {
            "name",
            "title",
            "description",
            "capital",
        }
        changed = {k for k in base["capital"] if base["capital"][k] != other["capital"][k]}
        assert changed == {key}


def test_nobody_who_can_pay_is_an_error(tmp_path):
    rows = INVESTORS.replace("dc; power", "dc").replace(",dc,", ",corporate_equity,")
    with pytest.raises(InputError, match="no investor of the roster may pay"):
        build_inputs(gp.load(written(tmp_path, investors=rows)))
