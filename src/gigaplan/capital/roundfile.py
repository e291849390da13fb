"""A round as a file (YAML or JSON), checked, closed and told as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from gigaplan.capital import rounds
from gigaplan.errors import CheckError, InputError, Problem
from gigaplan.programme.reading import YAML_LIMIT, parse, read_text
from gigaplan.programme.sections import Section
from gigaplan.programme.validation import validated
from gigaplan.programme.values import FieldError, Number, Rate, Share, Year
from gigaplan.units import quantity


def _usd(value: object) -> float:
    """USD; a plain number is USD, text carries its unit."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    number = quantity(f"{value} USD" if plain else value, "USD")
    if number < 0:
        raise FieldError(f"{value} is negative", "at least 0 USD")
    return number


USD = Annotated[float, BeforeValidator(_usd)]


def _investment(value: object) -> object:
    return value if value in ("pro_rata", "rest") else _usd(value)


class Safe(Section):
    """A simple agreement for future equity."""

    holder: str = Field("SAFE", description="Who holds it.")
    investment: USD = Field(description="Money paid in.")
    cap: USD = Field(0.0, description="Valuation cap; 0 for none.")
    discount: Share = Field(0.0, description="Discount on the round's price.")
    type: Literal["post", "pre"] = Field(
        "post", description="What the cap refers to: post- or pre-money."
    )


class Note(Section):
    """A convertible note."""

    holder: str = Field("note", description="Who holds it.")
    principal: USD = Field(description="Money lent.")
    rate: Rate = Field(0.0, description="Yearly interest.")
    years: Number = Field(0.0, description="Years until the round.")
    compounding: bool = Field(False, description="Interest compounds yearly.")
    cap: USD = Field(0.0, description="Valuation cap; 0 for none.")
    discount: Share = Field(0.0, description="Discount on the round's price.")
    type: Literal["post", "pre"] = Field(
        "pre", description="What the cap refers to: post- or pre-money."
    )


class Holder(Section):
    """Who holds shares before the round."""

    name: str = Field(description="Name.")
    shares: Number = Field(description="Shares held.")
    pro_rata: bool = Field(False, description="May keep its share by buying in the round.")


class Investor(Section):
    """Who buys in the round."""

    name: str = Field(description="Name.")
    investment: Annotated[float | str, BeforeValidator(_investment)] = Field(
        description="Money; pro_rata for a holder with that right; rest for what is left."
    )
    lead: bool = Field(False, description="Leads the round.")


class RoundingTerms(Section):
    """How shares and prices are rounded."""

    shares: Literal["down", "nearest", "none"] = Field("none", description="Rounding of shares.")
    price_decimals: int | None = Field(
        None, ge=-1, le=12, description="Decimals of prices, rounded up."
    )


class RoundFile(Section):
    """A priced equity round of the company at the centre. Plain numbers of money are USD."""

    id: str = Field("round", description="Name of the round.")
    pre_money: USD | None = Field(None, description="Value before the new money.")
    post_money: USD | None = Field(None, description="Value after it; give one of the two.")
    raise_: USD | None = Field(None, alias="raise", description="New money in all.")
    common_shares: Number | None = Field(None, description="Issued shares and granted options.")
    holders: tuple[Holder, ...] = Field((), description="Who holds them.")
    unused_options: Number = Field(0.0, description="Options not granted yet.")
    target_option_pool: Share = Field(
        0.0, description="Unused options after the round, share of all."
    )
    safes: tuple[Safe, ...] = Field((), description="SAFEs that convert.")
    notes: tuple[Note, ...] = Field((), description="Notes that convert.")
    investors: tuple[Investor, ...] = Field((), description="Who buys.")
    series_investments: tuple[USD, ...] = Field((), description="Money of unnamed investors.")
    rounding: RoundingTerms | None = Field(None, description="Default: none.")
    sponsor_equity: dict[Year, USD] = Field(
        default_factory=dict,
        description="Proceeds put into the coalition as sponsor equity, by year.",
    )
    expected: dict[str, float] = Field(
        default_factory=dict,
        description="Figures that the result must equal; *_rounded to whole USD or shares.",
    )

    @model_validator(mode="after")
    def _whole(self) -> RoundFile:
        named = sum(h.shares for h in self.holders)
        names = [h.name for h in self.holders]
        faults = []
        if (self.pre_money is None) == (self.post_money is None):
            faults.append("give either pre_money or post_money")
        if (
            self.holders
            and self.common_shares is not None
            and abs(named - self.common_shares) > 0.5
        ):
            faults.append(
                f"holders have {named:,.0f} shares, common_shares is {self.common_shares:,.0f}"
            )
        if len(set(names)) < len(names):
            faults.append("a holder stands twice")
        if not self.investors and not self.series_investments and self.raise_ is None:
            faults.append("nobody invests: give investors, series_investments or raise")
        if sum(i.investment == "rest" for i in self.investors) > 1:
            faults.append("only one investor can take the rest")
        if sum(i.lead for i in self.investors) > 1:
            faults.append("only one investor leads")
        asked = [i.name for i in self.investors if i.investment == "pro_rata"]
        faults += [
            f"{name} has no pro-rata right: no holder of that name has pro_rata: true"
            for name in asked
            if name not in {h.name for h in self.holders if h.pro_rata}
        ]
        if self.raise_ is None and any(isinstance(i.investment, str) for i in self.investors):
            faults.append("pro_rata and rest need `raise`, the new money in all")
        if faults:
            raise FieldError("; ".join(faults), "terms of one round")
        return self


def read(path: str | Path) -> list[RoundFile]:
    """One round, or a list of rounds.

    Raises
    ------
    InputError
        every fault of the file, with row and field.
    """
    file = Path(path)
    text = read_text(file, YAML_LIMIT, "a round")
    listed = text.lstrip().startswith(("[", "-"))
    if listed:
        text = "rounds:\n" + "\n".join("  " + line for line in text.splitlines())
        document = parse(text, str(file))
        document.places = {p: (f, r and r - 1) for p, (f, r) in document.places.items()}
        return list(validated(_Rounds, document).rounds)
    return [validated(RoundFile, parse(text, str(file)))]


class _Rounds(BaseModel):
    rounds: tuple[RoundFile, ...]


def result(terms: RoundFile) -> dict[str, Any]:
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
    terms: RoundFile, c: rounds.Closing, names: list[str], money: list[float],
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


def _compare(terms: RoundFile, told: dict[str, Any]) -> None:
    """Raise when a figure differs from what the file says it must be."""
    wrong = []
    for name, wanted in terms.expected.items():
        figure = name.removesuffix("_rounded")
        if not isinstance(told.get(figure), int | float):
            known = ", ".join(k for k, v in told.items() if isinstance(v, int | float))
            raise InputError([Problem(terms.id, f"expected.{name}", "no such figure", known)])
        found = float(told[figure])
        if figure != name:
            found = math_round(found)
        if abs(found - wanted) > 1e-9 * max(1.0, abs(wanted)):
            wrong.append(f"{name} is {found:.10g}, expected {wanted:.10g}")
    if wrong:
        raise CheckError(f"{terms.id}: " + "; ".join(wrong))


def math_round(value: float) -> float:
    """To the nearest whole number, halves up."""
    return rounds.Rounding("nearest").count(value)
