"""Draws Handoff result files (results/schema.json) as static charts."""

from . import alone  # noqa: F401  before anything else imports matplotlib
