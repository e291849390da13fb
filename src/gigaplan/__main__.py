"""``python -m gigaplan``: the command line."""

from gigaplan.cli.main import run

run()
