"""The command line: one small module for each group of commands, nothing heavy imported at start."""
