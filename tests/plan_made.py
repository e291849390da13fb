"""Companies made from plans, one of each kind of asset, with short lives for tests of workbooks."""

from types import SimpleNamespace

from gigaplan.deals.casefile import deal_of
from gigaplan.deals.from_plan import built
from gigaplan.deals.planned.assets import View
from gigaplan.deals.planned.company import company_of
from gigaplan.deals.planned.money import by_zone, holdings, people
from gigaplan.deals.planned.terms import Terms

LIFE = 3
SOLD = "onsite_turbine TX 2028, sold 2030"
KINDS = ("Campus", "fuel_cell", "battery", "Corridor", "Fab", SOLD)


def with_all_kinds(plan):
    """A plan of one purse with a battery, a corridor and a fab line that it did not build."""
    data, inputs = plan.data.copy(deep=True), plan.inputs
    data["build"].loc[{"owner": "programme", "option": "TX battery_4h", "year": 2028}] = 0.3
    data["store_power"].loc[{"store": "TX battery_4h"}] = 0.3
    data["discharge"].loc[{"store": "TX battery_4h"}] = 0.02
    data["charge"].loc[{"store": "TX battery_4h", "hour_of_day": 3}] = 0.3
    corridor = str(data["corridor"].values[0])
    data["corridor_build"].loc[{"owner": "programme", "corridor": corridor, "year": 2028}] = 0.5
    data["flow_forward"].loc[{"corridor": corridor}] = 0.1
    end = str(inputs["corridor_to"].values[0])
    data["price"].loc[{"zone": end}] = data["price"].sel(zone=end) + 150.0
    data["fab_build"].loc[{"chip_step": "logic", "zone": "TX", "year": 2028}] = 5.0
    data["dual_chip_supply"].loc[{"chip_step": "logic"}] = 0.02
    spent = float(inputs["fab_capital"].sel(chip_step="logic", year=2028)) * 5.0
    data["capital"].loc[{"asset_class": "fabs", "zone": "TX", "year": 2028}] = spent
    return SimpleNamespace(data=data, inputs=inputs, meta=plan.meta)


def short_company(plan, kind):
    """The first company of a kind, cut to a few years of operation."""
    v = View(plan)
    terms = Terms(v)
    asset = next(b for b in built(plan) if b.name.startswith(kind))
    asset.life, asset.spans = LIFE, v.spans(asset.year, LIFE)
    asset.refits = [type(r)(r.name, r.amount / 10, 2, r.asset_class) for r in asset.refits]
    held = holdings(by_zone(v, terms), asset)
    case = company_of(v, terms, asset, held, people(v.inputs))
    part = {"battery": 0.2, "Corridor": 0.05, SOLD: 0.3}.get(kind, 0.4)
    for item in case["construction"]["costs"]:  # what a short life can earn back
        item["amount"] = f"{part * float(item['amount'].split()[0])!r} USD"
    return deal_of(case, asset.name)


def with_a_bridge(plan):
    """A plan whose campus in TX has 0.5 GW of turbines on site, 0.3 of which it sells in 2030."""
    data, inputs = plan.data.copy(deep=True), plan.inputs
    turbine = "TX onsite_turbine"
    data["build"].loc[{"owner": "programme", "option": turbine, "year": 2028}] = 0.5
    data["onsite_sold"].loc[{"option": turbine, "year": 2030, "year_built": 2028}] = 0.3
    data["onsite_capacity"].loc[{"onsite": turbine, "year": 2028}] = 0.5
    data["onsite_capacity"].loc[{"onsite": turbine, "year": 2030}] = 0.2
    data["onsite_generation"].loc[{"onsite": turbine, "year": 2028}] = 0.4
    data["onsite_generation"].loc[{"onsite": turbine, "year": 2030}] = 0.1
    data["campus_price"].loc[{"campus": "TX"}] = data["price"].sel(zone="TX").values + 35.0
    data["dual_campus_supply"].loc[{"campus": "TX"}] = 0.02
    return SimpleNamespace(data=data, inputs=inputs, meta=plan.meta)
