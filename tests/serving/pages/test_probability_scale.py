"""The scale of a probability next to the limit: values at its ends."""

import pytest

from credit_scoring.serving.pages.probability_scale import probability_scale


@pytest.mark.parametrize("threshold", [0.0, 1.0])
@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_extreme_values_are_on_the_scale(probability, threshold):
    scale = probability_scale(probability, threshold)
    assert scale.position(probability) == f"{100 * probability:.2f}%"
    assert scale.position(threshold) == f"{100 * threshold:.2f}%"


def test_scale_ends_at_the_same_point_for_every_decision_of_a_model():
    scales = [probability_scale(probability, 0.08) for probability in (0.001, 0.2, 0.9)]
    assert {scale.end for scale in scales} == {0.32}
    assert scales[-1].position(0.9) == "100.00%"


@pytest.mark.parametrize(
    ("threshold", "place"), [(0.0, "6.00%"), (0.01, "25.00%"), (0.3, "30.00%"), (1.0, "84.00%")]
)
def test_the_label_of_the_limit_leaves_room_for_the_ends(threshold, place):
    assert probability_scale(1.0, threshold).limit_label == place
