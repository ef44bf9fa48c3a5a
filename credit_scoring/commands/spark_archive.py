"""`python model.py spark-archive`."""

from pathlib import Path
from typing import Annotated

import typer

from credit_scoring.commands.common_options import LATEST_BUNDLE, BundlePath, exit_on_error


def spark_archive(
    bundle: BundlePath = LATEST_BUNDLE,
    out: Annotated[Path, typer.Option(help="Zip to write.")] = Path("credit-scoring.zip"),
) -> None:
    """Write the code and a bundle to one zip, for spark-submit --py-files and --archives.

    Only a driver that runs in the cluster needs the zip. Otherwise features and score send the code
    and the bundle to the cluster.
    """
    from credit_scoring.errors import SettingError
    from credit_scoring.scoring.verify_bundle import read_verified_files
    from credit_scoring.spark.archive import BUNDLE_FOLDER, code_folder, write_archive

    with exit_on_error(out):
        code = code_folder()
        if code is None:
            raise SettingError("the code runs from an archive already: copy this archive")
        files, _ = read_verified_files(bundle)
        try:
            write_archive(out, code, files)
        except OSError as error:
            raise SettingError(
                f"{out} cannot be written ({error.strerror}): name another file with --out"
            ) from error
    typer.echo(
        f"{out} holds the code and, in {BUNDLE_FOLDER}/, the bundle. Submit it with "
        f"--py-files {out} --archives {out}#credit-scoring; the bundle is then in "
        f"credit-scoring/{BUNDLE_FOLDER}."
    )
