"""A project company: all its sections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gigaplan.deals.company.schema.debt import Debt
from gigaplan.deals.company.schema.owners import Investor, Tier
from gigaplan.deals.company.schema.project import Construction, Operation, Revenue, Timeline
from gigaplan.deals.company.schema.tax import Credit, ProductionCredit, Tax, TaxEquity
from gigaplan.deals.company.schema.values import Part, Rate, sam
from gigaplan.programme.values import Positive


class Company(Part):
    """A project company."""

    model: Literal["company"] = Field("company", description="kind of case")
    name: str = Field(description="name of the company")
    note: str = Field("", description="free text")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="currency of the company")
    exchange_rates: dict[str, Positive] = Field(
        {}, description="value of one unit of another currency in that of the company"
    )
    timeline: Timeline = Field(description="dates")
    construction: Construction = Field(description="uses of funds")
    revenue: tuple[Revenue, ...] = Field(min_length=1, description="contracts and markets")
    price_factor: Positive = Field(
        1.0, description="multiplies every price, to vary or solve for all together"
    )
    operation: Operation = Field(Operation(), description="costs and reserves")
    debt: Debt = Field(Debt(), description="loans")
    tax: Tax = Field(Tax(), description="income tax")
    credits: tuple[Credit, ...] = Field((), description="investment credits")
    production_credits: tuple[ProductionCredit, ...] = Field((), description="production credits")
    investors: tuple[Investor, ...] = Field(
        (Investor(name="Sponsor", share=1.0),), description="holders of equity"
    )
    waterfall: tuple[Tier, ...] = Field(
        (), description="tiers of distribution (default: by share of equity)"
    )
    tax_equity: TaxEquity | None = Field(
        None, description="a tax investor beside the owners (needs losses at_once)"
    )
    discount_rate: Rate = sam("real_discount_rate", "nominal rate of present values", default=0.09)
    required_return: Rate | None = sam(
        "flip_target_percent", "return that equity asks for", default=None
    )
    sources: dict[str, str] = Field({}, description="where a figure comes from, by field")

    def payers(self) -> list[str]:
        """Names of the investors who pay in equity."""
        by_item = self.construction.funding == "by_item"
        return [i.name for i in self.investors if (any(i.funds.values()) if by_item else i.share)]
