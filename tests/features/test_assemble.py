"""The feature table: a row per applicant, the catalogue's columns, the same whatever the order of the rows."""

from itertools import chain, combinations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import FeatureError
from credit_scoring.features.assemble import build_features, catalogue, side_tables
from credit_scoring.features.definitions.application import raw_features
from credit_scoring.features.definitions.row_ratios import ROW_RATIOS, available, by_name
from credit_scoring.features.feature import Feature
from credit_scoring.tables.read_tables import read_tables
from tests.features import reference

SIDES = tuple(name for name in contracts() if name != "application")


@pytest.fixture(scope="module")
def tables(sample_folder):
    """The sample's tables, of its first forty applicants."""
    everything = {name: frame.collect() for name, frame in read_tables(sample_folder).items()}
    first = everything["application"].sort("SK_ID_CURR").head(40)
    kept = {name: frame for name, frame in everything.items() if name != "bureau_balance"}
    some = {
        name: frame.join(first.select("SK_ID_CURR"), on="SK_ID_CURR", how="semi")
        for name, frame in kept.items()
    }
    balance = everything["bureau_balance"].join(some["bureau"], on="SK_ID_BUREAU", how="semi")
    return {name: balance if name == "bureau_balance" else some[name] for name in everything}


def build(tables):
    return build_features({name: frame.lazy() for name, frame in tables.items()})


def names(features):
    return [feature.name for feature in features]


class TestRows:
    def test_there_is_one_per_applicant_in_the_order_of_the_identifier(
        self, feature_table, sample_folder
    ):
        application = pl.read_parquet(sample_folder / "application_train.parquet").sort(
            "SK_ID_CURR"
        )
        assert feature_table.applicant.to_list() == application["SK_ID_CURR"].to_list()
        assert feature_table.target.to_list() == application["TARGET"].to_list()
        assert len(feature_table.features) == len(application)

    def test_unlabelled_applicants_have_no_target(self, sample_folder):
        unlabelled = build_features(read_tables(sample_folder, labelled=False))
        assert unlabelled.target is None
        assert len(unlabelled.features) > 0

    def test_an_applicant_that_stands_twice_is_refused(self, tables):
        row = tables["application"][:1]
        doubled = {**tables, "application": pl.concat([tables["application"], row, row])}
        message = rf"SK_ID_CURR {row['SK_ID_CURR'][0]} stands 3 times in the application table.*\(1 are repeated\)"
        with pytest.raises(FeatureError, match=message):
            build(doubled)

    def test_their_order_in_the_tables_changes_nothing(self, tables):
        expected = build(tables)
        found = build(
            {name: frame.sample(fraction=1, shuffle=True, seed=5) for name, frame in tables.items()}
        )
        assert_frame_equal(found.features, expected.features, check_exact=True)
        assert found.applicant.equals(expected.applicant)
        assert found.target.equals(expected.target)

    def test_building_twice_gives_equal_tables(self, feature_table, sample_folder):
        again = build_features(read_tables(sample_folder))
        assert_frame_equal(again.features, feature_table.features, check_exact=True)

    def test_an_applicant_s_features_do_not_depend_on_the_others(self, tables, feature_table):
        alone = build({**tables, "application": tables["application"][7:8]})
        same = feature_table.features.filter(feature_table.applicant == alone.applicant[0])
        assert_frame_equal(alone.features, same, check_exact=True)


class TestColumns:
    def test_they_are_the_catalogue_s_for_one_applicant_and_for_many(self, tables, feature_table):
        one = build({**tables, "application": tables["application"][:1]})
        assert (
            one.features.columns == feature_table.features.columns == names(catalogue(contracts()))
        )
        assert one.features.schema == feature_table.features.schema

    @pytest.mark.parametrize("absent", [*((name,) for name in SIDES), SIDES])
    def test_they_are_the_catalogue_s_whatever_side_tables_are_absent(self, tables, absent):
        present = {
            name: frame[:0] if name in SIDES else frame[:3]
            for name, frame in tables.items()
            if name not in absent
        }
        built = build(present)
        assert built.features.columns == names(built.catalogue) == names(catalogue(present))
        assert not {f.table for f in built.catalogue} & set(absent)

    def test_absent_tables_only_take_columns_away(self):
        everything = names(catalogue(contracts()))
        some = chain.from_iterable(combinations(SIDES, size) for size in (0, 1, len(SIDES) - 1))
        for present in some:
            fewer = names(catalogue({"application", *present}))
            assert set(fewer) <= set(everything)
            assert len(set(fewer)) == len(fewer)

    def test_monthly_balances_without_their_credits_are_of_no_use(self):
        assert side_tables({"application", "bureau_balance"}) == ()

    def test_a_missing_value_is_null_and_never_nan(self, feature_table):
        assert feature_table.features.select(pl.selectors.float().is_nan().any()).row(0) == (
            False,
        ) * sum(dtype.is_float() for dtype in feature_table.features.dtypes)

    def test_dtypes_are_floats_of_32_bits_integers_and_enums(self, feature_table):
        for feature, dtype in zip(
            feature_table.catalogue, feature_table.features.dtypes, strict=True
        ):
            if feature.levels:
                assert dtype == pl.Enum(feature.levels)
            elif feature.table == "application" and feature.whole:
                assert dtype.is_integer()
            else:
                assert dtype == pl.Float32

    def test_values_lie_within_the_catalogue_s_bounds(self, feature_table):
        for feature in feature_table.catalogue:
            known = feature_table.features[feature.name].drop_nulls()
            if feature.levels or known.is_empty():
                continue
            assert feature.minimum is None or known.min() >= feature.minimum, feature.name
            assert feature.maximum is None or known.max() <= feature.maximum, feature.name
            assert not feature.whole or known.cast(pl.Float64).round().eq(known).all(), feature.name

    def test_what_is_never_empty_is_never_missing(self, feature_table):
        zero = [feature.name for feature in feature_table.catalogue if feature.empty == "zero"]
        assert feature_table.features.select(zero).null_count().sum_horizontal()[0] == 0


class TestCatalogue:
    def test_says_of_every_feature_what_it_means_in_which_unit_from_which_table(self):
        for feature in catalogue(contracts()):
            assert len(feature.meaning) > 3
            assert feature.unit
            assert feature.table in contracts()
            assert bool(feature.formula) == (feature not in raw_features())

    def test_leaves_keys_and_target_out(self):
        keys = {
            c.name for t in contracts().values() for c in t.columns if c.use in ("key", "target")
        }
        assert not keys & set(names(catalogue(contracts())))

    def test_sensitive_is_what_is_made_from_a_sensitive_attribute(self):
        found = {f.name: f.sensitive for f in catalogue(contracts()) if f.sensitive}
        assert found == {
            "CODE_GENDER": "prohibited",
            "NAME_FAMILY_STATUS": "prohibited",
            "DAYS_BIRTH": "restricted",
            "application_employed_per_age": "restricted",
        }

    def test_a_ratio_is_there_when_its_inputs_are(self):
        everything = set(names(catalogue(contracts())))
        assert {ratio.name for ratio in ROW_RATIOS} <= everything
        assert names(available(["AMT_CREDIT", "AMT_ANNUITY"])) == [
            "application_annuity_per_credit",
            "application_credit_per_annuity",
        ]
        assert len(by_name()) == len(ROW_RATIOS)

    def test_a_ratio_is_made_of_plain_features_alone(self):
        """So that a request can hold its inputs."""
        plain = {f.name: f for f in catalogue(contracts()) if not f.inputs}
        for ratio in ROW_RATIOS:
            assert all(not plain[name].levels for name in ratio.formula.columns)

    def test_a_row_survives_the_way_through_a_dictionary(self):
        for feature in catalogue(contracts()):
            assert Feature.from_dict(feature.as_dict()) == feature

    def test_a_dictionary_leaves_out_what_is_absent_but_no_bound_of_zero(self):
        row = Feature("a", "application", "an a", unit="share", minimum=0, maximum=1.0).as_dict()
        assert row == {
            "name": "a",
            "table": "application",
            "meaning": "an a",
            "unit": "share",
            "minimum": 0,
            "maximum": 1.0,
            "empty": "missing",
        }

    def test_a_feature_is_asked_for_itself_or_for_its_inputs(self):
        assert Feature("a", "application", "an a").sources == ("a",)
        assert Feature("a", "application", "an a", inputs=("b", "c")).sources == ("b", "c")


def test_features_do_not_know_the_target():
    """A target turned round changes no feature."""
    tables = {"application": reference.application()}
    turned = {"application": tables["application"].with_columns(1 - pl.col("TARGET"))}
    assert_frame_equal(build(tables).features, build(turned).features)
