"""Covered transactions under part 800: control, investment, change of rights, evasion."""

from __future__ import annotations

from gigaplan.clearance.businesses import greenfield
from gigaplan.clearance.contingent import converted
from gigaplan.clearance.control import PASSIVE_PCT, contract_only, votes_after
from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import DEPENDS, POSSIBLE, Answer, Finding, all_of, any_of, word
from gigaplan.clearance.lending import equity_like, in_default, syndicate
from gigaplan.clearance.persons import co_investor_seated

OPERATING = ("safety_functions", "security_functions")
MONITORING = "ongoing_compliance_monitoring"
LONG_YEARS, SHORT_YEARS = 20.0, 5.0  # the text has no number; between them it is open
Verdict = tuple[Answer, str, tuple[str, ...]]


def transaction(facts: Facts) -> Finding:
    """Whether the deal is a transaction at all (800.249)."""
    seen = facts.follow()
    value, reason, needed = _transaction(seen)
    return Finding("transaction", value, reason, "J800-TRANS", "31 CFR 800.249", seen.used, needed)


def _transaction(seen: Facts) -> Verdict:
    kind = seen.get("deal.type")
    if kind == "concession" or (kind == "lease" and not seen.states("real_estate")):
        return _concession(seen, str(kind))
    if seen.tokens("deal.control_rights"):
        return True, "rights over important matters are acquired", ()
    if contract_only(seen):
        return False, f"a {str(kind).replace('_', ' ')} acquires no interest in the business", ()
    if greenfield(seen):
        return False, "a start from scratch acquires no interest in a business", ()
    if kind == "stock_split" and not any(
        seen.get(f"deal.{name}") for name in ("new_rights", "controlling", "could_control")
    ):
        return False, "a pro-rata split acquires nothing", ()
    if kind == "loan":
        if equity_like(seen) or in_default(seen):
            return True, "a loan with rights like equity, or in default, is more than a loan", ()
        votes = seen.number("deal.voting_interest_pct") or 0.0
        more = votes > (seen.number("deal.voting_interest_pct_before") or 0.0)
        if seen.states("deal.contingent"):
            return True, "the loan brings a contingent equity interest", ()
        if more or seen.true("deal.controlling") or seen.true("deal.could_control"):
            return True, "votes or control go with the loan", ()
        return False, "a loan is no acquisition of an interest", ()
    return True, "an interest, rights, assets or a venture are acquired", ()


def _concession(seen: Facts, kind: str) -> Verdict:
    """A long lease or concession counts where the operator decides as if it were the owner.

    What the grantor is not stated to keep, it does not keep.  Monitoring, penalties and
    termination for breach alone leave the decisions with the operator; safety and security
    functions together with ongoing monitoring do not, whatever the term (800.249(d)), and without
    it they do not unless the term is so long that it is a question of fact.
    """
    kept, term = seen.tokens("deal.grantor_retains"), seen.number("deal.term_years")
    long = seen.get("deal.long_term")
    if long is None and term is not None:
        long = True if term >= LONG_YEARS else False if term < SHORT_YEARS else None
    listed = ", ".join(kept).replace("_", " ") or "nothing"
    length = f"{kind} of {term:g} years" if term is not None else kind
    operating = any(k in OPERATING for k in kept)
    if operating and (long is not True or MONITORING in kept):
        return False, f"{length}: the grantor keeps {listed}; the operator is no owner", ()
    if operating:
        text = f"a long {length}, but the grantor keeps {listed}"
        return DEPENDS, text, ("whether the operator makes substantially all decisions",)
    if long is True:
        return True, f"a long {length}: the operator decides as an owner; {listed} is kept", ()
    if long is False:
        return (
            DEPENDS,
            f"a short {length}",
            ("whether the operator decides as if it were the owner",),
        )
    if kept:
        return True, f"the operator decides as an owner would; the grantor keeps {listed}", ()
    return DEPENDS, f"a {length}", ("its term, and the functions that the grantor keeps",)


def incremental_exempt(facts: Facts) -> tuple[Answer, str]:
    """Whether 800.305 exempts a further step after a cleared control transaction.

    Where the person cleared takes part beside another foreign person, or an owner common to both
    keeps control through a sister company, the later step "may be" covered: ``possible``.
    """
    cleared = facts.get("deal.prior_cleared")
    if cleared is None:
        return False, ""
    if cleared != "covered_control_transaction":
        return False, "what was cleared was no control transaction"
    related = facts.get("deal.acquirer_relation_to_prior")
    same = facts.get("deal.acquirer_same_as_prior")
    if facts.false("deal.prior_control_direct"):
        return False, "the control cleared was not acquired directly"
    if facts.true("deal.other_foreign_party") and not (same is False and related is None):
        return POSSIBLE, "another foreign person is party, so the later step may be covered"
    owned = facts.get("deal.acquirer_wholly_owned_by_prior_acquirer")
    if owned is True or (same is True and related is None):
        if facts.get("deal.prior_control_direct") is None:
            return DEPENDS, "whether the control cleared was direct is not stated"
        return True, "direct control by the same person, or one it wholly owns, was cleared"
    if same is None and owned is None and related is None:
        return DEPENDS, "who acquired before is not stated"
    if related == "sister_company_same_parent":
        return POSSIBLE, "a sister of the person cleared acquires, so the later step may be covered"
    return False, "the acquirer is neither the person cleared nor wholly owned by it"


def control_transaction(
    facts: Facts, foreign: Answer, business: Answer, control: Answer, passive: Answer
) -> Finding:
    """Whether the deal could result in foreign control of a U.S. business (800.210)."""
    seen = facts.follow()

    def finding(
        value: Answer,
        reason: str,
        rule: str = "J800-CCT",
        cite: str = "800.210, 800.301",
        *needed: str,
    ) -> Finding:
        return Finding(
            "covered_control_transaction", value, reason, rule, f"31 CFR {cite}", seen.used, needed
        )

    if foreign is False:
        return finding(False, "the investor is not a foreign person")
    if business is False:
        return finding(False, "no U.S. business is acquired", "J800-ASSET", "800.252, 800.302(c)")
    kind = seen.get("deal.type")
    gains = any(
        seen.get(f"deal.{name}")
        for name in ("new_rights", "control_rights", "controlling", "could_control")
    )
    if kind == "stock_split" and not gains:
        return finding(False, "a pro-rata split changes no control", "J800-SPLIT", "800.302(a)")
    if seen.true("deal.underwriting") or seen.true("deal.insurance_contract"):
        text = "held as an underwriter or under an insurance contract, in the ordinary course"
        return finding(False, text, "J800-ORDINARY", "800.302(d), (e)")
    more = equity_like(seen) or seen.states("deal.contingent") or seen.get("deal.control_rights")
    if kind == "loan" and syndicate(seen) and not more:
        text = "on default the lender of a syndicate cannot act on its own"
        return finding(False, text, "J800-SYND", "800.306(c)")
    is_transaction, why, needed = _transaction(seen)
    exempt, reason = incremental_exempt(seen)
    if exempt is True:
        return finding(False, reason, "J800-INCR", "800.305")
    votes = votes_after(seen)
    counts = converted(seen, PASSIVE_PCT)
    small = votes is not None and votes <= PASSIVE_PCT and (counts is None or counts[1] is False)
    if passive is True and small:
        text = f"{votes:g} % of the votes, solely for passive investment"
        return finding(False, text, "J800-PASSIVE", "800.302(b), 800.243")
    if kind == "loan" and control is not True:
        cite = "800.306"
        if control is False and not in_default(seen):
            return finding(False, "a loan gives no control before default", "J800-LOAN", cite)
        after = "after default" if in_default(seen) else "on conversion"
        return finding(control, after, "J800-LOAN", cite, "how likely it is that control passes")
    value = all_of(foreign, business, control, is_transaction, _not_yet(exempt))
    open_ = {
        "whether the investor is a foreign person": foreign,
        "whether there is a U.S. business": business,
        "whether the investor could control it": control,
        **{text: is_transaction for text in needed},
        reason: exempt,
    }
    asks = tuple(text for text, answer in open_.items() if text and not isinstance(answer, bool))
    if is_transaction is False:
        return finding(False, why, "J800-TRANS", "800.249")
    if value is True:
        passes = seen.get("target.current_controller") == "foreign_person"
        text = "control passes from one foreign person to another"
        return finding(True, text if passes else "a foreign person could control a U.S. business")
    if control is False:
        return finding(False, "no control could result")
    return finding(value, "open", "J800-CCT", "800.210, 800.301", *asks)


def _another_party(seen: Facts) -> bool:
    """Whether someone other than the person cleared for control takes part in a later step."""
    if seen.get("deal.prior_cleared") != "covered_control_transaction":
        return False
    return (
        seen.true("deal.other_foreign_party")
        or seen.false("deal.acquirer_same_as_prior")
        or (seen.get("deal.acquirer_relation_to_prior") is not None)
    )


def _not_yet(exempt: Answer) -> Answer:
    return True if exempt is False else exempt


def covered_transaction(
    facts: Facts, foreign: Answer, business: Answer, control_deal: Answer, investment: Answer
) -> Finding:
    """Whether the deal is a covered transaction of any kind (800.213), and on which basis."""
    seen = facts.follow()
    also: dict[str, object] = {}
    if seen.get("deal.committee_finding") == "no_control_and_no_covered_investment_possible":
        also["not_covered"] = True
        return Finding(
            "covered_transaction",
            False,
            "the Committee finds that section 721 does not apply",
            "J800-CCT",
            "31 CFR 800.213, 800.504(c)",
            seen.used,
            also=also,
        )
    if seen.true("deal.evasion_intent"):
        # a front person and bare assets are what such a device looks like: never a flat no
        parts = (POSSIBLE if part is False else part for part in (foreign, business))
        value = all_of(*parts)
        also["coverage_basis"] = "evasion"
        text = "structured to escape section 721; what it would be without the device is judged"
        return Finding(
            "covered_transaction",
            value,
            text,
            "J800-EVADE",
            "31 CFR 800.213(d)",
            seen.used,
            () if value is True else ("who and what stand behind the structure",),
            also=also,
        )
    exempt, reason = incremental_exempt(seen)
    if exempt is True:
        return Finding(
            "covered_transaction", False, reason, "J800-INCR", "31 CFR 800.305", seen.used
        )
    value = any_of(control_deal, investment)
    if value is False and business is not False and co_investor_seated(seen):
        text = "another foreign person in the deal has seats on the board"
        asks = ("what that person can decide, its status, and whether the business is TID",)
        return Finding(
            "covered_transaction", POSSIBLE, text, "J800-CCT", "31 CFR 800.213", seen.used, asks
        )
    if value is False and _another_party(seen):
        text = "a foreign person other than the one cleared is party: the later deal may be covered"
        asks = ("what the other foreign person can decide, alone or with the one cleared",)
        return Finding(
            "covered_transaction", POSSIBLE, text, "J800-INCR", "31 CFR 800.305", seen.used, asks
        )
    rule, citation = "J800-CCT", "31 CFR 800.213"
    if seen.get("deal.type") == "change_in_rights" and not seen.states("real_estate"):
        rule, citation = "J800-RIGHTS", "31 CFR 800.213(c)"
        if value is not False:
            also["coverage_basis"] = "change_in_rights"
    kinds = {"covered control transaction": control_deal, "covered investment": investment}
    reason = "; ".join(f"{name}: {word(answer)}" for name, answer in kinds.items())
    needed = tuple(name for name, answer in kinds.items() if not isinstance(answer, bool))
    needed = needed if not isinstance(value, bool) else ()
    return Finding(
        "covered_transaction", value, reason, rule, citation, seen.used, needed, also=also
    )
