"""What one question about a plan leaves for the next: parts of inputs, of models, and the proof.

Nothing in it is taken on trust: a part is used again only where all that it read is the same
(:mod:`gigaplan.incremental`), and cuts only where their dispatch problems are, to the bit
(:mod:`gigaplan.solving.reuse`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from gigaplan.aside import Aside
from gigaplan.incremental import Incremental
from gigaplan.model.assemble import layered_master
from gigaplan.model.layers import Layered
from gigaplan.solving import reuse
from gigaplan.solving.cases import Family, Key, dispatch_family, make_cases
from gigaplan.solving.template import Case


@dataclass
class Memory:
    """Parts that are kept; not for two questions at a time."""

    parts: Incremental = field(default_factory=Incremental)
    master: Layered = field(default_factory=layered_master)
    proof: Mapping[str, np.ndarray] | None = None

    def family(self, inputs: xr.Dataset) -> Aside[Family]:
        """As :func:`gigaplan.solving.cases.dispatch_family`, made beside what else is done."""
        return self.parts.beside("dispatch family", dispatch_family, inputs)

    def cases(self, inputs: xr.Dataset, family: Family, keys: Iterable[Key]) -> Mapping[Key, Case]:
        """As :func:`gigaplan.solving.cases.make_cases`."""
        return self.parts.result("dispatch cases", make_cases, inputs, family, list(keys))

    def digests(self, cases: Mapping[Key, Case]) -> dict[Key, str]:
        """As :func:`gigaplan.solving.reuse.digests`."""
        return self.parts.result("digests", reuse.digests, cases)
