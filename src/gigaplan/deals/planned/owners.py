"""Owners of a plan's company: shares, preferred before common, political splits, taxes withheld."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gigaplan.deals.planned.money import Holding, Person

if TYPE_CHECKING:
    from gigaplan.deals.planned.company import Case

US_SIDE = "US side of the frameworks"
CONTROL = 0.5  # of the votes: a controlled commercial entity (26 USC 892(a)(2)(B))


def owners(case: Case, held: list[Holding], known: dict[str, Person]) -> dict[str, Any]:
    """Investors and waterfall: preferred until each has its return, then common by capital."""
    owned = [h for h in held if h.equity or h.instrument == "grant"]
    amounts = _nominal(case, owned)
    whole = {i: sum(x[i] for x in amounts.values() if i in x) for i in {h.item for h in owned}}
    groups: dict[str, list[Holding]] = {}
    for h in owned:
        groups.setdefault(_label(h), []).append(h)
    paid = {n: sum(amounts[n].values()) for n in groups}
    common = {n: paid[n] for n, hs in groups.items() if hs[0].instrument in ("common", "fund")}
    preferred = [n for n, hs in groups.items() if hs[0].instrument == "preferred"]
    last = common or {n: paid[n] for n in preferred} or paid
    votes = {n: x for n, x in common.items() if groups[n][0].instrument == "common"}
    investors = [
        _investor(case, k, n, hs, {i: x / whole[i] for i, x in amounts[n].items()}, known,
                  votes.get(n, 0.0) / sum(common.values()) if common else 0.0, n in last)
        for k, (n, hs) in enumerate(groups.items())
    ]  # fmt: skip
    if any(hs[0].sharing for hs in groups.values()):
        investors.append({"name": US_SIDE, "supports": False})
    tiers: list[dict[str, Any]] = []
    if preferred and common:
        each = {n: _asked(case, groups[n]) for n in preferred}
        tiers.append({"name": "Preferred", "until": {"each": each}})
    total = sum(last.values())
    split = {n: x / total for n, x in last.items()}
    tiers.append({"name": "Common", "split": split})
    return {"investors": investors, "waterfall": tiers}


def _label(h: Holding) -> str:
    return f"{h.investor}, {h.instrument}"


def _nominal(case: Case, owned: list[Holding]) -> dict[str, dict[str, float]]:
    """Amounts in money of the day by owner and item."""
    growth = {}
    for item in case.built.costs:
        draws = case.v.draws(item.asset_class, case.built.year)
        growth[item.name] = sum(s * case.grown(c) for c, s in draws.items())
    found: dict[str, dict[str, float]] = {}
    for h in owned:
        mine = found.setdefault(_label(h), {})
        mine[h.item] = mine.get(h.item, 0.0) + h.amount * growth[h.item]
    return found


def _asked(case: Case, holdings: list[Holding]) -> float:
    whole = sum(h.amount for h in holdings)
    return sum(h.amount * case.nominal(h.real_return) for h in holdings) / whole


def _investor(
    case: Case, k: int, name: str, holdings: list[Holding], funds: dict[str, float],
    known: dict[str, Person], votes: float, supports: bool,
) -> dict[str, Any]:  # fmt: skip
    """One owner's entry, with what is withheld from it."""
    first, place = holdings[0], f"investors.{k}"
    person = known[first.investor]
    rate = case.terms.withholding(first.investor, person.country)
    asked = _asked(case, holdings)
    for item in funds:
        case.sources[f"{place}.funds.{item}"] = f"plan: stake of {name} in {item}"
    out: dict[str, Any] = {
        "name": name, "owner": first.investor, "funds": funds, "supports": supports,
        "required_return": asked, "withholding": case.take(f"{place}.withholding", rate),
        "withheld_from": "profit",
    }  # fmt: skip
    if person.sovereign:
        # exempt but where it controls a commercial business
        out |= {"sovereign": True, "commercial_share": 1.0 if votes >= CONTROL else 0.0}
        case.sources[f"{place}.commercial_share"] = f"26 USC 892; share of votes {votes:.1%}"
    if first.instrument == "fund":
        fee = case.terms.fund_fee
        out["management_fee"] = case.take(f"{place}.management_fee", fee)
        out["required_return"] = asked - fee.value
    if first.sharing is not None:
        out["sharing"] = {"first": first.sharing[0], "after": first.sharing[1], "to": US_SIDE}
        case.sources[f"{place}.sharing.first"] = "plan: political split of the investor"
    return out
