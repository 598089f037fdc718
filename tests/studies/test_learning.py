import pytest

from contrastlab.studies.learning import unsteadiness
from contrastlab.training.curve import Curve


def curve(lead):
    real = tuple(value + 3 for value in lead)
    return Curve(tuple(range(1, len(lead) + 1)), {"real_logit": real, "fake_logit": (3.0,) * len(lead)})


def test_a_lead_that_jumps_by_half_of_itself_is_half_unsteady():
    assert unsteadiness(curve([9.0] * 10 + [1.5, 2.5] * 5)) == pytest.approx(0.5)


def test_the_scale_of_the_loss_and_a_slow_rise_do_not_matter():
    jumps = [1.5, 2.5] * 10
    assert unsteadiness(curve([40 * value for value in jumps])) == pytest.approx(unsteadiness(curve(jumps)))
    assert unsteadiness(curve([2.0 + 0.01 * place for place in range(100)])) < 0.01


@pytest.mark.parametrize("none", [
    Curve((1, 2), {"cross_entropy": (2.0, 1.0)}), curve([1.0] * 6), curve([0.0] * 40), curve([-1.0] * 40),
])
def test_what_has_no_lead_or_too_few_points_has_none(none):
    assert unsteadiness(none) is None
