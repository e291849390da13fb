"""Units are converted once, at the door: ``quantity("500 MW", "GW")`` is ``0.5``.

Everyday units are read by a small table, everything else by pint, which is imported only then
(it takes half a second).  A test proves that both give the same number.  A year has 8,760 hours,
as in the model.
"""

from __future__ import annotations

import difflib
import math
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pint

# dimension: exponents of (money, power, time, mass)
Dimension = tuple[int, int, int, int]

NONE: Dimension = (0, 0, 0, 0)
_MONEY: Dimension = (1, 0, 0, 0)
_POWER: Dimension = (0, 1, 0, 0)
_TIME: Dimension = (0, 0, 1, 0)
_MASS: Dimension = (0, 0, 0, 1)
_ENERGY: Dimension = (0, 1, 1, 0)

HOURS_OF_YEAR = 8760.0
_BTU_IN_WH = 1055.056 / 3600.0  # ISO 31-4, as in pint

_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}

# factors to USD, W, h and t
EVERYDAY: dict[str, tuple[Dimension, float]] = {
    "%": (NONE, 0.01),
    "1": (NONE, 1.0),
    "USD": (_MONEY, 1.0),
    "kUSD": (_MONEY, 1e3),
    "MUSD": (_MONEY, 1e6),
    "BUSD": (_MONEY, 1e9),
    "TUSD": (_MONEY, 1e12),
    **{f"{prefix}W": (_POWER, factor) for prefix, factor in _PREFIXES.items()},
    **{f"{prefix}Wh": (_ENERGY, factor) for prefix, factor in _PREFIXES.items()},
    "MMBtu": (_ENERGY, 1e6 * _BTU_IN_WH),
    "s": (_TIME, 1.0 / 3600.0),
    "h": (_TIME, 1.0),
    "hour": (_TIME, 1.0),
    "day": (_TIME, 24.0),
    "year": (_TIME, HOURS_OF_YEAR),
    "kg": (_MASS, 1e-3),
    "t": (_MASS, 1.0),
    "kt": (_MASS, 1e3),
    "Mt": (_MASS, 1e6),
    "Gt": (_MASS, 1e9),
}

_WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

_NAMES: dict[Dimension, str] = {
    NONE: "a number without a unit",
    _MONEY: "money",
    _POWER: "power",
    _ENERGY: "energy",
    _TIME: "time",
    _MASS: "mass",
    (1, -1, -1, 0): "money per energy",
    (1, -1, 0, 0): "money per power",
    (1, 0, 0, -1): "money per mass",
    (1, 0, -1, 0): "money per time",
}

_EXAMPLES = {
    "GW": "10 GW or 500 MW",
    "BUSD": "35 BUSD or 500 MUSD",
    "BUSD/GW": "11 BUSD/GW",
    "BUSD/GW/year": "12 BUSD/GW/year",
    "USD/MWh": "40 USD/MWh",
    "USD/t": "50 USD/t",
    "Mt": "900 Mt",
    "h": "8 h",
    "s": "90 s",
    "1": "0.05 or 5 %",
}

_NUMBER = r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TEXT = re.compile(rf"\s*(?P<number>{_NUMBER})\s*(?P<unit>.*?)\s*", re.DOTALL)
_UNIT_NAME = r"(?:[A-Za-z_]+|%|\$)"
_UNIT = re.compile(rf"{_UNIT_NAME}(?:\*\*-?\d)?(?:\s*(?:/|\*| per )\s*{_UNIT_NAME}(?:\*\*-?\d)?)*")
_LONGEST = 80


class UnitError(ValueError):
    """A value that is not a quantity of the unit asked for; ``expected`` says what is."""

    def __init__(self, message: str, unit: str, remedy: str = ""):
        super().__init__(message)
        self.expected = expected(unit)
        self.remedy = remedy


def expected(unit: str) -> str:
    """In words, what a field of this unit holds: ``a quantity in GW, such as 10 GW``."""
    example = _EXAMPLES.get(unit, f"10 {unit}")
    return (
        f"a number, such as {example}"
        if unit == "1"
        else f"a quantity in {unit}, such as {example}"
    )


def quantity(value: object, unit: str) -> float:
    """Convert what a user wrote to a finite number of ``unit``; ``"1"`` means no dimension.

    Numbers without a unit are refused where the unit has a dimension, so that 500 MW is never
    read as 500 GW.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnitError(f"{_short(value)} is not a quantity", unit)
    if isinstance(value, str):
        return _from_text(value, unit)
    if dimension(unit) != NONE:
        raise UnitError(f"{value} has no unit", unit, f"write the unit: {value} {unit}")
    return _finite(float(value) if abs(value) < 1e308 else math.inf, value, unit)


def dimension(unit: str) -> Dimension:
    """Dimension of a unit that is made of everyday units."""
    return _everyday(unit)[0]  # type: ignore[index]


def _from_text(text: str, unit: str) -> float:
    if len(text) > _LONGEST:
        raise UnitError(f"{_short(text)} is not a quantity", unit)
    match = _TEXT.fullmatch(text)
    if match is None:
        raise UnitError(f"'{text}' is not a quantity", unit, "start with a finite number")
    number, name = float(match["number"].replace("_", "")), match["unit"]
    if name.startswith(","):
        raise UnitError(f"'{text}' has a comma", unit, "write the number without commas: 1000, 0.5")
    word, _, rest = name.partition(" ")
    if word in _WORDS:
        number, name = number * _WORDS[word], rest.strip()
    if not name:
        if dimension(unit) != NONE:
            raise UnitError(f"'{text}' has no unit", unit, f"write the unit: {text.strip()} {unit}")
        return _finite(number, text, unit)
    return _finite(_convert(number, name, unit, text), text, unit)


def _convert(number: float, name: str, unit: str, text: str) -> float:
    found, target = _everyday(name), _everyday(unit)
    assert target is not None
    if found is None:
        return _with_pint(number, name, unit, text)
    if found[0] != target[0]:
        raise _wrong_dimension(text, _NAMES.get(found[0], f"in {name}"), unit)
    return number * (found[1] / target[1])


@cache
def _everyday(name: str) -> tuple[Dimension, float] | None:
    """Dimension and factor of ``A/B/C`` with each of them in the table, else None."""
    parts = [part.strip() for part in name.split("/")]
    if not all(part in EVERYDAY for part in parts):
        return None
    (exponents, factor), *below = (EVERYDAY[part] for part in parts)
    for other, divisor in below:
        exponents = tuple(a - b for a, b in zip(exponents, other, strict=True))  # type: ignore[assignment]
        factor /= divisor
    return exponents, factor


def _with_pint(number: float, name: str, unit: str, text: str) -> float:
    if not _UNIT.fullmatch(name):
        raise _unknown(name, text, unit)
    for part in re.findall(_UNIT_NAME, name):
        if part in EVERYDAY or part in ("per", "$"):
            continue
        if re.match(r"m(USD|Wh?\b)", part):
            better = "M" + part[1:]
            raise UnitError(
                f"'{text}' has {part}, a thousandth", unit, f"write {better} for millions"
            )
        if part in ("ton", "tons"):
            raise UnitError(f"'{text}' has a ton that may be short", unit, "write t, 1000 kg")
    import pint

    pint_name = _pint_name(name)
    try:
        found = registry().Quantity(number, registry().parse_units(pint_name))
    except Exception as error:
        raise _unknown(name, text, unit) from error
    try:
        return float(found.to(_pint_name(unit)).magnitude)
    except pint.DimensionalityError as error:
        raise _wrong_dimension(text, f"in {name}", unit) from error
    except Exception as error:  # offset units, overflow
        raise UnitError(f"'{text}' cannot be converted to {unit}", unit) from error


def _pint_name(name: str) -> str:
    name = name.replace("%", "percent").replace("$", "USD").replace(" per ", "/")
    return "dimensionless" if name == "1" else name


@cache
def registry() -> pint.UnitRegistry:
    """The pint registry, with money and the model's year of 8,760 hours."""
    import pint

    units: pint.UnitRegistry = pint.UnitRegistry(on_redefinition="ignore", cache_folder=None)
    units.define("USD = [money]")
    units.define("BUSD = 1e9 * USD")
    units.define("year = 8760 * hour = a = yr")
    units.define("MMBtu = 1e6 * Btu = MMBTU")
    units.define("kt = 1000 * t")  # pint's kt is a knot
    return units


def _finite(number: float, value: object, unit: str) -> float:
    if not math.isfinite(number):
        raise UnitError(f"{_short(value)} is not a finite number", unit)
    return number


def _wrong_dimension(text: str, kind: str, unit: str) -> UnitError:
    wanted = _NAMES.get(dimension(unit), unit)
    return UnitError(f"'{text}' is {kind}, not {wanted}", unit)


def _unknown(name: str, text: str, unit: str) -> UnitError:
    remedy = ""
    folded = {known.casefold(): known for known in EVERYDAY if known != "1"}
    for part in re.findall(r"[A-Za-z_$%]+", name):
        if part in EVERYDAY:
            continue
        near = difflib.get_close_matches(part.casefold(), folded, n=1, cutoff=0.6)
        if near:
            remedy = f"did you mean {folded[near[0]]}?"
            break
    return UnitError(f"'{text}' has an unknown unit '{name}'", unit, remedy)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
