"""The term model in a bundle: LightGBM's plain text, read as strictly as the pickle.

A model with fitted features, see `Feature.fitted`, does not work without it.
"""

from credit_scoring.bundle.bundle_files import REMEDY, BundleFiles
from credit_scoring.bundle.file_digest import require_digest
from credit_scoring.bundle.lightgbm_text.check import require_valid_text
from credit_scoring.bundle.lightgbm_text.header import multiclass
from credit_scoring.bundle.manifest import MANIFEST_FILE, TERM_MODEL_FILE, Manifest
from credit_scoring.errors import BundleError
from credit_scoring.loan_price.term_model import INPUTS, TERMS, TermModel


def require_term_model_file(files: BundleFiles, manifest: Manifest, name: str) -> None:
    """BundleError unless the manifest describes the bytes of the term model that it needs."""
    path = f"{name}/{TERM_MODEL_FILE}"
    described = manifest.term_model
    if described is None:
        fitted = [feature.name for feature in manifest.features if feature.feature.fitted]
        if fitted:
            raise BundleError(
                f"{name}/{MANIFEST_FILE}: term_model is absent: expected the term model, from "
                f"which the feature {fitted[0]} is computed; {REMEDY}"
            )
    elif TERM_MODEL_FILE not in files:
        raise BundleError(f"{path} does not exist, but the manifest describes it: {REMEDY}")
    else:
        require_digest(files[TERM_MODEL_FILE], described, path)


def term_model_text(files: BundleFiles, manifest: Manifest, name: str) -> str | None:
    """The text of the term model, None without one; BundleError unless it keeps to our grammar.

    LightGBM reads nothing here.
    """
    if manifest.term_model is None:
        return None
    path = f"{name}/{TERM_MODEL_FILE}"
    try:
        text = files[TERM_MODEL_FILE].decode("ascii")
    except UnicodeDecodeError as error:
        raise BundleError(f"{path} is not the text of a model ({error}): {REMEDY}") from error
    require_valid_text(text, path, multiclass(len(TERMS), INPUTS), {})
    return text


def load_term_model(text: str | None, name: str) -> TermModel | None:
    """Let LightGBM read the text; None without one."""
    if text is None:
        return None
    try:
        return TermModel.from_text(text)
    except ValueError as error:
        raise BundleError(f"{name}/{TERM_MODEL_FILE} is damaged ({error}): {REMEDY}") from error
