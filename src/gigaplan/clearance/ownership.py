"""Chains of ownership: parents (800.235) and interests looked through (800.244(c))."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gigaplan.clearance.facts import Facts
from gigaplan.clearance.findings import Finding

PARENT_PCT = 50.0
GOVERNMENT = "foreign_government"


@dataclass(frozen=True)
class Link:
    """What one holder has in one entity, in percent of votes, of profits or on dissolution."""

    holder: str
    entity: str
    voting_pct: float = 0.0
    profit_pct: float = 0.0
    general_partner: bool = False

    @property
    def makes_parent(self) -> bool:
        """Half of votes or of profits, or the place of general partner (800.235(a))."""
        return self.general_partner or max(self.voting_pct, self.profit_pct) >= PARENT_PCT


def links(rows: Iterable[dict[str, Any]]) -> list[Link]:
    """Links of the rows of ``ownership``.

    A right not yet exercised (``basis: unexercised_warrants``) counts: a parent holds *or will
    hold* the interest (800.235(a)(1)).
    """
    return [
        Link(
            str(row["holder"]),
            str(row["entity"]),
            float(row.get("voting_pct") or 0.0),
            float(row.get("profit_pct") or 0.0),
            bool(row.get("general_partner")),
        )
        for row in rows
    ]


def faults(chain: Sequence[Link]) -> list[tuple[int | None, str, str]]:
    """Loops and holdings above 100 %: (number of the row or None, message, expectation)."""
    found: list[tuple[int | None, str, str]] = []
    for name, what in (("voting_pct", "votes"), ("profit_pct", "profits")):
        held: dict[str, float] = {}
        for link in chain:
            held[link.entity] = held.get(link.entity, 0.0) + getattr(link, name)
        for entity, total in held.items():
            if total > 100.0 + 1e-9:
                message = f"holders of {entity} have {total:g} % of its {what} together"
                found.append((None, message, "at most 100 % in all"))
    loop = _loop(chain)
    if loop:
        text = " holds ".join(loop)
        found.append((None, f"ownership loop: {text}", "chains that end with an owner"))
    return found


def _loop(chain: Sequence[Link]) -> list[str]:
    below: dict[str, list[str]] = {}
    for link in chain:
        below.setdefault(link.holder, []).append(link.entity)
    done: set[str] = set()
    for start in below:
        path = [start]
        stack = [iter(below.get(start, []))]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                done.add(path.pop())
                stack.pop()
            elif step in path:
                return [*path[path.index(step) :], step]
            elif step not in done:
                path.append(step)
                stack.append(iter(below.get(step, [])))
    return []


def parents(chain: Sequence[Link]) -> dict[str, list[str]]:
    """Every parent with the entities below it, directly or through parents (800.235(b))."""
    direct: dict[str, list[str]] = {}
    for link in chain:
        if link.makes_parent:
            direct.setdefault(link.holder, []).append(link.entity)
    out = {}
    for holder in direct:
        seen: list[str] = []
        queue = list(direct[holder])
        while queue:
            entity = queue.pop(0)
            if entity not in seen:
                seen.append(entity)
                queue += direct.get(entity, [])
        out[holder] = sorted(seen)
    return out


def below(chain: Sequence[Link], holder: str) -> set[str]:
    """Every entity in which a holder has anything, directly or through others."""
    seen: set[str] = set()
    queue = [holder]
    while queue:
        at = queue.pop()
        for link in chain:
            if link.holder == at and link.entity not in seen:
                seen.add(link.entity)
                queue.append(link.entity)
    return seen


def interest_pct(chain: Sequence[Link], holder: str, entity: str) -> float:
    """Votes of a holder in an entity in percent, looked through (800.244(c)).

    What a parent holds counts as 100 %; everything else is multiplied down the chain, and what
    comes by several ways is added.
    """
    total = 0.0
    for link in chain:
        if link.entity != entity:
            continue
        if link.holder == holder:
            total += link.voting_pct
        else:
            share = 100.0 if link.makes_parent else link.voting_pct
            total += share * interest_pct(chain, holder, link.holder) / 100.0
    return min(total, 100.0)


def ownership_findings(facts: Facts) -> list[Finding]:
    """Parents and non-parents among the stated holders."""
    seen = facts.follow()
    chain = links(seen.records("ownership"))
    if not chain:
        return []
    known = parents(chain)
    others = {}
    held = {link.entity for link in chain}
    # of parents and of those at the top of a chain; those in between say nothing more
    for holder in sorted(h for h in {link.holder for link in chain} if h in known or h not in held):
        rest = sorted(below(chain, holder) - set(known.get(holder, [])))
        if rest:
            others[holder] = rest
    text = "; ".join(f"{p} of {', '.join(e)}" for p, e in known.items()) or "nobody"
    return [
        Finding(
            "parents",
            known,
            f"half or more of votes, profits or liquidation rights, through parents: {text}",
            "P800-PARENT",
            "31 CFR 800.235 (802.229)",
            seen.used,
            also={"not_parents": others},
        )
    ]
