"""Applicants scored per second from a Parquet file, and whether they equal `/predict` bit for bit.

Ours reads a Parquet file of the features that the model requests, scores it and writes a Parquet
file: `batch.score_block` alone, and as `python model.py score` does it, which also validates each
row and can resume. Its peers get their rows from memory: what `/predict/batch` does with parsed
JSON (`Scorer.score_all`), what `/predict` does for a refusal's reasons, and LightGBM's
`Booster.predict` with as many threads on a pandas frame that is encoded already. The ways run in
turn; the best round counts.

    python bench/score.py [--quick] [--bundle FOLDER]

Then applicants are sent to the app's `/predict`: probability, score and decision must be equal. The
last line is one JSON object.
"""

# ruff: noqa: E402 - the path comes before the imports it is for

import dataclasses
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"  # as model.py sets it
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
import pandas as pd
import polars as pl
from _options import parse_options

from credit_scoring.batch.flat_file import PART_ROWS, FlatFile
from credit_scoring.batch.score_block import SLICE_ROWS, BlockScorer
from credit_scoring.batch.score_file import ScoreOptions, score_file
from credit_scoring.batch.vectorised_trees import raw_scores, vectorised_trees
from credit_scoring.bundle.read_bundle import Bundle, read_bundle
from credit_scoring.features.assemble import build_features
from credit_scoring.features.build_applicant_store import plain_value
from credit_scoring.features.definitions.side_table import APPLICANT_KEY
from credit_scoring.sample import generate_sample
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.serving.app_factory import create_app
from credit_scoring.settings import load_settings
from credit_scoring.tables.read_tables import read_tables
from tests.server_process import scratch_settings

THREADS = os.cpu_count() or 1
OURS, WITH_REASONS = "blocks, Parquet to Parquet", "  with reasons"
COMMAND, COMMAND_REASONS = "command, Parquet to Parquet", "  with --reasons"
TREES = "trees alone, by column, one thread"
BATCH, SINGLE = "Scorer.score_all on dicts", "Scorer and Explainer, one by one"
LIGHTGBM = "Booster.predict on a pandas frame"
FIGURES = {
    OURS: "blocks_per_second",
    WITH_REASONS: "blocks_with_reasons_per_second",
    COMMAND: "command_per_second",
    COMMAND_REASONS: "command_with_reasons_per_second",
    TREES: "trees_per_second",
    BATCH: "score_all_per_second",
    SINGLE: "single_with_reasons_per_second",
    LIGHTGBM: "lightgbm_per_second",
}


class Sizes(NamedTuple):
    """Applicants: generated, of the file, of a slow way, sent to the app; and rounds."""

    population: int
    file: int
    few: int
    requests: int
    rounds: int


QUICK = Sizes(population=1_000, file=100_000, few=2_000, requests=500, rounds=2)
FULL = Sizes(population=10_000, file=500_000, few=10_000, requests=10_000, rounds=3)


class Rate(NamedTuple):
    """Applicants per second by the clock, and processor time per applicant (µs)."""

    per_second: float
    processor_us: float


def population_features(folder: Path, bundle: Bundle, applicants: int) -> pl.DataFrame:
    """The features that the model requests, of the applicants of a generated sample."""
    generate_sample(folder, applicants=applicants, seed=5)
    names = [feature.name for feature in bundle.manifest.features if feature.is_requested]
    tables = (read_tables(folder, labelled=labelled) for labelled in (True, False))
    return pl.concat([build_features(each, names).features.select(names) for each in tables])


def score_parquet(scorer: BlockScorer, source: Path, out: Path) -> None:
    """Score a Parquet file block by block, and write the scores as Parquet."""
    blocks = pl.scan_parquet(source).collect_batches(chunk_size=PART_ROWS, maintain_order=True)
    pl.concat([scorer.score(block) for block in blocks]).write_parquet(out)


def run_command(bundle: Bundle, source: Path, out: Path, *, reasons: bool = False) -> None:
    """What `python model.py score` does after its start."""
    options = ScoreOptions(out, out.with_suffix(".rejected.csv"), reasons=reasons)
    file = FlatFile(source, bundle.manifest.features, APPLICANT_KEY)
    counts = score_file(bundle, file, options, digest="bench")
    if counts.rejected:
        sys.exit(f"{counts.rejected} rows of the sample were rejected: {counts.first_rejected}")


def ways(bundle: Bundle, features: pl.DataFrame, folder: Path, sizes: Sizes) -> dict[str, Any]:
    """The number of applicants and the function of each way, by name."""
    files = {}
    for name, rows in {"all": sizes.file, "few": 10 * sizes.few}.items():
        files[name] = folder / f"{name}.parquet"
        drawn = features.sample(rows, with_replacement=True, seed=0)
        drawn.with_row_index(APPLICANT_KEY, offset=100_000).write_parquet(files[name])
    scorer, explainer = Scorer(bundle), Explainer(bundle, Scorer(bundle))
    plain, with_reasons = BlockScorer(bundle), BlockScorer(bundle, reasons=4)
    dicts = requests_of(features.sample(sizes.few, with_replacement=True, seed=0), scorer)
    matrix = scorer.matrix(dicts)
    frame = pd.DataFrame(matrix)
    repeated = np.resize(matrix, (SLICE_ROWS, matrix.shape[1]))
    columns = repeated.T.astype(np.float32, order="C")
    trees = vectorised_trees(bundle.model) or ()
    out = folder / "scores.parquet"

    def one_by_one() -> None:
        for inputs in dicts:
            explainer.principal_reasons(inputs, scorer.score(inputs))

    def lightgbm() -> None:
        bundle.model.booster_.predict(frame, raw_score=True, num_threads=THREADS)

    return {
        OURS: (sizes.file, lambda: score_parquet(plain, files["all"], out)),
        WITH_REASONS: (10 * sizes.few, lambda: score_parquet(with_reasons, files["few"], out)),
        COMMAND: (sizes.file, lambda: run_command(bundle, files["all"], out)),
        COMMAND_REASONS: (
            10 * sizes.few,
            lambda: run_command(bundle, files["few"], out, reasons=True),
        ),
        TREES: (SLICE_ROWS, lambda: raw_scores(trees, columns)),
        BATCH: (sizes.few, lambda: scorer.score_all(dicts)),
        SINGLE: (sizes.few, one_by_one),
        LIGHTGBM: (sizes.few, lightgbm),
    }


def requests_of(features: pl.DataFrame, scorer: Scorer) -> list[dict[str, Any]]:
    """The applicants as `/predict` gets them."""
    return features.select(plain_value(f.feature) for f in scorer.requested_features).to_dicts()


def measure(applicants: int, work: Callable[[], object]) -> Rate:
    """Run `work` once."""
    processor, start = time.process_time(), time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return Rate(applicants / seconds, 1e6 * (time.process_time() - processor) / applicants)


def best_rates(by_name: Mapping[str, Any], rounds: int) -> dict[str, Rate]:
    """The best of the rounds of each way, taken in turn."""
    results = [{name: measure(*way) for name, way in by_name.items()} for _ in range(rounds)]
    return {
        name: Rate(
            max(measured[name].per_second for measured in results),
            min(measured[name].processor_us for measured in results),
        )
        for name in by_name
    }


def count_equal(bundle: Path, features: pl.DataFrame, folder: Path) -> int:
    """The number of applicants on whom the app decides as ours, bit for bit."""
    loaded = read_bundle(bundle)
    settings = load_settings(scratch_settings(folder) | {"CREDIT_SCORING_LOG_LEVEL": "error"})
    settings = dataclasses.replace(settings, model_path=bundle)
    client = create_app(settings).test_client()
    decisions = BlockScorer(loaded).score(features).iter_rows(named=True)
    equal = 0
    for inputs, ours in zip(requests_of(features, Scorer(loaded)), decisions, strict=True):
        answer = client.post("/predict", json=inputs).get_json()
        equal += all(answer[name] == value for name, value in ours.items())
    return equal


def main() -> None:
    options = parse_options(__doc__ or "", "100,000 applicants instead of 500,000")
    sizes = QUICK if options.quick else FULL
    bundle = read_bundle(options.bundle)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        features = population_features(folder / "sample", bundle, sizes.population)
        rates = best_rates(ways(bundle, features, folder, sizes), sizes.rounds)
        few = features.sample(sizes.requests, with_replacement=True, seed=0)
        (folder / "app").mkdir()
        equal = count_equal(options.bundle, few, folder / "app")
    print(f"{'':<40} {'applicants/s':>13} {'processor, µs':>14}")
    for label, rate in rates.items():
        print(f"{label:<40} {rate.per_second:>13,.0f} {rate.processor_us:>14,.1f}")
    print(f"{equal:,} of {sizes.requests:,} decisions equal those of /predict")
    figures = {key: round(rates[label].per_second) for label, key in FIGURES.items()}
    figures["equal"] = equal
    print(json.dumps({**figures, "requests": sizes.requests, "threads": THREADS}))


if __name__ == "__main__":
    main()
