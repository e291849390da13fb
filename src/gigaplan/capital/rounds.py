"""A priced round of the company at the centre: price, conversions, option pool, dilution.

The round is one fixed point in the number of shares ``T`` after the round::

    price      = (pre_money + new_money) / T
    pool       = max(unused options, target * T)
    series_k   = investment_k / price
    safe_j     = amount_j / min(price * (1 - discount_j), cap_j / base_j)
    T          = common + pool + sum series + sum safe

``base`` is the company's capitalisation that a cap refers to: for a post-money SAFE all shares,
options and converting securities before the new money, without the increase of the pool; for a
pre-money SAFE or a note the shares and options with the increase of the pool, without converting
securities (Y Combinator's forms of 2018 and 2013).  The right-hand side rises with ``T``, so
stepping from the shares that are there now reaches the least fixed point (Kleene).  Shares are
rounded down and prices up, as deeds do, so that nobody gets more than was paid for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gigaplan.errors import InputError, Problem

STEPS = 20_000
NOISE = 1e-12  # relative; a whole number that arithmetic left a hair beside itself stays whole


@dataclass(frozen=True)
class Convertible:
    """A SAFE or note: ``amount`` with interest, ``cap`` [USD] (0: none), ``discount`` [1]."""

    holder: str
    amount: float
    cap: float = 0.0
    discount: float = 0.0
    base: str = "post"  # what the cap refers to: "post" or "pre" money


@dataclass(frozen=True)
class Rounding:
    """How shares (``down``, ``nearest`` or ``none``) and prices (decimals, up) are rounded."""

    shares: str = "none"
    price_decimals: int | None = None

    def count(self, value: float) -> float:
        """A number of shares, rounded."""
        if self.shares == "none":
            return value
        return float(math.floor(value * (1 + NOISE) + (0.5 if self.shares == "nearest" else 0.0)))

    def price(self, value: float) -> float:
        """A price per share, rounded up."""
        if self.price_decimals is None:
            return value
        factor = 10.0**self.price_decimals
        return math.ceil(value * factor * (1 - NOISE)) / factor


@dataclass(frozen=True)
class Terms:
    """What is agreed: ``pre_money``, ``investments`` [USD], ``target_pool`` as share of all."""

    pre_money: float
    common_shares: float
    investments: tuple[float, ...]
    unused_options: float = 0.0
    target_pool: float = 0.0
    convertibles: tuple[Convertible, ...] = ()
    rounding: Rounding = field(default_factory=Rounding)


@dataclass(frozen=True)
class Closing:
    """The company after the round; shares, and prices in USD per share."""

    price: float
    total_shares: float
    pool: float
    pool_increase: float
    series_shares: tuple[float, ...]
    convertible_shares: tuple[float, ...]
    convertible_prices: tuple[float, ...]
    pre_money_base: float
    post_money_base: float

    @property
    def post_money(self) -> float:
        """Price times all shares [USD]."""
        return self.price * self.total_shares


def close(terms: Terms) -> Closing:
    """The round as closed.

    Raises
    ------
    InputError
        the new money, the pool and the conversions together ask for the whole company.
    """
    there = terms.common_shares + terms.unused_options
    total = there
    seen: dict[float, int] = {}
    for step in range(STEPS):
        closing = _at(terms, total)
        issued = terms.common_shares + closing.pool
        issued += sum(closing.series_shares) + sum(closing.convertible_shares)
        if issued > 1e9 * there or not math.isfinite(issued):
            break
        if abs(issued - total) <= 1e-14 * total:
            return _at(terms, issued)
        if terms.rounding.shares != "none" and issued in seen and issued < total:
            # rounding leaves a cycle of neighbours, no fixed point: the larger one is issued
            return _at(terms, total)
        seen[total] = step
        total = issued
    message = "new money, option pool and conversions together ask for the whole company"
    remedy = "raise the pre-money value or the caps, or lower the pool"
    raise InputError(
        [Problem("round", "pre_money", message, "room for those who hold shares now", remedy)]
    )


def _at(terms: Terms, total: float) -> Closing:
    """What each party gets when there are ``total`` shares after the round."""
    rounding = terms.rounding
    price = rounding.price((terms.pre_money + sum(terms.investments)) / total)
    series = tuple(rounding.count(money / price) for money in terms.investments)
    pool = max(rounding.count(total * terms.target_pool), terms.unused_options)
    increase = pool - terms.unused_options
    there = terms.common_shares + terms.unused_options
    pre = there + increase
    post = max(total - sum(series) - increase, there)
    prices = tuple(rounding.price(_price(c, price, pre, post)) for c in terms.convertibles)
    shares = tuple(
        rounding.count(c.amount / p) for c, p in zip(terms.convertibles, prices, strict=True)
    )
    return Closing(price, total, pool, increase, series, shares, prices, pre, post)


def _price(note: Convertible, price: float, pre: float, post: float) -> float:
    """The lowest of the prices that a convertible's terms allow [USD/share]."""
    lowest = price * (1 - note.discount)
    if note.cap > 0:
        lowest = min(lowest, note.cap / (post if note.base == "post" else pre))
    return lowest


def interest(principal: float, rate: float, years: float, compounding: bool) -> float:
    """Interest on a note [USD], simple unless it compounds yearly."""
    return principal * ((1 + rate) ** years - 1 if compounding else rate * years)


def split(
    raised: float, asked: Sequence[float | str], entitled: Callable[[int], float]
) -> list[float]:
    """Money of each investor [USD]: sums, ``pro_rata`` by right, ``rest`` for one of them."""
    money = [
        entitled(k) * raised if wish == "pro_rata" else 0.0 if wish == "rest" else float(wish)
        for k, wish in enumerate(asked)
    ]
    if "rest" in asked:
        money[list(asked).index("rest")] = raised - sum(money)
    return money
