"""The fold "Map of everything"."""

from __future__ import annotations

import base64
import gc
import html
import io
import json
import re
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from contrastlab.data.datasets import Dataset
from contrastlab.gallery import Gallery, Own
from contrastlab.metrics.projection import trustworthiness
from contrastlab.models.encoder.inference import view as seen_by
from contrastlab.studies.maps import MAPS, Map, pca_map, tsne_map, write_maps
from contrastlab.text import say
from contrastlab.ui.tabs.neighbours.map import WholeMap
from contrastlab.ui.tabs.neighbours.mine import Mine, forget
from contrastlab.ui.tabs.neighbours.scene import Scene
from contrastlab.ui.tabs.neighbours.view import OWN, View

from .conftest import SmallLab
from .visiting import BuiltSearch, SearchVisit


@pytest.fixture(scope="module")
def tsne(search_gallery: Gallery) -> Map:
    return tsne_map(search_gallery)


@pytest.fixture(scope="module")
def search_gallery() -> Gallery:
    return SmallLab().gallery("glyphs")


@pytest.fixture
def fresh(tmp_path: Path) -> SearchVisit:
    """A visitor of a page that has measured nothing yet, with a folder for checkpoints of its own."""
    lab = SmallLab()
    lab.checkpoints = tmp_path
    return SearchVisit(BuiltSearch(lab))


def scene(visit: SearchVisit, query: str = "17", language: str = "en", **view: Any) -> Scene:
    return Scene(visit.lab, View("glyphs", query, **view), None, None, language)


def data(shown: str, name: str) -> Any:
    found = re.search(rf'data-{name}="([^"]*)"', shown)
    assert found
    return json.loads(html.unescape(found[1]))


def unpacked(packed: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed), "<u2")


def test_every_picture_is_a_dot_where_pca_has_it(search: SearchVisit) -> None:
    fold: WholeMap = search.fold("map")
    where = scene(search)
    updates = fold.show(where, "pca", "")
    found = pca_map(where.gallery())
    dots = data(updates[fold.dots], "dots")
    np.testing.assert_allclose(unpacked(dots["places"]).reshape(-1, 2) / 65535, found.places, atol=1e-5)
    np.testing.assert_array_equal(unpacked(dots["kinds"]), where.gallery().labels)
    assert updates[fold.dots].count("data-kind=") == len(dots["words"]) == 10
    share = round(100 * sum(found.axes.explained))  # type: ignore[union-attr]
    assert f"{share} % of all differences" in updates[fold.says]


def test_the_question_and_its_neighbours_are_marked(search: SearchVisit) -> None:
    fold: WholeMap = search.fold("map")
    for where in (scene(search), scene(search, turn=30.0, seed=5), scene(search, "chelsea")):
        updates = fold.show(where, "pca", "")
        marks = data(updates[fold.marks], "marks")
        at = pca_map(where.gallery()).place(where.embedding(where.eye))
        assert marks["query"] == pytest.approx(at, abs=1e-4)
        assert marks["near"] == where.nearest(where.eye).indices.tolist()
        assert marks["own"] == (17 if where.query_index == 17 and not where.view.is_changed else None)


def test_what_lies_around_is_told_in_words_but_not_about_a_stranger(search: SearchVisit) -> None:
    fold: WholeMap = search.fold("map")
    where = scene(search)
    places = pca_map(where.gallery()).places
    near = np.argsort(np.square(places - places[17]).sum(axis=1), kind="stable")[:50]
    counts = np.bincount(where.gallery().labels[near], minlength=10)
    told = re.search(r"The 50 dots around the question: (.*?)\.<", fold.show(where, "pca", "")[fold.says])
    assert told
    assert [int(one.rpartition(" ")[2]) for one in told[1].split(", ")] == sorted(counts.tolist(), reverse=True)[:3]
    assert "around the question" not in fold.show(scene(search, "chelsea"), "pca", "")[fold.says]


def test_how_far_to_believe_it_is_measured_once_and_apart(fresh: SearchVisit) -> None:
    fold: WholeMap = fresh.fold("map")
    waits = fresh.follow(fold)
    assert "data-wanted" in waits[fold.trust.place]
    assert "1.00 means" not in waits[fold.says]
    done = fresh.happens(fold.trust.place, "tick")
    assert 'data-measured="map"' in done[fold.trust.place]
    where = scene(fresh)
    expected = trustworthiness(where.gallery().index.rows, pca_map(where.gallery()).places)
    says = fresh.follow(fold)
    assert says[fold.trust.place] == ""
    assert f"PCA: {expected:.2f}, where" in says[fold.says]


def test_the_dots_are_sent_once_and_again_in_another_language(search: SearchVisit) -> None:
    fold: WholeMap = search.fold("map")
    first = fold.show(scene(search), "pca", "")
    again = fold.show(scene(search, "30"), "pca", first[fold.drawn])
    assert fold.dots not in again
    assert data(again[fold.marks], "marks")["own"] == 30
    chinese = fold.show(scene(search, language="zh"), "pca", first[fold.drawn])
    assert say("neighbours.map.closer", "zh") in chinese[fold.dots]
    assert fold.dots in fold.show(replace(scene(search), view=View("glyphs", "17", eye="untrained")), "pca",
                                  first[fold.drawn]), "another eye has another map"


def test_a_kept_map_is_the_first_sight(fresh: SearchVisit, tsne: Map) -> None:
    fold: WholeMap = fresh.fold("map")
    where = scene(fresh)
    path = fresh.lab.checkpoints / where.eye_name / f"glyphs-{MAPS}"
    path.parent.mkdir()
    write_maps(path, where.gallery(), {where.eye.key: tsne})
    updates = fold.show(where, "pca", "")
    assert updates[fold.way] == "tsne"
    dots = data(updates[fold.dots], "dots")
    np.testing.assert_allclose(unpacked(dots["places"]).reshape(-1, 2) / 65535, tsne.places, atol=1e-4)
    assert say("neighbours.map.tsne", "en") in updates[fold.says]
    # What was chosen is kept.
    assert fold.show(where, "pca", updates[fold.drawn])[fold.way] == "pca"


def test_a_stale_map_is_never_drawn(fresh: SearchVisit, tsne: Map) -> None:
    fold: WholeMap = fresh.fold("map")
    where = scene(fresh)
    other = Scene(fresh.lab, View("glyphs", "17", eye="untrained"), None, None, "en")
    path = fresh.lab.checkpoints / where.eye_name / f"glyphs-{MAPS}"
    path.parent.mkdir()
    # The same pictures under the same key, but not what the network says of them.
    write_maps(path, where.gallery(), {where.eye.key: tsne_map(other.gallery())})
    assert fold.show(where, "pca", "")[fold.way] == "pca"
    updates = fold.show(where, "tsne", "drawn before")
    assert "data-dots" not in updates[fold.dots]
    assert html.escape(say("neighbours.map.missing", "en")) in updates[fold.dots]
    assert updates[fold.press]["visible"] is True
    assert updates[fold.marks] == ""


def test_tsne_is_worked_out_on_a_button_and_can_be_stopped(fresh: SearchVisit, tsne: Map,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    fold: WholeMap = fresh.fold("map")
    jobs: list[Any] = []

    class Job:
        seconds, is_over = 3.2, False

        def __init__(self, gallery: Gallery) -> None:
            self.found: Map | None = None
            jobs.append(self)

        def ask(self, gallery: Gallery) -> Map | None:
            return self.found

        def stop(self) -> None:
            self.is_over = True

    monkeypatch.setattr("contrastlab.ui.tabs.neighbours.map.TsneJob", Job)
    begun = fresh.happens(fold.press, "click")
    assert begun[fold.stop]["visible"] is True
    assert "for 3 s" in begun[fold.progress]
    assert "data-after" in begun[fold.progress]
    stopped = fresh.happens(fold.stop, "click")
    assert jobs[0].is_over
    assert stopped[fold.progress] == ""
    # A question that was still on its way begins nothing.
    late = fresh.happens(fold.progress, "tick")
    assert late[fold.progress] == "" and len(jobs) == 1
    fresh.happens(fold.press, "click")
    jobs[1].found = tsne
    done = fresh.happens(fold.progress, "tick")
    assert 'data-measured="map"' in done[fold.progress]
    fresh.now[fold.way] = "tsne"
    assert "data-dots" in fresh.follow(fold)[fold.dots]


def test_a_second_map_waits_for_the_first(fresh: SearchVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    fold: WholeMap = fresh.fold("map")

    class Job:
        seconds, is_over = 1.0, False

        def __init__(self, gallery: Gallery) -> None: ...

        def ask(self, gallery: Gallery) -> None: ...

    monkeypatch.setattr("contrastlab.ui.tabs.neighbours.map.TsneJob", Job)
    fresh.happens(fold.press, "click")
    fresh.now[fresh.tab.eye] = "untrained"
    fresh.lab.gallery("glyphs", encoder="untrained")
    assert html.escape(say("error.neighbours.map_busy", "en")) in fresh.happens(fold.press, "click")[fold.message]
    assert fresh.happens(fold.progress, "tick")[fold.progress] == "", "the other's progress is not this one's"


def test_pictures_are_sent_of_the_gallery_and_of_nothing_else(search: SearchVisit) -> None:
    fold: WholeMap = search.fold("map")
    sent = search.happens(fold.dots, "input", "5,119,120,-1,../x,7e3,99999999999")[fold.thumbs]
    assert 'data-thumbs="5,119"' in sent
    found = re.search(r"base64,([^\"]+)", sent)
    assert found
    sheet = np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(found[1]))).convert("RGB")).astype(int)
    picture = seen_by(search.lab.gallery("glyphs").pictures[119], 32)
    assert np.abs(sheet[:32, 32:] - picture.astype(int)).mean() < 12
    assert fold.thumbs not in search.happens(fold.dots, "input", "<script>")
    assert fold.thumbs not in search.happens(fold.dots, "input", None)


def test_nothing_is_kept_of_a_visitors_own_pictures(search: SearchVisit) -> None:
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (30, 32, 32, 3), np.uint8)
    names = tuple(f"<b>{at}</b>" for at in range(30))
    labels = np.arange(30) % 2
    own = Own(Dataset(OWN, "all", pictures, labels, ("<img src=x>", "b"), OWN), names, ())
    mine = Mine(own)
    where = Scene(search.lab, View(OWN, "3"), None, mine, "en")
    fold: WholeMap = search.fold("map")
    updates = fold.show(where, "pca", "")
    assert "<img src=x>" not in updates[fold.dots] + updates[fold.says]
    assert data(updates[fold.dots], "dots")["words"] == ["<img src=x>", "b"]
    held = weakref.ref(where.gallery())
    forget(mine)
    del where, updates, own, mine
    gc.collect()
    assert held() is None


@pytest.mark.parametrize("way", ["pca", "tsne"])
def test_chinese_leaves_nothing_in_english(way: str, search: SearchVisit) -> None:
    fold: WholeMap = search.fold("map")
    updates = fold.show(scene(search, language="zh"), way, "x")
    shown = re.sub(r"<[^>]*>", " ", updates.get(fold.dots, "") + updates[fold.says])
    assert set(re.findall(r"[A-Za-z-]{3,}", shown)) <= {"PCA", "t-SNE", "trustworthiness"}
