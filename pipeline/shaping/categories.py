"""The category tree: ordered, without hidden branches, with as many levels as the platform has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.menu import Category, OpeningWindow
from pipeline.shaping.report import Report


@dataclass(slots=True, eq=False)
class Section:
    """A category's place in the tree.

    ``name`` is its shown name, joined where levels were taken away; then ``hours`` may be those of
    the category that it stood in.
    """

    category: Category
    name: str
    hours: list[OpeningWindow] | None
    names: dict[str, str] = field(default_factory=dict)
    """Language → shown name, where translations had to be joined as well."""
    subsections: list[Section] = field(default_factory=list)

    def walk(self) -> Iterator[Section]:
        """Give this section and all below it, depth first."""
        pending = [self]
        while pending:
            section = pending.pop()
            yield section
            pending.extend(reversed(section.subsections))


def category_tree(categories: list[Category], report: Report) -> tuple[list[Section], dict[str, str]]:
    """Arrange categories by ``display_order``, then by their order in the menu.

    Gives the top sections, and the left-out categories: id → name of the hidden one that hides it.
    """
    children: dict[str | None, list[Category]] = {}
    for category in sorted(categories, key=lambda category: category.display_order):
        children.setdefault(category.parent_category, []).append(category)
    left_out: dict[str, str] = {}

    def place(parent: str | None, hidden_by: str) -> list[Section]:
        """Arrange what stands below one category."""
        sections = []
        for category in children.get(parent, ()):
            hides = hidden_by
            if hidden_by:
                report.add("subcategory-left-out", "category", category.category_id, category.name, hidden_by)
            elif category.hidden:
                report.add("hidden-left-out", "category", category.category_id, category.name)
                hides = category.name
            below = place(category.category_id, hides)
            if hides:
                left_out[category.category_id] = hides
            else:
                sections.append(Section(category, category.name, category.hours, subsections=below))
        return sections

    return place(None, ""), left_out


def flatten_sections(tree: list[Section], levels: int, join: str, occupied: set[str], report: Report) -> list[Section]:
    """Move what is deeper than ``levels`` up to the last level, with the names on the way joined.

    ``occupied`` are the categories with dishes: another one that only held what was moved up is no
    section of its own any more, because its name stands in theirs.
    """
    limit = f"{levels} level" + ("s" if levels != 1 else "")

    def spread(section: Section) -> list[Section]:
        """Give the sections that take the place of one on the last level."""
        if not section.subsections:
            return [section]
        result = []
        prefixes: list[tuple[Section, list[Category]]] = [(section, [section.category])]
        while prefixes:
            old, chain = prefixes.pop()
            category = old.category
            prefixes.extend((below, [*chain, below.category]) for below in reversed(old.subsections))
            if category.category_id not in occupied and old.subsections:
                _tell_lost(category, report)
                continue
            if len(chain) == 1:
                result.append(Section(category, old.name, old.hours))
                continue
            report.add("categories-flattened", "category", category.category_id, category.name, limit)
            languages = dict.fromkeys(language for part in chain for language in part.translations)
            names = {language: join.join(_name_in(part, language) for part in chain) for language in languages}
            hours = next((part.hours for part in reversed(chain) if part.hours is not None), None)
            result.append(Section(category, join.join(part.name for part in chain), hours, names))
        return result

    def descend(sections: list[Section], level: int) -> list[Section]:
        if level == levels:
            return [moved for section in sections for moved in spread(section)]
        for section in sections:
            section.subsections = descend(section.subsections, level + 1)
        return sections

    return descend(tree, 1)


def _name_in(category: Category, language: str) -> str:
    texts = category.translations.get(language)
    return (texts.name if texts else None) or category.name


def _tell_lost(category: Category, report: Report) -> None:
    """Tell what of a heading without dishes cannot be shown any more; its name and hours live on."""
    lost = [word for word, value in (("text", category.description), ("picture", category.image_url)) if value]
    if lost:
        report.add("category-text-lost", "category", category.category_id, category.name, " and ".join(lost))
