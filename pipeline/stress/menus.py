"""The menus: one per kind of difficulty, each one that the internal menu's own rules allow.

What a platform cannot take of them has to be left out with a finding, or refused in plain words.
"""

from __future__ import annotations

from random import Random

from pipeline.menu import MAX_TEXT
from pipeline.stress.registry import Json, dish, group, menu, option, restaurant, stress_menu, window

PICTURE = "https://images.example.com/{}.jpg"


@stress_menu
def only_what_must_be(random: Random) -> Json:
    """No optional field anywhere: no hours, no description, no category."""
    bare = {key: value for key, value in restaurant().items() if key != "hours"}
    items = [{"item_id": "a", "name": "A", "price": "1"}, {"item_id": "b", "name": "B", "price": "2.50"}]
    return {"restaurant": bare, "categories": [], "items": items}


@stress_menu
def every_field(random: Random) -> Json:
    """Every optional field of every record at once."""
    words = {"de": {"name": "Name", "description": "Text"}, "ar": {"name": "اسم", "description": "نص"}}
    night = [window("friday", "18:30", "01:15")]
    lunch = [window("monday", "11:30", "14:45")]
    extra = option(
        1,
        description="Creamy",
        prices={"delivery": "1.20", "pickup": "0.90"},
        is_default=True,
        default_quantity=1,
        max_quantity=3,
        charge_above=1,
        image_url=PICTURE.format("option"),
        calories=90,
        is_alcohol=False,
        tax_rate="7",
        deposit="0.10",
        modifier_groups=["group-2"],
        translations=words,
    )
    full = dish(
        1,
        description="Everything",
        categories=["cat-1", "cat-2"],
        allergens=["milk", "wheat"],
        dietary=["vegan"],
        prices={"delivery": "9.99", "pickup": "8.99"},
        image_url=PICTURE.format("dish"),
        hours=lunch,
        calories=700,
        nutrition={"fat": "1.5", "salt": "0.3"},
        is_alcohol=False,
        tax_rate="8.875",
        deposit="0.15",
        modifier_groups=["group-1"],
        display_order=1,
        translations=words,
        sizes=[
            {"size_id": "s", "name": "Small", "price": "5"},
            {
                "size_id": "l",
                "name": "Large",
                "price": "7",
                "prices": {"delivery": "8"},
                "is_default": True,
                "calories": 900,
                "translations": words,
            },
        ],
    )
    deal = dish(
        2, bundle=[{"item_id": "item-1", "quantity": 2}], availability=False, sold_out_until="2031-05-02T10:00:00Z"
    )
    place = restaurant(
        description="A place",
        image_url=PICTURE.format("front"),
        phone="+1 212 555 0100",
        address="1 Example Street",
        special_hours=[{"date": "2031-12-25", "closed": True}],
        translations=words,
        hours=[*lunch, *night],
    )
    categories = [
        {
            "category_id": "cat-1",
            "name": "Dishes",
            "description": "All",
            "display_order": 1,
            "hours": night,
            "image_url": PICTURE.format("category"),
            "translations": words,
        },
        {"category_id": "cat-2", "name": "More", "parent_category": "cat-1", "display_order": 2},
    ]
    groups = [
        group(1, extra, option(2), description="Choose", min_select=0, max_select=2, translations=words),
        group(2, option(1), option(2), min_select=0, max_select=1),
    ]
    return menu(full, deal, restaurant=place, categories=categories, modifier_groups=groups)


@stress_menu
def emoji(random: Random) -> Json:
    """Names of emoji that are made of several characters."""
    names = ["👩‍🍳🍕", "👨‍👩‍👧‍👦 Family 🥡", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Full English", "1️⃣2️⃣", "🌶️" * 60]
    items = [dish(number, name=name, description=name * 3) for number, name in enumerate(names)]
    return menu(*items, categories=[{"category_id": "cat-1", "name": "🍔"}])


@stress_menu
def right_to_left(random: Random) -> Json:
    """Arabic and Hebrew names, with marks that change the direction."""
    items = [
        dish(1, name="\u202eمندي دجاج\u202c"),
        dish(2, name="חומוס \u200fעם\u200e פיתה"),
        dish(3, name="قهوة (حار)"),
    ]
    place = restaurant(locale="ar-BH", currency="BHD", name="مطعم البحرين")
    return menu(*items, restaurant=place)


@stress_menu
def two_hundred_options(random: Random) -> Json:
    """A group of 200 options, all of which may be taken."""
    options = [option(number) for number in range(200)]
    groups = [group(1, *options, min_select=0, max_select=200), group(2, *options)]
    return menu(dish(1, modifier_groups=["group-1", "group-2"]), modifier_groups=groups)


@stress_menu
def odd_pictures(random: Random) -> Json:
    """Addresses of pictures without an ending, with a query, of other kinds, and none."""
    urls = [
        "https://images.example.com/a",
        "https://images.example.com/a.jpg?w=1&h=2",
        "https://images.example.com/ä b.png",
        "https://images.example.com/a.gif",
        "https://images.example.com/a.svg",
        "http://images.example.com/a.jpg",
        "https://images.example.com/A.JPG",
        "https://images.example.com/a.jpg#top",
        "https://images.example.com/" + "x" * 1_500 + ".jpg",
    ]
    return menu(*(dish(number, image_url=url) for number, url in enumerate(urls)), dish(99))


@stress_menu
def six_levels_of_modifiers(random: Random) -> Json:
    """Groups in options, six levels deep."""
    return _nested(6)


@stress_menu
def seven_levels_of_modifiers(random: Random) -> Json:
    """Groups in options, one level more than the deepest platform takes."""
    return _nested(7)


def _nested(levels: int) -> Json:
    groups = [
        group(level, option(1, modifier_groups=[f"group-{level + 1}"] if level < levels else []), option(2))
        for level in range(1, levels + 1)
    ]
    return menu(dish(1, modifier_groups=["group-1"]), modifier_groups=groups)


@stress_menu
def shared_groups(random: Random) -> Json:
    """One group on a hundred dishes, and the same group on several levels."""
    groups = [
        group(1, option(1, modifier_groups=["group-2", "group-3"]), option(2, modifier_groups=["group-3"])),
        group(2, option(1, modifier_groups=["group-3"]), option(2)),
        group(3),
    ]
    items = [dish(number, modifier_groups=["group-1", "group-3"]) for number in range(100)]
    return menu(*items, modifier_groups=groups)


@stress_menu
def choices_that_cannot_be_made(random: Random) -> Json:
    """Groups that ask for more than is left: options sold out or hidden, all or some."""
    gone = option(1, availability=False)
    groups = [
        group(1, gone, option(2, availability=False), min_select=1, max_select=1),
        group(2, gone, option(2), min_select=2, max_select=2),
        group(3, option(1, hidden=True), option(2), min_select=1, max_select=1),
    ]
    return menu(dish(1, modifier_groups=["group-1", "group-2", "group-3"]), modifier_groups=groups)


@stress_menu
def quantities(random: Random) -> Json:
    """Options that may be taken several times, the first ones free, with and without limits."""
    options = [
        option(1, price="1", max_quantity=10, default_quantity=2, charge_above=1, is_default=True),
        option(2, price="1", max_quantity=1),
        option(3, price="1", default_quantity=0),
    ]
    groups = [group(1, *options, min_select=0, max_select=3, free_select=1), group(2, *options, free_select=3)]
    return menu(dish(1, modifier_groups=["group-1", "group-2"]), modifier_groups=groups)


@stress_menu
def names_of_255_characters(random: Random) -> Json:
    """Names as long as many systems' fields."""
    return _long(255)


@stress_menu
def texts_of_10000_characters(random: Random) -> Json:
    """Names and descriptions as long as a menu may have them."""
    return _long(MAX_TEXT)


def _long(length: int) -> Json:
    text = ("Wörter und 餃子 " * (length // 10 + 1))[: length - 1] + "x"
    return menu(
        dish(1, name=text, description=text, modifier_groups=["group-1"]),
        restaurant=restaurant(name=text, description=text),
        categories=[{"category_id": "cat-1", "name": text, "description": text}],
        modifier_groups=[group(1, option(1, name=text, description=text), name=text, description=text)],
    )


@stress_menu
def html_in_texts(random: Random) -> Json:
    """Tags, scripts, entities and half tags in names and descriptions."""
    texts = [
        "<b>Bold</b> & <i>more</i>",
        "<script>alert(1)</script>",
        "a < b > c",
        "&lt;b&gt;",
        "<p>One<br/>Two</p>",
        "<",
    ]
    return menu(*(dish(number, name=f"{text} {number}", description=text) for number, text in enumerate(texts)))


@stress_menu
def nothing_but_html(random: Random) -> Json:
    """A name and a description that are empty once the tags are taken out."""
    return menu(dish(1, name="<b></b>", description="<br>"), dish(2))


@stress_menu
def control_characters(random: Random) -> Json:
    """Characters that steer terminals, tabs, line ends, zero-width ones."""
    name = "Soup\x07\x1b[31m\u0000\u200b of\tthe\r\nday\u2028"
    return menu(dish(1, name=name, description=name), categories=[{"category_id": "cat-1", "name": name}])


@stress_menu
def blank_texts(random: Random) -> Json:
    """Descriptions that are empty or blank, and names with blanks around them."""
    return menu(dish(1, description=""), dish(2, description=" \n "), dish(3, name="  Soup  ", description=" x "))


@stress_menu
def odd_ids(random: Random) -> Json:
    """Ids with slashes, semicolons, blanks, quotes, other scripts, and of 200 characters."""
    ids = ["a/b", "c;d", "a b", 'a"b', "a~b", "ä日", "0", "null", "x" * 200, "a%2Fb", "../a"]
    options = [option(number, option_id=each) for number, each in enumerate(ids)]
    items = [dish(number, item_id=each, modifier_groups=["g/1"]) for number, each in enumerate(ids)]
    groups = [group(1, *options, modifier_group_id="g/1"), group(2, modifier_group_id="g;2")]
    items[0]["modifier_groups"] = ["g/1", "g;2"]
    return menu(*items, modifier_groups=groups, restaurant=restaurant(restaurant_id="rest/1;2"))


@stress_menu
def ids_that_become_one(random: Random) -> Json:
    """Ids that differ only in a sign that platforms replace."""
    return menu(dish(1, item_id="a/b"), dish(2, item_id="a;b"), dish(3, item_id="a-b"))


@stress_menu
def one_id_for_all(random: Random) -> Json:
    """The same id for the restaurant, a category, a dish, a group and an option."""
    return menu(
        dish(1, item_id="1", category="1", modifier_groups=["1"]),
        restaurant=restaurant(restaurant_id="1"),
        categories=[{"category_id": "1", "name": "One"}],
        modifier_groups=[group(1, option(1, option_id="1"), modifier_group_id="1")],
    )


@stress_menu
def same_names(random: Random) -> Json:
    """Everything has the same name."""
    same = {"name": "Pizza"}
    return menu(
        *(dish(number, **same, modifier_groups=["group-1"]) for number in range(5)),
        restaurant=restaurant(**same),
        categories=[{"category_id": "cat-1", **same}, {"category_id": "cat-2", **same, "parent_category": "cat-1"}],
        modifier_groups=[group(1, option(1, **same), option(2, **same), **same)],
    )


@stress_menu
def empty_categories(random: Random) -> Json:
    """Categories without dishes, and a tree whose leaves are empty."""
    categories = [
        {"category_id": "cat-1", "name": "Dishes"},
        {"category_id": "cat-2", "name": "Empty"},
        {"category_id": "cat-3", "name": "Also Empty", "parent_category": "cat-2"},
    ]
    return menu(dish(1), categories=categories)


@stress_menu
def no_dishes(random: Random) -> Json:
    """A menu without any dish."""
    return menu()


@stress_menu
def everything_hidden(random: Random) -> Json:
    """All dishes are hidden."""
    return menu(dish(1, hidden=True), dish(2, hidden=True))


@stress_menu
def everything_sold_out(random: Random) -> Json:
    """All dishes and options are sold out, some until a time, some until one that has passed."""
    items = [
        dish(1, availability=False, modifier_groups=["group-1"]),
        dish(2, availability=False, sold_out_until="2031-05-02T10:00:00+02:00"),
        dish(3, availability=False, sold_out_until="2020-01-01T00:00:00Z"),
    ]
    options = [option(1, availability=False), option(2, availability=False, sold_out_until="2031-06-01T00:00:00Z")]
    return menu(*items, modifier_groups=[group(1, *options)])


@stress_menu
def unknown_claims(random: Random) -> Json:
    """Allergens and diets that no list knows, known ones, none, and no word at all."""
    items = [
        dish(1, allergens=["stardust", "milk"], dietary=["delicious", "vegan"]),
        dish(2, allergens=[], dietary=[]),
        dish(3),
        dish(4, allergens=["Sulfite", "Schalenfrüchte"], dietary=["vegetarisch", "halal", "kosher", "organic"]),
    ]
    return menu(*items)


@stress_menu
def alcohol(random: Random) -> Json:
    """Alcohol that is known, known not to be, and unknown, on dishes and options."""
    options = [option(1, is_alcohol=True), option(2, is_alcohol=False), option(3)]
    items = [dish(1, is_alcohol=True, deposit="0.25"), dish(2, is_alcohol=False, modifier_groups=["group-1"]), dish(3)]
    return menu(*items, modifier_groups=[group(1, *options)])


@stress_menu
def deep_categories(random: Random) -> Json:
    """A chain of categories eight levels deep, each with a dish."""
    categories = [
        {
            "category_id": f"cat-{level}",
            "name": f"Level {level}",
            **({"parent_category": f"cat-{level - 1}"} if level > 1 else {}),
        }
        for level in range(1, 9)
    ]
    return menu(*(dish(level, category=f"cat-{level}") for level in range(1, 9)), categories=categories)


@stress_menu
def dishes_in_many_categories(random: Random) -> Json:
    """Every dish stands in every category."""
    categories = [{"category_id": f"cat-{number}", "name": f"Category {number}"} for number in range(1, 9)]
    ids = [category["category_id"] for category in categories]
    items = [dish(number, categories=ids, modifier_groups=["group-1"]) for number in range(10)]
    for item in items:
        del item["category"]
    return menu(*items, categories=categories, modifier_groups=[group(1)])


@stress_menu
def sizes(random: Random) -> Json:
    """Sizes of one price, one size alone, all sold out, without a default."""

    def size(number: int, **fields: object) -> Json:
        return {"size_id": f"s{number}", "name": f"Size {number}", "price": f"{number}.50", **fields}

    items = [
        dish(1, sizes=[size(1), size(2)], modifier_groups=["group-1"]),
        dish(2, sizes=[size(3)]),
        dish(3, sizes=[size(1, price="4"), size(2, price="4")]),
        dish(4, sizes=[size(1, availability=False), size(2, availability=False)]),
    ]
    return menu(*items, modifier_groups=[group(1)])


@stress_menu
def languages(random: Random) -> Json:
    """A locale with a script, and translations that are empty or into the menu's own language."""
    words = {"zh-Hant-TW": {"name": "餃"}, "en": {"name": "Dumplings"}, "fr": {}, "de": {"name": ""}}
    return menu(dish(1, name="餃子", translations=words), restaurant=restaurant(locale="zh-Hant-TW", currency="TWD"))


@stress_menu
def far_time_zone(random: Random) -> Json:
    """A zone where it is already tomorrow, and that is off by three quarters of an hour."""
    sold_out = dish(1, availability=False, sold_out_until="2031-05-02T03:00:00")
    return menu(sold_out, dish(2), restaurant=restaurant(timezone="Pacific/Chatham", currency="NZD", locale="en-NZ"))


@stress_menu
def a_huge_menu(random: Random) -> Json:
    """2,000 dishes in 50 categories with shared groups."""
    categories = [{"category_id": f"cat-{number}", "name": f"Category {number}"} for number in range(50)]
    groups = [group(number, *(option(place) for place in range(8))) for number in range(60)]
    items = [
        dish(number, category=f"cat-{number % 50}", modifier_groups=[f"group-{number % 60}"], description="Tasty " * 9)
        for number in range(2_000)
    ]
    return menu(*items, categories=categories, modifier_groups=groups)
