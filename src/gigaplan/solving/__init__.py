"""How a plan is found and proved: decomposition, the monolith as judge, and checks of the answer."""
