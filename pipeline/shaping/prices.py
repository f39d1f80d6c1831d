"""The price for this platform: the channel's, with the store's markup, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pipeline.menu import Item, Option, Size
from pipeline.money import EXACT, Steps, minor_units, round_half_up

DELIVERY, PICKUP = "delivery", "pickup"


class Prices:
    """Gives what a dish, size or option costs on this platform.

    The first of ``channels`` that a record has a price for counts, else its base price. A markup is
    in percent, exact, and rounded half up to the currency's minor unit, then to ``steps``, as the
    transforms ``markup`` and ``round_to`` do. Without a markup prices stay as they are. Raises
    ``UnknownCurrency``.
    """

    __slots__ = ("_channels", "marked")

    def __init__(
        self,
        currency: str,
        channels: tuple[str, ...] = (),
        markup: Decimal = Decimal(0),
        steps: Steps | None = None,
    ) -> None:
        self._channels = channels
        self.marked = _Marked(markup, minor_units(currency), steps) if markup else None
        """Price → price with markup, null without one; spares asking :meth:`of` where there are no channel prices."""

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

    def channels(self, record: Item | Option | Size) -> dict[str, Decimal]:
        """Give a record's prices by channel.

        Where its price here is that for delivery, whoever fetches the dish pays its usual price, unless the menu
        says another one for pickup.
        """
        prices = record.prices
        if PICKUP in prices or next((name for name in self._channels if name in prices), None) != DELIVERY:
            return prices
        return {**prices, PICKUP: record.price if self.marked is None else self.marked[record.price]}


class _Marked(dict[Decimal, Decimal]):
    """Price → price with markup; each is computed once."""

    def __init__(self, percent: Decimal, places: int, steps: Steps | None) -> None:
        super().__init__()
        self._factor = EXACT.divide(EXACT.add(percent, Decimal(100)), Decimal(100))
        self._places = places
        self._steps = steps

    def __missing__(self, price: Decimal) -> Decimal:
        marked = round_half_up(EXACT.multiply(price, self._factor), self._places)
        if self._steps is not None:
            marked = round_half_up(self._steps.rounded(marked), self._places)
        self[price] = marked
        return marked
