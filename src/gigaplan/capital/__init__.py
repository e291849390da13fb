"""Whose money builds the plan: roster, calls, stakes, outreach, and the corporate round."""
