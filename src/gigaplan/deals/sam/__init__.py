"""Deals in the conventions and input names of NREL's System Advisor Model (SAM)."""
