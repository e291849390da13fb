"""What one question about a plan leaves for the next: parts of inputs, of models, and the proof.

Nothing in it is taken on trust: a part is used again only where all that it read is the same
(:mod:`gigaplan.incremental`), and cuts only where their dispatch problems are, to the bit
(:mod:`gigaplan.solving.reuse`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from gigaplan.aside import Aside
from gigaplan.incremental import Incremental
from gigaplan.model.assemble import layered_master
from gigaplan.model.layers import Layered
from gigaplan.solving import reuse
from gigaplan.solving.cases import Family, Key, dispatch_family, make_cases
from gigaplan.solving.template import Case

MUCH = 6  # layers


@dataclass
class Memory:
    """Parts that are kept; not for two questions at a time."""

    parts: Incremental = field(default_factory=Incremental)
    masters: list[Layered] = field(default_factory=lambda: [layered_master(), layered_master()])
    proof: Mapping[str, np.ndarray] | None = None

    def master(self, inputs: xr.Dataset, weights: pd.Series) -> Layered:
        """The master of which least must be built anew, or the one not used for longest.

        So a question that changes much leaves one that serves the next.
        """
        best = min(self.masters, key=lambda m: m.stale(inputs, weights))
        if best.stale(inputs, weights) > MUCH:
            best = self.masters[0]
        self.masters = [*(m for m in self.masters if m is not best), best]
        return best

    def family(self, inputs: xr.Dataset) -> Aside[Family]:
        """As :func:`gigaplan.solving.cases.dispatch_family`, made beside what else is done."""
        return self.parts.beside("dispatch family", dispatch_family, inputs)

    def cases(self, inputs: xr.Dataset, family: Family, keys: Iterable[Key]) -> Mapping[Key, Case]:
        """As :func:`gigaplan.solving.cases.make_cases`."""
        return self.parts.result("dispatch cases", make_cases, inputs, family, list(keys))

    def digests(self, cases: Mapping[Key, Case]) -> dict[Key, str]:
        """As :func:`gigaplan.solving.reuse.digests`."""
        return self.parts.result("digests", reuse.digests, cases)
