"""What a good programmer writes by hand: the same bytes as the shipped mappings, without a language.

The nested payload. ``tuned`` keeps look-ups in locals, remembers what it computed and touches each record
once; ``idiomatic`` is what a review would ask for. Neither reports, checks or explains anything: they do
the bare job over plain dictionaries, as ``orjson.loads`` gives them.
"""

from __future__ import annotations

from benchmarks.handwritten import (
    TAGS,
    Cents,
    Cleaned,
    Json,
    cents,
    clean,
    clean_description,
    day_end,
    flat_categories,
    unknown_claims,
)

DAYS = {
    "monday": "MON",
    "tuesday": "TUE",
    "wednesday": "WED",
    "thursday": "THU",
    "friday": "FRI",
    "saturday": "SAT",
    "sunday": "SUN",
}


def nested_idiomatic(menu: Json, store: Json, reference: str) -> Json:
    """Make the nested payload as clear code does."""
    restaurant = menu["restaurant"]
    groups = {group["modifier_group_id"]: group for group in menu["modifier_groups"]}
    return {
        "reference": reference,
        "store": {"merchant_supplied_id": store["store_id"], "provider_type": store["provider_type"]},
        "open_hours": [
            {"day_index": DAYS[window["day"]], "start_time": window["start"], "end_time": day_end(window["end"])}
            for window in restaurant.get("hours") or store["hours"]
        ],
        "special_hours": [],
        "menu": {
            "name": clean(restaurant["name"], 500),
            "merchant_supplied_id": restaurant["restaurant_id"],
            "active": True,
            "categories": [
                _without_none({
                    "name": clean(name, 500),
                    "subtitle": clean(category.get("description"), 500),
                    "merchant_supplied_id": category["category_id"],
                    "active": True,
                    "sort_id": place,
                    "items": [_nested_item(item, position, groups) for position, item in enumerate(items)],
                })
                for place, (name, category, items) in enumerate(flat_categories(menu))
            ],
        },
    }  # fmt: skip


def _nested_item(item: Json, place: int, groups: Json) -> Json:
    has_recipe = any(
        option.get("charge_above") or option.get("default_quantity")
        for group_id in item.get("modifier_groups", ())
        for option in groups[group_id]["options"]
    )
    calories = item.get("calories")
    info = {}
    if calories is not None:
        info["nutritional_info"] = calorie_range(calories)
    if item.get("dietary") is not None:
        tags = [TAGS[claim] for claim in item["dietary"] if claim in TAGS]
        if tags or not unknown_claims(item["dietary"]):
            info["classification_info"] = {"classification_tags": tags}
    return _without_none({
        "name": clean(item["name"], 500),
        "description": clean_description(item.get("description"), 1000),
        "merchant_supplied_id": item["item_id"],
        "active": True,
        "is_alcohol": item.get("is_alcohol"),
        "sort_id": place,
        "price": cents(item["price"]),
        "base_price": cents(item.get("prices", {}).get("pickup", item["price"])),
        "tax_rate": item.get("tax_rate"),
        "original_image_url": item.get("image_url"),
        "operation_context": ["RECIPE"] if has_recipe else None,
        "dish_info": info or None,
        "extras": [
            _nested_group(groups[group_id], position, groups)
            for position, group_id in enumerate(item.get("modifier_groups", ()))
        ],
    })  # fmt: skip


def _nested_group(group: Json, place: int, groups: Json) -> Json:
    group_id = group["modifier_group_id"]
    quantities = [option["max_quantity"] for option in group["options"] if "max_quantity" in option]
    most = group.get("max_select")
    return _without_none({
        "name": clean(group["name"], 500),
        "description": clean_description(group.get("description"), 1000),
        "merchant_supplied_id": group_id,
        "active": True,
        "sort_id": place,
        "min_num_options": group.get("min_select", 0),
        "max_num_options": most if most is not None else len(group["options"]),
        "num_free_options": group.get("free_select"),
        "max_option_choice_quantity": max(quantities, default=None),
        "options": [
            _nested_option(option, group_id, position, groups) for position, option in enumerate(group["options"])
        ],
    })  # fmt: skip


def _nested_option(option: Json, group_id: str, place: int, groups: Json) -> Json:
    counted = option.get("charge_above") or option.get("default_quantity")
    price = option.get("price", "0")
    return _without_none({
        "name": clean(option["name"], 500),
        "description": clean_description(option.get("description"), 1000),
        "merchant_supplied_id": f"{group_id}~{option['option_id']}",
        "active": True,
        "price": cents(price),
        "base_price": cents(option.get("prices", {}).get("pickup", price)),
        "default": option.get("is_default", False),
        "sort_id": place,
        "tax_rate": option.get("tax_rate"),
        "operation_context": ["RECIPE"] if counted else None,
        "original_image_url": option.get("image_url"),
        "extras": [
            _nested_group(groups[inner], position, groups)
            for position, inner in enumerate(option.get("modifier_groups", ()))
        ],
    })  # fmt: skip


def calorie_range(calories: int) -> Json:
    return {"calorific_info": {"display_type": "cal", "lower_range": calories, "higher_range": calories}}


def _without_none(record: Json) -> Json:
    return {key: value for key, value in record.items() if value is not None}


def nested_tuned(menu: Json, store: Json, reference: str) -> Json:
    """Make the nested payload as fast as plain Python allows."""
    restaurant = menu["restaurant"]
    groups = {group["modifier_group_id"]: group for group in menu["modifier_groups"]}
    names, descriptions = Cleaned(500, collapse=True), Cleaned(1000, collapse=False)
    price_of = Cents()

    def extras(group_ids: list[str]) -> list[Json]:
        made = []
        for place, group_id in enumerate(group_ids):
            group = groups[group_id]
            get = group.get
            extra: Json = {"name": names[group["name"]]}
            if (text := get("description")) is not None:
                extra["description"] = descriptions[text]
            extra["merchant_supplied_id"] = group_id
            extra["active"] = True
            extra["sort_id"] = place
            extra["min_num_options"] = get("min_select", 0)
            source = group["options"]
            most = get("max_select")
            extra["max_num_options"] = len(source) if most is None else most
            if (free := get("free_select")) is not None:
                extra["num_free_options"] = free
            largest = None
            options = []
            for position, option in enumerate(source):
                get = option.get
                price = get("price", "0")
                entry: Json = {"name": names[option["name"]]}
                if (text := get("description")) is not None:
                    entry["description"] = descriptions[text]
                entry["merchant_supplied_id"] = f"{group_id}~{option['option_id']}"
                entry["active"] = True
                entry["price"] = price_of[price]
                pickup = price if "prices" not in option else option["prices"].get("pickup", price)
                entry["base_price"] = price_of[pickup]
                entry["default"] = get("is_default", False)
                entry["sort_id"] = position
                if (tax := get("tax_rate")) is not None:
                    entry["tax_rate"] = tax
                if get("charge_above") or get("default_quantity"):
                    entry["operation_context"] = ["RECIPE"]
                if (url := get("image_url")) is not None:
                    entry["original_image_url"] = url
                if (quantity := get("max_quantity")) is not None and (largest is None or quantity > largest):
                    largest = quantity
                inner = get("modifier_groups")
                entry["extras"] = extras(inner) if inner else []
                options.append(entry)
            if largest is not None:
                extra["max_option_choice_quantity"] = largest
            extra["options"] = options
            made.append(extra)
        return made

    categories = []
    for place, (name, category, items) in enumerate(flat_categories(menu)):
        section: Json = {"name": names[name]}
        if (text := category.get("description")) is not None:
            section["subtitle"] = names[text]
        section["merchant_supplied_id"] = category["category_id"]
        section["active"] = True
        section["sort_id"] = place
        dishes = []
        for position, item in enumerate(items):
            get = item.get
            price = item["price"]
            dish: Json = {"name": names[item["name"]]}
            if (text := get("description")) is not None:
                dish["description"] = descriptions[text]
            dish["merchant_supplied_id"] = item["item_id"]
            dish["active"] = True
            if (alcohol := get("is_alcohol")) is not None:
                dish["is_alcohol"] = alcohol
            dish["sort_id"] = position
            dish["price"] = price_of[price]
            pickup = price if "prices" not in item else item["prices"].get("pickup", price)
            dish["base_price"] = price_of[pickup]
            if (tax := get("tax_rate")) is not None:
                dish["tax_rate"] = tax
            if (url := get("image_url")) is not None:
                dish["original_image_url"] = url
            group_ids = get("modifier_groups", ())
            for group_id in group_ids:
                if any(
                    option.get("charge_above") or option.get("default_quantity")
                    for option in groups[group_id]["options"]
                ):
                    dish["operation_context"] = ["RECIPE"]
                    break
            info: Json = {}
            if (calories := get("calories")) is not None:
                info["nutritional_info"] = calorie_range(calories)
            if (claims := get("dietary")) is not None:
                tags = [TAGS[claim] for claim in claims if claim in TAGS]
                if tags or not unknown_claims(claims):
                    info["classification_info"] = {"classification_tags": tags}
            if info:
                dish["dish_info"] = info
            dish["extras"] = extras(group_ids) if group_ids else []
            dishes.append(dish)
        section["items"] = dishes
        categories.append(section)
    return {
        "reference": reference,
        "store": {"merchant_supplied_id": store["store_id"], "provider_type": store["provider_type"]},
        "open_hours": [
            {"day_index": DAYS[window["day"]], "start_time": window["start"], "end_time": day_end(window["end"])}
            for window in restaurant.get("hours") or store["hours"]
        ],
        "special_hours": [],
        "menu": {
            "name": names[restaurant["name"]],
            "merchant_supplied_id": restaurant["restaurant_id"],
            "active": True,
            "categories": categories,
        },
    }
