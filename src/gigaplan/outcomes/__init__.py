"""What a plan does to others, and who gains: tables from the plan's Datasets.

Most tables hold the plan against the same system without the programme.  Nothing is solved here.
"""
