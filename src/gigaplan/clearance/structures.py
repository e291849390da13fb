"""Ways to hold money in an asset, and what each asset class is, as facts for the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.errors import UsageError

CLASSES = ("campus", "accelerators", "generation", "nuclear", "storage", "corridor", "fab")
STORES = ("battery", "pumped_hydro")


def asset_class(name: str) -> str:
    """Asset class of an asset or of a technology of the atlas.

    Raises
    ------
    UsageError
        the name is neither.
    """
    from gigaplan import atlas

    if name in CLASSES:
        return name
    names = {
        *atlas.table("technologies")["technology"],
        *atlas.table("technology_traits")["technology"],
    }
    if name not in names:
        raise UsageError(
            f"no asset class or technology {name!r}; known: {', '.join([*CLASSES, *sorted(names)])}"
        )
    if name.startswith("nuclear"):
        return "nuclear"
    return "storage" if name.startswith(STORES) else "generation"


def asset_facts(kind: str, country: str, sta_a5: bool) -> dict[str, Any]:
    """Facts on the U.S. business that an asset class is.

    A campus is not in appendix A; whether it keeps sensitive personal data is not stated, so its
    TID status stays open unless the caller says more.  Chips that are bought and used are not made
    (facts: B800-CT).  Power, storage and corridors are owned parts of the bulk-power system (facts:
    B800-APPA-POWER, -STORE).  A fab makes critical technology; the authorisation test depends on
    the country, and for group A:5 on whether every item is eligible for 15 CFR 740.20(c)(1).
    """
    target: dict[str, Any] = {"us_business": True, "located_in": "us", "kind": "project_company"}
    if kind == "accelerators":
        target["tid"] = []
    elif kind in ("generation", "nuclear", "corridor"):
        target["infrastructure"] = {"asset": "bulk_power_system", "role": "own"}
        target["tid"] = ["covered_infrastructure"]
    elif kind == "storage":
        target["infrastructure"] = {"asset": "electric_storage_on_bulk_power_system", "role": "own"}
        target["tid"] = ["covered_infrastructure"]
    elif kind == "fab":
        technology: dict[str, Any] = {"role": "manufacture", "list": "ear"}
        if not sta_a5:
            technology["license_required_for"] = [country]
        target |= {
            "tid": ["critical_technology"],
            "critical_technology": technology,
            "kind": "manufacturer",
        }
    return target


@dataclass(frozen=True)
class Structure:
    """A way to hold: its greatest share of votes in percent, and the facts of the deal."""

    key: str
    title: str
    share_pct: float
    deal: dict[str, Any]
    equity: bool = True

    def facts(self, share_pct: float | None = None) -> dict[str, Any]:
        """``deal`` facts at a share of the votes in percent (default: the greatest)."""
        deal = {**self.deal}
        if self.equity:
            deal["voting_interest_pct"] = self.share_pct if share_pct is None else share_pct
        return deal


BOARD = {"board_seat": 1, "observer": True}
STRUCTURES = (
    Structure(
        "passive",
        "up to 10 %, solely passive",
        10.0,
        {"type": "share_purchase", "passive_intent": True, "control_rights": []},
    ),
    Structure(
        "minority",
        "under 25 %, no board, access or decision rights",
        24.9,
        {"type": "share_purchase", "control_rights": []},
    ),
    Structure(
        "minority_with_rights",
        "under 25 %, board seat and technical information",
        24.9,
        {"type": "share_purchase", "control_rights": [], "access_mnpti": True, **BOARD},
    ),
    Structure(
        "substantial",
        "25 to 49 %, board seat, no veto",
        49.0,
        {"type": "share_purchase", "control_rights": [], **BOARD},
    ),
    Structure(
        "control",
        "majority or rights over important matters",
        100.0,
        {"type": "share_purchase", "control_rights": ["determine_important_matters"]},
    ),
    Structure(
        "lender",
        "debt alone, secured, no rights like equity",
        0.0,
        {
            "type": "loan",
            "debt": True,
            "secured": True,
            "lending_default": False,
            "equity_like_rights": [],
        },
        equity=False,
    ),
    Structure(
        "fund_partner",
        "limited partner of a fund run by a U.S. general partner",
        100.0,
        {
            "type": "indirect_fund_investment",
            "access_mnpti": False,
            "board_seat": 0,
            "observer": False,
            "nominate_right": 0,
            "substantive_decision_involvement": False,
            "control_rights": [],
            "controlling": False,
        },
        equity=False,
    ),
)
FUND_PARTNER = {
    "via_fund": True,
    "fund_managed_exclusively_by_gp": True,
    "fund_gp_foreign": False,
    "lp_advisory_committee": True,
    "lp_advisory_committee_controls_decisions": False,
    "lp_can_control_fund": False,
}


def structure(key: str) -> Structure:
    """One structure by its key.

    Raises
    ------
    UsageError
        there is none of this key.
    """
    found = next((s for s in STRUCTURES if s.key == key), None)
    if found is None:
        raise UsageError(f"no structure {key!r}; known: {', '.join(s.key for s in STRUCTURES)}")
    return found
