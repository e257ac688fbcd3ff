"""Measurements of the served models: what `python -m emotion evaluate` writes and the results pages show."""
