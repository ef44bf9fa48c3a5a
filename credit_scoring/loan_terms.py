"""What loans lose and earn, as assumed by the threshold study and the page about the threshold."""

from dataclasses import dataclass

from credit_scoring.errors import SettingError


@dataclass(frozen=True)
class LoanTerms:
    """What loans lose and earn, as shares of the exposure.

    `lgd` is lost in default, `margin` is earned by a good loan. The others belong to the expected
    maximum profit: the probabilities that a default loses nothing (`no_loss`) and everything
    (`all_lost`), with a uniform distribution between, and the return on a good loan (`roi`). Their
    defaults are Verbraken's values.
    """

    lgd: float = 0.75
    margin: float = 0.1
    no_loss: float = 0.55
    all_lost: float = 0.1
    roi: float = 0.2644

    def __post_init__(self) -> None:
        """SettingError if the two probabilities exceed 1 together."""
        if self.no_loss + self.all_lost > 1:
            raise SettingError(
                f"no loss ({self.no_loss:g}) and all lost ({self.all_lost:g}) add up to more "
                "than 1: they are probabilities of two outcomes of a default"
            )
