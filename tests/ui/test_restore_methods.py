"""Every method against a damage, on the same picture."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from contrastlab.core.images import open_image
from contrastlab.metrics.fidelity import psnr
from contrastlab.models.restorer.classical import METHODS
from contrastlab.text import LANGUAGES, say
from contrastlab.ui.tabs.restore.methods import drawn
from contrastlab.ui.tabs.restore.scene import Scene
from contrastlab.ui.tabs.restore.view import DAMAGE, MINE, STRENGTHS, View

from .visiting import MendingVisit

#: The quickest strength of each damage, and small ones.
STRENGTH = {"noise": 25.0, "jpeg": 30.0, "blur": 1.5, "small": 2.0, "holes": 5.0, MINE: 100.0}


def scene(mending: MendingVisit, damage: str, language: str = "en") -> Scene:
    view = replace(View(), damage=damage, strength=STRENGTHS[damage].check(STRENGTH[damage]))
    return Scene(mending.lab, view, None, "", language)


def tiles(html: str) -> list[str]:
    return re.findall(r"<figure class=.*?</figure>", html, re.DOTALL)


@pytest.mark.parametrize("damage", DAMAGE.options)
def test_whatever_is_meant_for_a_damage_is_tried_on_it(mending: MendingVisit, damage: str) -> None:
    looked = scene(mending, damage)
    sought = "noise" if damage == MINE else damage
    meant = [name for name, one in METHODS.items() if sought in one.against]
    assert set(meant) <= set(looked.rivals) and len(meant) >= 2 - (damage == "jpeg")
    found = tiles(drawn(looked))
    assert len(found) == len(looked.rivals) + 2  # the network, and what was damaged
    for name in looked.rivals:
        assert any(say(f"method.{name}", "en") in tile for tile in found), name


def test_the_best_comes_first_and_each_says_its_own_decibels(mending: MendingVisit) -> None:
    looked = scene(mending, "noise")
    *tried, damaged = tiles(drawn(looked))
    assert looked.clean is not None
    told = []
    for tile in [*tried, damaged]:
        picture = open_image(base64.b64decode(re.search(r"base64,([^\"]+)", tile)[1])).pixels  # type: ignore[index]
        told.append(psnr(picture, looked.clean))
        assert f"{told[-1]:.1f} dB" in tile
    assert told[:-1] == sorted(told[:-1], reverse=True)
    assert np.array_equal(picture, looked.before)


def test_who_won_is_told_with_the_lead(mending: MendingVisit) -> None:
    looked = scene(mending, "noise")
    assert looked.clean is not None
    others = {name: psnr(looked.by(name).image, looked.clean) for name in looked.rivals}
    best = max(others, key=lambda name: others[name])
    lead = psnr(looked.repaired.image, looked.clean) - others[best]
    place = 1 + sum(psnr(looked.repaired.image, looked.clean) < other for other in others.values())
    key = "restore.methods.first" if lead > 0 else "restore.methods.behind"
    facts = {"count": len(others) + 1, "place": place, "gain": f"{abs(lead):.1f}", "other": say(f"method.{best}", "en")}
    assert say(key, "en", **facts) in drawn(looked)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nobody_knows_the_truth_nobody_wins(mending: MendingVisit, language: str) -> None:
    said = re.sub("base64,[^\"]*", "", drawn(scene(mending, MINE, language)))
    assert " dB" not in said and "SSIM" not in said
    assert say("restore.methods.unknown", language) in said
