"""The trees are read from LightGBM's text as LightGBM reads them."""

import pytest

from credit_scoring.batch.tree_text import tree_texts

MODEL = """tree
version=v4

Tree=0
num_leaves=3
num_cat=1
split_feature=4 2
split_gain=1 1
threshold=0 0.10000000000000001
decision_type=9 {kind}
left_child=1 -1
right_child=-2 -3
leaf_value=0.5 -0.25 1
cat_boundaries=0 2
cat_threshold=5 1
is_linear=0
shrinkage=1


Tree=1
num_leaves=1
num_cat=0
split_feature=
threshold=
decision_type=
left_child=
right_child=
leaf_value=0.125


end of trees

parameters:
[boosting: gbdt]
"""


def first_tree(kind=10):
    return next(tree_texts(MODEL.format(kind=kind)))


def test_every_tree_is_read():
    first, second = tree_texts(MODEL.format(kind=10))
    assert (first.features, first.left, first.right) == ([4, 2], [1, -1], [-2, -3])
    assert first.leaf_values == [0.5, -0.25, 1.0]
    assert (second.features, second.leaf_values) == ([], [0.125])


def test_a_category_set_has_32_levels_a_word():
    tree = first_tree()
    assert [tree.is_categorical(split) for split in range(2)] == [True, False]
    assert tree.left_levels(0) == [0, 2, 32]


@pytest.mark.parametrize(
    ("kind", "goes_left"),
    [
        pytest.param(10, True, id="missing goes left"),
        pytest.param(8, False, id="missing goes right"),
        pytest.param(0, True, id="missing is 0, below the threshold"),
    ],
)
def test_a_missing_number_has_a_side(kind, goes_left):
    assert first_tree(kind).missing_goes_left(1) is goes_left


@pytest.mark.parametrize("kind", [4, 6])
def test_zeros_may_be_missing(kind):
    assert first_tree(kind).takes_zero_as_missing
    assert not first_tree().takes_zero_as_missing
