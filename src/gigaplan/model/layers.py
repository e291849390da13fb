"""A model in layers, of which only those are built anew that read other inputs than before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import linopy

from gigaplan.incremental import Reads, noted, same

Layer = Callable[..., None]


@dataclass
class _Built:
    """What a layer read, and what it put where in the model."""

    reads: Reads
    variables: dict[str, linopy.Variable]
    constraints: dict[str, Any]
    end: tuple[int, int]  # the labels after those of its variables and its constraints


class Layered:
    """One linopy model whose layers are brought up to date with their sources.

    A layer is a function of the model and its sources that adds variables and constraints, or sets
    the objective.  Of the model it may use the variables of layers before it, by their labels and
    coordinates; a layer that comes out with others has all layers after it built anew.
    """

    def __init__(self, layers: Sequence[tuple[str, Layer]]):
        self._layers = layers
        self._model = linopy.Model()
        self._built: dict[str, _Built] = {}
        self.done: list[str] = []

    def model(self, *sources: Any) -> linopy.Model:
        """The model of these sources; the one that was given before is no longer what it was."""
        self.done = []
        end, anew, ready = (0, 0), False, list[_Built]()
        try:
            for name, layer in self._layers:
                before = None if anew else self._built.get(name)
                if before is None or not before.reads.still(sources):
                    self._set(ready, end)
                    self._built[name] = self._added(layer, end, sources)
                    anew = before is None or not _alike(before, self._built[name])
                    self.done.append(name)
                ready.append(self._built[name])
                end = ready[-1].end
        except BaseException:
            self._built = {}  # some of them are of other sources
            raise
        self._set(ready, end)
        return self._model

    def stale(self, *sources: Any) -> int:
        """How many layers would be built anew, at least."""
        built = (self._built.get(name) for name, _ in self._layers)
        return sum(b is None or not b.reads.still(sources) for b in built)

    def _added(self, layer: Layer, start: tuple[int, int], sources: tuple[Any, ...]) -> _Built:
        """One layer, the model holding those before it."""
        model = self._model
        known = set(model.variables), set(model.constraints)
        reads, _ = noted(lambda *views: layer(model, *views), *sources)
        if reads is None:
            raise TypeError("a layer writes to its sources")
        return _Built(
            reads,
            {n: model.variables[n] for n in model.variables if n not in known[0]},
            {n: model.constraints[n] for n in model.constraints if n not in known[1]},
            (model._xCounter, model._cCounter),
        )

    def _set(self, layers: Sequence[_Built], end: tuple[int, int]) -> None:
        """Have the model hold these layers, in their order, and go on with these labels.

        linopy has no other way to fill a gap in the labels than its own counters.
        """
        model = self._model
        model._xCounter, model._cCounter = end
        for name in list(model.constraints):
            model.constraints.remove(name)
        for name in list(model.variables):
            model.variables.remove(name)
        for built in layers:
            for variable in built.variables.values():
                model.variables.add(variable)
            for constraint in built.constraints.values():
                model.constraints.add(constraint)


def _alike(before: _Built, now: _Built) -> bool:
    """Whether later layers cannot tell the two apart."""
    return (
        before.end == now.end
        and list(before.constraints) == list(now.constraints)
        and list(before.variables) == list(now.variables)
        and all(same(v.labels, now.variables[n].labels) for n, v in before.variables.items())
    )
