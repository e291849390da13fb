"""The section ``deals`` of a programme: terms of the project companies that a plan is made into."""

from __future__ import annotations

from pydantic import Field

from gigaplan.programme.section import Section
from gigaplan.programme.values import Number, Positive, Rate, Share


class Deals(Section):
    """Terms of the companies of a plan. They change no plan, only what `gigaplan deal` makes of it.

    Classes are those of the atlas table `deal_terms`: campus, accelerators, corridors, generation,
    gas, fabs, nuclear, storage; or a technology by its name.
    """

    dscr: dict[str, Positive] = Field(
        default_factory=dict,
        description="Coverage that lenders ask for, by class of capital. Default: the atlas.",
    )
    upfront_fee: dict[str, Share] = Field(
        default_factory=dict,
        description="Fee at closing, share of the loan, by class. Default: the atlas.",
    )
    commitment_fee: dict[str, Share] = Field(
        default_factory=dict,
        description="Yearly fee on the undrawn loan, by class. Default: the atlas.",
    )
    reserve_months: Number | None = Field(
        None, description="Months of debt service held in reserve. Default: the atlas."
    )
    lockup_dscr: Number | None = Field(
        None, description="No distribution below this coverage. Default: the atlas."
    )
    reserve_rate: Rate | None = Field(None, description="Interest on reserves. Default: the atlas.")
    credit_transfer_price: Share | None = Field(
        None, description="What a dollar of tax credit sells for. Default: the atlas."
    )
    federal_tax_rate: Share | None = Field(
        None, description="Federal income tax rate. Default: the atlas."
    )
    withholding: dict[str, Share] = Field(
        default_factory=dict,
        description="Share of dividends withheld, by investor or country. Default: the atlas.",
    )
