"""``round``: the corporate round."""

from __future__ import annotations

import argparse
import json
from typing import Any


def register(commands: Any) -> None:
    """Add the commands of this module."""
    corporate = commands.add_parser(
        "round", help="a priced equity round: price, conversions, option pool, dilution"
    )
    corporate.add_argument("file", help="YAML or JSON file of a round, or of a list of rounds")
    corporate.add_argument("--json", action="store_true", help="as JSON")
    corporate.add_argument("--csv", action="store_true", help="the table of holders as CSV")
    corporate.set_defaults(run=run_round)


def run_round(options: argparse.Namespace) -> int:
    """Close the round of a file and print it."""
    from gigaplan.capital.roundfile import read, result

    found = [result(terms) for terms in read(options.file)]
    if options.json:
        print(json.dumps(found if len(found) > 1 else found[0], indent=2))
        return 0
    if options.csv:
        print("round,holder,kind,shares,invested_usd,share_before,share_after")
        for told in found:
            for row in told["cap_table"]:
                cells = [told["id"], *row.values()]
                print(",".join(f"{c:.10g}" if isinstance(c, float) else str(c) for c in cells))
        return 0
    print("\n\n".join(_text(told) for told in found))
    return 0


def _text(told: dict[str, Any]) -> str:
    """A round for people."""
    lead = f", led by {told['lead']}" if told["lead"] else ""
    lines = [
        f"{told['id']}{lead}",
        f"{told['new_money'] / 1e9:,.6g} BUSD at {told['post_money'] / 1e9:,.6g} BUSD post-money "
        f"({told['pre_money'] / 1e9:,.6g} pre-money): {told['new_money_share']:.3%} of the company",
        f"price {told['price_per_share']:,.8g} USD/share, "
        f"{told['total_shares']:,.10g} shares fully diluted, "
        f"dilution of the holders {told['dilution_of_holders']:.2%}",
        f"{'holder':28}{'kind':14}{'shares':>18}{'before':>10}{'after':>10}",
    ]
    for row in told["cap_table"]:
        lines.append(
            f"{row['holder'][:27]:28}{row['kind']:14}{row['shares']:18,.10g}{row['share_before']:10.3%}{row['share_after']:10.3%}"
        )
    use = told["use_of_proceeds"]
    for year, money in use["sponsor_equity_usd"].items():
        lines.append(f"sponsor equity in the coalition {year}: {money / 1e9:,.6g} BUSD")
    return "\n".join(lines)
