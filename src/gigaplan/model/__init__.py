"""The optimisation, one file per layer: Dataset in, linopy model out.

``dispatch`` is one problem per year and day; everything annual is the master.  Both are made of
the same pieces whether they are solved apart (decomposition) or in one piece (monolith).
"""
