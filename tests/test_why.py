"""Why a state, and why not: the parts against other routes to the same figures."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gigaplan as gp
from gigaplan.cli.main import main
from gigaplan.errors import UsageError
from gigaplan.model.assemble import build_monolith
from gigaplan.plan.declaration import IT_PARTS
from gigaplan.plan.why import why
from gigaplan.solving.campus_pieces import campus_pieces
from gigaplan.solving.ledger import Ledger
from gigaplan.solving.search import search
from gigaplan.solving.worths import worths
from rosters import scarce_coalition
from systems import random_inputs

WEIGHTS = pd.Series([200.0, 165.0], index=pd.Index([5, 200], name="day"))


def solved(inputs, gap=1e-9):
    found = search(inputs, WEIGHTS, gap, workers=1, baseline=False)
    found.pool.close()
    return found


def system(seed, zones, aim, budget, roster):
    inputs = random_inputs(seed, zones=zones, aim=aim, budget=budget)
    return scarce_coalition(inputs) if roster else inputs


SYSTEMS = {
    "seed": st.integers(0, 10_000),
    "zones": st.integers(2, 4),
    "aim": st.sampled_from(["compute", "cost"]),
    "budget": st.sampled_from([60.0, 150.0]),
}


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(**SYSTEMS, roster=st.booleans())
def test_parts_add_up_to_the_solvers_reduced_costs(seed, zones, aim, budget, roster):
    """HiGHS's own column duals give the same sum; what is built costs nothing at the margin."""
    inputs = system(seed, zones, aim, budget, roster)
    try:
        found = solved(inputs, 1e-7)
    except gp.InfeasibleError:
        return
    worth = worths(found)
    _, point = found.master.solve()
    ledger = Ledger(inputs, found.master, point)
    pieces, _ = campus_pieces(ledger)
    # rows within the piece have a dual in the column duals; it is taken out again
    inner = np.where(ledger.internal, ledger.dual, 0.0)
    expected = pieces.T @ found.master.column_dual + (ledger.own @ pieces).T @ inner
    total = worth["marginal_it_cost"].sum("it_part").values.ravel()
    size = np.abs(worth["marginal_it_cost"]).sum("it_part").values.ravel()
    np.testing.assert_allclose(total, np.asarray(expected).ravel(), atol=1e-9 * size.max())
    np.testing.assert_allclose(worth["marginal_it_value"].values.ravel(), -total, rtol=1e-12)
    built = point[found.master.columns("it_build")] > 1e-6
    assert np.abs(total[built]).max(initial=0.0) < 1e-6
    open_ = inputs["campus_buildable"].values.ravel()
    assert total[open_].min() > -1e-6


class Forced:
    """Least cost of everything, as one linear programme, with IT forced into a zone and year."""

    def __init__(self, inputs):
        model = build_monolith(inputs, WEIGHTS)
        at = {int(label): i for i, label in enumerate(model.matrices.vlabels)}
        self.labels = model.variables["it_build"].labels
        self.column = {int(i): at[int(i)] for i in self.labels.values.ravel()}
        self.solver = model.to_highspy()
        for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self.solver.setOptionValue(option, 1e-9)
        self.solver.setOptionValue("output_flag", False)

    def __call__(self, zone, year, gw):
        column = self.column[int(self.labels.sel(zone=zone, year=year))]
        self.solver.changeColBounds(column, gw, np.inf)
        self.solver.run()
        assert self.solver.modelStatusToString(self.solver.getModelStatus()) == "Optimal"
        value = self.solver.getObjectiveValue()
        self.solver.changeColBounds(column, 0.0, np.inf)
        return value


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("compute", random_inputs(1)),
        ("cost", random_inputs(8, zones=3, aim="cost")),
        ("coalition", scarce_coalition(random_inputs(1, zones=2))),
    ],
)
def test_forcing_100_mw_costs_the_reduced_cost(name, inputs):
    """Against an independent linear programme, where the plan has none and campuses may stand.

    10 MW cost what the parts say within 10 %; 100 MW may leave the range in which the slope holds.
    Duals are not unique at a kink, and are a bound from below there; these systems have none.
    """
    # a piece never sells its units again; where that pays its cost is a bound from below
    inputs["option_resale_price"][:] = 0.0
    found = solved(inputs)
    cost = worths(found)["marginal_it_cost"].sum("it_part")
    forced = Forced(inputs)
    base = forced("Z0", 2028, 0.0)
    seen = 0
    for zone in inputs["campus"].values.tolist():
        for year in inputs["year"].values.tolist():
            slope = float(cost.sel(zone=zone, year=year))
            rise, little = (forced(zone, year, step) - base for step in (0.1, 0.01))
            reduced = slope * 0.1
            here = found.result.point[found.master.columns("it_build", zone=zone, year=year)]
            if here.sum() > 0.1:
                assert rise == pytest.approx(0.0, abs=1e-6)  # the plan has them already
                continue
            seen += reduced > 1e-3
            # a finite step is never cheaper than the slope
            assert rise >= reduced - 1e-6
            assert little == pytest.approx(slope * 0.01, rel=0.1, abs=1e-4), (zone, year)
            # beyond the range of the slope, in these systems of a few GW, by no more than half
            assert rise == pytest.approx(reduced, rel=0.5, abs=1e-4), (zone, year)
    assert seen


def test_tax_shell_and_chips_by_hand(three_states):
    """Parts that can be reckoned from the inputs alone."""
    inputs, cost = three_states.inputs, three_states.data["marginal_it_cost"]
    weight = inputs["year_weight"].values
    for zone in inputs["zone"].values.tolist():
        for k, year in enumerate(inputs["year"].values.tolist()):
            at, years = {"zone": zone, "year": year}, weight[k:].sum()
            tax = float(inputs["campus_tax_charge"].sel(at)) * years
            assert float(cost.sel({**at, "it_part": "tax"})) == pytest.approx(tax, abs=1e-9)
            operation = float(inputs["campus_operation"]) * years
            assert float(cost.sel({**at, "it_part": "operation"})) == pytest.approx(operation)
            charge = float(inputs["campus_annual_charge"].sel(at)) * years
            shell = charge - tax - operation
            assert float(cost.sel({**at, "it_part": "shell"})) == pytest.approx(shell)
    # accelerators are not tied to zones
    flat = cost.sel(it_part=["accelerators", "compute", "energy"])
    assert float(np.abs(flat - flat.isel(zone=0)).max()) < 1e-9


def test_energy_and_network_are_the_prices_of_the_dispatch(three_states):
    """The cuts' slopes against the duals of the plan's own dispatch, in the zones' mean."""
    inputs, data = three_states.inputs, three_states.data
    hours = data["price"].mean("hour_of_day")
    mean = (hours * data["day_weight"]).sum("day") / data["day_weight"].sum() * 8.76e-3
    load = inputs["load"].sum("hour")
    hub = (mean * load).sum("zone") / load.sum("zone")
    used = float(inputs["campus_utilisation"])
    weight = inputs["year_weight"]
    for year in inputs["year"].values.tolist():
        later = (inputs["year"] >= year) * weight
        own = data["marginal_it_cost"].sel(year=year)
        expected = used * (hub * later).sum("year")
        energy = own.sel(it_part="energy")
        np.testing.assert_allclose(energy, float(expected), rtol=0.1)
        above = used * ((mean - hub) * later).sum("year").transpose("zone").values
        network = own.sel(it_part="network").values
        np.testing.assert_allclose(network, above, atol=0.1 * float(expected))


def test_why_is_the_reduced_cost_of_100_mw(three_states):
    data = three_states.data
    for zone in data["zone"].values.tolist():
        found = three_states.why(zone)
        own = float(data["marginal_it_value"].sel(zone=zone, year=found.year))
        assert found.cost == pytest.approx(-own * 100, rel=1e-9, abs=1e-9)
        there = float(data["marginal_it_value"].sel(zone=found.marginal, year=found.marginal_year))
        assert found.difference == pytest.approx((there - own) * 100, rel=1e-9, abs=1e-9)
        parts = found.table.iloc[:-1]
        for column in ("here", "marginal", "difference"):
            assert parts[column].sum() == pytest.approx(found.table[column].iloc[-1], abs=1e-9)
        assert set(parts["part"]) <= {*IT_PARTS, "delay"}
        assert found.marginal != zone


def test_a_wait_is_a_part_of_its_own(three_states):
    """A state that is open only later pays what the marginal state loses by as late a start."""
    inputs = three_states.inputs.copy(deep=True)
    late = inputs["zone"].values.tolist()[0]
    first, second = (int(y) for y in inputs["year"].values[:2])
    inputs["campus_buildable"].loc[{"zone": late, "year": first}] = False
    found = why(inputs, three_states.data, three_states.meta, late)
    assert found.year == second
    assert found.dates.reasons == {first: found.dates.reasons[first]}
    assert "construction" in found.dates.reasons[first]
    delay = found.table.set_index("part").loc["delay"]
    value = three_states.data["marginal_it_value"].sel(zone=found.marginal)
    expected = float(value.sel(year=first) - value.sel(year=second)) * 100
    assert delay["difference"] == pytest.approx(expected)
    assert found.table["difference"].iloc[:-1].sum() == pytest.approx(found.difference)


def test_a_full_connection_moves_the_date(three_states):
    inputs = three_states.inputs.copy(deep=True)
    zone = inputs["zone"].values.tolist()[0]
    years = inputs["year"].values.tolist()
    onsite = (inputs["option_zone"].values == zone) & (inputs["option_kind"].values == "onsite")
    inputs["option_buildable"][{"option": np.flatnonzero(onsite)}] = False
    for name in ("campus_limit", "campus_limit_flexible"):
        used = float(three_states.data["campus_connection"].sel(campus=zone).max())
        inputs[name].loc[{"zone": zone}] = [0.0, *[used + 1.0] * (len(years) - 1)]
    found = why(inputs, three_states.data, three_states.meta, zone)
    assert found.year == years[1]
    assert "0.00 GW of large-load connection is left" in found.dates.reasons[years[0]]
    inputs["campus_limit"].loc[{"zone": zone}] = 0.0
    with pytest.raises(UsageError, match=r"can hold no campus.*large-load connection"):
        why(inputs, three_states.data, three_states.meta, zone)


@pytest.fixture(scope="module")
def saved(three_states, tmp_path_factory):
    return three_states.save(tmp_path_factory.mktemp("why") / "three")


def test_commands_give_the_same_as_python(saved, three_states, capsys):
    zone = str(three_states.data["zone"].values[0])
    expected = three_states.why(zone)
    assert main(["why", str(saved), zone, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["rows"][-1]["here"] == pytest.approx(expected.cost, rel=1e-9, abs=1e-9)
    assert [r["part"] for r in data["rows"]] == expected.table["part"].tolist()
    assert data["dates"]["earliest"] == expected.dates.earliest
    assert main(["why-not", str(saved), zone, "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == ",".join(expected.table.columns)
    for command in ("why", "why-not"):
        assert main([command, str(saved), zone]) == 0
        text = capsys.readouterr().out
        assert "reduced cost (the sum)" in text
        assert "MUSD" in text


def test_bad_questions_are_named_and_change_nothing(saved, three_states, tmp_path, capsys):
    before = {p: p.read_bytes() for p in saved.rglob("*") if p.is_file()}
    zone = str(three_states.data["zone"].values[0])

    def refused(*arguments):
        assert main([*arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        return err

    assert "'QQ' is no state of this plan" in refused("why", str(saved), "QQ")
    assert "no year 2029" in refused("why-not", str(saved), zone, "--year", "2029")
    assert "no year 1999" in refused("bottlenecks", str(saved), "--year", "1999")
    assert ".svg or .png" in refused("bottlenecks", str(saved), "--picture", "x.pdf")
    assert "there is no plan" in refused("why", str(tmp_path / "none"), zone)
    assert {p: p.read_bytes() for p in saved.rglob("*") if p.is_file()} == before
    for name, content, said in (
        ("plan.nc", b"broken", "plan.nc is damaged"),
        ("inputs.nc", b"", "inputs.nc is damaged"),
        ("meta.json", before[saved / "meta.json"].replace(b'"version": 2', b'"version": 1'),
         "plan format 1"),
    ):  # fmt: skip
        copy = tmp_path / name.replace(".", "-")
        copy.mkdir()
        for path, data in before.items():
            (copy / path.relative_to(saved)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(saved)).write_bytes(data)
        (copy / name).write_bytes(content)
        for command in ("why", "bottlenecks"):
            assert said in refused(command, str(copy), *([zone] if command == "why" else []))


def test_a_moratorium_is_told(three_states, monkeypatch):
    inputs = three_states.inputs.copy(deep=True)
    zone = str(inputs["zone"].values[0])
    inputs["campus_buildable"].loc[{"zone": zone}] = False
    meta = {"programme_document": {"campus": {"excluded": [zone]}}}
    with pytest.raises(UsageError, match=r"campus\.excluded"):
        why(inputs, three_states.data, meta, zone)
    from gigaplan import atlas
    from gigaplan.plan import dates

    policy = pd.DataFrame({"zone": ["OH", "TX"], "statewide_moratorium": [True, False]})
    monkeypatch.setattr(atlas, "table", lambda _: policy)
    assert "moratorium" in dates._closed("OH", {})
    assert "moratorium" not in dates._closed("TX", {})
    groups = {"zones": {"EAST": ["OH", "TX"], "MID": ["OH"]}}
    assert "moratorium" not in dates._closed("EAST", groups)
    assert "moratorium" in dates._closed("MID", groups)


def test_every_part_and_row_is_documented():
    from pathlib import Path

    from gigaplan.solving.parts import COLUMN_PART, ROW_PART

    text = (Path(__file__).parent.parent / "docs" / "why.md").read_text(encoding="utf-8")
    table = text.partition("### What is counted where")[2].partition("### The date")[0]
    lines = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
    told = {cells[2].strip(): (cells[1].strip(), cells[3]) for cells in lines[1:]}
    assert set(told) == {*IT_PARTS, "delay"}
    for part, (group, _) in IT_PARTS.items():
        assert told[part][0] == group
    for row, part in {**ROW_PART, **COLUMN_PART}.items():
        assert f"`{row}`" in told[part][1], (row, part)
