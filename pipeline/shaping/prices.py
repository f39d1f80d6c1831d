"""The price for this platform: the channel's, with the store's markup, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from pipeline.menu import Item, Option, Size
from pipeline.money import EXACT, minor_units, round_half_up


class Prices:
    """Gives what a dish, size or option costs on this platform.

    The first of ``channels`` that a record has a price for counts, else its base price. A markup is
    in percent, exact, and rounded half up to the currency's minor unit, or to the nearest multiple
    of ``round_to``. Without a markup prices stay as they are. Raises ``UnknownCurrency``.
    """

    __slots__ = ("_channels", "marked", "untouched")

    def __init__(
        self,
        currency: str,
        channels: tuple[str, ...] = (),
        markup: Decimal = Decimal(0),
        round_to: Decimal | None = None,
    ) -> None:
        self._channels = channels
        self.marked = _Marked(markup, minor_units(currency), round_to) if markup else None
        """Price → price with markup, null without one; spares asking :meth:`of` where there are no channel prices."""
        self.untouched = not channels and self.marked is None
        """Whether every record costs its base price; spares asking for each."""

    def of(self, record: Item | Option | Size) -> Decimal:
        """Give a record's price on this platform."""
        return self.at(record.price, record.prices)

    def at(self, price: Decimal, prices: Mapping[str, Decimal]) -> Decimal:
        """Give the price on this platform of what costs ``price``, or ``prices`` in some channels."""
        if prices:
            for channel in self._channels:
                if channel in prices:
                    price = prices[channel]
                    break
        return price if self.marked is None else self.marked[price]


class _Marked(dict[Decimal, Decimal]):
    """Price → price with markup; each is computed once."""

    def __init__(self, percent: Decimal, places: int, round_to: Decimal | None) -> None:
        super().__init__()
        self._factor = EXACT.divide(EXACT.add(percent, Decimal(100)), Decimal(100))
        self._places = places
        self._step = round_to if round_to is not None and round_to > 0 else None

    def __missing__(self, price: Decimal) -> Decimal:
        raised = EXACT.multiply(price, self._factor)
        if self._step is not None:
            steps = EXACT.divide(raised, self._step).to_integral_value(rounding=ROUND_HALF_UP)
            raised = EXACT.multiply(steps, self._step)
        self[price] = marked = round_half_up(raised, self._places)
        return marked
