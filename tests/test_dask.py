"""The same answer on a Dask cluster, also when a worker is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gigaplan.errors import UsageError
from gigaplan.solving.cases import dispatch_family, make_cases
from gigaplan.solving.daskpool import DaskPool
from gigaplan.solving.pool import SerialPool
from gigaplan.solving.search import search
from systems import random_inputs

distributed = pytest.importorskip("distributed")
WEIGHTS = pd.Series([200.0, 165.0], index=pd.Index([5, 200], name="day"))


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp"
    ) as cluster:
        yield cluster


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_answer_and_redoes_lost_work(cluster):
    inputs = random_inputs(2, zones=2)
    here = search(inputs, WEIGHTS, 1e-7, workers=1, baseline=False, check_hours=False)
    there = search(
        inputs, WEIGHTS, 1e-7, baseline=False, check_hours=False,
        scheduler=cluster.scheduler_address,
    )  # fmt: skip
    there.pool.close()
    assert there.result.upper == pytest.approx(here.result.upper, rel=1e-7)

    family = dispatch_family(inputs)
    keys = [(y, d) for y in (2028, 2030) for d in (5, 100, 200)]
    cases = make_cases(inputs, family, keys)
    at = dict.fromkeys(keys, np.full(family.template.U.shape[1], 5.0))
    expected = SerialPool(family.template, cases).solve(at)
    pool = DaskPool(family.template, cases, cluster.scheduler_address)
    assert pool.solve(at).keys() == expected.keys()
    victim = next(iter(cluster.workers.values()))
    cluster.sync(victim.kill, timeout=1)
    again = pool.solve(at)
    pool.close()
    for key in keys:
        assert again[key].cost == pytest.approx(expected[key].cost, rel=1e-9)


def test_no_scheduler_is_said_plainly(monkeypatch):
    monkeypatch.setattr("gigaplan.solving.daskpool.TIMEOUT", 1)
    inputs = random_inputs(2, zones=2)
    family = dispatch_family(inputs)
    cases = make_cases(inputs, family, [(2028, 5)])
    with pytest.raises(UsageError, match="no Dask scheduler answers"):
        DaskPool(family.template, cases, "tcp://127.0.0.1:9")
