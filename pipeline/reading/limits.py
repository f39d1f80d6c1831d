"""How large a menu may be; a hostile or broken input never takes the machine with it."""

from __future__ import annotations

from decimal import Decimal

MAX_BYTES = 25 * 1024 * 1024
"""Largest menu document; the largest real menus have about 1 MB."""

MAX_PRICE = Decimal(999_999_999)
MAX_PLACES = 4
"""Decimal places of an amount: the currencies of ISO 4217 need at most four."""

MAX_DIGITS = 400
"""Digits of any number; the longest binary double has 309 before its point."""

MAX_EXTRA_DEPTH = 16
"""Levels of lists and objects inside one unknown field."""

MAX_LEVELS = 32
"""Levels of categories, and of modifier groups inside options."""

MAX_CHOICES = 100_000
"""Options of one dish with all nested groups written out: a few groups that share each other grow without bound."""

NAMED = 25
"""Records that one collected finding names; it always says how many there are."""

SAME_FINDINGS = 200
"""Findings of one kind that are told one by one; the others are counted."""
