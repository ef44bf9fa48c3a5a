"""The command line of the benchmarks that need a bundle."""

import argparse
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUNDLES = ("models/latest", "models/local")


def parse_options(description: str, quick_help: str, **numbers: str) -> argparse.Namespace:
    """The options `quick` and `bundle`; the bundle is the given one, or the first that exists.

    `numbers` are further options with their help; a number that is left out is 0.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=quick_help)
    parser.add_argument("--bundle", type=Path, help=f"default: {' or '.join(BUNDLES)}")
    for name, help_text in numbers.items():
        parser.add_argument(f"--{name}", type=float, default=0, help=help_text)
    options = parser.parse_args()
    options.bundle = options.bundle or _first_bundle()
    return options


def _first_bundle() -> Path:
    folders = [ROOT / name for name in BUNDLES]
    return next((path for path in folders if (path / "model.json").is_file()), folders[0])
