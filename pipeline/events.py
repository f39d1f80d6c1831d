"""Events of the menu service: every shape in use → one value; what cannot be meant → a reason.

An event arrives bare, inside EventBridge's envelope, or as the body of an SQS record (whose body may
again be an SNS notification). Field names come in camel case or with underscores. What an event
says is only a hint: the menu itself is always fetched, so an event that comes twice, late or out of
order changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["menu", "item", "availability"]
MOST_BYTES = 1024 * 1024
MOST_DEPTH = 5
MOST_IDS = 1_000

KINDS: dict[Kind, tuple[str, ...]] = {
    "menu": (
        "menu_updated", "menu_changed", "menu_created", "menu_published", "menu_deleted", "menu_activated",
        "category_updated", "category_created", "category_deleted", "category_reordered", "menu_refresh",
        "modifier_group_updated", "modifier_group_created", "modifier_group_deleted", "restaurant_updated",
        "hours_updated", "hours_changed",
    ),
    "item": (
        "item_updated", "item_changed", "item_created", "item_deleted", "menu_item_updated", "menu_item_created",
        "menu_item_deleted", "menu_item_changed", "price_changed", "price_updated", "item_price_changed",
        "item_price_updated", "option_updated", "modifier_updated",
    ),
    "availability": (
        "availability_changed", "availability_updated", "item_availability_changed", "item_availability_updated",
        "menu_item_availability_changed", "item_sold_out", "item_86ed", "item_back", "item_available",
        "item_unavailable", "item_restored", "option_sold_out", "option_available", "stock_changed",
    ),
}  # fmt: skip
"""The words for what happened, by what follows from it."""

_WORDS = {word.replace("_", ""): word for words in KINDS.values() for word in words}
_KIND_OF: dict[str, Kind] = {word: kind for kind, words in KINDS.items() for word in words}
_NAMES: dict[str, tuple[str, ...]] = {
    "restaurant_id": ("restaurant_id", "restaurantid", "store_id", "storeid", "location_id", "locationid"),
    "type": ("event_type", "eventtype", "type", "event", "event_name", "eventname"),
    "id": ("event_id", "eventid", "message_id", "messageid", "id"),
    "version": ("menu_version", "menuversion", "version"),
    "time": ("occurred_at", "occurredat", "timestamp", "time", "event_time", "eventtime"),
    "items": ("item_ids", "itemids", "item_id", "itemid", "items"),
    "options": ("option_ids", "optionids", "option_key", "option_keys", "options"),
    "available": ("available", "availability", "is_available", "isavailable", "in_stock", "instock"),
    "until": ("sold_out_until", "soldoutuntil", "until", "available_at", "availableat"),
    "platforms": ("platforms", "platform"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """What happened at one restaurant. ``available`` and ``until`` are told by availability events only."""

    event_id: str
    restaurant_id: str
    kind: Kind
    type: str
    version: str | None = None
    time: datetime | None = None
    item_ids: tuple[str, ...] = ()
    option_keys: tuple[str, ...] = ()
    available: bool | None = None
    until: str | None = None
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that is no event; it goes to the dead-letter queue with the reason."""

    reason: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """One message; ``message_id`` is the queue's, empty where there is none."""

    message_id: str
    event: Event | Rejected


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which events are meant for us: EventBridge sources and detail types; an empty set takes any."""

    sources: Collection[str] = ()
    detail_types: Collection[str] = ()


def received(document: Any, accepted: Accepted = Accepted()) -> Iterator[Received]:
    """Give each message of a Lambda event: an SQS batch, one EventBridge event, or a bare event."""
    records = document.get("Records") if isinstance(document, Mapping) else None
    if isinstance(records, list):
        for record in records:
            yield _queued(record, accepted)
        return
    if isinstance(document, list):
        for entry in document:
            yield Received("", read_event(entry, accepted))
        return
    yield Received("", read_event(document, accepted))


def _queued(record: Any, accepted: Accepted) -> Received:
    if not isinstance(record, Mapping):
        return Received("", Rejected("The batch holds an entry that is no record."))
    message_id = str(record.get("messageId", ""))
    found = record.get("Sns")
    notice = found if isinstance(found, Mapping) else {}
    body = record.get("body", notice.get("Message"))
    known_as = message_id or str(notice.get("MessageId", ""))
    if not isinstance(body, str):
        return Received(message_id, Rejected("The message has no body.", known_as))
    return Received(message_id, read_text(body, accepted, known_as))


def read_text(text: str | bytes, accepted: Accepted = Accepted(), message_id: str = "") -> Event | Rejected:
    """Read one message's text."""
    if len(text) > MOST_BYTES:
        return Rejected(f"The message is larger than {MOST_BYTES // 1024} KB.", message_id)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Rejected("The message is no JSON.", message_id)
    return read_event(document, accepted, message_id)


def read_event(
    document: Any, accepted: Accepted = Accepted(), message_id: str = "", depth: int = 0
) -> Event | Rejected:
    """Read one event in whatever envelope.

    >>> read_event({"eventType": "MenuUpdated", "restaurantId": "r-1", "eventId": "e-1"}).kind
    'menu'
    >>> read_event({"event_type": "menu.updated"}).reason
    'The event names no restaurant.'
    """
    if not isinstance(document, Mapping):
        return Rejected("The message is no JSON object.", message_id)
    if depth > MOST_DEPTH:
        return Rejected("The message is wrapped too often.", message_id)
    for inner in ("detail", "Message", "data", "payload", "body"):
        nested = document.get(inner)
        if isinstance(nested, str) and nested.lstrip().startswith("{"):
            nested = _object(nested)
        if not isinstance(nested, Mapping):
            continue
        if inner == "detail" and not _for_us(document, accepted):
            return Rejected(f"The event of {_short(document.get('source'))} is not for this service.", message_id)
        outer = {key: value for key, value in document.items() if key != inner}
        if inner != "detail":
            outer = {
                key: value for key, value in outer.items() if key not in ("Type", "type") or isinstance(value, str)
            }
        kept = {**_envelope(outer), **nested}
        return read_event(kept, Accepted(), message_id, depth + 1)
    return _event(document, message_id)


def _envelope(outer: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what an envelope says that its content may lack: the event's id, type and time."""
    names = ("id", "eventId", "event_id", "time", "restaurant_id", "restaurantId")
    kept = {name: outer[name] for name in names if name in outer}
    if isinstance(outer.get("detail-type"), str):
        kept["eventType"] = outer["detail-type"]
    elif isinstance(outer.get("MessageId"), str):
        kept["eventId"] = outer["MessageId"]
    for name in ("eventType", "event_type"):
        if isinstance(outer.get(name), str):
            kept[name] = outer[name]
    return kept


def _for_us(envelope: Mapping[str, Any], accepted: Accepted) -> bool:
    if accepted.sources and envelope.get("source") not in accepted.sources:
        return False
    return not accepted.detail_types or envelope.get("detail-type") in accepted.detail_types


def _event(detail: Mapping[str, Any], message_id: str) -> Event | Rejected:
    found = {_plain(key): value for key, value in detail.items() if isinstance(key, str)}

    def value(name: str) -> Any:
        return next((found[key] for key in _NAMES[name] if found.get(key) not in (None, "")), None)

    event_id = _text(value("id")) or message_id
    restaurant_id = _text(value("restaurant_id"))
    if restaurant_id is None:
        return Rejected("The event names no restaurant.", event_id)
    kinds = [_text(found.get(name)) for name in _NAMES["type"]]
    word = next(
        (text for text in kinds if text and _word(text) in _KIND_OF), next((text for text in kinds if text), None)
    )
    if word is None:
        return Rejected("The event does not say what happened.", event_id)
    kind = _KIND_OF.get(_word(word))
    if kind is None:
        return Rejected(f"An event of type {_short(word)} is not known.", event_id)
    return Event(
        event_id=event_id or _name_for(detail, told_when=value("time") is not None or value("version") is not None),
        restaurant_id=restaurant_id,
        kind=kind,
        type=_word(word),
        version=_text(value("version")),
        time=_time(value("time")),
        item_ids=_ids(value("items"), ("item_id", "itemId", "id")),
        option_keys=_ids(value("options"), ("key", "option_key", "option_id", "optionId", "id")),
        available=_available(value("available"), _word(word)),
        until=_text(value("until")),
        platforms=_ids(value("platforms"), ()),
    )


def _plain(key: str) -> str:
    return key.lower().replace("-", "_")


def _word(text: str) -> str:
    """Give a type's word: ``MenuUpdated``, ``menu.updated`` and ``Menu Updated`` are one.

    >>> _word("MenuItemPriceChanged"), _word("menu.updated"), _word("ITEM_SOLD_OUT")
    ('menu_item_price_changed', 'menu_updated', 'item_sold_out')
    """
    parted = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.strip()[:200]).lower()).strip("_")
    return _WORDS.get(parted.replace("_", ""), parted)


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = str(value).strip()
    return text if 0 < len(text) <= 1_000 and text.isprintable() else None


def _ids(value: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    found: list[str] = []
    for entry in entries[:MOST_IDS]:
        if isinstance(entry, Mapping):
            entry = next((entry[name] for name in names if name in entry), None)
        text = _text(entry)
        if text is not None:
            found.append(text)
    return tuple(dict.fromkeys(found))


def _available(value: Any, word: str) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("available", "in_stock", "true", "active"):
        return True
    if isinstance(value, str) and value.lower() in ("unavailable", "sold_out", "out_of_stock", "false", "86"):
        return False
    if word.endswith(("sold_out", "86ed", "unavailable")):
        return False
    return True if word.endswith(("back", "available", "restored")) else None


def _time(value: Any) -> datetime | None:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC)
        moment = datetime.fromisoformat(str(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _object(text: str) -> Any:
    try:
        return json.loads(text) if len(text) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        return None


def _name_for(detail: Mapping[str, Any], *, told_when: bool) -> str:
    """Name an event that has no id by what it says, so that its repetition is known.

    One that does not even say when it happened may be the next change of the same kind, and gets a name of its own: to
    take an event twice changes nothing, to miss one does.
    """
    if not told_when:
        return uuid.uuid4().hex
    return hashlib.sha256(json.dumps(detail, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _short(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:59] + "…")
