"""Parallel jobs: in threads or processes, with ordered results and readable errors."""

import os
from functools import partial

import pytest

from credit_scoring.errors import SettingError
from credit_scoring.training.parallel import run_parallel


def process_of(number):
    return number, os.getpid()


def fail(error):
    raise error


def test_processes_return_results_in_order():
    reports = []
    jobs = [partial(process_of, number) for number in range(4)]
    results = run_parallel(jobs, lambda *report: reports.append(report), workers=2)
    assert reports == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [number for number, _ in results] == [0, 1, 2, 3]
    assert os.getpid() not in {process for _, process in results}


def test_an_error_in_a_process_has_its_traceback():
    """An exception that cannot be sent between processes arrives as text."""
    jobs = [partial(fail, KeyError("of the worker")), *[partial(min, 1, 2)] * 4]
    with pytest.raises(RuntimeError, match=r"(?s)in fail.*KeyError: 'of the worker'"):
        run_parallel(jobs, workers=2)


def test_an_error_of_ours_arrives_unchanged():
    with pytest.raises(SettingError, match=r"^the disk is full$"):
        run_parallel([partial(fail, SettingError("the disk is full"))] * 2, workers=2)


@pytest.mark.parametrize("options", [{"workers": 1}, {"backend": "threads", "workers": 2}])
def test_one_worker_or_threads_start_no_process(options):
    results = run_parallel([partial(process_of, number) for number in range(2)], **options)
    assert results == [(0, os.getpid()), (1, os.getpid())]


def test_no_jobs_have_no_results():
    assert run_parallel([]) == []
