"""What is kept from one question to the next is what building anew would give, whatever changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import linopy
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import gigaplan as gp
from gigaplan.errors import GigaplanError
from gigaplan.incremental import Incremental, Viewed, same
from gigaplan.inputs.build import build_inputs
from gigaplan.model.assemble import build_master, layered_master
from gigaplan.model.layers import Layered
from gigaplan.programme.schema import Programme
from gigaplan.solving.memory import Memory

WEIGHTS = pd.Series([180.0, 185.0], index=pd.Index([20, 200], name="day"))
# a value for every setting that the inputs can depend on
CHANGES: dict[str, object] = {
    "years": [2028, 2031], "start_year": 2025, "horizon_end": 2035,
    "zones": {"A": ["TX", "OK"], "B": ["NM"]},
    "aim.kind": "cost", "aim.it_path": {2028: "0.2 GW", 2030: "0.5 GW"},
    "aim.value_of_compute": "9 BUSD/GW/year", "aim.measure": "it_power", "aim.value_decline": 0.2,
    "money.budget": "17 BUSD", "money.available": {2027: "9 BUSD", 2030: "20 BUSD"},
    "money.discount_rate": 0.08, "money.capital_charge_rates.power": 0.09,
    "money.capital_charge_rates.campus": 0.11, "money.capital_charge_rates.corridors": 0.07,
    "money.capital_charge_rates.programme_power": 0.12,
    "capital.roster": "none", "capital.scale": "as_stated", "capital.weighting": "stated",
    "capital.without": ["mgx"], "capital.commitments": {"softbank": "3 BUSD"},
    "capital.foreign_equity": False, "capital.stage_weights": {"announced": 0.2},
    "capital.gearing": {"campus": 0.4}, "capital.currencies": {"JPY": 120},
    "capital.inflation": 0.04, "capital.corporate_round": {
        "id": "x", "post_money": "157 BUSD", "raise": "6.6 BUSD",
        "sponsor_equity": {2026: "2 BUSD", 2027: "1 BUSD"},
    },
    "capital.sponsor_return": 0.3, "capital.clearance.enforce": False,
    "capital.clearance.filings": "none", "capital.clearance.known_investors": False,
    "campus.accelerators": False, "campus.utilisation": 0.7, "campus.block": "0.3 GW",
    "campus.allowed": ["TX", "OK"], "campus.excluded": ["TX"], "campus.cost_index": "raw",
    "campus.cost_index_factor": 0.5, "campus.limits": {"TX": "0.1 GW"},
    "campus.national_limit": {2028: "0.5 GW"}, "campus.onsite": False,
    "campus.onsite_technologies": ["onsite_fuel_cell"], "campus.onsite_spare": 0.3,
    "campus.flexible_share": 0.4, "campus.flexible_hours": 80, "campus.training_share": 0.9,
    "campus.shiftable_share": 0.2, "campus.cooling": "choice", "campus.water_limits": {"TX": 0.1},
    "chips.supply_limits": False, "chips.share_within_reach": 0.01,
    "chips.effective_factor_scale": 0.9, "chips.generations": ["rubin", "next_2029"],
    "chips.life": "4 year",
    "chips.fabs": False, "chips.fab_grant_share": 0.3, "chips.refits": "budget",
    "equipment.limits": False, "equipment.labour": False, "equipment.reach_scale": 0.3,
    "power.technologies": ["gas_cc_new", "solar_new", "battery_4h"], "power.prices": "atb",
    "power.fuel_case": "high_supply", "power.load_case": "high", "power.load_scale": 1.03,
    "power.existing_data_centers": "additional",
    "power.value_of_unserved_energy": "5000 USD/MWh", "power.reserve.margin_scale": 1.1,
    "power.reserve.shortage_price": "0.2 BUSD/GW/year", "power.reserve.enforce": False,
    "power.corridors.expand": False, "power.corridors.capacity_scale": 1.2,
    "power.build_limits": False, "power.interconnection_limits": False, "power.lead_times": False,
    "additionality.firm": 0.3, "additionality.energy": 0.6, "policy.co2_price": "40 USD/t",
    "policy.co2_cap": {2028: "300 Mt"}, "policy.tax_credits": False,
    "policy.begun_by_july_2026": True, "policy.state_incentives": False,
    "policy.moratoria": False, "policy.technology_bans": [{"zone": "TX", "technology": "wind_new"}],
    "solver.integer": True,
}  # fmt: skip
# refused alone: one needs the other
NOT_ALONE = {"aim.kind", "aim.it_path"}
# what no question is, and what inputs do not know of
ASIDE = ("schema_version", "name", "title", "description", "deals.", "days.", "solver.", "tables",
         "power.weather_year")  # fmt: skip


def leaves(model: type[BaseModel], before: str = "") -> list[str]:
    out = []
    for name, about in model.model_fields.items():
        kind = about.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            out += leaves(kind, f"{before}{name}.")
        else:
            out.append(before + name)
    return out


def test_every_setting_is_among_the_changes():
    asked = {n for n in leaves(Programme) if not n.startswith(ASIDE)}
    assert asked == set(CHANGES) - {"solver.integer"}


def programme() -> Programme:
    return gp.with_changes(
        gp.load("three-states"), {"capital.roster": "atlas", "capital.scale": "to_budget"}
    )


def numbers(model: linopy.Model) -> list[np.ndarray]:
    m = model.matrices
    matrix = sp.csr_matrix(m.A)
    matrix.sort_indices()
    arrays = (m.c, m.b, m.sense, m.lb, m.ub, m.vlabels, m.clabels, m.vtypes)
    return [matrix.data, matrix.indices, matrix.indptr, *map(np.asarray, arrays)]


def assert_the_same_model(kept: linopy.Model, anew: linopy.Model) -> None:
    assert all(np.array_equal(a, b) for a, b in zip(numbers(kept), numbers(anew), strict=True))
    for held, other in ((kept.variables, anew.variables), (kept.constraints, anew.constraints)):
        assert list(held) == list(other)
        assert all(held[n].labels.identical(other[n].labels) for n in held)


class Asked:
    """One memory through many questions, each held against building anew."""

    def __init__(self):
        self.kept, self.master, self.programme = Incremental(), layered_master(), programme()
        self.first = build_inputs(self.programme, kept=self.kept)

    def inputs(self, changes: dict[str, object]) -> xr.Dataset | None:
        fresh = Incremental()
        # the clearance engine knows no programme, and takes longest
        fresh.memory("reviews").update(self.kept.memory("reviews"))
        anew, refused = self._tried(changes, fresh)
        found, refused_too = self._tried(changes, self.kept)
        assert refused == refused_too
        if anew is not None:
            xr.testing.assert_identical(found, anew)
        return anew

    def _tried(
        self, changes: dict[str, object], kept: Incremental
    ) -> tuple[xr.Dataset | None, str]:
        try:
            asked = gp.with_changes(self.programme, changes)
            return build_inputs(asked, self.first, kept), ""
        except GigaplanError as error:
            return None, str(error)

    def ask(self, changes: dict[str, object]) -> bool:
        """Hold inputs and model against those built anew; whether the question was valid."""
        anew = self.inputs(changes)
        if anew is None:
            return False
        asked = gp.with_changes(self.programme, changes)
        found = build_inputs(asked, self.first, self.kept)
        kept = build_master(found, WEIGHTS, self.master)
        assert_the_same_model(kept, build_master(anew, WEIGHTS))
        return True


# each setting alone: benchmarks/kept_parts.py
def groups(count: int, leave_out: tuple[str, ...] = ()) -> list[dict[str, object]]:
    """Settings of several sections each; those that are refused alone come with what they need."""
    names = [n for n in sorted(CHANGES) if n not in NOT_ALONE and n not in leave_out]
    out = [{name: CHANGES[name] for name in names[i::count]} for i in range(count)]
    return [*out, {n: CHANGES[n] for n in ("aim.kind", "aim.it_path")}]


@pytest.mark.parametrize("part", range(2))
def test_whatever_is_changed_kept_inputs_are_what_building_anew_gives(part):
    one = Asked()
    for asked in groups(28)[part::2]:
        assert one.inputs(asked) is not None, f"refused, so nothing was compared: {asked}"


@pytest.mark.parametrize("part", range(2))
def test_whatever_is_changed_kept_models_are_what_building_anew_gives(part):
    one = Asked()
    for asked in groups(10, leave_out=("years", "zones", "start_year"))[part::2]:
        assert one.ask(asked), f"refused, so nothing was compared: {asked}"
    assert one.ask({})


@settings(max_examples=1, deadline=None)
@given(st.lists(st.lists(st.sampled_from(sorted(CHANGES)), max_size=3), min_size=2, max_size=3))
def test_questions_in_any_order_leave_nothing_stale(questions):
    one = Asked()
    for names in questions:
        one.ask({n: CHANGES[n] for n in names})  # compares, where it is not refused
    assert one.ask({})


def test_a_question_on_money_builds_hardly_anything_anew():
    one = Asked()
    one.ask({})
    one.kept.done.clear()
    one.ask({"money.budget": "17 BUSD"})
    assert one.kept.done == ["budget"]
    assert one.master.done == ["commitments"]


def test_dispatch_problems_are_kept_as_long_as_nothing_of_theirs_changes():
    one, memory = Asked(), Memory()
    keys = [(2028, 20), (2030, 200)]

    def cases(changes):
        asked = gp.with_changes(one.programme, changes)
        inputs = build_inputs(asked, like=one.first, kept=memory.parts)
        family = memory.family(inputs).result()
        found = memory.cases(inputs, family, keys)
        return family, found, memory.digests(found)

    first = cases({})
    again = cases({"money.budget": "17 BUSD", "campus.excluded": ["TX"]})
    assert all(a is b for a, b in zip(first, again, strict=True))
    loaded = cases({"power.load_scale": 1.01})
    assert loaded[1] is not first[1]
    assert set(loaded[2].values()).isdisjoint(first[2].values())
    assert cases({})[1] is first[1]


# --- the means ------------------------------------------------------------------------------------


class Inner(BaseModel):
    a: int = 1
    b: int = 2


@dataclass
class Source(Viewed):
    OUTLETS: ClassVar[tuple[str, ...]] = ("faults",)
    inner: Inner
    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"x": [1.0]}))
    faults: list[str] = field(default_factory=list)

    @property
    def double(self) -> int:
        return 2 * self.inner.a

    def plus(self, n: int) -> int:
        return self.double + n


def test_a_job_is_done_again_only_where_what_it_read_differs():
    kept = Incremental()
    for a, b in ((1, 2), (1, 3), (2, 3), (2, 4)):
        source = Source(Inner(a=a, b=b))
        assert kept.result("job", lambda s: s.plus(1), source) == 2 * a + 1
    assert kept.done == ["job", "job"]


def test_the_latest_two_results_are_kept():
    kept = Incremental()
    for a in (1, 2, 1, 3, 1, 2):
        assert kept.result("job", lambda s: s.inner.a, Source(Inner(a=a))) == a
    assert kept.done == ["job"] * 4  # 1, 2, 3, and 2 once more


def test_of_two_masters_the_one_that_needs_least_is_taken():
    one, memory = Asked(), Memory()

    def built(changes):
        inputs = one.inputs(changes)
        layered = memory.master(inputs, WEIGHTS)
        assert_the_same_model(build_master(inputs, WEIGHTS, layered), build_master(inputs, WEIGHTS))
        return layered, len(layered.done)

    first, layers = built({})
    other, anew = built({"campus.onsite": False})
    assert other is not first
    assert anew == layers
    assert built({"money.budget": "17 BUSD"}) == (first, 1)


def test_a_result_cannot_read_its_source_later():
    late = Incremental().result("late", lambda s: lambda: s.inner.b, Source(Inner()))
    with pytest.raises(RuntimeError, match="after it was made"):
        late()


def test_a_job_that_tells_faults_is_done_each_time():
    def job(source):
        source.faults.append("wrong")
        return 1

    kept, sources = Incremental(), [Source(Inner()), Source(Inner())]
    for source in sources:
        kept.result("job", job, source)
    assert [s.faults for s in sources] == [["wrong"], ["wrong"]]


def test_a_job_does_not_change_its_sources_and_nobody_its_result():
    def job(source):
        source.table["y"] = 2.0
        return {"sum": source.table.sum(axis=1).to_numpy()}

    kept, source = Incremental(), Source(Inner())
    found = kept.result("job", job, source)
    assert list(source.table) == ["x"]
    with pytest.raises(ValueError, match="read-only"):
        found["sum"][0] = 1.0


def test_of_a_dataset_what_is_read_counts_with_its_labels():
    def made(x=(1.0, 2.0), labels=("p", "q"), other=0.0):
        values = {"x": ("d", list(x)), "other": ((), other)}
        return xr.Dataset(values, {"d": list(labels)})

    def job(data):
        return float(data["x"].sum()) + data.sizes["d"] + ("gone" in data) + ("e" in data.dims)

    for changed, again in (
        (made(), False), (made(other=1.0), False), (made((1.0, 3.0)), True),
        (made(labels=("p", "r")), True), (made().assign(gone=1.0), True),
        (made().expand_dims(e=1), True),
    ):  # fmt: skip
        kept = Incremental()
        kept.result("job", job, made())
        assert kept.result("job", job, changed) == job(changed)
        assert (kept.done == ["job", "job"]) == again


def test_what_a_copy_of_the_process_read_is_known_here():
    kept = Incremental()
    for a, done in ((1, 1), (1, 1), (5, 2)):
        found = kept.beside("job", lambda s: np.array([s.inner.a]), Source(Inner(a=a))).result()
        assert found[0] == a
        assert len(kept.done) == done


def test_values_are_the_same_only_in_type_labels_and_numbers():
    table = pd.DataFrame({"x": [1.0, np.nan]})
    assert same(table, table.copy())
    assert not same(table, table.rename(columns={"x": "y"}))
    assert not same(1, 1.0)
    assert not same(1, True)
    assert same({"a": np.array([np.nan])}, {"a": np.array([np.nan])})
    assert not same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    # no comparison by parts of what may be as large as a matrix of days
    assert not same(sp.csr_matrix(np.eye(2)), sp.csr_matrix(np.eye(2)))


def test_a_layer_that_comes_out_otherwise_has_those_after_it_built_anew():
    def add(name, after=None):
        def layer(model, n):
            coords = [pd.RangeIndex(n if after is None else 2, name=name)]
            x = model.add_variables(coords=coords, name=name)
            model.add_constraints((x if after is None else x + model.variables[after].sum()) >= n)
            if after is not None and n > 3:
                raise ValueError("no")

        return layer

    layered = Layered([("one", add("x")), ("two", add("y", after="x"))])
    layered.model(2)
    assert layered.model(2).nvars == 4
    assert layered.done == []
    assert layered.model(3).nvars == 5
    assert layered.done == ["one", "two"]
    # a failure leaves nothing half built
    with pytest.raises(ValueError, match="no"):
        layered.model(4)
    assert layered.model(3).nvars == 5
    assert layered.done == ["one", "two"]
