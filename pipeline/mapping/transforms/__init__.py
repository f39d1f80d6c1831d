"""Transforms: what values go through on their way into the payload, one file per concern.

Importing the package fills :data:`pipeline.mapping.transforms.registry.TRANSFORMS`.
"""

from pipeline.mapping.transforms import choice, html, identity, json, numbers, text, time  # noqa: F401  (they register)
