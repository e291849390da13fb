"""Which limits conflict when no plan meets them all, in the user's words."""

from __future__ import annotations

import highspy
import numpy as np

from gigaplan.errors import InfeasibleError, SolverError
from gigaplan.solving.highs import new_highs
from gigaplan.solving.master import Master

WORDS = {
    "it_path": "the IT power asked for is missed by {amount:.3g} GW",
    "campus_limit": "large-load interconnection would have to be {amount:.3g} GW higher",
    "campus_limit_flexible": "interruptible connection would have to be {amount:.3g} GW higher",
    "campus_national_limit_flexible": "interruptible connection of all zones would have to be "
    "{amount:.3g} GW higher",
    "campus_supply": "{amount:.3g} GW of campus power has neither connection nor on-site supply",
    "campus_national_limit": "large-load interconnection of all zones is {amount:.3g} GW too small",
    "national_cap": "the national build limit would have to be {amount:.3g} GW higher",
    "zonal_cap": "the interconnection limit would have to be {amount:.3g} GW higher",
    "potential": "the resource would have to be {amount:.3g} GW larger",
    "additional_firm": "the programme's firm capacity is {amount:.3g} GW short of what it must add",
    "additional_energy": "the programme's energy is {amount:.3g} TWh short of what it must add",
    "chip_supply": "{amount:.3g} thousand wafers or PB more of chips would have to be in reach",
    "equipment_supply": "{amount:.3g} GW or GVA more of the equipment would have to be in reach",
    "labour": "{amount:.3g} thousand worker-years more of skilled labour would be needed",
    "budget": "the capital available would have to be {amount:.3g} BUSD higher",
    "budget_total": "the budget would have to be {amount:.3g} BUSD higher",
    "commitment": "the commitment would have to be {amount:.3g} BUSD higher",
    "cleared": "what clearance leaves of the first year would have to be {amount:.3g} BUSD more",
    "limit_amount": "the mandate would have to allow {amount:.3g} BUSD more",
    "limit_capital": "{amount:.3g} BUSD more would have to be allowed",
    "limit_equity": "{amount:.3g} BUSD more of the equity would have to be allowed",
    "emission_cap": "the emission cap would have to be {amount:.3g} Mt higher",
}
WORDS_ASKED, LAST = "it_path", 1e4


MOST_SECONDS = 30.0  # for the conflict of whole units, any set of relaxations being an answer


def explain(master: Master, whole: bool = False) -> InfeasibleError:
    """The cheapest set of relaxations that makes the master feasible, as an error to raise.

    Every limit that a user can move may be exceeded at a price of its own size (elastic
    programming: Chinneck 2008); what is exceeded at the optimum is the conflict.  With ``whole``
    the units are whole, for a master that is feasible in parts of units.
    """
    rows = _rows(master)
    h = new_highs()
    h.passModel(master.problem)
    h.changeColsCost(
        len(master.cost), np.arange(len(master.cost), dtype=np.int32), np.zeros(len(master.cost))
    )
    first = len(master.cost)
    name_of = {row: name for row, name, _ in rows}
    for row, _, _ in rows:
        low, high = master.problem.row_lower_[row], master.problem.row_upper_[row]
        size = max(abs(low) if np.isfinite(low) else abs(high), 1.0)
        sign = 1.0 if np.isfinite(low) else -1.0
        index = np.array([row], dtype=np.int32)
        # what is asked for gives way last: the answer is what would have to be allowed
        price = LAST if WORDS_ASKED in name_of[row] else 1.0
        h.addCol(price / size, 0.0, np.inf, 1, index, np.array([sign]))
    if whole:
        kinds = np.full(len(master.whole), highspy.HighsVarType.kInteger)
        h.changeColsIntegrality(len(kinds), master.whole.astype(np.int32), kinds)
        h.setOptionValue("time_limit", MOST_SECONDS)
    h.run()
    status = h.getModelStatus()
    late = whole and status == highspy.HighsModelStatus.kTimeLimit
    if status != highspy.HighsModelStatus.kOptimal and not (late and h.getSolution().value_valid):
        raise SolverError("no plan meets every limit, and the limits that conflict were not found")
    slack = np.array(h.getSolution().col_value)[first:]
    found = [
        f"{place}: {WORDS[name].format(amount=amount)}"
        for (_, name, place), amount in zip(rows, slack, strict=True)
        if amount > 1e-6
    ]
    what = "no plan meets every limit"
    if whole:
        what = "no plan in whole units meets every limit, one in parts of units would"
        what += " (--no-integer, or smaller units: campus.block)"
    return InfeasibleError(f"{what}; it would do to relax these together:", found)


def _rows(master: Master) -> list[tuple[int, str, str]]:
    """Rows that may be relaxed, with their name and labels."""
    position = {int(label): i for i, label in enumerate(master.row_labels)}
    out = []
    for name in master.model.constraints:
        if name not in WORDS:
            continue
        labels = master.model.constraints[name].labels
        for index in np.ndindex(labels.shape):
            label = int(labels.values[index])
            if label in position:
                at = [str(labels[d].values[i]) for d, i in zip(labels.dims, index, strict=True)]
                out.append((position[label], str(name), " ".join([str(name), *at])))
    return out
