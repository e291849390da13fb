"""The command line: a small module for each group of commands; nothing heavy at start."""
