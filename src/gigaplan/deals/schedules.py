"""Depreciation schedules: yearly shares of the depreciable basis, half-year convention.

MACRS: IRS Publication 946, tables A-1 (5, 15 and 20 years, half-year). Straight line with half a
year in the first and last year, rounded as SAM rounds the 15-year class.
"""

from __future__ import annotations

_A = (0.2000, 0.3200, 0.1920, 0.1152, 0.1152, 0.0576)
_B = (
    0.0500, 0.0950, 0.0855, 0.0770, 0.0693, 0.0623, 0.0590, 0.0590, 0.0591, 0.0590, 0.0591,
    0.0590, 0.0591, 0.0590, 0.0591, 0.0295,
)  # fmt: skip
_C = (
    0.03750, 0.07219, 0.06677, 0.06177, 0.05713, 0.05285, 0.04888, 0.04522, 0.04462, 0.04461,
    0.04462, 0.04461, 0.04462, 0.04461, 0.04462, 0.04461, 0.04462, 0.04461, 0.04462, 0.04461,
    0.02231,
)  # fmt: skip
_D = (
    0.0333, 0.0667, 0.0667, 0.0667, 0.0667, 0.0667, 0.0667, 0.0666, 0.0667, 0.0666, 0.0667,
    0.0666, 0.0667, 0.0666, 0.0667, 0.0333,
)  # fmt: skip


def _straight(years: int) -> tuple[float, ...]:
    rate = 1.0 / years
    return (rate / 2, *([rate] * (years - 1)), rate / 2)


SCHEDULES: dict[str, tuple[float, ...]] = {
    "macrs_5": _A,
    "macrs_15": _B,
    "macrs_20": _C,
    "sl_5": _straight(5),
    "sl_15": _D,
    "sl_20": _straight(20),
    "sl_39": _straight(39),
}

LABELS: dict[str, str] = {
    "macrs_5": "5-year MACRS",
    "macrs_15": "15-year MACRS",
    "macrs_20": "20-year MACRS",
    "sl_5": "5-year straight line",
    "sl_15": "15-year straight line",
    "sl_20": "20-year straight line",
    "sl_39": "39-year straight line",
    "custom": "custom schedule",
}
