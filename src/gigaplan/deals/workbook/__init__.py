"""Deals as workbooks: live formulas out, edited assumptions back in."""
