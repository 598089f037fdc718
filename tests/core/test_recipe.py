"""Recipes: every field required, unknown keys refused, overrides typed like the file."""

from dataclasses import dataclass

import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.recipe import check_recipe, read_recipe, show_recipe


@dataclass(frozen=True)
class Cake:
    name: str
    eggs: int
    sugar: float
    layers: tuple[int, ...]
    iced: bool


TEXT = 'name = "plain"\neggs = 3\nsugar = 100\nlayers = [1, 2]\niced = false\n'


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "cake.toml"
    file.write_text(TEXT)
    return file


def cake(path, *overrides):
    return check_recipe(read_recipe(path, overrides), Cake, where=path.name)


def test_a_whole_file_becomes_a_recipe_with_its_types(path):
    assert cake(path) == Cake("plain", 3, 100.0, (1, 2), False)
    assert isinstance(cake(path).sugar, float)


def test_overrides_are_written_as_in_the_file_and_bare_words_are_strings(path):
    changed = cake(path, "name=rich", "eggs=5", "sugar=1e2", "layers=[3]", "iced=true", 'name="very rich"')
    assert changed == Cake("very rich", 5, 100.0, (3,), True)


def test_a_shown_recipe_reads_back_as_itself(path, tmp_path):
    recipe = cake(path, 'name="a \\"b\\" é"', "sugar=0.1")
    (tmp_path / "again.toml").write_text(show_recipe(recipe))
    assert cake(tmp_path / "again.toml") == recipe


@pytest.mark.parametrize(
    ("overrides", "key", "named"),
    [
        (["spice=1"], "recipe.unknown_key", "spice"),
        (["eggs=2.5"], "recipe.wrong_type", "eggs"),
        (["eggs=true"], "recipe.wrong_type", "eggs"),
        (["iced=1"], "recipe.wrong_type", "iced"),
        (["layers=[1, 'x']"], "recipe.wrong_type", "layers"),
        (["layers=3"], "recipe.wrong_type", "layers"),
        (["sugar=much"], "recipe.wrong_type", "sugar"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(path, overrides, key, named):
    with pytest.raises(LabError) as caught:
        cake(path, *overrides)
    assert (caught.value.key, caught.value.facts["key"], caught.value.facts["where"]) == (key, named, "cake.toml")


def test_a_missing_field_is_named(path):
    path.write_text(TEXT.replace("eggs = 3\n", ""))
    with pytest.raises(LabError, match=r"recipe.missing_key.*'eggs'"):
        cake(path)


def test_files_that_are_not_recipes_are_refused(path, tmp_path):
    for file in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(LabError, match="recipe.missing_file"):
            read_recipe(file)
    path.write_text("eggs = = 3")
    with pytest.raises(LabError, match="recipe.not_toml"):
        read_recipe(path)


@pytest.mark.parametrize("override", ["eggs", "=3", ""])
def test_an_override_needs_a_key_and_a_value(path, override):
    with pytest.raises(LabError, match="recipe.bad_override"):
        cake(path, override)
