"""Every recipe of a generator builds, fits its data set and stays within the size limit."""

from pathlib import Path

import pytest

from contrastlab.core.recipe import check_recipe, read_recipe
from contrastlab.data.datasets import NAMES
from contrastlab.models.gan.diffaugment import CHANGES
from contrastlab.models.gan.losses import LOSSES
from contrastlab.models.gan.network import build
from contrastlab.models.gan.training import PENALTIES, GanRecipe, architecture

RECIPES = {
    path.stem: read_recipe(path)
    for path in (Path(__file__).parents[3] / "contrastlab" / "recipes").glob("*.toml")
    if read_recipe(path)["family"] == "gan"
}
#: Classes, side and channels of what they learn from.
DATA = {"cifar10": (10, 32, 3), "flowers": (5, 128, 3), "mnist": (10, 28, 1), "glyphs": (10, 28, 1)}


@pytest.mark.parametrize("name", RECIPES)
def test_it_builds_and_agrees_with_its_data_set(name):
    recipe = check_recipe(RECIPES[name], GanRecipe, where=name)
    assert recipe.name == name and recipe.data in NAMES
    classes, side, channels = DATA[recipe.data]
    generator, discriminator = build(architecture(recipe))
    assert recipe.classes == generator.classes == classes
    assert generator.channels == channels and generator.side <= side
    assert sum(weight.numel() for weight in generator.parameters()) < 4.5e6
    assert sum(weight.numel() for weight in discriminator.parameters()) < 8e6
    assert recipe.loss in LOSSES and recipe.penalty in PENALTIES and set(recipe.augment) <= set(CHANGES)
    assert (recipe.penalty_weight > 0) == (recipe.penalty != "none")
    assert (recipe.steps > 0) != (recipe.minutes > 0)
    # A Wasserstein critic is one only while its gradient is held, and a mirrored digit is none.
    assert recipe.loss != "wgan" or recipe.penalty == "gradient"
    assert not (recipe.flip and recipe.data in ("mnist", "glyphs"))


def test_the_three_losses_on_digits_differ_in_nothing_else():
    names = ("gan-digits-bce", "gan-digits-lsgan", "gan-digits-wgan-gp")
    rest = [
        {key: value for key, value in RECIPES[name].items() if key not in ("name", "loss", "penalty", "penalty_weight")}
        for name in names
    ]
    assert rest[0] == rest[1] == rest[2]
    assert [RECIPES[name]["loss"] for name in names] == ["bce", "lsgan", "wgan"]


def test_the_flowers_recipe_is_the_dcgan_of_the_paper():
    recipe = RECIPES["gan-flowers64"]
    assert recipe["architecture"] == "dcgan" and recipe["latent"] == 100
    assert recipe["widths"] == [512, 256, 128, 64] and recipe["augment"] == ["colour", "translation", "cutout"]
