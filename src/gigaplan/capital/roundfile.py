"""A round as a file (YAML or JSON), checked, closed and told as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gigaplan.capital import rounds
from gigaplan.errors import CheckError, InputError, Problem
from gigaplan.programme.reading import YAML_LIMIT, parse, parse_list, read_text
from gigaplan.programme.roundterms import Round, RoundingTerms
from gigaplan.programme.validation import validated

SEE = "see docs/coalition.md for an example"


def read(path: str | Path) -> list[Round]:
    """One round, or a list of rounds.

    Raises
    ------
    InputError
        every fault of the file, with row and field.
    """
    file = Path(path)
    text = read_text(file, YAML_LIMIT, "a round", SEE)
    if text.lstrip().startswith(("[", "-")):
        document = parse_list(text, str(file), "rounds", "a round or a list of rounds", SEE)
        return list(validated(_Rounds, document).rounds)
    return [validated(Round, parse(text, str(file)))]


class _Rounds(BaseModel):
    rounds: tuple[Round, ...]


def result(terms: Round) -> dict[str, Any]:
    """The round closed: values in USD, ownership of every party, proceeds.

    Raises
    ------
    InputError
        the sums do not agree, or nothing is left for those who hold shares now.
    CheckError
        a figure differs from ``expected``.
    """
    common = terms.common_shares
    if common is None:
        # without a count, shares are parts of the company as it is now
        common = sum(h.shares for h in terms.holders) or 1.0
    convertibles = [
        rounds.Convertible(s.holder, s.investment, s.cap, s.discount, s.type) for s in terms.safes
    ]
    for note in terms.notes:
        owed = note.principal + rounds.interest(
            note.principal, note.rate, note.years, note.compounding
        )
        convertibles.append(
            rounds.Convertible(note.holder, owed, note.cap, note.discount, note.type)
        )
    rule = terms.rounding or RoundingTerms(shares="none", price_decimals=None)
    decimals = None if rule.price_decimals in (None, -1) else rule.price_decimals
    rounding = rounds.Rounding(rule.shares, decimals)
    fixed = [i.investment for i in terms.investors]
    raised = terms.raise_
    if raised is None:
        raised = sum(float(v) for v in fixed) + sum(terms.series_investments)
    pre = terms.pre_money if terms.pre_money is not None else float(terms.post_money or 0) - raised
    if pre <= 0 or raised <= 0:
        message = f"new money is {raised:,.0f} USD and the value before it {pre:,.0f} USD"
        raise InputError([Problem(terms.id, "pre_money", message, "both above zero")])

    def closed(money: tuple[float, ...]) -> rounds.Closing:
        return rounds.close(
            rounds.Terms(
                pre, common, money, terms.unused_options, terms.target_option_pool,
                tuple(convertibles), rounding,
            )
        )  # fmt: skip

    whole = closed((raised,))
    shares = {h.name: h.shares for h in terms.holders}
    money = rounds.split(
        raised - sum(terms.series_investments),
        fixed,
        lambda k: shares[terms.investors[k].name] / whole.post_money_base,
    )
    money += list(terms.series_investments)
    names = [i.name for i in terms.investors]
    names += [f"series investor {k + 1}" for k in range(len(terms.series_investments))]
    if not money:
        money, names = [raised], ["new investors"]
    if abs(sum(money) - raised) > 0.5 or min(money) < 0:
        message = f"the investors bring {sum(money):,.0f} USD of {raised:,.0f}"
        raise InputError([Problem(terms.id, "investors", message, "sums that make up `raise`")])
    closing = closed(tuple(money))
    told = _told(terms, closing, names, money, [c.holder for c in convertibles], common, pre)
    _compare(terms, told)
    return told


def _told(
    terms: Round, c: rounds.Closing, names: list[str], money: list[float],
    converting: list[str], common: float, pre: float,
) -> dict[str, Any]:  # fmt: skip
    """Plain data; ownership is fully diluted."""
    total = c.total_shares
    rows: list[tuple[str, str, float, float, float]] = []
    before = common + terms.unused_options
    held = [(h.name, h.shares) for h in terms.holders] or [("common", common)]
    rows += [(name, "common", shares, 0.0, shares / before) for name, shares in held]
    rows += [
        (holder, "convertible", shares, 0.0, 0.0)
        for holder, shares in zip(converting, c.convertible_shares, strict=True)
    ]
    rows += [
        (name, "series", shares, paid, 0.0)
        for name, shares, paid in zip(names, c.series_shares, money, strict=True)
    ]
    rows.append(("option pool", "options", c.pool, 0.0, terms.unused_options / before))
    raised = sum(money)
    sponsor = sum(terms.sponsor_equity.values())
    if sponsor > raised + 0.5:
        message = f"{sponsor:,.0f} USD of sponsor equity are more than the {raised:,.0f} USD raised"
        raise InputError([Problem(terms.id, "sponsor_equity", message, "at most the new money")])
    lead = next((i.name for i in terms.investors if i.lead), None)
    return {
        "id": terms.id,
        "pre_money": pre,
        "post_money": c.post_money,
        "new_money": raised,
        "new_money_share": sum(c.series_shares) / total,
        "price_per_share": c.price,
        "total_shares": total,
        "common_shares": common,
        "total_options": c.pool,
        "additional_options": c.pool_increase,
        "pre_money_shares": c.pre_money_base,
        "post_money_shares": c.post_money_base,
        "converted_shares": sum(c.convertible_shares),
        "conversion_prices": list(c.convertible_prices),
        "lead": lead,
        "cap_table": [
            {
                "holder": holder, "kind": kind, "shares": shares, "invested_usd": paid,
                "share_before": earlier, "share_after": shares / total,
            }
            for holder, kind, shares, paid, earlier in rows
        ],
        "dilution_of_holders": 1 - (common / total) / (common / before),
        "use_of_proceeds": {
            "sponsor_equity_usd": {str(y): v for y, v in sorted(terms.sponsor_equity.items())},
            "kept_by_the_company_usd": raised - sponsor,
        },
        "units": {"money": "USD", "price_per_share": "USD/share", "*_share": "1"},
    }  # fmt: skip


def _compare(terms: Round, told: dict[str, Any]) -> None:
    """Raise when a figure differs from what the file says it must be."""
    wrong = []
    for name, wanted in terms.expected.items():
        figure = name.removesuffix("_rounded")
        if not isinstance(told.get(figure), int | float):
            known = ", ".join(k for k, v in told.items() if isinstance(v, int | float))
            raise InputError([Problem(terms.id, f"expected.{name}", "no such figure", known)])
        found = float(told[figure])
        if figure != name:
            found = rounds.Rounding("nearest").count(found)
        if abs(found - wanted) > 1e-9 * max(1.0, abs(wanted)):
            wrong.append(f"{name} is {found:.10g}, expected {wanted:.10g}")
    if wrong:
        raise CheckError(f"{terms.id}: " + "; ".join(wrong))
