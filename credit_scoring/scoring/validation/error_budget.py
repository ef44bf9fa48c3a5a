"""The limits on what the errors of one request may cost, in time and in the size of the answer."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from credit_scoring.errors import FieldError, RequestError
from credit_scoring.suggestions import did_you_mean

MAX_ERRORS = 200  # unknown names listed in one answer; the model's own features are all listed
MAX_HINTS = 20  # hints in one answer: each compares a name with all others, for milliseconds
MAX_HINTED = 60  # characters of a name that gets a hint


@dataclass
class ErrorBudget:
    """What the answer to one request may still spend on errors.

    The applicants of a batch share one budget. Errors are computed only while `errors` lasts;
    afterwards each refused applicant gets one error that sums up the others.
    """

    errors: int = MAX_ERRORS
    hints: int = MAX_HINTS

    def hint(self, name: str, candidates: Collection[str]) -> str:
        """The hint "did you mean X?" for a short `name`; "" once the hints are used up."""
        if not self.hints or len(name) > MAX_HINTED:
            return ""
        self.hints -= 1
        return did_you_mean(name, candidates)

    def refusal(
        self, errors: Iterator[FieldError], count: int, title: str = "Features refused"
    ) -> RequestError:
        """The 422 for one or more `errors`, `count` in all, of which `errors` may yield fewer."""
        first = next(errors)
        summary = f"{count} fields are refused, the first: {first.message}"
        detail = first.message if count == 1 else summary
        listed = (first, *errors) if self.errors > 0 else (FieldError(first.field, detail),)
        self.errors -= len(listed)
        return RequestError(detail, status=422, title=title, errors=listed)
