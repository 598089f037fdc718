"""What may be a seed, and that any text is one."""

import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.seeds import checked_seed, seed_of


def test_a_seed_stays_what_it_is() -> None:
    assert checked_seed(2**64 - 1) == seed_of(str(2**64 - 1)) == 2**64 - 1
    assert seed_of(" 007 ") == seed_of(7) == 7


@pytest.mark.parametrize(("seed", "key"), [(-1, "knob.out_of_range"), (2**64, "knob.out_of_range"),
                                           (True, "knob.not_whole"), (1.0, "knob.not_whole"), ("1", "knob.not_whole")])
def test_what_is_none_is_one_clear_error(seed: object, key: str) -> None:
    with pytest.raises(LabError) as told:
        checked_seed(seed)  # type: ignore[arg-type]
    assert told.value.key == key


def test_words_and_other_numbers_are_hashed_the_same_each_time() -> None:
    words = ["tulip", "郁金香", "-1", str(2**64), "9" * 5_000, "1.5", "", "\ud800", "²"]
    seeds = [seed_of(word) for word in words]
    assert len(set(seeds)) == len(words) and all(checked_seed(seed) == seed for seed in seeds)
    assert seed_of("tulip") == 7668300109032983568  # links made today lead to the same picture tomorrow
