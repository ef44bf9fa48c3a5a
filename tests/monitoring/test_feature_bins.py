"""The bins of applicants: as training counted them, and as scoring encodes a single row."""

from bisect import bisect_right
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.bundle.reference import FeatureReference
from credit_scoring.errors import BundleError
from credit_scoring.monitoring.feature_bins import FeatureBins
from credit_scoring.scoring.row_encoder import RowEncoder
from tests.bundle.references import reference_of
from tests.priced_bundle import loans, priced_bundle, requests, trained_columns
from tests.serving import small_bundle

EDGES = (-1000.0, 0.0, 0.1, 0.7, 2.0, 450000.0)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return with_edges(read_manifest(small_bundle.write(tmp_path_factory.mktemp("m") / "latest")))


def with_edges(manifest):
    reference = reference_of(manifest)
    rows = [
        replace(f, edges=EDGES, counts=(0,) * (len(EDGES) + 2)) if f.edges else f
        for f in reference.features
    ]
    return replace(manifest, reference=replace(reference, features=tuple(rows)))


@pytest.fixture(scope="module")
def feature_bins(manifest):
    return FeatureBins(manifest)


NUMBERS = st.none() | st.sampled_from([0, 365243, 0.7, 0.1, -0.0, 1e30]) | st.floats(-1e6, 1e6)
INPUTS = st.fixed_dictionaries(
    dict.fromkeys((*small_bundle.NUMBERS, small_bundle.RATIO_INPUT), NUMBERS)
    | {
        name: st.sampled_from([*small_bundle.RAW[name].levels, "XNA", "no such level", None])
        for name in small_bundle.LEVELS
    }
)


@given(applicants=st.lists(INPUTS, min_size=1, max_size=5))
def test_bins_are_those_of_single_rows(applicants, manifest, feature_bins):
    names = [f.name for f in manifest.features]
    encoder = RowEncoder(manifest.features, names)
    expected = [
        [
            bin_of(value, feature)
            for value, feature in zip(
                encoder.row(inputs).tolist(), manifest.reference.features, strict=True
            )
        ]
        for inputs in applicants
    ]
    assert feature_bins.matrix(applicants).tolist() == expected


def bin_of(value, feature):
    if np.isnan(value):
        return len(feature.counts) - 1
    limits = [float(np.float32(edge)) for edge in feature.edges]
    return bisect_right(limits, value) if limits else int(value)


@given(applicants=st.lists(INPUTS, max_size=5))
def test_counts_are_those_of_the_bins(applicants, manifest, feature_bins):
    matrix = feature_bins.matrix(applicants)
    assert feature_bins.count(applicants) == {
        feature.name: np.bincount(bins, minlength=len(feature.counts)).tolist()
        for feature, bins in zip(manifest.reference.features, matrix.T, strict=True)
    }


@given(applicants=st.lists(INPUTS, max_size=5))
def test_values_in_the_order_of_names_give_the_same_bins(applicants, feature_bins):
    rows = [[inputs[name] for name in feature_bins.names] for inputs in applicants]
    np.testing.assert_array_equal(feature_bins.matrix(rows), feature_bins.matrix(applicants))


def test_training_and_monitoring_count_the_same_applicants_alike(bundle, model_table):
    feature_bins = FeatureBins(bundle.manifest, bundle.term_model)
    applicants = model_table.features.select(feature_bins.names).rows()
    reference = bundle.manifest.reference
    assert reference.applicants == len(applicants)
    assert feature_bins.count(applicants) == {f.name: [*f.counts] for f in reference.features}


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, "many"), (0, {}), (0, [1, 2]), (0, 10**400), (-1, [1]), (-1, {})],
    ids=["text", "object", "list", "huge", "list as a category", "object as a category"],
)
def test_damaged_values_are_refused(feature_bins, place, value):
    order = sorted(feature_bins.names, key=small_bundle.LEVELS.__contains__)
    damaged = {**small_bundle.EXAMPLE, order[place]: value}
    with pytest.raises(ValueError, match="expected 9 numbers and texts per applicant"):
        feature_bins.count([small_bundle.EXAMPLE, damaged])


def test_another_number_of_values_is_refused(feature_bins):
    row = [*small_bundle.EXAMPLE.values()]
    for rows in ([row[:-1]], [row, row[:-1]], [row + row]):
        with pytest.raises(ValueError, match=r"damaged inputs .*: expected 9 numbers and texts"):
            feature_bins.count(rows)


def test_a_model_of_categories_only(manifest):
    features = [f for f in manifest.features if f.feature.levels]
    rows = tuple(FeatureReference(f.name, (), (0,) * (len(f.feature.levels) + 1)) for f in features)
    reference = replace(manifest.reference, features=rows)
    feature_bins = FeatureBins(replace(manifest, features=tuple(features), reference=reference))
    assert feature_bins.names == small_bundle.LEVELS
    last = len(small_bundle.RAW["ORGANIZATION_TYPE"].levels)
    assert feature_bins.matrix([["Revolving loans", None]]).tolist() == [[1, last]]


def test_a_model_without_reference_is_refused_with_the_remedy(manifest):
    with pytest.raises(BundleError, match=f"model {manifest.version} has no reference: train it"):
        FeatureBins(replace(manifest, reference=None))


def test_fitted_features_are_counted_by_their_term_model():
    bundle = priced_bundle()
    manifest = replace(bundle.manifest, reference=reference_of(bundle.manifest))
    applicants = requests(50)
    counts = FeatureBins(manifest, bundle.term_model).count(applicants)
    rates = trained_columns(loans(50, 1), bundle.term_model)["implied_rate"]
    assert sum(counts["implied_rate"]) == 50
    assert counts["implied_rate"][-1] == np.isnan(rates).sum() > 0
    with pytest.raises(BundleError, match="needs the term model, which the bundle lacks"):
        FeatureBins(manifest)
