"""Investors, and the tiers by which cash is distributed to them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gigaplan.deals.company.schema.values import Amount, Part, Rate
from gigaplan.programme.values import Share


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
