"""Files to plain values: the only room that looks at JSON."""
