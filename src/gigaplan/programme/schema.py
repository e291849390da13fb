"""The programme: as it stands in a file, and as the rest of the package reads it."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from gigaplan.programme.dealterms import Deals
from gigaplan.programme.moneysections import Capital, Money
from gigaplan.programme.sections import (
    Additionality,
    Aim,
    Campus,
    Chips,
    Days,
    Equipment,
    Policy,
    Power,
    Section,
    Solver,
)
from gigaplan.programme.tables import TableName, files_schema
from gigaplan.programme.values import Name, Year, Zones

if TYPE_CHECKING:
    import pandas as pd

WHOLE_ZONES, WHOLE_DAYS = 20, 100  # plans in whole units by default: zones at least, days below
SCHEMA_FILE = "programme.schema.json"
SCHEMA_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"


class _Common(Section):
    """What the file and the resolved programme have in common."""

    schema_version: Literal[1] = Field(1, description="Version of this schema.")
    name: Name = Field(
        "programme", description="Short name. Default: the name of the folder or file."
    )
    title: str = Field("", description="Title, one line.")
    description: str = Field("", description="What the programme is about.")
    years: tuple[Year, ...] = Field(
        min_length=1, description="Planning years, strictly increasing, after the start year."
    )
    start_year: Year = Field(2026, description="Year of the base system and of the first capital.")
    aim: Aim = Field(default_factory=Aim, description="What the plan is best at.")
    money: Money = Field(description="The capital of the programme and how time counts.")
    capital: Capital = Field(default_factory=Capital, description="Whose money builds the plan.")
    campus: Campus = Field(default_factory=Campus, description="AI campuses.")
    chips: Chips = Field(
        default_factory=Chips, description="Accelerators, and the chain that makes them."
    )
    equipment: Equipment = Field(
        default_factory=Equipment, description="Scarce equipment and skilled labour."
    )
    power: Power = Field(default_factory=Power, description="The power system.")
    additionality: Additionality = Field(
        default_factory=Additionality,
        description="What the programme must bring for the load of its campuses.",
    )
    policy: Policy = Field(default_factory=Policy, description="Rules and incentives.")
    deals: Deals = Field(
        default_factory=Deals, description="Terms of the companies that a plan is made into."
    )
    days: Days = Field(
        default_factory=Days, description="The representative days on which dispatch is decided."
    )
    solver: Solver = Field(default_factory=Solver, description="When the search ends.")


class ProgrammeFile(_Common):
    """A gigaplan programme: what is asked of the plan. Quantities have units: 10 GW, 35 BUSD."""

    based_on: str | None = Field(
        None,
        description="Built-in programme that this file changes: settings given here replace "
        "its own. Lists, and mappings by year or zone, are replaced as a whole.",
    )
    zones: Zones = Field(
        description="all (the 48 contiguous states), a list of states, or groups: name -> states."
    )
    horizon_end: Year | None = Field(
        None,
        description="Last year that the last planning year stands for. Default: that year.",
    )
    tables: dict[TableName, str] = Field(
        default_factory=dict,
        description="CSV files, beside this file, whose rows replace or add to the atlas.",
        json_schema_extra=files_schema(),
    )


class Programme(_Common):
    """A checked programme in base units: GW, BUSD, BUSD/GW/year, USD/MWh, USD/t, Mt.

    Mappings by year that were carried forward (``campus.national_limit``, ``policy.co2_price``,
    ``policy.co2_cap``) hold every planning year, with inf where there is no limit;
    ``money.available`` holds every calendar year from ``start_year`` to ``horizon_end``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    zones: dict[str, tuple[str, ...]] = Field(description="Zone -> its states.")
    horizon_end: int = Field(description="Last year that the last planning year stands for.")
    tables: dict[str, Any] = Field(
        default_factory=dict, description="Table -> DataFrame, checked; columns as declared."
    )

    _document: dict[str, Any] = PrivateAttr(default_factory=dict)
    _folder: Path | None = PrivateAttr(default=None)
    _files: dict[str, bytes] = PrivateAttr(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """What the user wrote, with the programme that it is based on merged in (a copy)."""
        return copy.deepcopy(self._document)

    @property
    def campus_zones(self) -> tuple[str, ...]:
        """Zones where the programme lets campuses stand."""
        allowed = self.zones if self.campus.allowed == "all" else self.campus.allowed
        return tuple(z for z in self.zones if z in allowed and z not in self.campus.excluded)

    def whole_units(self, days: int | None = None) -> bool:
        """Whether a plan comes in whole units: as asked, else where that costs little.

        In a large system rounding loses less than a thousandth of the cost and takes a tenth of the
        time; in a small one a block is a good part of the plan.  On many days every node of the
        branching takes as long as the search itself.
        """
        if self.solver.integer is not None:
            return self.solver.integer
        return len(self.zones) >= WHOLE_ZONES and (days or self.days.count) < WHOLE_DAYS

    def resolved(self) -> dict[str, Any]:
        """Every value in base units as plain data; tables by the hash of their content."""
        plain: dict[str, Any] = _plain(self.model_dump(exclude={"tables"}))
        plain["tables"] = {name: table_sha256(table) for name, table in sorted(self.tables.items())}
        return plain

    def sha256(self) -> str:
        """Hash of the resolved content: the same for the same question, however it was written.

        Titles and terms of deals are no part of the question.
        """
        aside = ("title", "description", "deals")
        content = {k: v for k, v in self.resolved().items() if k not in aside}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Programme) and self.resolved() == other.resolved()

    def __hash__(self) -> int:
        return hash(self.sha256())


def _plain(value: Any) -> Any:
    """Plain JSON data: text keys, lists, and the word inf for what JSON has no number for."""
    if isinstance(value, BaseModel):
        return _plain(value.model_dump())
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return "inf" if value == float("inf") else float(value)
    return value


def table_sha256(table: pd.DataFrame) -> str:
    """Hash of a table's columns and values."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def json_schema() -> dict[str, Any]:
    """JSON Schema of a programme file, for editors; a patch may leave out what its base gives."""
    schema = ProgrammeFile.model_json_schema()
    required = schema.pop("required")
    required_money = schema["$defs"]["Money"].pop("required")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "gigaplan programme"
    schema["if"] = {"not": {"required": ["based_on"]}}
    schema["then"] = {
        "required": required,
        "properties": {"money": {"required": required_money}},
    }
    return schema
