"""Write the generated parts of docs/deals.md anew: python tools/write_deals_reference.py."""

from pathlib import Path

from gigaplan.deals.reference import filled

PAGE = Path(__file__).parents[1] / "docs" / "deals.md"

if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), encoding="utf-8")
