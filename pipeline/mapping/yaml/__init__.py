"""YAML text → nodes that know their place, by the 1.2 core rules, within limits."""
