"""The text of formulas: read, and explained where it is not what its writer meant."""
