"""The clearance engine's answers as bounds, delays and costs of the capital layer.

For each foreign investor, class and state the engine tells what share of the votes is open without
a filing, with a declaration and with a notice.  Two routes follow: what needs no filing can be held
at once; what is held beyond it waits for the review of the heaviest filing that the programme is
ready to make.  Holdings of one state's investors are added (anti-evasion, 31 CFR 800.213(d)).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, NamedTuple

from gigaplan.clearance.screening import Investor as Person
from gigaplan.clearance.screening import Limits
from gigaplan.clearance.screening import screen as review
from gigaplan.inputs.capital_terms import CONTROLLED, Screen
from gigaplan.programme.roster import Investor, Roster
from gigaplan.programme.states import STATES

ORDER = {"none": 0, "declaration": 1, "notice": 2}
KINDS = {
    "sovereign_fund": "fund", "infrastructure_fund": "fund", "venture_capital": "fund",
    "pension": "fund", "government": "government", "debt_market": "bank",
}  # fmt: skip


def person(roster: Roster, name: str) -> Person:
    """An investor of the roster as the engine knows it; its owners become a chain."""
    investor = roster.investors[name]
    chain: list[dict[str, Any]] = []
    if not investor.governments:
        queue = [(name, "investor")]
        while queue:
            at, label = queue.pop()
            for owner, share in roster.investors[at].owned_by.items():
                chain.append({"holder": owner, "entity": label, "voting_pct": 100 * share})
                queue.append((owner, owner))
            if at != name:
                chain += [
                    {"holder": f"foreign_government:{c}", "entity": label, "voting_pct": 100 * s}
                    for c, s in roster.investors[at].governments.items()
                    if c != "US"
                ]
    return Person(
        name,
        investor.country,
        KINDS.get(investor.kind, "corporation"),
        {c: 100 * s for c, s in investor.governments.items()},
        tuple(chain),
    )


def asset_of(asset_class: str) -> str:
    """The engine's name of a class of capital."""
    names = {"corridors": "corridor", "fabs": "fab", "equipment": "generation"}
    return names.get(asset_class, asset_class)


class Reviewed(NamedTuple):
    """What the engine says of a person, a class of assets and a state, whatever the programme."""

    limits: Limits
    rows: list[dict[str, Any]]


Reviews = dict[Hashable, Reviewed]


class Screens:
    """What clearance allows by investor, class and zone, as strict as the zone's strictest state.

    Parameters
    ----------
    rules : the section ``capital.clearance``
    constants : constants of the atlas
    zone_states : states of each zone
    reviews : what the engine has said of persons, in this or other programmes; added to
    """

    def __init__(
        self,
        roster: Roster,
        rules: Any,
        constants: Mapping[str, float],
        zone_states: Mapping[str, tuple[str, ...]],
        reviews: Reviews | None = None,
    ):
        self._rules, self._constants, self._zone_states = rules, constants, zone_states
        self._people = {name: person(roster, name) for name in roster.investors}
        self._foreign = {name: p.foreign for name, p in self._people.items()}
        self._stately = {
            name: p.government_pct >= 100 * CONTROLLED for name, p in self._people.items()
        }
        self._kinds, self._free = cache(asset_kind), Screen()
        self._twin, self._in_zone = cache(self._first_alike), cache(self._strictest)
        self._one, self._key = cache(self._made), cache(self._key_of)
        self._reviews = {} if reviews is None else reviews

    def __eq__(self, other: object) -> bool:
        """Whether the other gives the same answers to every question."""
        return isinstance(other, Screens) and (
            (self._people, self._rules, self._constants, self._zone_states)
            == (other._people, other._rules, other._constants, other._zone_states)
        )

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, investor: Investor, asset_class: str, zone: str) -> Screen:
        """The screen of an investor for a class of capital in a zone."""
        if not self._foreign[investor.id]:
            return self._free
        return self._in_zone(self._twin(investor.id), self._kinds(asset_class), zone)

    def _first_alike(self, name: str) -> str:
        """Who is alike to the engine is screened once."""
        return next(n for n, p in self._people.items() if _same(p, self._people[name]))

    def _strictest(self, name: str, kind: str, zone: str) -> Screen:
        law = _laws(self._people[name].country, self._stately[name])
        states = sorted({law[s] for s in self._zone_states[zone]})
        found = [self._one(name, kind, s) for s in states]
        return min(found, key=lambda s: (s.voting_share, s.free_share, s.lend))

    def _made(self, name: str, kind: str, state: str) -> Screen:
        key = self._key(name), kind, state
        if key not in self._reviews:
            made = review(self._people[name], kind, state=state)
            self._reviews[key] = Reviewed(made.limits, made.rows)
        return _screen(self._reviews[key], self._rules, self._constants)

    def _key_of(self, name: str) -> Hashable:
        """The same for persons whose every fact is the same."""
        who = self._people[name]
        chain = tuple(tuple(sorted(link.items())) for link in who.ownership)
        return who.name, who.country, who.kind, tuple(sorted(who.governments.items())), chain


def asset_kind(asset_class: str) -> str:
    """The engine's asset class of a class of capital."""
    from gigaplan.clearance.structures import asset_class as kind_of

    return kind_of(asset_of(asset_class))


def _same(a: Person, b: Person) -> bool:
    return (a.country, a.kind, a.governments, a.ownership) == (
        b.country,
        b.kind,
        b.governments,
        b.ownership,
    )


@cache
def _laws(country: str, government: bool) -> dict[str, str]:
    """State -> the first state with the same land law as far as it reaches such an investor."""
    from gigaplan import atlas

    table = atlas.table("state_land_laws").set_index("state").to_dict("index")

    def reach(state: str) -> tuple[object, ...]:
        if state not in table:
            return ()
        law = table[state]
        listed = str(law["countries"]).split(";")
        hit = "all" in listed or country in listed or ("all_governments" in listed and government)
        hit = hit or (country in ("HK", "MO") and "CN" in listed)
        flags = [str(law[name]) for name in ("farm_land", "other_land", "near_military")]
        return ("all" in listed, *flags) if hit else ()

    first: dict[tuple[object, ...], str] = {}
    return {state: first.setdefault(reach(state), state) for state in sorted(STATES)}


def _screen(found: Reviewed, rules: Any, constants: Mapping[str, float]) -> Screen:
    """Bounds of one screening under the filings that the programme is ready to make."""
    limits = found.limits
    rows = {str(row["structure"]): row for row in found.rows}
    fund, lender = rows["fund_partner"], rows["lender"]
    free = limits.without_filing / 100
    most = {
        "none": free,
        "declaration": limits.with_declaration / 100,
        "notice": limits.with_notice / 100,
    }
    most_share = most[rules.filings]
    filing, days, days_most, mitigation = "", 0.0, 0.0, "none"
    if most_share > free:
        filing = "notice" if most_share > most["declaration"] else "declaration"
        due = [r for r in found.rows if r["filing"] == filing]
        row = ([r for r in due if r["max_share_pct"] > 100 * free] or due)[-1]
        days, days_most, mitigation = (
            float(row["days"]),
            float(row["days_most"]),
            str(row["mitigation"]),
        )
    if rules.known_investors:
        days *= constants["fast_track_share_of_days"]
    cost = constants["mitigation_cost_medium"] * (mitigation == "medium")
    cost += constants["mitigation_cost_high"] * (mitigation == "high")
    barred = limits.status == "never"
    fund_open = not barred and ORDER.get(str(fund["filing"]), 9) <= ORDER[rules.filings]
    why = "; ".join(
        dict.fromkeys(str(rows[s]["citations"]) for s in ("minority_with_rights", "control"))
    )
    reason = (
        f"clearance: {free:.1%} without a filing, {most['declaration']:.0%} with a declaration, "
        f"{most['notice']:.0%} with a notice ({why or limits.reason})"
    )
    return Screen(
        voting_share=0.0 if barred else most_share,
        free_share=0.0 if barred else free,
        equity_share=1.0 if fund_open else (0.0 if barred else most_share),
        fund_open=fund_open,
        lend=str(lender["filing"]) != "barred",
        filing=filing,
        delay_days=days,
        days_most=days_most,
        mitigation=mitigation,
        yearly_cost=cost if filing else 0.0,
        fee_share=constants["filing_cost_share"] if filing else 0.0,
        reason=f"clearance: {limits.reason}" if barred else reason,
    )
