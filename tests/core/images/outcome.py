"""What came of opening something."""

import pytest

from contrastlab.core.errors import LabError
from contrastlab.core.images import open_image


def refusal(source, **options):
    """The error that opening `source` must end with."""
    with pytest.raises(LabError) as caught:
        open_image(source, **options)
    return caught.value


def attempt(source, **options):
    """The picture, or the refusal as a value. Any other error is the test's failure."""
    try:
        return open_image(source, **options)
    except LabError as error:
        return error
