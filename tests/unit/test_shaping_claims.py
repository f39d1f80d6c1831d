"""The words of allergens and dietary claims."""

from __future__ import annotations

from typing import get_args

import pytest

from pipeline.shaping.claims import _data, simplified, vocabulary
from pipeline.shaping.views import Allergen, Dietary

EU_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
EU_ALLERGENS = (
    *("gluten", "crustaceans", "eggs", "fish", "peanuts", "soya", "milk"),
    *("nuts", "celery", "mustard", "sesame", "sulphites", "lupin", "molluscs"),
)


@pytest.mark.parametrize("code", EU_ALLERGENS)
def test_the_fourteen_have_words_in_each_language(code: str) -> None:
    words = _data().allergens[code]
    assert [language for language in EU_LANGUAGES if not words.get(language)] == []


def test_the_words_have_all_codes_and_no_others() -> None:
    data = _data()
    assert data.allergens.keys() == set(get_args(Allergen))
    assert data.dietary.keys() == set(get_args(Dietary))
    assert {code for entry in data.several for code in entry.codes} <= set(get_args(Allergen))


@pytest.mark.parametrize("kind", ["allergens", "dietary"])
def test_no_word_means_two_things(kind: str) -> None:
    meaning: dict[str, set[str]] = {}
    for code, languages in getattr(_data(), kind).items():
        for words in languages.values():
            for word in words:
                meaning.setdefault(simplified(word), set()).add(code)
    assert {word: codes for word, codes in meaning.items() if len(codes) > 1} == {}


@pytest.mark.parametrize("kind", ["allergens", "dietary"])
def test_every_word_and_code_is_understood(kind: str) -> None:
    words = vocabulary(kind)
    for code, languages in getattr(_data(), kind).items():
        assert words.codes(code) == (code,)
        assert words.codes(code.upper().replace("_", " ")) == (code,)
        for texts in languages.values():
            assert [text for text in texts if words.codes(text) != (code,)] == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Erdnüße", ("peanuts",)),
        ("  ERDNÜSSE ", ("peanuts",)),
        ("Haselnüße oder Nußerzeugnisse", ("hazelnuts", "nuts")),
        ("Krebsfleisch-Imitat", ("fish", "crustaceans")),
        ("Contains: milk, soy and Eggs", ("milk", "soya", "eggs")),
        ("Enthält Sellerie", ("celery",)),
        ("小麦、卵", ("wheat", "eggs")),
        ("no milk", ()),
        ("milk free", ()),
        ("ohne Milch", ()),
        ("may contain nuts", ()),
        ("milk, stardust", ()),
        ("", ()),
        (",", ()),
    ],
)
def test_texts_are_understood_wholly_or_not_at_all(text: str, codes: tuple[str, ...]) -> None:
    assert vocabulary("allergens").codes(text) == codes


def test_an_introduction_makes_no_dietary_claim() -> None:
    assert vocabulary("dietary").codes("contains vegan") == ()
    assert vocabulary("dietary").codes("Vegan, Gluten-Free") == ("vegan", "gluten_free")
