"""Rules beside those of the facts table, in our own words."""

from __future__ import annotations


def _rule(
    rule_id: str,
    title: str,
    condition: str,
    consequence: str,
    citation: str,
    part: str = "800",
    thresholds: str = "",
    note: str = "",
) -> dict[str, str]:
    return {
        "rule_id": rule_id,
        "regime": f"CFIUS Part {part}",
        "title": title,
        "condition": condition,
        "consequence": consequence,
        "thresholds": thresholds,
        "citation": citation,
        "note": note,
    }


RULES = [
    _rule(
        "P800-USB",
        "US business",
        "Any entity, whatever the nationality of those who control it, engaged in interstate "
        "commerce in the United "
        "States; a branch, a division, or assets run as an undertaking count as an entity",
        "Its acquisition can be covered",
        "31 CFR 800.252; 800.217",
        note="Selling or licensing into the United States without people or assets there is not "
        "enough; dormant or "
        "bankrupt operations that can be taken up again still are one",
    ),
    _rule(
        "P800-PPB",
        "Principal place of business",
        "Where management directs, controls or coordinates the entity (for a fund: where the "
        "general partner does); a "
        "place abroad given in the latest filing to a government counts unless a later move is "
        "shown",
        "Decides foreign entity and export-authorisation tests",
        "31 CFR 800.239",
    ),
    _rule(
        "J800-TRANS",
        "Transaction",
        "Merger, acquisition of an ownership interest or of proxies, conversion, joint venture, "
        "investment, or a long "
        "lease or concession under which the operator decides substantially everything as if it "
        "were the owner",
        "Only a transaction can be covered",
        "31 CFR 800.249; 800.227",
        note="A grantor that keeps safety and security functions keeps decisions; monitoring, "
        "penalties and "
        "termination for breach do not",
    ),
    _rule(
        "J800-SPLIT",
        "Stock split or pro-rata dividend",
        "Shares change in number, not in proportion, and bring no right",
        "Neither control transaction nor covered investment",
        "31 CFR 800.302(a); 800.304(e)",
    ),
    _rule(
        "J800-ORDINARY",
        "Underwriters and insurers in the ordinary course",
        "Securities are acquired by a person acting as underwriter, or under a fidelity, surety or "
        "casualty insurance contract, in the ordinary course of business",
        "Not a covered control transaction",
        "31 CFR 800.302(d), (e); 800.304(d)",
    ),
    _rule(
        "M800-X-AIR",
        "Exemption: certificated air carriers",
        "The target is an air carrier with a certificate under 49 U.S.C. 41102",
        "No covered investment, and no mandatory declaration of a control transaction",
        "31 CFR 800.211(c); 800.401(d)(2), (e)(5)",
        note="Paragraph numbers of 800.401 from memory",
    ),
    _rule(
        "J800-MNPTI",
        "Material nonpublic technical information",
        "Not public, and about design, location or operation of covered infrastructure, or "
        "needed to design, make, test "
        "or develop a critical technology; financial information on performance is not",
        "Access is a trigger right of a covered investment",
        "31 CFR 800.232; 800.211(b)(1)",
    ),
    _rule(
        "J800-DECIDE",
        "Involvement in substantive decisionmaking",
        "Consultation, advice, approval, veto, a place on a deciding committee, or a say in "
        "choosing those who decide, "
        "on matters such as pricing, contracts, supply, strategy, R&D, access, security and "
        "data practice; not "
        "administrative decisions",
        "A trigger right of a covered investment",
        "31 CFR 800.229; 800.245; 800.211(b)(3)",
    ),
    _rule(
        "M800-COMPLETE",
        "Completion date",
        "First transfer of any ownership or contingent interest, or change in rights",
        "Deferring rights does not move it",
        "31 CFR 800.206",
    ),
    _rule(
        "N800-OTHER",
        "Notice lists filings with other agencies",
        "A filing with, or report to, another federal agency on the deal has been or will be made",
        "The notice names it",
        "31 CFR 800.502(c)(1), (d)",
    ),
    _rule(
        "N800-REJECT",
        "Rejection and deferral",
        "A notice does not comply, the transaction changes materially, what comes to light "
        "contradicts it, or answers "
        "are late",
        "Staff Chairperson may reject, and before the review starts may defer its start",
        "31 CFR 800.503(a); 800.504(a)",
        note="802.504 likewise",
    ),
    _rule(
        "N800-CHANGE",
        "Material change",
        "The transaction changes materially after the notice",
        "May be rejected",
        "31 CFR 800.504(a)(2)(i)",
    ),
    _rule(
        "N800-ADVICE",
        "Not subject to section 721",
        "The Committee finds that the deal is no covered transaction",
        "The parties are told in writing",
        "31 CFR 800.504(c)",
    ),
    _rule(
        "T800-WHICH",
        "Which version of the text applies",
        "First of: completion, binding agreement on the material terms, public offer, proxy "
        "solicitation or conversion "
        "request: before 2020-02-13 older text; to 2020-10-14 the industry test for critical "
        "technology; from "
        "2020-10-15 the export-authorisation test; from 2024-12-26 the amended procedure and "
        "penalties whatever the date",
        "The engine applies the text in force from 2024-12-26, and the industry test where it held",
        "31 CFR 800.104; 802.104",
    ),
    _rule(
        "R802-LEASE",
        "Lease",
        "Possession of real estate is conveyed for a time and for consideration",
        "A permission to pass or to use, with the owner keeping possession, is none",
        "31 CFR 802.226",
        "802",
    ),
    _rule(
        "R802-BUY",
        "Purchase",
        "Ownership is conveyed for consideration of any kind, money or not",
        "Counts as a purchase",
        "31 CFR 802.234",
        "802",
    ),
    _rule(
        "R802-RIGHT",
        "Property right",
        "A right, exclusive or shared: to access, to exclude others, to improve or develop, to "
        "attach fixed structures; "
        "permits may be pending",
        "Three of the four are needed",
        "31 CFR 802.233",
        "802",
    ),
    _rule(
        "R802-HOUSE",
        "Exception: single housing unit",
        "One housing unit with fixtures and adjacent land as far as incidental and usual in its "
        "neighbourhood",
        "Excepted",
        "31 CFR 802.216(d)",
        "802",
    ),
    _rule(
        "S-MARGIN",
        "Margin on distances to listed installations",
        "The list has one point an installation, the rule measures from the boundary; a margin "
        "of 5 miles is taken for "
        "installations of part 1 and of 15 miles for those of part 2",
        "Within limit: yes; within limit and margin: depends; beyond: no, as far as listed",
        "gigaplan",
        "802",
        thresholds="5 miles; 15 miles",
        note="The margins are a judgement, not law",
    ),
    _rule(
        "S-MITIGATION",
        "Likelihood of mitigation",
        "Class by what the investor is and gets: low for excepted investors and passive "
        "holdings, medium for rights "
        "in or control of an ordinary business, high for governments with rights in or control "
        "of a TID business",
        "A class, not a forecast; about 8 % of notices of 2024 ended in mitigation",
        "gigaplan; CFIUS annual report CY2024",
        note="A judgement on base rates of T800-STAT",
    ),
]
