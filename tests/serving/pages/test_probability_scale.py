"""The scale of a probability next to the limit: values at its ends."""

import pytest

from credit_scoring.serving.pages.probability_scale import probability_scale, row_scale


@pytest.mark.parametrize("threshold", [0.0, 1.0])
@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_extreme_values_are_on_the_scale(probability, threshold):
    scales = (row_scale(probability, threshold), probability_scale(probability, threshold))
    for scale in scales:
        assert scale.position(probability) == f"{100 * probability:.2f}%"
        assert scale.position(threshold) == f"{100 * threshold:.2f}%"


@pytest.mark.parametrize(
    ("threshold", "place"), [(0.0, "6.00%"), (0.01, "6.00%"), (0.3, "30.00%"), (1.0, "84.00%")]
)
def test_the_label_of_the_limit_leaves_room_for_the_ends(threshold, place):
    assert probability_scale(1.0, threshold).limit_label == place
