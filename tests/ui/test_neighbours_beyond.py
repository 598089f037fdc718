"""The fold "For the curious" of Neighbours: five rooms, each measured once, none before it is opened."""

from __future__ import annotations

import base64
import html
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from contrastlab.gallery import class_average, label, nearest_without, plus_minus, read_own, to_csv
from contrastlab.lab import DEFAULT_ENCODER
from contrastlab.studies.calibration import calibrate
from contrastlab.text import say
from contrastlab.ui.tabs.neighbours.calibrated import percent
from contrastlab.ui.tabs.neighbours.mixture import MOST, Mix, mixed
from contrastlab.ui.tabs.neighbours.scene import Scene
from contrastlab.ui.tabs.neighbours.view import View

from .conftest import SmallLab
from .visiting import BuiltSearch, SearchVisit


@pytest.fixture(scope="module")
def built_fresh() -> BuiltSearch:
    """A page that nobody has measured anything on when the first test comes."""
    return BuiltSearch(SmallLab())


@pytest.fixture
def fresh(built_fresh: BuiltSearch) -> SearchVisit:
    return SearchVisit(built_fresh)


def scene(visit: SearchVisit, query: str = "17", language: str = "en", **view: Any) -> Scene:
    return Scene(visit.lab, View("glyphs", query, **view), None, None, language)


def room(visit: SearchVisit, name: str) -> Any:
    fold = visit.fold("beyond")
    visit.now[fold.room] = name
    return next(one for one in fold.rooms if name == one.NAME)


def picks(shown: str) -> list[int]:
    return [int(one) for one in re.findall(r'data-pick="(\d+)"', shown)]


def test_an_unopened_room_costs_nothing(fresh: SearchVisit) -> None:
    for name in ("layers", "mixture", "labels"):
        opened = room(fresh, name)
        updates = fresh.follow(fresh.fold("beyond"))
        assert set(updates) <= {*opened.outputs, fresh.fold("beyond").complaint}
    gallery = fresh.lab.gallery("glyphs")
    assert "survey" not in vars(gallery), "hubs were counted for a room that nobody has opened"
    for name in ("calibrated", "popular"):
        assert room(fresh, name).measuring.of(gallery) is None


# -- before and after the head ------------------------------------------------------------------------------------


def test_both_layers_answer_and_neither_with_the_question_itself(fresh: SearchVisit) -> None:
    layers = room(fresh, "layers")
    where = scene(fresh)
    eye, gallery = where.eye, where.gallery()
    before = layers.show(where)
    assert picks(before[layers.rows]) == where.nearest(eye).indices.tolist()
    assert before[layers.press]["visible"] is True
    fresh.now[fresh.tab.query] = "17"
    answers = list(fresh.stream(layers.press, "click"))
    assert any("of 120" in answer.get(layers.progress, "") for answer in answers)
    assert answers[-1][layers.stop]["visible"] is False
    shown = answers[-1][layers.rows]
    projections = eye.project(list(gallery.pictures))  # type: ignore[attr-defined]
    likeness = projections @ projections[17]
    likeness[17] = -2
    assert picks(shown)[5:] == np.argsort(-likeness, kind="stable")[:5].tolist()
    assert f"<b>{likeness.max():.2f}</b>" in shown
    assert answers[-1][layers.press]["visible"] is False


def test_the_measured_numbers_are_those_of_the_card(fresh: SearchVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = room(fresh, "layers")
    knn = {"k": 20, "train": 50000, "test": 10000, "embedding": 0.8123, "projection": 0.7001, "pixels": 0.4}
    card = replace(fresh.lab.models()[0], name=DEFAULT_ENCODER, family="encoder", metrics={"knn": knn})
    monkeypatch.setattr(fresh.lab, "models", lambda: [card])
    shown = layers.show(scene(fresh))[layers.rows]
    for said in ("20 nearest of 50,000", "10,000 new ones", "81.2 % by the embedding", "70.0 % by the projection"):
        assert said in shown
    monkeypatch.setattr(fresh.lab, "models", lambda: [replace(card, metrics={})])
    assert "Measured" not in layers.show(scene(fresh))[layers.rows]


def test_an_untrained_network_has_nothing_to_tell(fresh: SearchVisit) -> None:
    layers = room(fresh, "layers")
    updates = layers.show(scene(fresh, eye="untrained"))
    assert say("neighbours.layers.untrained", "en") in updates[layers.rows]
    assert updates[layers.press]["visible"] is False


# -- how alike is alike -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_similarity_stands_among_strangers_and_twins(language: str, fresh: SearchVisit) -> None:
    calibrated = room(fresh, "calibrated")
    where = scene(fresh, language=language)
    known = calibrate(where.gallery(), where.eye.embed)
    if calibrated.measuring.of(where.gallery()) is None:
        assert "data-wanted" in fresh.follow(fresh.fold("beyond"))[calibrated.measuring.place]
        assert 'data-measured="beyond"' in fresh.happens(calibrated.measuring.place, "tick")[calibrated.measuring.place]
    for rank in (0, 3):
        similarity = float(where.nearest(where.eye).scores[rank])
        shown = calibrated.show(where, str(rank))
        expected = say("neighbours.calibrated.says", language, rank=rank + 1, similarity=f"{similarity:.2f}",
                       strangers=percent(known.strangers.share_below(similarity)),
                       twins=percent(known.twins.share_below(similarity)))
        assert expected in shown[calibrated.chart]
        assert shown[calibrated.choice].count('aria-pressed="true"') == 1
    for nonsense in ("x", "-1", "99999", ""):
        assert "<svg" in calibrated.show(where, nonsense)[calibrated.chart]


def test_a_share_never_reaches_all_or_nothing_by_rounding() -> None:
    assert [percent(one) for one in (0.0, 0.0001, 0.004, 0.5, 0.9996, 1.0)] == ["0", "0.1", "0.4", "50", "99.9", "100"]


# -- popular pictures ---------------------------------------------------------------------------------------------


def test_popular_pictures_are_those_that_most_others_name(fresh: SearchVisit) -> None:
    popular = room(fresh, "popular")
    where = scene(fresh)
    fresh.happens(popular.measuring.place, "tick")
    shown = popular.show(where)[popular.tiles]
    rows = where.gallery().index.rows.astype(np.float64)
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -2)
    counts = np.bincount(np.argsort(-likeness, axis=1)[:, :10].ravel(), minlength=120)
    said = [int(one) for one in re.findall(r"<b>(\d+) ×</b>", shown)]
    assert said[:5] == counts[where.nearest(where.eye).indices].tolist()
    assert said[5:] == sorted(counts.tolist(), reverse=True)[:5]
    assert f"of {counts[17]} of 120 pictures" in shown
    columns = re.search(r'aria-label="([^"]*; [^"]*)"', shown)
    assert columns
    numbers = [int(one.rpartition(" ")[2].replace(",", "")) for one in columns[1].split(": ", 1)[1].split("; ")]
    assert sum(numbers) == 120
    assert numbers[0] == (counts == 0).sum()
    foreign = popular.show(scene(fresh, "chelsea"))[popular.tiles]
    assert say("neighbours.popular.foreign", "en", k=10, asked="120") in foreign


# -- mix a question -----------------------------------------------------------------------------------------------


def test_it_begins_with_the_average_of_the_questions_kind(fresh: SearchVisit) -> None:
    mixture = room(fresh, "mixture")
    where = scene(fresh)
    gallery = where.gallery()
    label_of = int(gallery.labels[17])
    updates = mixture.show(where, "")
    assert updates[mixture.mix] == f"glyphs +c{label_of}"
    expected = nearest_without(gallery, class_average(gallery, label_of), 5)
    assert picks(updates[mixture.answers]) == expected.indices.tolist()
    assert mixture.show(scene(fresh, "chelsea"), "")[mixture.mix] == "glyphs +chelsea", "no class is put on a stranger"


def test_more_like_these_and_less_like_those(fresh: SearchVisit) -> None:
    mixture = room(fresh, "mixture")
    where = scene(fresh)
    gallery = where.gallery()
    rows = gallery.index.rows
    updates = mixture.show(where, "glyphs +17 +30 -c3 -44")
    asked = plus_minus(rows[[17, 30]], np.stack([class_average(gallery, 3), rows[44]]))
    expected = nearest_without(gallery, asked, 5, without=[17, 30, 44])
    assert picks(updates[mixture.answers]) == expected.indices.tolist()
    assert not {17, 30, 44} & set(picks(updates[mixture.answers]))
    np.testing.assert_allclose(mixed(where, Mix("glyphs", ("17", "30"), ("c3", "44"))), asked, atol=1e-6)
    photograph = mixed(where, Mix("glyphs", ("chelsea",)))
    np.testing.assert_allclose(photograph, scene(fresh, "chelsea").embedding(where.eye), atol=1e-6)


def test_a_mixture_is_put_together_by_pressing(fresh: SearchVisit) -> None:
    mixture = room(fresh, "mixture")
    fresh.now[fresh.tab.query] = "17"
    fresh.happens(mixture.offers, "select", "+17")
    fresh.happens(mixture.offers, "select", "-c2")
    own = int(fresh.lab.gallery("glyphs").labels[17])
    assert fresh.now[mixture.mix] == f"glyphs +c{own} +17 -c2"
    fresh.happens(mixture.offers, "select", "-17")
    assert fresh.now[mixture.mix] == f"glyphs +c{own} -c2 -17", "nothing is on both sides"
    fresh.happens(mixture.sides, "select", "xc2")
    fresh.happens(mixture.sides, "select", f"xc{own}")
    assert say("neighbours.mixture.empty", "en") in fresh.now[mixture.answers]


def test_no_more_than_three_and_nothing_unknown(fresh: SearchVisit) -> None:
    where = scene(fresh)
    full = Mix("glyphs", tuple(map(str, range(MOST))))
    assert full.changed("+9") == full
    assert full.changed("nonsense") == full
    for hostile in ("+120", "+c10", "+own", "+../x", "+<script>", "*5", "+", "+c"):
        assert Mix.read(f"glyphs {hostile} +5", scene=where).plus == ("5",), hostile
    assert Mix.read("cifar10 +5", scene=where) == Mix.read("", scene=where), "numbers of another gallery"


# -- label my pictures --------------------------------------------------------------------------------------------

HOSTILE = ("=cmd()<img src=x onerror=alert(1)>.png", "+1.png", "ok&nice.png")


@pytest.fixture
def brought(tmp_path: Path, fresh: SearchVisit) -> list[str]:
    pictures = fresh.lab.gallery("glyphs").pictures
    paths = []
    for at, name in enumerate(HOSTILE):
        paths.append(tmp_path / name)
        PIL.Image.fromarray(pictures[at * 7]).save(paths[-1])
    paths.append(tmp_path / "no picture.txt")
    paths[-1].write_text("<b>none</b>")
    packed = tmp_path / "more.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(paths[0], "<script>.png")
    return [*map(str, paths), str(packed)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_labels_are_the_neighbours_votes_and_their_table_runs_nothing(
    language: str, fresh: SearchVisit, brought: list[str]
) -> None:
    labels = room(fresh, "labels")
    where = scene(fresh)
    *_, read = read_own(brought, name="own")
    assert read.own is not None
    expected = label(where.gallery(), where.eye.embed(list(read.own.data.pictures)), sure=0.6)
    fresh.language = language
    answers = list(fresh.stream(labels.files, "upload", brought))
    shown = answers[-1][labels.result]
    assert "<img src=x" not in shown and "<script>" not in shown and "<b>none" not in shown
    assert html.escape(HOSTILE[0]) in shown
    given = sum(1 for one in expected if one.word)
    assert say("neighbours.labels.title", language, given=given, count=4) in shown
    assert shown.count("<tr>") == 5
    packed = re.search(r'base64,([^"]+)" *>|href="data:text/csv[^,]*,([^"]+)"', shown[shown.index("text/csv") - 20:])
    assert packed
    table = base64.b64decode(packed[1] or packed[2]).decode("utf-8-sig")
    assert table == to_csv(read.own.names, expected)
    assert not [line for line in table.splitlines() if line[0] in "=+-@"]
    assert "no picture.txt" in shown
    assert not [path for path in brought if Path(path).exists()], "the files are gone"
    assert answers[-1][labels.files] is None


def test_a_gallery_without_names_cannot_label_and_the_files_go_all_the_same(
    fresh: SearchVisit, brought: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = room(fresh, "labels")
    nameless = replace(fresh.lab.gallery("glyphs"), classes=(), labels=np.full(120, -1))
    monkeypatch.setattr(Scene, "gallery", lambda self, encoder=None: nameless)
    assert say("neighbours.labels.no_classes", "en") in labels.show(scene(fresh))[labels.about]
    done = list(fresh.stream(labels.files, "upload", brought))[-1]
    assert "complaint" in done[labels.message]
    assert not [path for path in brought if Path(path).exists()]


def test_chinese_leaves_nothing_in_english(fresh: SearchVisit) -> None:
    where = scene(fresh, language="zh")
    known = {"SimCLR", "Rocchio", "hubness", "ROC", "zip"}
    for name in ("layers", "calibrated", "popular", "mixture", "labels"):
        one = room(fresh, name)
        updates = one.show(where, *("" for _ in one.inputs))
        shown = re.sub(r"<[^>]*>", " ", " ".join(said for said in updates.values() if isinstance(said, str)
                                                 and not said.startswith("glyphs")))
        assert set(re.findall(r"[A-Za-z]{3,}", shown)) <= known, name
