"""The BEA's input-output tables as requirements, jobs and household spending by industry."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas_compiler.common import Atlas, to_2025
from gigaplan.outcomes.input_output import leontief, market_shares, requirements

FOLDER = "data/bea_io_2023"
SOURCE = (
    "US Bureau of Economic Analysis, 2023 summary make, use and import tables before "
    "redefinitions, via USEPA/useeior@1565a70b"
)
LICENCE = "US public domain; MIT"
GDP_MUSD, COMPENSATION_MUSD = 27_720_707, 14_209_567
LEAST = 5e-7  # smaller coefficients are left out


def compile(atlas: Atlas) -> None:
    """Add ``io_industries`` and ``io_requirements``; the tables' own totals must be met."""
    raw = {
        name: atlas.read(f"{FOLDER}/summary_{file}_2023_{tail}.csv", index_col=0)
        for name, file, tail in (
            ("make", "make", "before_redef_musd"),
            ("use", "use", "before_redef_producer_musd"),
            ("import", "import", "before_redef_musd"),
        )
    }
    names = atlas.read(f"{FOLDER}/summary_industry_names_2017.csv").set_index(
        "BEA_2017_Summary_Industry_Code"
    )["BEA_2017_Summary_Industry_Name"]
    industries = [c for c in raw["make"].index if c in names.index]
    commodities = [*industries, "Used", "Other"]
    _check_totals(raw, industries, commodities)
    make = raw["make"].loc[industries, commodities].to_numpy(dtype=float)
    use = raw["use"].loc[commodities, industries].to_numpy(dtype=float)
    foreign = raw["import"].loc[commodities, industries].to_numpy(dtype=float)
    output = raw["use"].loc["Total Industry Output", industries].to_numpy(dtype=float)
    A = requirements(make, use - foreign, output)
    _check_against_copy(atlas, A, industries)
    final = _domestic_final(raw, commodities)
    demand = market_shares(make) @ final + (output - market_shares(make) @ make.sum(axis=0))
    missed = np.abs(leontief(A) @ demand - output).max() / output.sum()
    if missed > 1e-4:
        raise ValueError(f"(I - A)^-1 y misses the industries' output by {missed:.1e} of it")
    compensation = raw["use"].loc["V001", industries].to_numpy(dtype=float) / output
    spending = raw["use"].loc[commodities, "F010"].to_numpy(dtype=float)
    at_home = spending - raw["import"].loc[commodities, "F010"].to_numpy(dtype=float)
    consumption = market_shares(make) @ np.maximum(at_home, 0.0) / spending.sum()
    pay = float(atlas.fact("jobs_multipliers", "mean_comp")["value"])
    factor = to_2025(atlas, 2023)
    equipment = raw["use"].loc[industries, "F02E"].to_numpy(dtype=float)
    bought = raw["import"].loc[industries, "F02E"].to_numpy(dtype=float)
    made = np.divide(
        equipment - bought, equipment, out=np.full_like(equipment, np.nan), where=equipment > 1000
    )
    table = pd.DataFrame(
        {
            "industry": industries,
            "name": names[industries].to_numpy(),
            "output_busd": output * factor / 1e3,
            "final_demand_busd": demand * factor / 1e3,
            "compensation_per_output": compensation,
            "consumption_share": consumption,
            "jobs_per_musd": compensation * 1e6 / pay / factor,
            "equipment_made_at_home": np.clip(made, 0.0, 1.0),
        }
    )
    atlas.add("io_industries", table)
    where = np.argwhere(LEAST < A)
    atlas.add(
        "io_requirements",
        pd.DataFrame(
            {
                "from_industry": np.array(industries)[where[:, 0]],
                "to_industry": np.array(industries)[where[:, 1]],
                "coefficient": A[where[:, 0], where[:, 1]],
            }
        ),
    )
    _cite(atlas)


def _check_totals(
    raw: dict[str, pd.DataFrame], industries: list[str], commodities: list[str]
) -> None:
    """Rows and columns of the raw tables sum up to the totals that the BEA prints."""
    make, use, foreign = raw["make"], raw["use"], raw["import"]
    output = use.loc["Total Industry Output", industries]
    value_added = use.loc[["V001", "V002", "V003"], industries]
    checks = {
        "make rows": make.loc[industries, commodities].sum(axis=1) - make.loc[industries, "Total Industry Output"],
        "make columns": make.loc[industries, commodities].sum() - make.loc["Total Commodity Output", commodities],
        "use columns": use.loc[commodities, industries].sum() - use.loc["Total Intermediate", industries],
        "industry output": use.loc["Total Intermediate", industries] + value_added.sum() - output,
        "make against use": make.loc[industries, "Total Industry Output"] - output,
        "commodity output": use.loc[commodities, "Total Intermediate"] + use.loc[commodities, "Total Final Uses (GDP)"] - use.loc[commodities, "Total Commodity Output"],
        "imports cancel": foreign.loc[commodities, "T001"] - foreign.loc[commodities, industries].sum(axis=1),
        "value added": value_added.to_numpy().sum() - GDP_MUSD,
        "compensation": value_added.loc["V001"].sum() - COMPENSATION_MUSD,
    }  # fmt: skip
    for name, left in checks.items():
        # printed in whole millions: each sum may be off by its rounded parts
        if np.abs(left).max() > 60:
            raise ValueError(f"BEA tables, {name}: off by {np.abs(left).max():.0f} MUSD")


def _check_against_copy(atlas: Atlas, A: np.ndarray, industries: list[str]) -> None:
    """The requirements recomputed here are those derived with the stored copy."""
    copy = atlas.read(f"{FOLDER}/derived_domestic_direct_requirements_2023.csv", index_col=0)
    off = np.abs(copy.loc[industries, industries].to_numpy(dtype=float) - A).max()
    if off > 1e-7:
        raise ValueError(f"requirements differ from the stored copy by {off:.1e}")


def _domestic_final(raw: dict[str, pd.DataFrame], commodities: list[str]) -> np.ndarray:
    """Final uses of domestic commodities: all final uses less what of them is imported."""
    use, foreign = raw["use"], raw["import"]
    total = (
        use.loc[commodities, "Total Commodity Output"] - use.loc[commodities, "Total Intermediate"]
    )
    # the import table's final columns hold imports (F050) with a minus sign: they cancel there
    inside = foreign.loc[commodities, "T001"]
    return (total + inside).to_numpy(dtype=float)


def _cite(atlas: Atlas) -> None:
    atlas.cite("io_industries", "industry name", "", SOURCE, LICENCE, "2023")
    note = "producer prices; 2023 dollars brought to 2025 by the ReEDS deflator"
    atlas.cite("io_industries", "output_busd final_demand_busd", "BUSD", SOURCE, LICENCE, "2023",
               dollar_year="2025", note=note + "; domestic final demand is what the output serves")  # fmt: skip
    atlas.cite("io_industries", "compensation_per_output", "1", SOURCE, LICENCE, "2023")
    atlas.cite("io_industries", "consumption_share", "1", SOURCE, LICENCE, "2023",
               note="domestic output in a unit of personal consumption, imports left out")  # fmt: skip
    atlas.cite("io_industries", "jobs_per_musd", "jobs/MUSD",
               SOURCE + "; facts: jobs_multipliers mean_comp", LICENCE, "2023", "background", "2025",
               "compensation over the mean of 91,029 USD a job: pay differs between industries, so "
               "jobs of well-paid ones are over-counted; the 156.1 million jobs are recalled")  # fmt: skip
    atlas.cite("io_industries", "equipment_made_at_home", "1", SOURCE, LICENCE, "2023",
               note="of private investment in equipment; empty where that is below 1 BUSD")  # fmt: skip
    atlas.cite("io_requirements", "from_industry to_industry", "", SOURCE, LICENCE, "2023")
    atlas.cite("io_requirements", "coefficient", "1", SOURCE, LICENCE, "2023",
               note="domestic direct requirements A = D B, industry technology; cells below 5e-7 left out")  # fmt: skip
