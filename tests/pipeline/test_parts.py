"""Everything that a recipe can name has a line, in both languages."""

from __future__ import annotations

from yanmo.core.page.speaking import speaking
from yanmo.pipeline.parts import known_parts


def test_every_part_is_described() -> None:
    parts = known_parts()
    assert {"recipes", "sources", "models", "objectives", "optimizers", "schedules"} <= set(parts)
    assert [name for rows in parts.values() for name, text in rows.items() if not text] == []


def test_descriptions_are_in_the_language_of_the_reader() -> None:
    with speaking("en"):
        english = known_parts()
    with speaking("zh"):
        chinese = known_parts()
    for kind in set(english) - {"stages", "presets"}:  # names and numbers alone
        for name, text in chinese[kind].items():
            assert text != english[kind][name], (kind, name)
