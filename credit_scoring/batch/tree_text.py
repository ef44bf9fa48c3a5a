"""The trees in LightGBM's text of a model, which `bundle.lightgbm_text` has validated."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

CATEGORICAL = 1  # bits of decision_type
MISSING_LEFT = 2
MISSING_TYPE_SHIFT = 2
NONE, ZERO, NAN = range(3)  # missing types: NaN is read as 0; 0 and NaN, or NaN, are missing
WORD_BITS = 32  # levels per word of a category set


@dataclass(frozen=True)
class TreeText:
    """One tree: splits and leaves numbered as in the text. A child below 0 is leaf -child - 1."""

    features: list[int]
    thresholds: list[float]
    decision_types: list[int]
    left: list[int]
    right: list[int]
    leaf_values: list[float]
    set_ends: list[int]
    set_words: list[int]

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> "TreeText":
        """The tree with these values by key; a key that it does not need may be absent."""

        def whole(key: str) -> list[int]:
            return [int(text) for text in values.get(key, "").split()]

        return cls(
            features=whole("split_feature"),
            thresholds=[float(text) for text in values["threshold"].split()],
            decision_types=whole("decision_type"),
            left=whole("left_child"),
            right=whole("right_child"),
            leaf_values=[float(text) for text in values["leaf_value"].split()],
            set_ends=whole("cat_boundaries"),
            set_words=whole("cat_threshold"),
        )

    @property
    def takes_zero_as_missing(self) -> bool:
        """Whether a split takes the number 0 as missing."""
        return any(kind >> MISSING_TYPE_SHIFT == ZERO for kind in self.decision_types)

    def is_categorical(self, split: int) -> bool:
        """Whether the split compares a category with a set of levels."""
        return bool(self.decision_types[split] & CATEGORICAL)

    def missing_goes_left(self, split: int) -> bool:
        """Whether a missing number goes left."""
        kind = self.decision_types[split]
        if kind >> MISSING_TYPE_SHIFT == NONE:
            return self.thresholds[split] >= 0
        return bool(kind & MISSING_LEFT)

    def left_levels(self, split: int) -> list[int]:
        """The codes of the levels that go left at a categorical split."""
        number = int(self.thresholds[split])
        words = self.set_words[self.set_ends[number] : self.set_ends[number + 1]]
        return [
            WORD_BITS * place + bit
            for place, word in enumerate(words)
            for bit in range(WORD_BITS)
            if word >> bit & 1
        ]


def tree_texts(model: str) -> Iterator[TreeText]:
    """The trees of the text of a model, in order."""
    for block in model.split("\nTree=")[1:]:
        lines = block.partition("\n\n")[0].splitlines()[1:]
        yield TreeText.parse(dict(line.split("=", 1) for line in lines))
