"""The sections of a programme that say what money there is, whose it is and on what terms."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from gigaplan.programme.roundterms import Round
from gigaplan.programme.section import Section
from gigaplan.programme.values import BUSD, Positive, Rate, Share, Year


class CapitalChargeRates(Section):
    """Real return that each kind of asset must earn."""

    power: Rate | None = Field(
        None, description="Generation and storage, such as 6 %. Default: the atlas."
    )
    campus: Rate | None = Field(
        None, description="Campuses and IT equipment, such as 7 %. Default: the atlas."
    )
    corridors: Rate | None = Field(
        None, description="Corridors between zones, such as 6 %. Default: the atlas."
    )
    programme_power: Rate | None = Field(
        None,
        description="Generation, storage and corridors that the programme owns rather than the "
        "system's utilities. Default: as campuses.",
    )


class Money(Section):
    """The capital of the programme and how time counts."""

    budget: BUSD = Field(description="Capital that the programme may draw over the horizon.")
    available: dict[Year, BUSD] | None = Field(
        None,
        description="Capital that may be drawn up to the end of each calendar year, cumulated. "
        "A year that is not given takes the value of the last given year before it, 0 before the "
        "first. It ends at the budget, and follows a budget that is changed by --set. "
        "Default: all of the budget from the start.",
    )
    discount_rate: Rate = Field(0.05, description="Real rate at which later years count less.")
    capital_charge_rates: CapitalChargeRates = Field(
        default_factory=CapitalChargeRates,
        description="Real return that each kind of asset must earn.",
    )


class ClearanceRules(Section):
    """Foreign-investment review of the coalition's money."""

    enforce: bool = Field(
        True, description="The rules' limits bound the shares of foreign persons."
    )
    filings: Literal["none", "declaration", "notice"] = Field(
        "notice", description="The heaviest filing that the coalition is ready to make."
    )
    known_investors: bool = Field(
        False, description="Shorter clocks for investors known to the reviewers (fast track)."
    )


class Capital(Section):
    """Whose money builds the plan. Without a roster the budget is one purse."""

    roster: Literal["none", "atlas"] = Field(
        "none",
        description="atlas: the built-in investors, with those of tables.investors; none: only "
        "those of tables.investors, and one purse where there are none.",
    )
    scale: Literal["as_stated", "to_budget"] = Field(
        "as_stated",
        description="to_budget: the weighted commitments are scaled, each by the same factor, to "
        "money.budget along money.available; the budget itself limits nothing then.",
    )
    weighting: Literal["expected", "stated", "firm"] = Field(
        "expected",
        description="expected: sums times likelihood; stated: sums as announced; firm: only what "
        "is committed or signed.",
    )
    without: tuple[str, ...] = Field((), description="Investors or countries that are left out.")
    commitments: dict[str, BUSD] = Field(
        {},
        description="What an investor commits in all, such as mgx: 5 BUSD, in place of the "
        "roster's sum, by its years and likelihoods; 0 for nothing. Nobody else's sum changes. On "
        "the command line also investors.mgx.commitment.",
    )
    foreign_equity: bool = Field(
        True, description="false: foreign persons may lend but hold no equity."
    )
    stage_weights: dict[str, Share] = Field(
        default_factory=dict, description="Likelihood of a stage, where it differs from the atlas."
    )
    gearing: dict[str, Share] = Field(
        default_factory=dict,
        description="Largest share of debt by asset class, in place of the atlas.",
    )
    currencies: dict[str, Positive] = Field(
        default_factory=dict, description="USD for one unit of a currency used in commitments."
    )
    inflation: Rate | None = Field(
        None, description="Turns nominal returns into real ones, such as 2.5 %. Default: the atlas."
    )
    corporate_round: Round | None = Field(
        None,
        description="Priced round of the company at the centre; its sponsor_equity becomes the "
        "company's own commitment, called like any other.",
    )
    sponsor_return: Rate = Field(
        0.15, description="Nominal return that the company's sponsor equity must earn."
    )
    clearance: ClearanceRules = Field(
        default_factory=ClearanceRules,
        description="Foreign-investment review of the coalition's money.",
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing(cls, value: Any) -> Any:
        """A commitment of 0 needs no unit."""
        if isinstance(value, dict) and isinstance(value.get("commitments"), dict):
            sums = value["commitments"]
            plain = {
                n: "0 BUSD" if v == 0 and not isinstance(v, bool) else v for n, v in sums.items()
            }
            return {**value, "commitments": plain}
        return value
