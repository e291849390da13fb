"""What is scarce against independent solves; conflicts against the programme itself."""

from __future__ import annotations

import json

import highspy
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gigaplan as gp
from gigaplan.cli.main import main
from gigaplan.errors import InfeasibleError
from gigaplan.model.assemble import build_master, build_monolith
from gigaplan.pictures.bottlenecks import bottlenecks_chart
from gigaplan.plan.scarce import KINDS, scarce, source_of
from gigaplan.solving import bottlenecks as module
from gigaplan.solving.bottlenecks import bottlenecks
from gigaplan.solving.conflicts import Row, _with_later, conflict, explain
from gigaplan.solving.highs import new_highs
from gigaplan.solving.master import Master
from gigaplan.solving.relax import Relaxed
from gigaplan.solving.solve import solve_inputs
from rosters import scarce_coalition
from systems import random_inputs

WEIGHTS = pd.Series([200.0, 165.0], index=pd.Index([5, 200], name="day"))


def monolith(inputs, weights):
    solver = build_monolith(inputs, weights).to_highspy()
    for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        solver.setOptionValue(option, 1e-9)
    solver.setOptionValue("output_flag", False)
    solver.run()
    assert solver.modelStatusToString(solver.getModelStatus()) == "Optimal"
    return solver.getObjectiveValue()


def with_more(inputs, row):
    """The inputs with one unit more of a limit of the table, written for this test alone."""
    out = inputs.copy(deep=True)
    where, year = row["where"].split(" ") if row["where"] else [], row["year"]
    later = {"year": slice(year, None)}
    name = row["limit"]
    if name in ("national build limit", "interconnection of power"):
        out["cap_limit"].loc[{"cap": row["where"], **later}] += 1
    elif name == "equipment":
        at = {"equipment": where[0], "price_step": where[1], **later}
        out["equipment_supply"].loc[at] += 1
    elif name == "chips":
        out["chip_supply"].loc[{"chip_step": where[0], "year": year}] += 1
    elif name == "skilled building labour":
        out["labour_supply"].loc[{"zone": where[0], "year": year}] += 1
    elif name == "planning reserve":
        out["reserve_existing"] = out["reserve_existing"].copy(deep=True)
        out["reserve_existing"].loc[{"region": where[0], "year": year}] += 1
    elif name == "firm large-load connection":
        out["campus_limit"].loc[{"zone": where[0], **later}] += 1
    elif name == "firm large-load connection, all states":
        out["campus_national_limit"].loc[later] += 1
    elif name == "resource":
        out["option_potential"].loc[{"option": row["where"]}] += 1
    elif name == "budget":
        out["budget_available"].loc[{"calendar": slice(year, None)}] += 1
        out["budget_total"] = out["budget_total"] + 1
    elif name == "budget in all":
        out["budget_total"] = out["budget_total"] + 1
    elif name == "investor's commitment":
        out["investor_available"].loc[{"investor": row["where"]}] += 1
        mine = (out["limit_kind"].values == "concentration") & (
            out["limit_investor"].values == row["where"]
        )
        last = float(inputs["investor_available"].sel(investor=row["where"]).isel(calendar=-1))
        out["limit_value"][mine] *= (last + 1) / last
    else:
        return None
    return out


@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), roster=st.booleans(), budget=st.sampled_from([40.0, 200.0]))
def test_a_unit_more_is_worth_what_an_independent_solve_says(seed, roster, budget):
    inputs = random_inputs(seed, zones=2, budget=budget)
    plan = solve_inputs(scarce_coalition(inputs) if roster else inputs, count=2, workers=1)
    weights = plan.data["day_weight"].to_series()
    table = bottlenecks(plan, confirm=3, gap=1e-6, workers=1)
    again = table[table["worth_low"].notna()]
    assert len(again) == min(3, len(table)) or len(table) <= 3
    base = monolith(plan.inputs, weights)
    for row in again.to_dict("records"):
        changed = with_more(plan.inputs, row)
        assert row["worth_low"] <= row["worth_high"]
        if changed is None:
            continue
        fall = base - monolith(changed, weights)
        assert row["worth_low"] - 1e-4 <= fall <= row["worth_high"] + 1e-4, row
        # a concave value: the slope bounds the whole unit, the dual bounds the slope
        assert fall <= row["slope"] + 1e-3 * (1 + row["slope"]), row
        assert row["slope"] <= row["dual"] + 1e-3 * (1 + row["dual"]), row


def test_everything_scarce_is_in_the_table(three_states):
    table = three_states.bottlenecks(confirm=0)
    assert table["worth"].isna().all()
    assert (table["dual"].diff().dropna() <= 1e-12).all()
    assert set(table["limit"]) <= set(KINDS)
    units = table.attrs["units"]
    assert set(units) == set(table.columns)
    found = scarce(three_states.inputs, three_states.data)
    # every dual of the plan that says something is told once
    for kind, own in KINDS.items():
        if own.dual not in three_states.data or own.dual in ("dual_cap", "dual_equipment"):
            continue
        if kind in ("budget", "budget in all"):
            continue
        count = int((three_states.data[own.dual] > 1e-6).sum())
        assert sum(s.kind == kind for s in found) == count, kind


def test_sources_are_known_figures(three_states):
    from gigaplan import atlas

    for kind in KINDS.values():
        if kind.figure.split(".")[0] not in ("money", "policy", "campus"):
            assert len(atlas.source(kind.figure)), kind.figure
    meta = {"programme_document": {"tables": {"cap_limits": "x.csv"}}}
    for item in scarce(three_states.inputs, three_states.data):
        own = source_of(item, three_states.inputs, meta)
        assert own
        if KINDS[item.kind].table == "cap_limits":
            assert own == "programme: tables.cap_limits"


def test_what_the_bounds_do_not_resolve_is_not_stated():
    """With a wide gap nothing is resolved, and no figure is made of noise."""
    plan = solve_inputs(random_inputs(1, zones=2), count=2, workers=1, gap=0.05)
    table = bottlenecks(plan, confirm=4, gap=0.05, workers=1)
    again = table[table["worth_low"].notna()]
    wide = again["worth_high"] - again["worth_low"] > 0.2 * (
        again["worth_high"] + again["worth_low"]
    ) / 2  # fmt: skip
    assert again.loc[wide, "worth"].isna().all()
    assert wide.any()
    assert again.loc[wide, "note"].str.startswith("not resolved").all()
    assert np.isnan(Relaxed(1.0, 1.0, 0.0, 0.5, 1.0).worth)
    assert np.isnan(Relaxed(1.0, 1.0, 0.4, 0.5, 1.0).worth)  # 11 % on either side
    assert Relaxed(1.0, 1.0, 0.42, 0.5, 1.0).worth == pytest.approx(0.46)


def test_another_programme_than_the_plans_is_refused(three_states, monkeypatch):
    from gigaplan.plan.plan import Plan

    meta = {**three_states.meta, "inputs_sha256": "0" * 64}
    other = Plan(three_states.inputs, three_states.data, meta, three_states.attachments)
    monkeypatch.setattr(module, "build_inputs", lambda _: three_states.inputs)
    with pytest.raises(gp.UsageError, match="make it again"):
        other.bottlenecks(confirm=1)
    bare = Plan(three_states.inputs, three_states.data, meta)
    with pytest.raises(gp.UsageError, match="holds no programme"):
        bare.bottlenecks(confirm=1)


def test_command_and_picture(three_states, tmp_path, capsys):
    saved = three_states.save(tmp_path / "three")
    picture = tmp_path / "b.svg"
    arguments = ["bottlenecks", str(saved), "--confirm", "2", "--workers", "1", "--json"]
    assert main([*arguments, "--picture", str(picture)]) == 0
    out, err = capsys.readouterr()
    rows = json.loads(out)["rows"]
    assert sum(r["worth_low"] is not None for r in rows) == 2
    assert "one more unit" in err
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert main(["bottlenecks", str(saved), "--no-confirm"]) == 0
    text = capsys.readouterr().out
    assert "BUSD per unit" in text
    assert "gigaplan source" in text
    table = three_states.bottlenecks(confirm=0)
    chart = bottlenecks_chart("x", table)
    drawn = [v for panel in chart["vconcat"] for v in panel["data"]["values"]]
    top = table.iloc[0]
    assert any(v["value"] == top["dual"] and v["unit"] == top["unit"] for v in drawn)


# --- conflicts ------------------------------------------------------------------------------------


def feasible(master, without=(), eased=()):
    """Whether the master's own rows can be met, some rows being free and others moved."""
    h = new_highs()
    h.passModel(master.problem)
    low, high = np.array(master.problem.row_lower_), np.array(master.problem.row_upper_)
    for row, change in eased:
        low[row], high[row] = low[row] + change, high[row] + change
    for row in without:
        low[row], high[row] = -np.inf, np.inf
    n = len(low)
    h.changeRowsBounds(n, np.arange(n, dtype=np.int32), low, high)
    columns = len(master.cost)
    h.changeColsCost(columns, np.arange(columns, dtype=np.int32), np.zeros(columns))
    h.run()
    return h.getModelStatus() == highspy.HighsModelStatus.kOptimal


def movable(master):
    from gigaplan.solving.conflicts import _rows

    return _rows(master)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10_000),
    zones=st.integers(2, 4),
    budget=st.sampled_from([1.0, 30.0, 300.0]),
    path=st.sampled_from([(0.5, 1.0), (3.0, 9.0), (0.1, 20.0)]),
    roster=st.booleans(),
)
def test_conflicts_are_irreducible_and_relaxations_are_least(seed, zones, budget, path, roster):
    inputs = random_inputs(seed, zones=zones, aim="cost", budget=budget)
    inputs["it_path"][:] = list(path)
    if roster:
        inputs = scarce_coalition(inputs)
    master = Master(build_master(inputs, WEIGHTS))
    if feasible(master):
        return
    found = conflict(master)
    members = {i for r in found.limits for i in r.rows}
    others = [i for r in movable(master) for i in r.rows if i not in members]
    assert not feasible(master, without=others)
    for r in found.limits:
        assert feasible(master, without=[*others, *r.rows]), r
    for r, amount in zip(found.limits, found.alone, strict=True):
        entries = [(i, m) for e in _with_later(movable(master), r)
                   for i, m in zip(e.rows, e.moves, strict=True)]  # fmt: skip
        if np.isnan(amount):
            assert not feasible(master, eased=[(i, -1e6 * m) for i, m in entries]), r
            continue
        more, less = amount * 1.001 + 1e-5, amount * 0.99 - 1e-5
        assert feasible(master, eased=[(i, -more * m) for i, m in entries]), r
        assert not feasible(master, eased=[(i, -less * m) for i, m in entries]), r
    eased = [(i, -(a * 1.001 + 1e-5) * m) for r, a in found.together
             for i, m in zip(r.rows, r.moves, strict=True)]  # fmt: skip
    assert feasible(master, eased=eased)


def test_a_conflict_by_hand():
    """1 GW asked for, connection of 0.2 GW in each of two zones, no units on site, PUE known."""
    inputs = random_inputs(0, zones=2, aim="cost", budget=1e4)
    for name in ("chip_supply", "labour_supply", "equipment_supply", "cap_limit"):
        inputs[name][:] = np.inf
    inputs["budget_available"][:] = 1e4
    inputs["option_potential"][:] = np.inf
    onsite = np.flatnonzero(inputs["option_kind"].values == "onsite")
    inputs["option_buildable"][{"option": onsite}] = False
    inputs["fab_buildable"][:] = False
    inputs["campus_flexible_share"] = 0.0
    inputs["campus_national_limit"][:] = np.inf
    inputs["campus_national_limit_flexible"][:] = np.inf
    inputs["campus_limit_flexible"][:] = np.inf
    inputs["campus_limit"][:] = 0.2
    inputs["campus_pue"][:] = 1.25
    inputs["it_path"][:] = [np.nan, 1.0]
    master = Master(build_master(inputs, WEIGHTS))
    found = conflict(master)
    names = [(r.name, r.labels) for r in found.limits]
    assert ("it_path", {"year": 2030}) in names
    assert {n for n, _ in names} == {"it_path", "campus_limit", "campus_supply"}
    amounts = {(r.name, r.labels.get("campus")): a
               for r, a in zip(found.limits, found.alone, strict=True)}  # fmt: skip
    # 0.4 GW of facility power carry 0.32 GW of IT; 1 GW of IT needs 1.25 GW of facility power
    assert amounts["it_path", None] == pytest.approx(0.68)
    for zone in ("Z0", "Z1"):
        assert amounts["campus_limit", zone] == pytest.approx(0.85)
    error = explain(master)
    assert error.exit_code == 4
    assert "IT power asked for in 2030: 1 GW (aim.it_path)" in error.limits
    assert "IT power asked for in 2030: 0.68 GW less" in error.relaxations
    assert "firm large-load connection in Z0 by 2030: 0.85 GW more, from then on" in str(error)


def test_an_infeasible_programme_ends_with_4(tmp_path, capsys):
    settings_ = ["--set", "aim.kind=cost", "--set", "aim.it_path={2028: 2 GW, 2030: 4 GW}"]
    target = tmp_path / "p"
    code = main(["plan", "three-states", *settings_, "--set", "budget=60 BUSD", "--workers", "1",
                 "-o", str(target), "--quiet"])  # fmt: skip
    out, err = capsys.readouterr()
    assert code == InfeasibleError.exit_code == 4
    assert out == ""
    assert "these conflict" in err
    assert "IT power asked for" in err
    assert not target.exists()


def test_budget_moves_as_one():
    rows = [
        Row("budget", {"calendar": 2027}, (0,), (-1.0,), 1.0, 1.0),
        Row("budget", {"calendar": 2028}, (1,), (-1.0,), 1.0, 1.0),
        Row("budget_total", {}, (2,), (-1.0,), 1.0, 1.0),
        Row("labour", {"zone": "A", "year": 2028}, (3,), (-1.0,), 1.0, 1.0),
    ]
    moved = [[r.rows[0] for r in _with_later(rows, row)] for row in rows]
    assert moved == [[0, 1, 2], [1, 2], [0, 1, 2], [3]]
