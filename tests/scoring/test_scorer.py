"""Serving equals training: the same row, the same bits, the same decision."""

import dataclasses
import itertools
import json
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.errors import BundleError
from credit_scoring.features.assemble import build_features
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.tables.read_tables import read_tables

MANY = 400  # applicants


@pytest.fixture(scope="module")
def table(model_table, bundle):
    """The training table's own columns of the model, in its order."""
    return model_table.features.select(bundle.model.feature_names_in_.tolist())


@pytest.fixture(scope="module")
def inputs(feature_table, scorer):
    """The request of every applicant: the requested features, as JSON values."""
    requested = feature_table.features.select(feature.name for feature in scorer.requested_features)
    return [json.loads(json.dumps(row)) for row in requested.iter_rows(named=True)]


@pytest.fixture(scope="module")
def expected(bundle, table):
    return bundle.model.predict_proba(table)[:, 1]


@pytest.fixture(scope="module")
def unlabelled(sample_folder, bundle):
    """The features of the applicants without an outcome, who were not in training."""
    tables = read_tables(sample_folder, labelled=False)
    return build_features(tables, term_model=bundle.term_model).features


class TestTrainingIsServing:
    def test_probabilities_equal_those_of_the_table(self, scorer, inputs, expected):
        probabilities = [scorer.score(row).probability for row in inputs[:MANY]]
        assert probabilities == expected[:MANY].tolist()
        assert len(set(probabilities)) > MANY / 2

    def test_rows_equal_those_of_the_table(self, scorer, inputs, bundle, table):
        matrix = bundle.model.encode(table)
        for row, trained in zip(inputs[:MANY], matrix, strict=False):
            np.testing.assert_array_equal(scorer.row(row), trained)

    def test_a_batch_equals_single_decisions(self, scorer, inputs):
        incomplete = [
            {**row, name: None}
            for row, name in zip(inputs, itertools.cycle(inputs[0]), strict=False)
        ]
        many = [*inputs[:MANY], *incomplete[:MANY]]
        np.testing.assert_array_equal(scorer.matrix(many), [scorer.row(row) for row in many])
        assert scorer.score_all(many) == [scorer.score(row) for row in many]

    def test_the_model_has_features_of_every_kind(self, bundle):
        """Otherwise the equality above proves little."""
        assert {feature.role for feature in bundle.manifest.features} == {
            "input",
            "ratio input",
            "derived",
        }
        assert bundle.model.categories_
        assert len({feature.feature.table for feature in bundle.manifest.features}) > 4

    def test_applicants_who_were_not_in_training(self, scorer, bundle, unlabelled):
        expected = bundle.model.predict_proba(
            unlabelled.select(bundle.model.feature_names_in_.tolist())
        )[:, 1]
        requested = unlabelled.select(feature.name for feature in scorer.requested_features)
        assert [
            scorer.score(row).probability for row in requested.iter_rows(named=True)
        ] == expected.tolist()

    def test_decisions_are_the_model_s(self, scorer, inputs, expected, bundle):
        refused = bundle.model.refuses(expected)
        for row, trained in zip(inputs[:MANY], refused, strict=False):
            assert scorer.score(row).score == int(trained)

    def test_marks_for_no_value_may_be_sent(self, scorer, inputs):
        """365243 days and "XNA" are how the lender's own tables write "no value"."""
        marks = {
            f.name: (f.feature.sentinel, *f.feature.missing) for f in scorer.requested_features
        }
        marked = {name: [mark for mark in row if mark is not None] for name, row in marks.items()}
        assert sum(map(len, marked.values())) > 0
        for name, values in marked.items():
            for value, row in itertools.product(values, inputs[:20]):
                np.testing.assert_array_equal(
                    scorer.row({**row, name: value}), scorer.row({**row, name: None})
                )

    def test_the_raw_application_row_may_be_sent(
        self, scorer, feature_table, sample_folder, inputs, expected
    ):
        raw = pl.read_parquet(sample_folder / "application_train.parquet").sort("SK_ID_CURR")
        own = raw.select(
            f.name
            for f in scorer.requested_features
            if f.feature.table == "application" and f.name in raw.columns
        )
        assert raw["SK_ID_CURR"].to_list() == feature_table.applicant.to_list()
        rows = own.cast({pl.Enum: pl.String, pl.Categorical: pl.String}).iter_rows(named=True)
        probabilities = [
            scorer.score({**sent, **row}).probability
            for sent, row in zip(inputs, rows, strict=True)
        ][:MANY]
        assert probabilities == expected[:MANY].tolist()


class TestOneRow:
    def test_absent_and_none_are_the_same(self, scorer, inputs):
        for row in inputs[:20]:
            known = {name: value for name, value in row.items() if value is not None}
            np.testing.assert_array_equal(scorer.row(known), scorer.row(row))

    def test_whole_numbers_may_be_floats(self, scorer, inputs):
        for row in inputs[:20]:
            floats = {
                name: float(value) if type(value) is int else value for name, value in row.items()
            }
            np.testing.assert_array_equal(scorer.row(floats), scorer.row(row))

    def test_the_order_of_the_fields_does_not_matter(self, scorer, inputs):
        row = inputs[0]
        np.testing.assert_array_equal(scorer.row(dict(reversed(row.items()))), scorer.row(row))

    def test_an_empty_request_is_decided(self, scorer):
        assert 0 < scorer.score({}).probability < 1

    def test_numbers_are_rounded_to_32_bits(self, scorer, inputs):
        name = next(
            f.name
            for f in scorer.requested_features
            if not f.feature.levels and not f.feature.whole
        )
        values = (0.1, float(np.float32(0.1)))
        rows = [scorer.row({**inputs[0], name: value}) for value in values]
        np.testing.assert_array_equal(*rows)

    @settings(max_examples=100)
    @given(st.data())
    def test_any_valid_input_gives_a_32_bit_row(self, scorer, bundle, data):
        """Zeros and tiny divisors included: a value beyond 32 bits is missing, never infinite."""
        divided = {name for f in bundle.manifest.features for name in f.feature.inputs}
        number = st.one_of(
            st.none(), st.sampled_from([0.0, -0.0, 1e-45, 2.0**-149]), st.floats(-1e30, 1e30)
        )
        row = scorer.row({name: data.draw(number, label=name) for name in sorted(divided)})
        assert not np.isinf(row).any()
        assert np.array_equal(row, row.astype(np.float32), equal_nan=True)

    def test_threads_get_their_own_results(self, scorer, inputs, expected):
        with ThreadPoolExecutor(8) as pool:
            probabilities = list(
                pool.map(lambda row: scorer.score(row).probability, inputs[:MANY] * 3)
            )
        assert probabilities == expected[:MANY].tolist() * 3


class TestBundle:
    def test_golden_rows_are_reproduced(self, scorer, bundle):
        names = [row["name"] for row in bundle.manifest.golden_rows]
        assert names == ["typical", "low risk", "high risk", "close to the threshold"]
        for row in bundle.manifest.golden_rows:
            assert scorer.score(row["features"]).probability == row["probability"]

    def test_a_low_risk_example_has_a_lower_probability(self, bundle):
        probability = {row["name"]: row["probability"] for row in bundle.manifest.golden_rows}
        assert probability["low risk"] < probability["typical"] < probability["high risk"]

    def test_a_ratio_with_another_formula_is_refused(self, bundle):
        with pytest.raises(
            BundleError, match=r"was computed differently in training \(\(a / b\)\): train again"
        ):
            Scorer(with_derived(bundle, formula="(a / b)"))

    def test_an_unknown_ratio_is_refused(self, bundle):
        with pytest.raises(
            BundleError, match="from_the_future was computed differently in training"
        ):
            Scorer(with_derived(bundle, name="from_the_future"))

    def test_a_ratio_without_its_inputs_is_refused(self, bundle):
        features = tuple(f for f in bundle.manifest.features if f.role != "ratio input")
        with pytest.raises(
            BundleError, match=r"needs .*, which the bundle does not request: train again"
        ):
            Scorer(Bundle(bundle.model, dataclasses.replace(bundle.manifest, features=features)))


def with_derived(bundle, **changes):
    """The bundle with another description of its first derived feature."""
    features = list(bundle.manifest.features)
    index = next(i for i, feature in enumerate(features) if feature.role == "derived")
    features[index] = dataclasses.replace(
        features[index], feature=dataclasses.replace(features[index].feature, **changes)
    )
    return Bundle(bundle.model, dataclasses.replace(bundle.manifest, features=tuple(features)))


class TestExplanation:
    def test_base_and_contributions_add_up_to_the_raw_score(self, bundle, table, unlabelled):
        """Over a thousand rows, to 1e-9 (reliability, row 32)."""
        names = table.columns
        rows = pl.concat([table, unlabelled.select(names)])
        assert len(rows) >= 1000
        contributions = bundle.model.explain(rows)
        assert contributions.shape == (len(rows), len(names) + 1)
        np.testing.assert_allclose(
            contributions.sum(axis=1), bundle.model.raw_score(rows), rtol=0, atol=1e-9
        )

    def test_the_raw_score_gives_the_probability(self, bundle, table, expected):
        slope, intercept = bundle.model.calibration_
        logit = slope * bundle.model.raw_score(table) + intercept
        assert [1 / (1 + math.exp(-value)) for value in logit] == pytest.approx(
            expected.tolist(), rel=1e-12
        )
