"""Writes Evidently's drift report; run by the Python of .venv-evidently, which has nothing of ours.

Arguments: the reference and the current table as Parquet, a JSON object with the lists "number" and
"category" of column names, and the HTML file to write.
"""

import json
import sys


def main(reference: str, current: str, kinds: str, out: str) -> None:
    """Read both tables and write the report."""
    import pandas as pd  # noqa: PLC0415 - not in the environment of the laboratory
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415
    from evidently.presets import DataDriftPreset  # noqa: PLC0415

    columns = json.loads(kinds)
    definition = DataDefinition(
        numerical_columns=columns["number"], categorical_columns=columns["category"]
    )
    before, after = (
        Dataset.from_pandas(pd.read_parquet(path), data_definition=definition)
        for path in (reference, current)
    )
    Report([DataDriftPreset()]).run(after, before).save_html(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
