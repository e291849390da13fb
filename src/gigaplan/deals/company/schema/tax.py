"""Income tax, credits, and a tax investor beside the owners."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gigaplan.deals.company.schema.values import Amount, Money, Part, Rate, sam
from gigaplan.programme.values import In, Share


class Tax(Part):
    """Income tax of the company or, passed through, of its owners."""

    federal_rate: Share = sam("federal_tax_rate", "federal rate", default=0.21)
    state_rate: Share = sam("state_tax_rate", "state rate", default=0.0)
    losses: Literal["carried_forward", "at_once"] = Field(
        "carried_forward", description="carried forward, or used at once by the owners (SAM)"
    )
    loss_limit: Share = Field(
        0.8, description="share of income that carried losses may offset (26 USC 172(a)(2))"
    )
    not_depreciated: Literal["left", "deducted"] = Field(
        "left",
        description="basis that is left at the end of operation: left (SAM), or deducted in the "
        "last year (26 USC 1001)",
    )


class Credit(Part):
    """An investment credit."""

    name: str = Field(description="name, such as 48E or 48D")
    rate: Share = sam("itc_fed_percent", "share of the qualifying cost")
    basis_reduction: Share = Field(
        0.5, description="share of the credit taken off the basis: 0.5 energy, 1 for 48D"
    )
    transfer_price: Share | None = Field(
        None, description="price of a dollar of credit sold (26 USC 6418); default: used by owners"
    )


class ProductionCredit(Part):
    """A production credit."""

    name: str = Field(description="name, such as 45Y")
    rate: Annotated[float, In("1", high=1e6)] = sam("ptc_fed_amount", "USD per unit sold")
    of: str = Field(description="contract whose volume counts")
    escalator: Rate = sam("ptc_fed_escal", "growth a year", default=0.0)
    years: int = sam("ptc_fed_term", "years of the credit", default=10, ge=1)
    transfer_price: Share | None = Field(None, description="price of a dollar of credit sold")


class FlipShares(Part):
    """Shares of the tax investor in a partnership."""

    cash: Share = sam("tax_investor_*flip_cash_percent", "share of cash")
    tax: Share = sam("tax_investor_*flip_tax_percent", "share of taxes and credits")


class TaxEquity(Part):
    """A tax investor: a partnership flip, or a sale with lease back."""

    kind: Literal["partnership_flip", "sale_leaseback"] = Field(description="structure")
    investor: str = Field("Tax investor", description="name of the tax investor")
    share: Share = sam("tax_investor_equity_percent", "share of equity (flip)", default=0.4)
    before: FlipShares = Field(FlipShares(cash=0.2, tax=0.99), description="until the flip")
    after: FlipShares = Field(FlipShares(cash=0.05, tax=0.05), description="from the flip on")
    target_return: Rate = sam(
        "flip_target_percent", "return after tax at which the shares flip", default=0.08
    )
    recovery_years: int = sam(
        "sponsor_cap_recovery_year", "years in which the owners recover their capital first",
        default=0, ge=0, le=60,
    )  # fmt: skip
    margin: Amount = sam(
        "sponsor_operating_margin", "owners' margin a year, the rest is rent (sale_leaseback)",
        default=Money(amount=0.0, currency="USD"),
    )  # fmt: skip
    margin_escalator: Rate = Field(0.0, description="growth of the margin a year")
