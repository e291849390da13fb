"""The description of a project company: every field with its unit, bounds and meaning.

The same declaration reads case files, makes the reference page and the JSON Schema. Quantities
carry their unit (``3.1 BUSD``, ``120 USD/kW``), shares are numbers or percentages (``0.3``,
``30 %``). SAM's name of a field is given where SAM has it.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gigaplan.programme.values import FieldError, In, Positive, Share

_MONEY = re.compile(r"\s*([+-]?[\d_.]+(?:[eE][+-]?\d+)?)\s*([kMBT]?)([A-Z]{3})\s*")
_SIZES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


class Money(BaseModel):
    """An amount in a currency."""

    amount: float
    currency: str


def _money(value: object) -> object:
    if isinstance(value, Money):
        return value
    match = _MONEY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise FieldError(f"{value!r} is not an amount of money", "an amount such as 250 MUSD")
    amount = float(match[1].replace("_", "")) * _SIZES[match[2]]
    if not 0 <= amount < 1e15:
        raise FieldError(f"{value!r} is negative or too large", "an amount such as 250 MUSD")
    return Money(amount=amount, currency=match[3])


Amount = Annotated[Money, BeforeValidator(_money)]
Rate = Annotated[float, In("1", low=-0.5, high=1.0)]
Months = Annotated[float, In("1", high=120.0)]
Whole = Annotated[int, Field(ge=0, le=600)]
Class = Literal["macrs_5", "macrs_15", "macrs_20", "sl_5", "sl_15", "sl_20", "sl_39", "none"]


class Part(BaseModel):
    """Base of every section: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def sam(name: str, text: str, **extra: Any) -> Any:
    """A field with its meaning and SAM's name."""
    return Field(description=text, json_schema_extra={"sam": name}, **extra)


class Timeline(Part):
    """When the company closes, builds and operates."""

    closing: dt.date = Field(description="financial close: day from which interest runs")
    construction_months: int = Field(ge=1, le=180, description="months from closing to operation")
    operation: dt.date | None = Field(
        None, description="first day of operation; checked against closing and months"
    )
    delay_months: int = Field(0, ge=0, le=60, description="months that operation comes late")
    operation_years: int = sam("analysis_period", "years of operation", ge=1, le=60)
    periods_per_year: Literal[1, 2, 4, 12] = Field(1, description="periods of an operating year")


class Cost(Part):
    """One item of construction cost."""

    name: str = Field(description="name of the item")
    amount: Amount = sam("total_installed_cost", "cost in money of the day")
    spend: Literal["even", "front", "back", "s-curve"] | tuple[Share, ...] = Field(
        "even", description="how it is spent over construction: a shape, or monthly shares"
    )
    depreciation: Class = sam("depr_alloc_*_percent", "depreciation class")
    bonus: Share = sam(
        "depr_bonus_fed", "bonus depreciation in year 1, share of the basis", default=0.0
    )
    credit: Share = Field(1.0, description="share that qualifies for investment credits")


class Construction(Part):
    """Uses of funds before operation."""

    costs: tuple[Cost, ...] = Field(min_length=1, description="items of cost")
    delay_cost: Amount = Field(
        Money(amount=0.0, currency="USD"), description="cost of each month of delay"
    )
    other: Amount = sam(
        "cost_other_financing", "fees and other cost at closing, depreciated with the first item",
        default=Money(amount=0.0, currency="USD"),
    )  # fmt: skip
    funding: Literal["equity_first", "pro_rata", "at_closing", "by_item"] = Field(
        "pro_rata",
        description="equity before debt, both in step, all at closing with cash held undrawn, or "
        "each item of cost by its own loans and owners as it is spent, interest and fees of "
        "construction added to the loans",
    )
    cash_rate: Rate = Field(0.0, description="interest on undrawn cash (funding at_closing)")


class Revenue(Part):
    """One contract or market."""

    name: str = Field(description="name of the contract")
    kind: Literal["power_purchase", "capacity_lease", "compute", "wafers", "merchant"] = Field(
        description="power in MWh, capacity in kW for a monthly rent, H100-hours, wafers, or power "
        "at market prices"
    )
    volume: Annotated[float, In("1", high=1e15)] = sam(
        "annual_energy", "MWh a year, kW leased, H100-equivalents or wafers a year"
    )
    price: Annotated[float, In("1", low=-1e9, high=1e9)] = sam(
        "ppa_price_input", "USD per MWh, per kW and month, per H100-hour or per wafer"
    )
    escalator: Rate = sam("ppa_escalation", "growth of the price a year, from year 2", default=0.0)
    degradation: Rate = sam("degradation", "fall of the volume a year, from year 2", default=0.0)
    curtailment: Share = Field(0.0, description="share of the volume that is not sold")
    utilisation: Share = Field(1.0, description="share of hours sold (compute)")
    first_year: int = Field(1, ge=1, description="first year of the contract")
    years: int | None = Field(None, ge=1, description="years of the contract (default: to the end)")


class OperatingCost(Part):
    """One operating cost."""

    name: str = Field(description="name of the cost")
    fixed: Amount = sam("om_fixed", "amount a year", default=Money(amount=0.0, currency="USD"))
    per_unit: Annotated[float, In("1", high=1e9)] = sam(
        "om_production", "USD per unit of the volume of the contract `of`", default=0.0
    )
    of: str | None = Field(None, description="contract whose volume counts")
    escalator: Rate = sam("om_fixed_escal", "growth a year above inflation", default=0.0)


class Maintenance(Part):
    """Major maintenance or a refit of accelerators, saved for in a reserve."""

    name: str = Field(description="name of the works")
    cost: Amount = sam("equip1_reserve_cost", "cost at prices of closing")
    every_years: int = sam("equip1_reserve_freq", "years between works", ge=1, le=60)
    escalator: Rate = Field(0.0, description="growth of the cost a year above inflation")
    depreciation: Class = sam("equip_reserve_depr_fed", "depreciation class")


class Operation(Part):
    """Costs and reserves of operation."""

    costs: tuple[OperatingCost, ...] = Field((), description="operating costs")
    inflation: Rate = sam("inflation_rate", "growth of costs a year", default=0.025)
    inflation_from: Literal["year_2", "closing"] = Field(
        "year_2", description="year_2: first year at given prices (SAM); closing: prices of closing"
    )
    insurance: Share = sam("insurance_rate", "share of construction cost a year", default=0.0)
    property_tax: Share = sam(
        "property_tax_rate", "share of the assessed value a year", default=0.0
    )
    assessed: Share = sam(
        "prop_tax_cost_assessed_percent", "assessed share of construction cost", default=1.0
    )
    assessed_decline: Share = sam(
        "prop_tax_assessed_decline", "yearly fall, share of the first value", default=0.0
    )
    maintenance: tuple[Maintenance, ...] = Field((), description="major works")
    working_capital_months: Months = sam(
        "months_working_reserve", "months of operating cost held", default=0.0
    )
    reserve_rate: Rate = sam("reserves_interest", "interest on reserves", default=0.0)
    salvage: Share = sam("salvage_percentage", "share of cost got at the end", default=0.0)


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


class Sharing(Part):
    """Political split of what an investor's equity earns: two shares, before and after."""

    first: Share = Field(description="share of its cash until its capital is back")
    after: Share = Field(description="share of its cash after that")
    to: str = Field(description="investor who gets the rest")
    recovered: Rate = Field(0.0, description="return on its capital that must be back too, a year")


class Investor(Part):
    """A holder of equity or of a carried interest."""

    name: str = Field(description="name")
    owner: str | None = Field(
        None, description="whose stake it is, where one owner has several (default: the name)"
    )
    share: Share = Field(0.0, description="share of the equity that it pays in")
    funds: dict[str, Share] = Field(
        {}, description="share of the equity of each item of cost (funding by_item)"
    )
    supports: bool = Field(
        True, description="pays in, by share of equity, where cash is short of debt service"
    )
    required_return: Rate | None = Field(None, description="return that it asks for")
    management_fee: Share = Field(
        0.0, description="fee a year on the capital paid in, kept from distributions by its manager"
    )
    sharing: Sharing | None = Field(None, description="split of its cash with another investor")
    commitment: Amount | None = Field(None, description="most that it pays in")
    sovereign: bool = Field(
        False, description="foreign government: exempt but for commercial activity (26 USC 892)"
    )
    withholding: Share = Field(0.0, description="tax withheld from distributions")
    withheld_from: Literal["distributions", "profit"] = Field(
        "distributions", description="all distributions, or those beyond the capital paid in"
    )
    commercial_share: Share = Field(
        1.0, description="share of a sovereign's distributions from commercial activity, not exempt"
    )


class Until(Part):
    """When a tier ends."""

    recovered: Rate | None = Field(
        None, description="capital of `of` and this return on it a year are paid (0: capital only)"
    )
    of: str | None = Field(None, description="investor whose capital counts (default: all)")
    catch_up: Share | None = Field(
        None, description="`of` has this share of all profit distributed so far"
    )
    amount: Amount | None = Field(None, description="this amount a year is paid")
    each: dict[str, Rate] | None = Field(
        None, description="capital of each of these and its own return a year are paid; they share "
        "by what each is owed, and the tier has no split",
    )  # fmt: skip


class Tier(Part):
    """One step of the waterfall: who shares in it, and when it ends."""

    name: str = Field(description="name")
    split: dict[str, Share] = Field({}, description="share of each investor")
    until: Until | None = Field(None, description="end of the tier; the last has none")


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
