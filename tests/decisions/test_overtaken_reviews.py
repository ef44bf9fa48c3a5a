"""Reviews that were written while somebody else reviewed the same decision."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from credit_scoring.errors import RequestError

REVIEW = {"outcome": "ACCEPTED", "reviewer": "A. Martin", "reason": "An error."}


@pytest.fixture
def decision_id(log, entry):
    new_entry = entry(0.5)
    log.append([new_entry])
    return new_entry.decision_id


def test_review_follows_the_one_that_was_seen(log, decision_id):
    first = log.add_review(decision_id, **REVIEW, after="")
    second = log.add_review(decision_id, **REVIEW, after=first.review_id)
    for seen in ("", first.review_id):
        with pytest.raises(RequestError, match="was reviewed meanwhile") as error:
            log.add_review(decision_id, **REVIEW, after=seen)
        assert error.value.status == 409
    assert log.find(decision_id).reviews == [first, second]


def test_one_of_several_simultaneous_reviews_is_saved(log, decision_id):
    def review(_):
        try:
            return log.add_review(decision_id, **REVIEW, after="")
        except RequestError as error:
            return error.status

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(review, range(8)))
    assert answers.count(409) == 7
    assert len(log.find(decision_id).reviews) == 1
