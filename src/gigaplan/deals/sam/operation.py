"""Energy, revenue, operating expenses and reserves of a SAM case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigaplan.deals.functions import ahead, both, high, previous, raised, where
from gigaplan.deals.sam.build import SOURCE, Build
from gigaplan.deals.sam.energy import before_curtailment, energy
from gigaplan.deals.terms import Cell, Row

SHEET = "Operation"


@dataclass
class EnergyLines:
    """Energy sold by year [kWh], also weighted by time of delivery."""

    degradation: Row | None
    net: Row
    sales: Row
    weighted: Row
    purchases: Row | None
    weighted_purchases: Any


def energy_lines(b: Build) -> EnergyLines:
    """Energy of year 1 times degradation (from year 2), or a lifetime profile as it is."""
    e, ledger = energy(b.case), b.ledger
    buys = bool((e.purchases != 0.0).any())
    if e.lifetime:
        sold = ledger.schedule(
            "cf_energy_sales", [0.0, *e.sales], b.axis, "Energy sold", "kWh", SOURCE
        )
        weighted = sold
        if (e.weighted_sales != e.sales).any():
            weighted = ledger.schedule(
                "weighted_sales", [0.0, *e.weighted_sales], b.axis,
                "Energy sold, weighted by time of delivery", "kWh", SOURCE,
            )  # fmt: skip
        bought: Row | None = None
        cost: Any = 0.0
        if buys:
            bought = ledger.schedule(
                "cf_energy_purchases", [0.0, *e.purchases], b.axis, "Energy bought", "kWh", SOURCE
            )
            cost = ledger.schedule(
                "weighted_purchases", [0.0, *e.weighted_purchases], b.axis,
                "Energy bought, weighted by time of delivery", "kWh", SOURCE,
            )  # fmt: skip
        net = b.row(SHEET, "cf_energy_net", sold + (bought if bought else 0.0), "Net energy", "kWh")
        return EnergyLines(None, net, sold, weighted, bought, cost)
    loss = b.yearly("degradation")
    factor = (
        1 - loss / 100
        if isinstance(loss, Row)
        else (1 - loss / 100) ** (b.year - 1)
    )  # fmt: skip
    kept = b.row(SHEET, "cf_degradation", factor, "Output left after degradation", "")
    first = ledger.assume(
        "annual_energy", e.sales[0], "Energy sold in year 1", "kWh", "sum of the power profile"
    )
    sales = b.row(SHEET, "cf_energy_sales", first * kept, "Energy sold", "kWh")
    weighted = sales
    if e.sales[0] and e.weighted_sales[0] != e.sales[0]:
        ratio = ledger.assume(
            "ppa_multiplier_average", e.weighted_sales[0] / e.sales[0],
            "Average time-of-delivery multiplier of the energy sold", "", "power profile",
        )  # fmt: skip
        weighted = b.row(
            SHEET, "weighted_sales", sales * ratio, "Energy sold, weighted by time of delivery",
            "kWh",
        )  # fmt: skip
    if not buys:
        net = b.row(SHEET, "cf_energy_net", sales * 1, "Net energy", "kWh")
        return EnergyLines(kept, net, sales, weighted, None, 0.0)
    need = ledger.assume(
        "annual_purchases", -e.purchases[0], "Energy bought in year 1", "kWh", "power profile"
    )
    bought = b.row(SHEET, "cf_energy_purchases", -(need * kept), "Energy bought", "kWh")
    price = ledger.assume(
        "ppa_multiplier_purchases", e.weighted_purchases[0] / e.purchases[0],
        "Average time-of-delivery multiplier of the energy bought", "", "power profile",
    )  # fmt: skip
    net = b.row(SHEET, "cf_energy_net", sales + bought, "Net energy", "kWh")
    return EnergyLines(kept, net, sales, weighted, bought, bought * price)


@dataclass
class Revenue:
    """Revenue lines [$] before salvage and production incentives."""

    price: Row
    energy: Row
    thermal: Any
    curtailment: Any
    capacity: Any

    @property
    def receivable(self) -> Any:
        """What receivables are counted on: sales, thermal, curtailment and capacity payments."""
        return self.energy + self.thermal + self.curtailment + self.capacity


def revenue(b: Build, e: EnergyLines, price: Cell) -> Revenue:
    """Sales at the price of the power purchase agreement, capacity and curtailment payments."""
    prices = b.case.series("ppa_price_input")
    if len(prices) > 1 and b.case.number("ppa_soln_mode") == 1:
        term: Any = b.by_year("ppa_price_input", prices) * 100
    else:
        term = price * (1 + b.assume("ppa_escalation") / 100) ** (b.year - 1)
    cents = b.row(SHEET, "cf_ppa_price", term, "Price of power", "cents/kWh")
    sold = b.row(SHEET, "cf_energy_value", cents / 100 * e.weighted, "Sales of power")
    curtailment: Any = 0.0
    if "so" in _models(b) and b.used("grid_curtailment_price"):
        lost = b.row(
            SHEET, "cf_energy_curtailed", high(_before(b, e) - e.net, 0.0), "Energy curtailed",
            "kWh",
        )  # fmt: skip
        rate = b.escalated("grid_curtailment_price", "grid_curtailment_price_esc", 1, False)
        curtailment = b.row(SHEET, "cf_curtailment_value", lost * rate, "Curtailment payments")
    capacity: Any = 0.0
    if "so" in _models(b) and b.used("cp_capacity_payment_amount"):
        capacity = b.escalated("cp_capacity_payment_amount", "cp_capacity_payment_esc", 1, False)
        if b.case.number("cp_capacity_payment_type") == 0:
            share = b.yearly("cp_capacity_credit_percent") / 100
            capacity = capacity * share * b.assume("cp_system_nameplate")
        capacity = b.row(SHEET, "cf_capacity_payment", capacity, "Capacity payments")
    return Revenue(cents, sold, 0.0, curtailment, capacity)


def _before(b: Build, e: EnergyLines) -> Any:
    """Energy before curtailment: of year 1 with degradation, or a lifetime profile as it is."""
    given = before_curtailment(b.case)
    if given is not None:
        return b.ledger.schedule("energy_before_curtailment", [0.0, *given], b.axis,
                                 "Energy before curtailment", "kWh", SOURCE)  # fmt: skip
    kept = e.degradation if e.degradation is not None else 1.0
    return b.assume("annual_energy_pre_curtailment_ac") * kept


def _models(b: Build) -> set[str]:
    return {"so"} if b.case.model == "singleowner" else set()


_EXPENSES = (
    ("cf_om_fixed_expense", "om_fixed", "om_fixed_escal", "Fixed operating cost"),
    ("cf_om_production_expense", "om_production", "om_production_escal", "Variable operating cost"),
    ("cf_om_capacity_expense", "om_capacity", "om_capacity_escal", "Operating cost by capacity"),
    ("cf_om_fuel_expense", "om_fuel_cost", "om_fuel_cost_escal", "Fuel"),
    ("cf_om_opt_fuel_1_expense", "om_opt_fuel_1_cost", "om_opt_fuel_1_cost_escal", "Feedstock 1"),
    ("cf_om_opt_fuel_2_expense", "om_opt_fuel_2_cost", "om_opt_fuel_2_cost_escal", "Feedstock 2"),
    ("cf_land_lease_expense", "om_land_lease", "om_land_lease_escal", "Land lease"),
)


@dataclass
class Expenses:
    """Operating expenses [$] by line and in total."""

    lines: dict[str, Row]
    total: Row
    margin: Any = 0.0


def expenses(b: Build, e: EnergyLines, rev: Revenue) -> Expenses:
    """Operating expenses; one value grows with inflation and escalation from year 2."""
    lines: dict[str, Row] = {}
    for name, given, escalation, label in _EXPENSES:
        scale = _scale(b, name, e)
        if scale is None:
            continue
        lines[name] = b.row(SHEET, name, b.escalated(given, escalation, scale), label)
    cost = b.assume("total_installed_cost")
    left = 100 - (b.year - 1) * b.assume("prop_tax_assessed_decline")
    assessed = cost * b.assume("prop_tax_cost_assessed_percent") / 100
    value = b.row(
        SHEET, "cf_property_tax_assessed_value", high(assessed * left / 100, 0.0),
        "Assessed value of the property",
    )  # fmt: skip
    lines["cf_property_tax_expense"] = b.row(
        SHEET, "cf_property_tax_expense", value * b.assume("property_tax_rate") / 100,
        "Property tax",
    )  # fmt: skip
    insurance = cost * b.assume("insurance_rate") / 100 * (1 + b.inflation) ** (b.year - 1)
    lines["cf_insurance_expense"] = b.row(SHEET, "cf_insurance_expense", insurance, "Insurance")
    bill: Any = None
    if b.used("utility_bill_w_sys"):
        values = b.case.series("utility_bill_w_sys")
        bill = b.ledger.schedule(
            "utility_bill_w_sys", values, b.axis, "Electricity bill", "$", SOURCE
        )
    at_price = b.case.number("ppa_soln_mode") == 1 and not b.case.on("en_electricity_rates")
    if e.purchases is not None and at_price:
        bought = -e.weighted_purchases * rev.price / 100
        bill = bought if bill is None else bill + bought
    if bill is not None:
        lines["cf_utility_bill"] = b.row(SHEET, "cf_utility_bill", bill, "Power bought")
    if b.on_recapitalization():
        when = b.by_year(
            "system_lifetime_recapitalize", b.case.series("system_lifetime_recapitalize")
        )
        growth = 1 + b.inflation + b.assume("system_recapitalization_escalation") / 100
        term = when * b.assume("system_recapitalization_cost") * growth ** (b.year - 1)
        lines["cf_recapitalization"] = b.row(SHEET, "cf_recapitalization", term, "Recapitalization")
    margin: Any = 0.0
    if b.case.model == "saleleaseback":
        growth = 1 + b.assume("sponsor_operating_margin_escalation") / 100
        size = b.assume("sponsor_operating_margin") * b.assume("system_capacity")
        margin = b.row(
            SHEET, "cf_sponsor_margin", size * growth ** (b.year - 1), "Operating margin of lessee"
        )
        lines["cf_sponsor_margin"] = margin
    total: Any = 0.0
    for line in lines.values():
        total = total + line
    return Expenses(
        lines, b.row(SHEET, "cf_operating_expenses", total, "Operating expenses"), margin
    )


def _scale(b: Build, name: str, e: EnergyLines) -> Any:
    """What a unit cost is multiplied by; None when the line does not arise in this case."""
    if name == "cf_om_fixed_expense":
        return 1
    if name == "cf_om_production_expense":
        return e.sales / 1000
    if name == "cf_om_capacity_expense":
        return b.assume("system_capacity")
    if name == "cf_om_fuel_expense" and b.used("om_fuel_cost") and b.used("system_heat_rate"):
        heat = b.assume("system_heat_rate") / 1000
        if b.case.on("system_use_lifetime_output") and b.used("annual_fuel_usage_lifetime"):
            return heat * b.by_year(
                "annual_fuel_usage_lifetime", b.case.series("annual_fuel_usage_lifetime")
            )
        return heat * b.assume("annual_fuel_usage") if b.used("annual_fuel_usage") else None
    if name.startswith("cf_om_opt_fuel"):
        which = name[len("cf_om_opt_fuel_")]
        usage = f"om_opt_fuel_{which}_usage"
        return b.assume(usage) if b.used(usage) and b.used(f"om_opt_fuel_{which}_cost") else None
    if name == "cf_land_lease_expense" and b.used("om_land_lease") and b.used("land_area"):
        return b.assume("land_area")
    return None


@dataclass
class Reserve:
    """One reserve account: balance, funding (+) and disbursement (-) by year [$]."""

    balance: Any
    funding: Any
    disbursement: Any

    @property
    def change(self) -> Any:
        """Cash from the account: less funding, plus what is paid out."""
        return -self.funding - self.disbursement


NO_RESERVE = Reserve(0.0, 0.0, 0.0)


def standing_reserve(b: Build, name: str, label: str, months: Any, base: Any) -> Reserve:
    """Months of next year's ``base``, released in the last year."""
    sheet = "Reserves"
    owed = base if isinstance(base, Row) else b.row(sheet, f"base_{name}", base, f"{label}: base")
    balance = b.row(
        sheet, f"cf_reserve_{name}", months / 12 * ahead(owed), f"{label}: balance", start=0
    )
    funding = b.row(
        sheet, f"cf_funding_{name}",
        where(b.year < b.last, balance - previous(balance), 0.0), f"{label}: funding", start=0,
    )  # fmt: skip
    out = b.row(
        sheet, f"cf_disbursement_{name}",
        where(b.year.equals(b.last), 0 - previous(balance), 0.0), f"{label}: disbursement",
    )  # fmt: skip
    return Reserve(balance, funding, out)


def equipment_reserve(b: Build, which: int) -> Reserve:
    """Saved evenly for each replacement, paid out in the year of replacement, at its price then."""
    freq = int(b.case.number(f"equip{which}_reserve_freq"))
    if freq == 0 or not b.used(f"equip{which}_reserve_cost"):
        return NO_RESERVE
    sheet, label = "Reserves", f"Major equipment {which}"
    every = b.assume(f"equip{which}_reserve_freq")
    price = b.assume(f"equip{which}_reserve_cost") * b.assume("system_capacity") * 1000
    due = b.row(
        sheet, f"equip{which}_due", raised(b.year / every) * every, f"{label}: next due", "year"
    )
    save = where(due <= b.last, price * (1 + b.inflation) ** (due - 1) / every, 0.0)
    funding = b.row(sheet, f"cf_funding_equip{which}", save, f"{label}: funding")
    pay = where(
        both(due.equals(b.year), b.year <= b.last), -price * (1 + b.inflation) ** (b.year - 1), 0.0
    )
    out = b.row(sheet, f"cf_disbursement_equip{which}", pay, f"{label}: replacement")
    (balance,) = b.balance(sheet, f"cf_reserve_equip{which}", f"{label}: balance", funding + out)
    return Reserve(balance, funding, out)
