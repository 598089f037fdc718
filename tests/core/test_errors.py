"""One error type: a key, its facts, no sentence."""

import pickle

from contrastlab.core.errors import LabError


def test_an_error_shows_its_key_and_facts():
    assert str(LabError("image.too_large", limit_mb=25, got="x")) == "image.too_large (limit_mb=25, got='x')"
    assert str(LabError("plain")) == "plain"


def test_an_error_survives_crossing_a_process_boundary():
    back = pickle.loads(pickle.dumps(LabError("a.b", number=3)))
    assert (back.key, back.facts) == ("a.b", {"number": 3})
