"""How long deals take: a company of 40 years by month, and all companies of a plan.

    python benchmarks/deal_speed.py [PLAN]

Times are of the processor. Exit status 1 when the company takes 50 ms or more, or the companies of
the plan 5 s or more.
"""

from __future__ import annotations

import statistics
import sys
import time

from gigaplan.deals.casefile import deal_of
from gigaplan.deals.from_plan import companies_of_plan
from gigaplan.plan.store import open_plan

CASE = {
    "model": "company",
    "name": "monthly",
    "timeline": {
        "closing": "2027-01-01", "construction_months": 36, "operation_years": 40,
        "periods_per_year": 12,
    },
    "construction": {
        "costs": [{"name": "Plant", "amount": "1 BUSD", "depreciation": "macrs_15"}],
        "funding": "equity_first",
    },
    "revenue": [
        {"name": "Lease", "kind": "capacity_lease", "volume": 100000, "price": 120,
         "escalator": 0.02}
    ],
    "operation": {"costs": [{"name": "Fixed", "fixed": "20 MUSD"}], "working_capital_months": 2,
                  "maintenance": [{"name": "Refit", "cost": "30 MUSD", "every_years": 10,
                                   "depreciation": "macrs_5"}]},
    "debt": {
        "reserve_months": 6, "lockup_dscr": 1.1,
        "tranches": [{"name": "Senior", "dscr": 1.4, "repayment": "sculpted", "rate": 0.07,
                      "tenor_years": 20, "upfront_fee": 0.02, "commitment_fee": 0.005}],
    },
    "investors": [{"name": "LP", "share": 0.98}, {"name": "GP", "share": 0.02}],
    "waterfall": [
        {"name": "Capital", "split": {"LP": 0.98, "GP": 0.02}, "until": {"recovered": 0.08}},
        {"name": "Catch-up", "split": {"GP": 1.0}, "until": {"catch_up": 0.2, "of": "GP"}},
        {"name": "Carry", "split": {"LP": 0.784, "GP": 0.216}},
    ],
}  # fmt: skip


def main() -> int:
    """Print the median of 15 runs, and the time of a plan's companies."""
    deal_of(CASE, "benchmark")
    times = []
    for _ in range(15):
        start = time.process_time()
        deal_of(CASE, "benchmark")
        times.append(1e3 * (time.process_time() - start))
    median = statistics.median(times)
    print(f"40 years by month: median {median:.1f} ms, {min(times):.1f} to {max(times):.1f} ms")
    slow = median >= 50
    if len(sys.argv) > 1:
        plan = open_plan(sys.argv[1])
        start = time.process_time()
        count = len(companies_of_plan(plan, sys.argv[1], []).deals)
        seconds = time.process_time() - start
        print(f"{count} companies of {sys.argv[1]}: {seconds:.2f} s")
        slow = slow or seconds >= 5
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
