"""Random changes of LightGBM's text."""

import re

import numpy as np

from tests.bundle.attacks import with_sizes

HOSTILE_NUMBERS = ("-1", "0", "7", "2147483647", "4294967296", "-1000000", "1e308", "nan", "")


def mutations(text, count, seed=0):
    """Texts with a random change each; the sizes of the trees are right in every second one."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        changed = MUTATIONS[number % len(MUTATIONS)](text, rng)
        yield changed if number % 2 else with_sizes(changed)


def _replace_number(text, rng):
    numbers = list(re.finditer(r"(?<=[= ])-?\d[\d.e+-]*", text))
    match = numbers[rng.integers(len(numbers))]
    return text[: match.start()] + str(rng.choice(HOSTILE_NUMBERS)) + text[match.end() :]


def _change_character(text, rng):
    position = int(rng.integers(len(text)))
    return text[:position] + chr(rng.integers(32, 127)) + text[position + 1 :]


def _remove_part(text, rng):
    start = int(rng.integers(len(text)))
    return text[:start] + text[start + int(rng.integers(1, 40)) :]


def _swap_lines(text, rng):
    lines = text.split("\n")
    first, second = rng.integers(len(lines), size=2)
    lines[first], lines[second] = lines[second], lines[first]
    return "\n".join(lines)


def _change_digit(text, rng):
    digits = list(re.finditer(r"\d", text))
    match = digits[rng.integers(len(digits))]
    return text[: match.start()] + str(rng.integers(10)) + text[match.end() :]


MUTATIONS = (_replace_number, _change_character, _remove_part, _swap_lines, _change_digit)
