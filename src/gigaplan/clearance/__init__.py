"""Foreign-investment review: facts in, findings with citations out.  Decision support, not advice.

``engine.review`` judges one set of facts, ``casefile.read_cases`` reads files of cases, and
``screening.screen`` asks what an investor may hold in an asset class.  The text of the rules is
that of 31 CFR parts 800 and 802 in force from 26 December 2024.
"""
