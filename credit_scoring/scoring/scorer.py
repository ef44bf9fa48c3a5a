"""The scorer: an applicant's inputs to a decision."""

from collections.abc import Sequence

from credit_scoring.bundle.manifest import Manifest
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.errors import BundleError
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.scoring.decision import Decision, decide
from credit_scoring.scoring.row_encoder import Inputs, RowEncoder

TOLERANCE = 1e-9  # another processor may round the last bits of an exponential differently


class Scorer(RowEncoder):
    """Scores applicants with one bundle. Safe to use from several threads.

    BundleError if the bundle has a derived feature that this program computes differently.
    """

    def __init__(self, bundle: Bundle) -> None:
        columns = bundle.model.feature_names_in_.tolist()
        super().__init__(bundle.manifest.features, columns, bundle.term_model)
        self._model = bundle.model
        self.version = bundle.manifest.version

    def score(self, inputs: Inputs) -> Decision:
        """Decide on one applicant.

        `inputs` are validated values by feature name; an absent value or None is missing.
        """
        probability = self._model.row_probability(self.row(inputs))
        return decide(probability, self._model.threshold_, self.version)

    def score_all(
        self, applicants: Sequence[Inputs], numbers: Floats | None = None
    ) -> list[Decision]:
        """Decide on one or more applicants as `score` does, bit for bit, in one batch.

        `numbers` may hold their numeric inputs, (applicants, requested features without levels) in
        the order of `requested_features`.
        """
        return self._decide(self.matrix(applicants, numbers))

    def score_changes(self, changed: Sequence[Inputs], inputs: Inputs) -> list[Decision]:
        """Decide on one or more changes of the applicant's `inputs`.

        Term and interest rate are those of the loan applied for (`matrix_at_price`).
        """
        return self._decide(self.matrix_at_price(changed, inputs))

    def _decide(self, rows: Floats) -> list[Decision]:
        probabilities = self._model.matrix_probability(rows).tolist()
        threshold = self._model.threshold_
        return [decide(probability, threshold, self.version) for probability in probabilities]


def verified_scorer(bundle: Bundle) -> Scorer:
    """The bundle's scorer; BundleError if it does not reproduce the golden rows."""
    scorer = Scorer(bundle)
    golden_rows = bundle.manifest.golden_rows
    require_golden(
        bundle.manifest, [scorer.score(row["features"]).probability for row in golden_rows]
    )
    return scorer


def require_golden(manifest: Manifest, probabilities: Sequence[float]) -> None:
    """BundleError unless these are the probabilities of the manifest's golden rows."""
    for row, probability in zip(manifest.golden_rows, probabilities, strict=True):
        if not abs(probability - row["probability"]) <= TOLERANCE:
            raise BundleError(
                f'the model gives its example "{row["name"]}" the probability {probability}, its '
                f"manifest says {row['probability']}: this machine or its libraries compute "
                "differently; train the model again"
            )
