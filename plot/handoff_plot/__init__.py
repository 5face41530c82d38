"""Draws Handoff result files (results/schema.json) as static charts."""
