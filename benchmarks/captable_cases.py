"""SAFE and priced-round cases of public tests: ``python benchmarks/captable_cases.py [SHARED]``.

The cases (``data/captable_cases``) are from the tests of 1984 Ventures' startup-finance.
Exit code 0 when all agree, 1 when one does not, 2 when the data is absent.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from gigaplan.capital.roundfile import read, result
from gigaplan.errors import GigaplanError


def main() -> int:
    """Run every case and print what differs."""
    shared = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared")
    files = sorted((shared / "data" / "captable_cases").glob("*.json"))
    if not files:
        print(
            f"absent: {shared}/data/captable_cases holds no cases; give the folder of public data"
        )
        return 2
    cases = [terms for file in files for terms in read(file)]
    failed = 0
    for terms in cases:
        try:
            told = result(terms)
            print(
                f"{terms.id}: {len(terms.expected)} figures agree, "
                f"{told['total_shares']:,.10g} shares"
            )
        except GigaplanError as error:
            failed += 1
            print(f"{terms.id}: {error}")
    text = "{id: openai-2024, raise: 6.6 BUSD, post_money: 157 BUSD}"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "round.yaml").write_text(text)
        share = result(read(Path(folder) / "round.yaml")[0])["new_money_share"]
    print(f"6.6 BUSD at 157 BUSD post-money: {share:.3%}")
    failed += round(share * 100, 3) != 4.204
    print(f"{len(cases) + 1 - failed} of {len(cases) + 1} agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
