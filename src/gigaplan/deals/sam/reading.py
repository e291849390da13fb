"""Checks of a case in SAM's names: every fault at once, nothing ignored without a word."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

from gigaplan.deals.sam.case import SamCase
from gigaplan.deals.sam.declaration import MODELS, Declared, declared
from gigaplan.errors import InputError, Problem

HOURS = 8760
_HOURLY = ("gen", "gen_purchases", "dispatch_factors_ts", "system_pre_curtailment_kwac")


def sam_case(
    model: str, name: str, source: str, given: Mapping[str, Any], missing_is_zero: bool = False
) -> SamCase:
    """A checked case.

    ``missing_is_zero``: inputs that are left out are zero, as in a listing of nonzero inputs;
    otherwise they have the default of the declaration. Raises InputError with every fault.
    """
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    short = MODELS[model][0]
    for key, value in given.items():
        d = declared().get(key)
        if d is None:
            near = difflib.get_close_matches(key, declared(), n=1)
            problems.append(
                Problem(source, key, "is not an input of SAM's financial models",
                        remedy=f"did you mean {near[0]}?" if near else "remove it")
            )  # fmt: skip
            continue
        if d.status == "inert":
            continue
        if d.status != "modelled" or short not in d.models:
            if _nonzero(value):
                reason = "is not modelled" if d.status != "modelled" else f"is no input of {model}"
                problems.append(
                    Problem(source, key, f"{reason} ({d.label}) and is not zero",
                            remedy="set it to 0 or remove it")
                )  # fmt: skip
            continue
        checked = _checked(d, value, source, problems)
        if checked is not None:
            values[key] = checked
    for d in declared().values():
        if d.status != "modelled" or short not in d.models or d.name in values:
            continue
        if d.default == "required" and not missing_is_zero:
            problems.append(Problem(source, d.name, "is missing", expected=f"{d.label} [{d.unit}]"))
        elif missing_is_zero and d.default not in ("", "required"):
            values[d.name] = _ZERO_DEFAULTS.get(d.name, 0.0)
    case = SamCase(model, name, source, values)
    faulty = {p.field for p in problems}
    if "annual_energy" in faulty:
        faulty.add("gen")  # which would be said to be missing
    if "analysis_period" not in faulty:
        problems += [p for p in _together(case) if p.field not in faulty]
    if problems:
        raise InputError(problems)
    return case


_ZERO_DEFAULTS = {"ppa_multiplier_average": 1.0, "ppa_multiplier_purchases": 1.0}


def _nonzero(value: Any) -> bool:
    if value is None or isinstance(value, str):
        return bool(value)
    if isinstance(value, Mapping):
        return _nonzero(value.get("constant_array"))
    if isinstance(value, list | tuple):
        return any(_nonzero(v) for v in value)
    return bool(value != 0)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def _checked(d: Declared, value: Any, source: str, problems: list[Problem]) -> Any:
    """The value in the declared form; None after a fault was noted."""

    def fault(message: str, expected: str) -> None:
        problems.append(Problem(source, d.name, message, expected=expected))

    if isinstance(value, Mapping):
        constant = d.name in _HOURLY and set(value) == {"constant_array", "length"}
        if constant and _number(value["constant_array"]) is not None and _number(value["length"]):
            return dict(value)
        fault(f"is {value!r}", "a list, or {constant_array: kW, length: hours}")
        return None
    if d.kind == "table":
        rows = value if isinstance(value, list | tuple) else []
        if not rows or any(
            not isinstance(r, list | tuple) or any(_number(v) is None for v in r) for r in rows
        ):
            fault("is not a table of numbers", "rows of numbers")
            return None
        return [[float(v) for v in r] for r in rows]
    items = list(value) if isinstance(value, list | tuple) else [value]
    numbers = [_number(v) for v in items]
    bad = [v for v, n in zip(items, numbers, strict=True) if n is None]
    if bad or not items:
        fault(f"holds {bad[0]!r}" if bad else "is empty", f"a number [{d.unit}]")
        return None
    if d.kind == "number" and len(items) != 1:
        fault(f"has {len(items)} values", "one number")
        return None
    for n in numbers:
        assert n is not None
        if (d.low is not None and n < d.low) or (d.high is not None and n > d.high):
            low = "" if d.low is None else f" from {d.low:g}"
            high = "" if d.high is None else f" to {d.high:g}"
            fault(f"is {n:g}", f"a number{low}{high} [{d.unit}]")
            return None
        if d.check == "whole" and n != int(n):
            fault(f"is {n:g}", "a whole number")
            return None
        if d.check == "switch" and n not in (0.0, 1.0):
            fault(f"is {n:g}", "0 or 1")
            return None
    return numbers[0] if d.kind == "number" else numbers


def _together(case: SamCase) -> list[Problem]:
    """Faults that several inputs make together."""
    found: list[Problem] = []

    def fault(field: str, message: str, expected: str = "", remedy: str = "") -> None:
        found.append(Problem(case.source, field, message, expected, remedy))

    years = case.years
    if years < 1:
        fault("analysis_period", f"is {years}", "1 year or more")
        return found
    if not case.number("total_installed_cost") > 0:
        fault("total_installed_cost", "is not above 0", "a cost in $")
    _profile(case, fault)
    if case.number("ppa_soln_mode") == 1 and not case.series("ppa_price_input"):
        fault("ppa_price_input", "is missing", "a price in $/kWh", "or set ppa_soln_mode to 0")
    alloc = sum(
        case.number(f"depr_alloc_{c}_percent")
        for c in ("macrs_5", "macrs_15", "sl_5", "sl_15", "sl_20", "sl_39", "custom")
    )
    if alloc > 100.0 + 1e-9:
        fault("depr_alloc_*_percent", f"add to {alloc:g} %", "at most 100 %")
    if case.number("depr_alloc_custom_percent") and not case.series("depr_custom_schedule"):
        fault("depr_custom_schedule", "is missing", "yearly percentages")
    if case.model in ("singleowner", "levpartflip"):
        _debt(case, years, fault)
    if not case.number("flip_target_year") and case.number("ppa_soln_mode") == 0:
        fault("flip_target_year", "is 0", "the year in which the target return is met")
    for name, value in case.values.items():
        if isinstance(value, list) and name not in _HOURLY and declared()[name].kind == "series":
            limit = years + 1 if name == "utility_bill_w_sys" else years
            if len(value) > limit and name != "dispatch_tod_factors":
                fault(name, f"has {len(value)} values for {years} years", f"at most {limit}")
    return found


def _profile(case: SamCase, fault: Any) -> None:
    gen = case.raw("gen")
    if gen is None:
        if case.raw("annual_energy") is None:
            fault("gen", "is missing", "power by hour in kW, or annual_energy in kWh")
        return
    length = int(gen["length"]) if isinstance(gen, dict) else len(gen)
    whole = case.years * HOURS if case.on("system_use_lifetime_output") else HOURS
    if length == 0 or length % whole:
        fault("gen", f"has {length} steps", f"a multiple of {whole} steps")
    before = case.raw("system_pre_curtailment_kwac")
    if before is not None and case.on("system_use_lifetime_output"):
        steps = int(before["length"]) if isinstance(before, dict) else len(before)
        if steps == 0 or steps % whole:
            fault("system_pre_curtailment_kwac", f"has {steps} steps", f"a multiple of {whole}")
    factors = case.raw("dispatch_tod_factors")
    if case.number("ppa_multiplier_model") == 1:
        steps = case.raw("dispatch_factors_ts")
        count = (
            0 if steps is None else int(steps["length"]) if isinstance(steps, dict) else len(steps)
        )
        if count == 0 or count % HOURS:
            fault("dispatch_factors_ts", f"has {count} steps", f"a multiple of {HOURS} steps")
    elif factors and len({float(f) for f in factors}) > 1:
        for name in ("dispatch_sched_weekday", "dispatch_sched_weekend"):
            table = case.raw(name)
            if table is None or len(table) != 12 or any(len(r) != 24 for r in table):
                fault(name, "is missing or has another shape", "12 months by 24 hours of periods",
                      "dispatch_tod_factors differ, so the periods are needed")  # fmt: skip
            elif any(not 1 <= int(v) <= len(factors) for r in table for v in r):
                fault(name, "names a period without a factor", f"periods 1 to {len(factors)}")


def _debt(case: SamCase, years: int, fault: Any) -> None:
    tenor, grace = case.number("term_tenor"), case.number("loan_moratorium")
    borrows = case.number("debt_option") == 1 or case.on("debt_percent")
    if tenor > years and borrows:
        fault("term_tenor", f"is {tenor:g} years, beyond the life of {years}", f"at most {years}")
    if case.number("debt_option") == 1:
        if tenor and not case.number("dscr") > 0:
            fault("dscr", "is 0", "a coverage above 0", "or set debt_option to 0")
        return
    if case.number("debt_percent") and not tenor:
        fault("term_tenor", "is 0 with debt", "1 year or more")
    if case.number("debt_percent") and grace >= tenor > 0:
        fault("loan_moratorium", f"is {grace:g} years, not within the tenor of {tenor:g}",
              "fewer years than term_tenor")  # fmt: skip
