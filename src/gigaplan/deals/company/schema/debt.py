"""Loans, and what protects their lenders."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gigaplan.deals.company.schema.values import Amount, Months, Part, Rate, sam
from gigaplan.programme.values import In, Positive, Share


class Refinancing(Part):
    """The loan that repays a balloon at maturity."""

    rate: Rate = Field(description="interest rate")
    tenor_years: int = Field(ge=1, le=60, description="years of the new loan")
    repayment: Literal["level", "equal", "sculpted"] = Field("level", description="repayment")
    fee: Share = Field(0.0, description="fee, share of the new loan, paid from cash")


class Tranche(Part):
    """One loan."""

    name: str = Field(description="name of the loan")
    gearing: Share | None = sam("debt_percent", "size as a share of total cost", default=None)
    amount: Amount | None = Field(None, description="size as an amount")
    dscr: Positive | None = sam("dscr", "size by coverage: cash over debt service", default=None)
    rate: Rate = sam("term_int_rate", "interest rate in operation")
    construction_rate: Rate | None = Field(
        None, description="interest rate in construction (default: the same)"
    )
    tenor_years: int = sam("term_tenor", "years of repayment from operation", ge=1, le=60)
    maturity_years: int | None = Field(
        None, ge=1, description="mini-perm: years after which the balance is due"
    )
    repayment: Literal["level", "equal", "sculpted", "bullet"] = sam(
        "payment_option", "level service, equal principal, in proportion to cash, or at maturity",
        default="level",
    )  # fmt: skip
    grace_years: int = sam("loan_moratorium", "first years without principal", default=0, ge=0)
    upfront_fee: Share = sam("cost_debt_fee", "fee at closing, share of the loan", default=0.0)
    commitment_fee: Share = Field(0.0, description="fee a year on the undrawn loan")
    refinancing: Refinancing | None = Field(None, description="loan that repays the balance due")
    of: str | None = Field(
        None, description="item of cost that it pays its share of (funding by_item)"
    )
    lender: str | None = Field(None, description="who lends (funding by_item)")
    repaid_from: Literal["cash", "credits"] = Field(
        "cash",
        description="credits: a bridge until credits are sold, that counts in no coverage and "
        "no reserve",
    )


class Debt(Part):
    """All loans and what protects them."""

    tranches: tuple[Tranche, ...] = Field((), description="loans, senior first")
    gearing_cap: Share = sam(
        "dscr_maximum_debt_fraction", "largest share of total cost that is debt", default=1.0
    )
    reserve_months: Months = sam(
        "dscr_reserve_months", "months of debt service in reserve", default=0.0
    )
    lockup_dscr: Annotated[float, In("1", high=10.0)] = Field(
        0.0, description="no distribution in periods with a lower coverage"
    )
    sweep: Share = Field(0.0, description="share of cash after debt service that prepays debt")
    reserve_funding: Literal["at_start", "from_cash"] = Field(
        "at_start", description="reserve filled by sources of funds, or from cash of operation"
    )
