"""Categories as views, with their dishes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.shaping.categories import Section
from pipeline.shaping.hours import UNKNOWN_FORMS, Week
from pipeline.shaping.locale import translation_views
from pipeline.shaping.pictures import Pictures
from pipeline.shaping.report import Report
from pipeline.shaping.views import CategoryView, ItemView


def category_views(
    sections: Iterable[Section],
    contents: Mapping[str | None, list[ItemView]],
    week: Week,
    pictures: Pictures,
    locale: str,
    parent: CategoryView | None = None,
) -> list[CategoryView]:
    """Give the views of sections and of all below them; ``contents`` holds each category's dishes."""
    views = []
    for section in sections:
        category, hours = section.category, section.hours
        category_id = category.category_id
        translations = translation_views(category.translations, locale)
        for language, name in section.names.items():
            if language in translations:
                translations[language].name = name
        view = CategoryView(
            category_id,
            section.name,
            category.description,
            [*(parent.path if parent else ()), section.name],
            parent.category_id if parent else None,
            contents[category_id],
            [],
            None if category.image_url is None else pictures[category.image_url],
            *(UNKNOWN_FORMS if hours is None else week.of(hours, "category", category_id, section.name).forms()),
            translations,
            category.extra,
        )
        view.subcategories = category_views(section.subsections, contents, week, pictures, locale, view)
        views.append(view)
    return views


def without_empty(tree: Iterable[CategoryView], report: Report) -> list[CategoryView]:
    """Take categories out that hold no dish, not even further down."""
    staying = []
    for category in tree:
        category.subcategories = without_empty(category.subcategories, report)
        if category.items or category.subcategories:
            staying.append(category)
        else:
            report.add("empty-category-left-out", "category", category.category_id, category.name)
    return staying


def walk_categories(tree: Iterable[CategoryView]) -> list[CategoryView]:
    """Give all categories of a tree, depth first.

    The tree has at most 32 levels (:mod:`pipeline.reading.limits`).
    """
    found = []
    for category in tree:
        found.append(category)
        found += walk_categories(category.subcategories)
    return found
