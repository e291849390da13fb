"""The terms of a corporate round, each declared once. Plain numbers of money are USD."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from gigaplan.programme.section import Section
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


class Round(Section):
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
    def _whole(self) -> Round:
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
