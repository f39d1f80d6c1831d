"""Pictures: their address, and the type that its ending tells."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from pipeline.shaping.views import CategoryView, ImageType, ImageView, ItemView, OptionView

_TYPES: dict[str, ImageType] = {
    "jpg": "jpg", "jpeg": "jpg", "jpe": "jpg", "png": "png", "webp": "webp", "gif": "gif", "avif": "avif", "svg": "svg",
}  # fmt: skip
_SCHEME = len("https://")


class Pictures(dict[str, ImageView]):
    """Address → its one view."""

    __slots__ = ()

    def __missing__(self, url: str) -> ImageView:
        self[url] = image = image_view(url)
        return image


def image_view(url: str) -> ImageView:
    """Describe a picture by its address; nothing is loaded.

    >>> image_view("https://img.example/a/Soup.JPEG?w=2")
    ImageView(url='https://img.example/a/Soup.JPEG?w=2', type='jpg', has_query=True)
    >>> image_view("https://img.example").type is None
    True
    """
    # The last slash of an address without a path belongs to https://.
    if "?" not in url and "#" not in url:
        return ImageView(
            url, _TYPES.get(url[url.rfind(".") + 1 :].lower()) if url.rfind("/") >= _SCHEME else None, False
        )
    address = url.partition("#")[0]
    path, mark, _ = address.partition("?")
    return ImageView(url, image_view(path).type, bool(mark))


def used_pictures(
    categories: Iterable[CategoryView], items: Iterable[ItemView], options: Iterable[OptionView]
) -> list[ImageView]:
    """Give the distinct pictures of categories, dishes and options, in this order."""
    owners: Iterable[CategoryView | ItemView | OptionView] = chain(categories, items, options)
    return list({image.url: image for owner in owners if (image := owner.image) is not None}.values())
