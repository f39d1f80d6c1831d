"""Local stand-ins of the platforms, driven by data files, for tests and for trying things out.

Shares no code with the product that talks to it, so that the two can disagree.
"""
