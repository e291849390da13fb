"""The description of a project company: every field with its unit, bounds and meaning.

The same declaration reads case files, makes the reference page and the JSON Schema. Quantities
carry their unit (``3.1 BUSD``, ``120 USD/kW``), shares are numbers or percentages (``0.3``,
``30 %``). SAM's name of a field is given where SAM has it.
"""

from gigaplan.deals.company.schema.company import Company
from gigaplan.deals.company.schema.debt import Tranche
from gigaplan.deals.company.schema.owners import Investor, Tier
from gigaplan.deals.company.schema.project import Revenue
from gigaplan.deals.company.schema.tax import TaxEquity
from gigaplan.deals.company.schema.values import Money

__all__ = ["Company", "Investor", "Money", "Revenue", "TaxEquity", "Tier", "Tranche"]
