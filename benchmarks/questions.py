"""Many questions to one plan, one after another: ``python benchmarks/questions.py PLAN``.

More kinds than the table of ``seconds.py`` has marks for: investors, money, sites, supply, rules.
Wall time of each in an open session (``gigaplan what-if PLAN`` without ``--set``), gap and memory.
Ends with 1 where one is refused.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from seconds import Session

QUESTIONS = (
    "budget=20 BUSD",
    "budget=80 BUSD",
    "budget=150 BUSD",
    "investors.softbank.commitment=0",
    "investors.uae_framework.commitment=0",
    "capital.without=[uae_framework, mgx, adia]",
    "capital.foreign_equity=false",
    "chips.share_within_reach=0.7",
    "chips.supply_limits=false",
    "equipment.reach_scale=2",
    "equipment.limits=false",
    "campus.limits={OH: 0.5 GW}",
    "campus.limits={TX: 3 GW, OH: 1 GW}",
    "campus.excluded=[OH]",
    "campus.excluded=[PA, VA]",
    "campus.national_limit={2028: 4 GW}",
    "campus.onsite=false",
    "policy.moratoria=false",
    "policy.state_incentives=false",
    "power.corridors.expand=false",
    "power.interconnection_limits=false",
    "additionality.energy=0.5",
    "aim.value_of_compute=8 BUSD/GW/year",
)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", type=Path, help="folder of a plan of all hours")
    parser.add_argument("--gap", default="1e-3")
    parser.add_argument("--only", default="", help="questions that have this in them")
    options = parser.parse_args()
    session, refused = Session(options.plan, options.gap), 0
    wall, _, memory, _ = session.ask("title=ready")  # no question to the plan
    print(f"{'ready and a first answer':44} {wall:6.1f} s {memory:6.2f} GB", flush=True)
    for question in (q for q in QUESTIONS if options.only in q):
        wall, _, memory, found = session.ask(question)
        told = found.get("error", "").replace("\n", " ")
        refused += bool(told)
        said = told or f"gap {found['gap']:.1e}, mixture of {found['mixture_of']}"
        print(f"{question:44} {wall:6.1f} s {memory:6.2f} GB  {said}", flush=True)
    session.close()
    return int(refused > 0)


if __name__ == "__main__":
    sys.exit(main())
