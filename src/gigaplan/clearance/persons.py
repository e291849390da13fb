"""Who is foreign: entity, person, government, excepted investor, and who controls a fund."""

from __future__ import annotations

from gigaplan.clearance.contingent import reaches
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, Answer, Finding, any_of
from gigaplan.clearance.ownership import GOVERNMENT, interest_pct, links

FOREIGN_CONTROLLERS = ("foreign_national", "foreign_government", "foreign_person")
US_OWNERS = ("us_nationals", "us_national", "us_company_of_us_nationals")
GOVERNMENT_PCT = 49.0
GENERAL_PARTNERS = ("gp", "general_partner")
SUBSTANTIAL_PCT = 25.0


def entity_findings(facts: Facts) -> list[Finding]:
    """``foreign_entity`` and ``foreign_person`` of the entity under ``entity``."""
    if not facts.states("entity"):
        return []
    seen = facts.follow()
    entity, reason, needed = _foreign_entity(seen)
    found = []
    if entity is not None:
        found.append(
            Finding(
                "foreign_entity",
                entity,
                reason,
                "P800-FE",
                "31 CFR 800.220, 800.239",
                seen.used,
                needed,
            )
        )
    person, why, turns_on = _foreign_person(seen, entity)
    needed = turns_on or (needed if person == DEPENDS else ())
    found.append(
        Finding(
            "foreign_person", person, why, "P800-FP", "31 CFR 800.224 (802.221)", seen.used, needed
        )
    )
    return found


def _us_share(seen: Facts) -> tuple[float | None, bool]:
    """Equity that U.S. nationals ultimately hold, in percent, and whether it is a majority."""
    held = seen.number("entity.us_owned_pct")
    if held is not None:
        return held, held > 50.0
    if seen.get("entity.owned_by") in US_OWNERS:
        return 100.0, True
    holders = seen.records("entity.holders")
    ours = [h for h in holders if h.get("owned_by") in US_OWNERS]
    if ours:
        total = sum(float(h.get("pct") or 0.0) for h in ours)
        return total, total > 50.0
    foreign = seen.number("entity.foreign_owned_pct")
    if foreign is not None:
        return 100.0 - foreign, False
    return None, False


def _foreign_entity(seen: Facts) -> tuple[Answer | None, str, tuple[str, ...]]:
    place = seen.get("entity.organized_in")
    if place == "us":
        return False, "formed under U.S. law", ()
    if place is None:
        return None, "", ()
    held, majority = _us_share(seen)
    if majority:
        if seen.false("entity.us_ownership_demonstrated"):
            return True, "majority ownership by U.S. nationals cannot be shown", ()
        return False, f"U.S. nationals ultimately own {held:g} % of its equity, a majority", ()
    business = seen.get("entity.principal_place_of_business")
    if business == "us":
        return False, "formed abroad, but run from the United States", ()
    abroad = business is not None or seen.get("entity.operates_in") == "foreign_only"
    owned = seen.get("entity.owned_by") == "foreign_national"
    if abroad or (seen.states("entity.us_presence") and not seen.tokens("entity.us_presence")):
        if held is None and not owned:
            return (
                DEPENDS,
                "formed and run abroad; ultimate ownership is not stated",
                ("whether U.S. nationals ultimately own a majority of the equity",),
            )
        share = (
            "foreign nationals own it"
            if held is None
            else f"U.S. nationals own {held:g} %, no majority"
        )
        return True, f"formed and run abroad; {share}", ()
    return (
        DEPENDS,
        "formed abroad; the place it is run from is not stated",
        ("principal place of business or main trading place",),
    )


def _foreign_person(seen: Facts, entity: Answer | None) -> tuple[Answer, str, tuple[str, ...]]:
    controller = seen.get("entity.controlled_by")
    if controller in FOREIGN_CONTROLLERS or seen.get("entity.control_mechanism"):
        how = seen.get("entity.control_mechanism")
        by = (controller or "foreign person").replace("_", " ")
        return True, f"controlled by a {by}" + (f" ({how.replace('_', ' ')})" if how else ""), ()
    if entity is True:
        return True, "a foreign entity", ()
    if seen.get("entity.owned_by") == "foreign_national":
        return True, "owned by a foreign national, who can control it", ()
    foreign = seen.number("entity.foreign_owned_pct") or 0.0
    scattered = seen.get("entity.foreign_holders") == "numerous_unrelated_equal"
    concert = seen.true("entity.acts_in_concert")
    ours = [h for h in seen.records("entity.holders") if h.get("owned_by") in US_OWNERS]
    if controller == "none" or any(h.get("controls") for h in ours):
        if foreign and concert:
            return (
                DEPENDS,
                "foreign holders act together",
                ("whether together they can control it",),
            )
        return (entity if entity is not None else False), "no foreign person controls it", ()
    if foreign >= 50.0 and (concert or not scattered):
        text = f"foreign persons hold {foreign:g} % of the equity"
        return DEPENDS, text, ("whether one of them, or several together, can control it",)
    if scattered and not concert:
        return (
            (entity if entity is not None else False),
            "foreign holders are scattered and unrelated",
            (),
        )
    if seen.get("entity.owned_by") in US_OWNERS or ours:
        return (entity if entity is not None else False), "owned by U.S. nationals", ()
    return DEPENDS, "who can control it is not stated", ("who can control the entity",)


def investor_foreign(facts: Facts) -> Finding:
    """Whether the investor is a foreign person, by premise or by what is stated of it."""
    seen = facts.follow()
    citation, rule = "31 CFR 800.224 (802.221)", "P800-FP"
    stated = seen.get("investor.foreign_person")
    ruled = any(
        h.get("controls") and h.get("foreign_person") for h in seen.records("investor.holders")
    )
    if stated is False and ruled:
        text = "stated to be no foreign person, yet a foreign holder controls it (800.224(b))"
        asks = ("whether the foreign holder controls the investor",)
        return Finding("investor_foreign_person", DEPENDS, text, rule, citation, seen.used, asks)
    if stated is not None:
        return Finding("investor_foreign_person", stated, "stated", rule, citation, seen.used)
    if seen.get("investor.became_foreign_by") == "earlier_acquisition":
        reason = "a U.S. company that a foreign person has acquired is a foreign person"
        return Finding("investor_foreign_person", True, reason, rule, citation, seen.used)
    if seen.get("investor.owner") == "foreign_national":
        reason = "owned by a foreign national"
        return Finding("investor_foreign_person", True, reason, rule, citation, seen.used)
    if ruled:
        return Finding(
            "investor_foreign_person",
            True,
            "a foreign holder controls it",
            rule,
            citation,
            seen.used,
        )
    if seen.get("investor.organized_in") == "foreign" or seen.true(
        "investor.foreign_government_substantial_interest"
    ):
        place = seen.get("investor.principal_place_of_business")
        if place not in (None, "us"):
            reason = "formed and run abroad; majority ownership by U.S. nationals is not shown"
            return Finding("investor_foreign_person", True, reason, rule, citation, seen.used)
    return Finding(
        "investor_foreign_person",
        DEPENDS,
        "the status of the investor is not stated",
        rule,
        citation,
        seen.used,
        ("whether the investor is a foreign person",),
    )


def co_investor_seated(seen: Facts) -> bool:
    """Whether a second foreign person in the deal gets seats on the board."""
    at = "investor.co_investor"
    return seen.true(f"{at}.foreign_person") and bool(seen.number(f"{at}.actual_board_seats"))


def investor_excepted(facts: Facts) -> Answer:
    """Whether the investor is an excepted investor (800.219); ``depends`` where not stated."""
    stated = facts.get("investor.excepted_investor")
    return DEPENDS if stated is None else bool(stated)


def government_findings(facts: Facts) -> list[Finding]:
    """Substantial interests (800.244): 25 % in the target, 49 % of a state in the investor."""
    found = []
    seen = facts.follow()
    votes = seen.number("deal.voting_interest_pct")
    if votes is not None and facts.states("investor"):
        enough = reaches(seen, votes, SUBSTANTIAL_PCT)
        text = f"{votes:g} % of the votes against 25 %, a conversion that counts included"
        found.append(
            Finding(
                "substantial_interest_in_target",
                enough,
                text,
                "M800-GOV",
                "31 CFR 800.244(a)",
                seen.used,
                () if isinstance(enough, bool) else ("whether the conversion counts now",),
            )
        )
    found += _government_interest(facts)
    return found


def _government_interest(facts: Facts) -> list[Finding]:
    seen = facts.follow()
    chain = links(seen.records("ownership"))
    governments = sorted({c.holder for c in chain if c.holder.startswith(GOVERNMENT)})
    key, citation = "government_substantial_interest", "31 CFR 800.244(b), (c)"
    if governments and any(c.entity == "investor" for c in chain):
        measured = "investor"
        if seen.true("investor.fund_managed_exclusively_by_gp"):
            # of an entity that a general partner runs, only the general partner counts
            measured = next((c.entity for c in chain if c.entity in GENERAL_PARTNERS), "")
        if not measured:
            text = "run by a general partner, in which the share of governments is not stated"
            needed = ("votes of one foreign state in the general partner",)
            return [Finding(key, DEPENDS, text, "M800-GOV", citation, seen.used, needed)]
        best = max(interest_pct(chain, name, measured) for name in governments)
        text = (
            f"looked through the chain, with a parent's interest as 100 %, one state has "
            f"{best:g} % of the votes in {measured.replace('gp', 'the general partner')} (49 %)"
        )
        also = {"government_interest_pct_in_investor": round(best, 6)}
        enough = best >= GOVERNMENT_PCT
        return [Finding(key, enough, text, "M800-GOV", citation, seen.used, also=also)]
    stated = seen.get("investor.foreign_government_substantial_interest")
    if stated is not None:
        return [Finding(key, stated, "stated", "M800-GOV", citation, seen.used)]
    return []


def fund_controllers(facts: Facts) -> list[Finding]:
    """Who controls a fund: who decides, not who has the larger share (800.208)."""
    seen = facts.follow()
    partners = seen.records("fund.partners")
    if not partners:
        return []
    sole = [p["name"] for p in partners if p.get("sole_authority")]
    # a veto of another is a right over the matter, whoever is called the sole authority
    names = [
        p["name"]
        for p in partners
        if p["name"] in sole
        or p.get("control_rights")
        or (p.get("role") == "general_partner" and not sole)
    ]
    reason = (
        f"{sole[0]} alone decides every important matter"
        if sole and names == sole
        else "general partners, and every partner with rights over important matters"
    )
    return [Finding("controllers", names, reason, "P800-CTRL", "31 CFR 800.208(a)", seen.used)]


def foreign_answer(findings: list[Finding], default: Answer = DEPENDS) -> Answer:
    """The answer on the investor among findings."""
    values = [f.answer for f in findings if f.conclusion == "investor_foreign_person"]
    return any_of(*values) if values else default
