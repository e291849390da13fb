"""Sums that are put together in one step are those that linopy's own arithmetic gives."""

from __future__ import annotations

import linopy
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaplan.model.language import grouped_sum, strict_semantics, total

PLACE, YEAR = pd.Index(list("abcd"), name="place"), pd.Index([2028, 2030], name="year")
GROUP = pd.Index(["north", "south", "nowhere"], name="group")


def variables() -> tuple[linopy.Model, linopy.Variable, linopy.Variable]:
    model = linopy.Model()
    x = model.add_variables(lower=0, coords=[PLACE, YEAR], name="x")
    y = model.add_variables(lower=0, coords=[YEAR], name="y")
    return model, x, y


def matrix(expression) -> xr.DataArray:
    """Coefficient of every variable in every entry, and the constant, whatever the terms' order."""
    data = expression.data
    terms = data["vars"].transpose(..., "_term").values, data["coeffs"].transpose(..., "_term")
    labels, numbers = terms[0], terms[1].values
    entries = data["const"].stack(entry=[...])
    out = np.zeros((len(entries), 20))
    for i, (row, weights) in enumerate(
        zip(
            labels.reshape(-1, labels.shape[-1]), numbers.reshape(-1, labels.shape[-1]), strict=True
        )
    ):
        known = row >= 0
        np.add.at(out[i], row[known], weights[known])
    dims = [d for d in data["coeffs"].dims if d != "_term"]
    order = data["const"].transpose(*dims)
    out[:, -1] = order.values.ravel()
    shape = (*order.shape, 20)
    coords = {d: data.indexes[d] for d in dims}
    whole = xr.DataArray(out.reshape(shape), coords=coords, dims=[*dims, "column"])
    return whole.transpose(*sorted(dims), "column")


numbers = st.floats(-5, 5, allow_nan=False).map(lambda v: round(v, 3))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(numbers, min_size=4, max_size=4), numbers, st.lists(numbers, min_size=2, max_size=2)
)
def test_a_total_is_what_linopy_adds_up(by_place, scalar, by_year):
    with strict_semantics():
        _, x, y = variables()
        place = xr.DataArray(by_place, coords=[PLACE])
        year = xr.DataArray(by_year, coords=[YEAR])
        quick = total((place, x), (scalar, y), (-year, x.sum("place") + 3.0), x)
        plain = place * x + scalar * y + (-year) * (x.sum("place") + 3.0) + x
        xr.testing.assert_allclose(matrix(quick), matrix(plain))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["north", "south"]), min_size=4, max_size=4))
def test_groups_are_summed_as_linopy_does(of):
    with strict_semantics():
        _, x, _ = variables()
        groups = xr.DataArray(np.array(of, dtype=object), coords=[PLACE], name="group")
        expression = 2.0 * x + 1.0
        quick = grouped_sum(expression, groups, GROUP)
        plain = expression.groupby(groups).sum().reindex(group=GROUP.values).fillna(0)
        xr.testing.assert_allclose(matrix(quick), matrix(plain))
        assert quick.indexes["group"].equals(GROUP)


def test_labels_that_do_not_agree_are_an_error():
    with strict_semantics():
        _, x, y = variables()
        turned = xr.DataArray([1.0, 2.0], coords=[YEAR[::-1]])
        with pytest.raises(ValueError, match="year has other labels"):
            total((turned, x), y)
        with pytest.raises(ValueError, match="not a number"):
            total((xr.DataArray([1.0, np.nan], coords=[YEAR]), x))
        with pytest.raises(ValueError, match="not a number"):
            total(x, (float("nan"), y))
        other = xr.DataArray(np.array(["north"] * 4, dtype=object), coords=[PLACE[::-1]])
        with pytest.raises(ValueError, match="other labels along place"):
            grouped_sum(x, other, GROUP)
        unknown = xr.DataArray(np.array(["east"] * 4, dtype=object), coords=[PLACE])
        with pytest.raises(KeyError, match="east"):
            grouped_sum(x, unknown, GROUP)


def test_a_variable_that_is_absent_takes_its_entry_along():
    with strict_semantics():
        model, x, _ = variables()
        mask = xr.DataArray([True, False], coords=[YEAR])
        part = model.add_variables(lower=0, coords=[YEAR], name="part", mask=mask)
        quick, plain = total(x, (2.0, part)), x + 2.0 * part
        assert np.isnan(quick.const.sel(year=2030)).all()
        xr.testing.assert_equal(quick.const.isnull(), plain.const.isnull())
