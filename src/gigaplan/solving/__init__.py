"""How a plan is found and proved: decomposition, the monolith as judge, checks of the answer."""
