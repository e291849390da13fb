"""Leontief's input-output model: requirements, multipliers, a share of them for one region.

Industry by industry under the industry-technology assumption (Miller and Blair 2009, chapter 5):
``A = D B`` with ``B`` the domestic use of commodities per output of industries and ``D`` the
industries' shares of each commodity's output.  Output for final demand ``y`` is
``x = (I - A)^-1 y``.  All arrays are plain, one row and column for each industry.
"""

from __future__ import annotations

import numpy as np


def requirements(make: np.ndarray, use: np.ndarray, output: np.ndarray) -> np.ndarray:
    """Domestic direct requirements ``A`` [1], industries x industries.

    Parameters
    ----------
    make : what each industry makes of each commodity, industries x commodities [money]
    use : domestic commodities that each industry uses, commodities x industries [money]
    output : of each industry [money]; an industry without output requires nothing

    Negative cells, which balance the accounts and are no input, count as zero.
    """
    per_output = np.divide(
        np.maximum(use, 0.0), output, out=np.zeros_like(use, dtype=float), where=output > 0
    )
    return market_shares(make) @ per_output


def market_shares(make: np.ndarray) -> np.ndarray:
    """Industries' shares ``D`` of each commodity's output [1]; zero where nothing is made."""
    total = make.sum(axis=0)
    return np.divide(make, total, out=np.zeros_like(make, dtype=float), where=total > 0)


def leontief(A: np.ndarray) -> np.ndarray:
    """Total requirements ``(I - A)^-1``.

    Raises
    ------
    ValueError
        an industry would need more than it makes: no non-negative inverse.
    """
    try:
        inverse = np.linalg.inv(np.eye(len(A)) - A)
    except np.linalg.LinAlgError:
        inverse = np.full(A.shape, -np.inf)
    # for A >= 0 the inverse is non-negative exactly where the series I + A + A^2 + ... converges
    if (inverse < -1e-12).any() or (A < 0).any():
        raise ValueError("the requirements matrix has no non-negative Leontief inverse")
    return np.asarray(inverse)


def closed(
    A: np.ndarray, compensation: np.ndarray, consumption: np.ndarray, spent: float
) -> np.ndarray:
    """``A`` with one row and column for households (Type II).

    Parameters
    ----------
    compensation : paid to households per output of each industry [1]
    consumption : domestic output of each industry in a unit of household spending [1]
    spent : share of compensation that is spent [1]
    """
    n = len(A)
    out = np.zeros((n + 1, n + 1))
    out[:n, :n] = A
    out[n, :n] = compensation
    out[:n, n] = consumption * spent
    return out


def location_share(part: float, delta: float) -> float:
    """Share of its inputs that a region buys within itself, by its size alone [1].

    Flegg and Webber's ``lambda = log2(1 + part)^delta`` (1997, 2000), where ``part`` is the
    region's share of the nation's employment, for a region with the nation's mix of industries.
    """
    if not 0 <= part <= 1 or not 0 <= delta < 1:
        raise ValueError(f"part {part} and delta {delta} must lie between 0 and 1")
    if part == 0:
        return 0.0
    return float(np.log2(1.0 + part) ** delta)


def effects(
    demand: np.ndarray,
    A: np.ndarray,
    jobs: np.ndarray,
    compensation: np.ndarray,
    consumption: np.ndarray,
    spent: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Direct, indirect and induced jobs of final demand, by demand vector.

    ``demand`` is industries x vectors [money], ``jobs`` per money of output.  Direct are the jobs
    in the industries that are paid, indirect those in their suppliers (Type I less direct),
    induced those that households' spending makes (Type II less Type I).
    """
    direct = jobs @ demand
    first = jobs @ (leontief(A) @ demand)
    with_households = leontief(closed(A, compensation, consumption, spent))
    n = len(A)
    second = jobs @ (with_households[:n, :n] @ demand)
    return direct, first - direct, second - first
