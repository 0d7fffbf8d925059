"""What was found to make a bundle hold, or to break it: alternatives in order of their cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from detente.errors import NotSupported
from detente.stability.following.algebraic import Place
from detente.stability.robustness.mending.levers import Kind
from detente.stability.verdict import Stopped

if TYPE_CHECKING:
    import pandas

    from detente.stability.robustness.nearest.radius import Radius
    from detente.summit.summit import Summit

Aim = Literal["hold", "break"]


@dataclass(frozen=True)
class Change:
    """One thing that is changed.

    `lever` : its name
    `text` : what is done, in words
    `now` : the number in the file; None where it is no number that changes
    `bound` : the number at which the verdict turns
    `value` : a number at which it has turned; `bound` itself where that is enough
    `levels` : term → its level, of the terms that are changed
    """

    kind: Kind
    lever: str
    text: str
    now: Fraction | None = None
    bound: Place | None = None
    value: Fraction | None = None
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Alternative:
    """One way to make the bundle hold, or to break it.

    `changes` : all of them together
    `cost` : of a single number, no change of it costs less; rounded up where it is irrational
        (`rounded`); of several, the least found (`Mend.together` has what is proved)
    `attained` : whether that cost is enough; else it is only approached, and `paid` is enough
    `paid` : what the proposed numbers cost
    `word` : the verdict on the bundle in the changed file
    `strict` : whether the verdict there survives every tie
    `summit` : the changed file
    `radius` : how far the numbers may move then; None where that was not asked, or on a tie
    `proved` : whether it is proved that no smaller change of this number does it; under hidden
        information not always (`thresholds` says why)
    `bundle` : in the changed file; another one than was asked about where terms were changed
    """

    changes: tuple[Change, ...]
    cost: Fraction
    attained: bool
    paid: Fraction
    word: str
    strict: bool
    bundle: str
    summit: Summit = field(repr=False, compare=False)
    rounded: bool = False
    radius: Radius | None = field(default=None, repr=False, compare=False)
    proved: bool = True

    @property
    def text(self) -> str:
        """All that is changed, in words."""
        return "; ".join(change.text for change in self.changes)


@dataclass(frozen=True)
class Together:
    """What is known of several levers moved at once, along with other terms and talks.

    `levers` : those that could move
    `lower` : no combination costs less; None where none at all reaches the aim, or nothing is known
    `proved` : whether the search came to its end
    `gap` : the part by which, where conditions bend, something cheaper is not ruled out
    """

    levers: tuple[str, ...]
    lower: Fraction | None
    proved: bool
    gap: Fraction


@dataclass(frozen=True)
class Mend(Sequence[Alternative]):
    """What would make a bundle hold (`aim` hold), or break it (`aim` break), cheapest first.

    `selected` : whether the talks as written are to settle on it as well
    `strict` : whether the verdict must survive ties
    `word` : the verdict in the file as it is
    `reached` : whether the aim is reached as it is; then there are no alternatives
    `tried` : the levers that were followed over all of their values
    `useless` : those of them at whose values the aim is never reached
    `unproved` : those of them along which verdicts are not proved everywhere (hidden information)
    `refused` : lever, or kind of lever → why it was not tried
    `money` : the change of an amount that costs one where the file says nothing
    `priced` : whether the file says what changes cost
    `together` : what is known of levers that move together; None where that was not looked for
    """

    title: str
    parties: tuple[str, ...]
    players: tuple[str, ...]
    unit: str
    bundle: str
    aim: Aim
    selected: bool
    strict: bool
    round: int | None
    word: str
    reached: bool
    alternatives: tuple[Alternative, ...]
    tried: tuple[str, ...]
    useless: tuple[str, ...]
    refused: Mapping[str, str]
    money: Fraction
    priced: bool
    stopped: Stopped = "finished"
    together: Together | None = None
    unproved: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.alternatives)

    def __getitem__(self, at: Any) -> Any:
        return self.alternatives[at]

    def __iter__(self) -> Iterator[Alternative]:
        return iter(self.alternatives)

    @property
    def best(self) -> Alternative | None:
        """The cheapest; None where nothing was found."""
        return self.alternatives[0] if self.alternatives else None

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """One row an alternative.

        `exact` : costs as Fractions; else as floats

        Raises NotSupported where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise NotSupported(
                "to_frame needs pandas, which is not installed. Run: pip install 'detente[frames]'."
            ) from None
        number = (lambda value: value) if exact else float
        rows = [
            {
                "changes": each.text,
                "kinds": " + ".join(change.kind for change in each.changes),
                "cost": number(each.cost),
                "attained": each.attained,
                "paid": number(each.paid),
                "verdict": each.word,
                "strict": each.strict,
                "bundle": each.bundle,
            }
            for each in self.alternatives
        ]
        return pandas.DataFrame(rows)

    def __repr__(self) -> str:
        found = self.best.text if self.best else "nothing"
        return f"<Mend '{self.title}', {self.aim} {self.bundle} ({self.word}): {found}>"

    def _repr_html_(self) -> str:
        from detente.notebook import table_html

        rows = [[each.text, str(each.cost), each.word] for each in self.alternatives]
        caption = f"{self.title}: what would make {self.bundle} {self.aim}"
        return table_html(caption, ["change", "cost", "verdict then"], rows)
