"""The bundled gallery holds what its rule says: for each class the candidates that the discriminator ranks first."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.data.datasets import has_bundle
from contrastlab.models.gan.inference import load_generator
from contrastlab.studies.generated_gallery import bundle_gallery
from tests.models.gan.test_inference import CLASSES, CPU, save_tiny


@pytest.fixture
def generator(tmp_path):
    return load_generator(save_tiny(tmp_path / "gan-tiny"), CPU)


def test_the_most_real_half_of_each_class_is_kept_in_order(generator, tmp_path):
    reports = list(bundle_gallery(generator, tmp_path / "gan-tiny", per_class=30))
    made = reports[-1].bundle
    assert [one.done for one in reports] == sorted(one.done for one in reports) and reports[-1].done == 180
    assert made.data.labels.tolist() == [0] * 30 + [1] * 30 + [2] * 30 and made.data.classes == tuple(CLASSES)
    assert made.generator == generator.name and made.weights == generator.key
    assert made.rule["candidates_per_class"] == 60 and made.rule["kept_per_class"] == 30
    for number in range(3):
        candidates = generator.generate(range(60), [number] * 60)
        logits = generator.realness(candidates, [number] * 60)
        kept = made.seeds[30 * number : 30 * number + 30]
        ranked = logits[list(kept)]
        assert len(set(kept)) == 30 and (np.diff(ranked) <= 1e-4).all()
        assert ranked.min() >= np.sort(logits)[30] - 1e-4
        apart = np.abs(made.data.pictures[30 * number].astype(int) - candidates[kept[0]])
        assert apart.max() <= 1  # lossless, to the rounding of another batch size


def test_a_stopped_making_writes_nothing(generator, tmp_path):
    progress = bundle_gallery(generator, tmp_path / "gan-tiny", per_class=30)
    next(progress)
    progress.close()
    assert not has_bundle(tmp_path / "gan-tiny")
    with pytest.raises(LabError, match="knob.out_of_range"):
        next(bundle_gallery(generator, tmp_path / "gan-tiny", per_class=0))
