"""The reference of the command line and of the Python names, made from the code."""

from __future__ import annotations

import argparse
import inspect
import re
from typing import Any

import gigaplan
from docs_maker.markdown import code, page, table
from gigaplan.cli.main import parser


def _subcommands(top: argparse.ArgumentParser) -> dict[str, tuple[str, argparse.ArgumentParser]]:
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            return {n: (helps.get(n, ""), p) for n, p in action.choices.items()}
    return {}


def _argument(action: argparse.Action) -> tuple[str, str]:
    value = action.metavar or action.dest.upper()
    if action.choices and not action.metavar:
        value = "|".join(map(str, action.choices))
    if not action.option_strings:
        name = str(action.metavar or action.dest).upper()
        return (code(f"[{name}]" if action.nargs == "?" else name), action.help or "")
    takes = "" if action.nargs == 0 else f" {value}"
    return (", ".join(code(o + takes) for o in action.option_strings), action.help or "")


def _command(name: str, said: str, command: argparse.ArgumentParser) -> str:
    nested = _subcommands(command)
    if nested:
        parts = [_command(f"{name} {n}", h, p) for n, (h, p) in nested.items()]
        return "\n".join([f"## gigaplan {name}\n\n{said}\n", *parts])
    actions = [a for a in command._actions if not isinstance(a, argparse._HelpAction)]
    places = " ".join(_argument(a)[0].strip("`") for a in actions if not a.option_strings)
    text = f"## gigaplan {name}\n\n```text\ngigaplan {name} {places}\n```\n\n{said}.\n"
    rows = [_argument(a) for a in actions]
    return text + "\n" + table(("argument", "meaning"), rows) if rows else text


def cli_page() -> str:
    """Every command with its arguments."""
    top = parser()
    parts = [_command(n, said, p) for n, (said, p) in _subcommands(top).items()]
    return page("Command line", top.description or "", (top.epilog or "").strip(), *parts)


def _text(thing: Any) -> str:
    doc = inspect.cleandoc(thing.__doc__ or "")
    head, *sections = re.split(r"^(\w+)\n-{4,}\n", doc, flags=re.MULTILINE)
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        body = re.sub(r"\n[ ]+", " : ", body) if title != "Parameters" else body
        listed = re.sub(r"^(\w+) : ", r"- `\1`: ", body, flags=re.MULTILINE)
        head += f"**{title}**\n\n{listed}"
    doc = head
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", doc).replace("``", "`")


def _signature(name: str, thing: Any) -> str:
    text = re.sub(r"(?<=: |> )'([^']*)'", r"\1", f"{name}{inspect.signature(thing)}")
    return re.sub(r"gigaplan(\.\w+)+\.", "", text)


def python_page() -> str:
    """Every public name of the package, and the methods of a plan."""
    parts = []
    for name in gigaplan.__all__:
        thing = getattr(gigaplan, name)
        if inspect.isfunction(thing):
            parts.append(
                f"## {name}\n\n```python\n{_signature(name, thing)}\n```\n\n{_text(thing)}"
            )
        elif inspect.isclass(thing) and issubclass(thing, Exception):
            exit_code = getattr(thing, "exit_code", 1)
            parts.append(f"## {name}\n\n{_text(thing)} Exit code {exit_code}.")
        elif inspect.isclass(thing):
            parts.append(f"## {name}\n\n{_text(thing)}")
            if name in ("Plan", "Outcomes"):
                parts.append(_methods(thing))
    start = (
        "```python\nimport gigaplan as gp\n\n"
        'plan = gp.solve(gp.load("three-states"))\n'
        'plan.rollout()  # a pandas DataFrame; .attrs["units"] has the units\n'
        "plan.data  # an xarray Dataset, a unit on every variable\n"
        'plan.save("plans/mine")\nplan = gp.open("plans/mine")\n```'
    )
    return page("Python", start, *parts)


def _methods(kind: type) -> str:
    rows = []
    for name, thing in vars(kind).items():
        if name.startswith("_"):
            continue
        if isinstance(thing, property):
            rows.append((code(name), _text(thing.fget).split("\n\n")[0]))
        elif inspect.isfunction(thing):
            names = [str(p) for k, p in inspect.signature(thing).parameters.items() if k != "self"]
            text = re.sub(r"'", "", ", ".join(names))
            rows.append((code(f"{name}({text})"), _text(thing).split("\n\n")[0]))
    return table(("method", "gives"), rows)
