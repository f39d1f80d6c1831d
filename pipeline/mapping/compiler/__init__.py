"""Rules → Python functions that run without looking at a rule again."""
