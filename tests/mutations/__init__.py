"""Mistakes put into shipped mappings at random, one at a time: ``python -m tests.mutations --seed N --count 200``."""
