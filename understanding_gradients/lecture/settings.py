"""The settings of a lecture: the schema of lecture.toml, with a default for every key.

Each struct is one table of the file and each field one key. A table converts and checks its values
however it is made: read from a file, changed by an option, or built by a program.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, ValidationError, convert, field, structs

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.texts import some_of, suggestion
from descent.losses.classics import LOSSES
from descent.losses.neuron import NEURON
from understanding_gradients.lecture.descended import IN_PLACE_OF, beside, is_loss_file
from understanding_gradients.lecture.messages import wrong_value
from understanding_gradients.lecture.texts import check_characters, check_text

SUGGEST = "suggest"
NEURON_LOSS = "neuron"
NEURON_START = (-1.0, 1.6)
ROWS = ((-1.0, -0.6), (0.0, 1.1), (0.5, 1.2), (1.5, 2.9), (2.0, 2.9))
PICKED_ROW = 4
KNOWN_LOSSES = (NEURON_LOSS, *LOSSES)

DEFAULTS = {"loss": NEURON_LOSS, "model": ""}
MOST_RUNS = 3

MAX_ROWS = 1_000
MAX_STEPS = 100  # each is a beat; a longer run is for `render.py record`
MAX_NAME = 24  # characters
MAX_CAPTION = 1_000  # characters; read aloud, about a minute
LARGEST = sys.float_info.max

Number = Annotated[float, Meta(ge=-LARGEST, le=LARGEST)]
Numbers = Annotated[tuple[Number, ...], Meta(min_length=1, title="a list of numbers")]
Row = tuple[Number, Number]
Rows = Annotated[
    tuple[Row, ...], Meta(min_length=1, max_length=MAX_ROWS, title=f"1 to {MAX_ROWS} rows [x, y]")
]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Rate = Annotated[float, Meta(gt=0, le=LARGEST, title="a positive number")] | Literal["suggest"]
LossName = Annotated[str, Meta(title=f"FILE.py:NAME or one of {', '.join(KNOWN_LOSSES)}")]
RunFiles = Annotated[tuple[str, ...] | str, Meta(title="the file of a saved run, or three files")]
ModelName = Annotated[str, Meta(title="FILE.py:NAME")]
ClipList = Annotated[tuple[str, ...], Meta(title="a list of clips")]


class Table(Struct, frozen=True):
    """A table of lecture.toml, whose values are converted to their keys' types.

    Raises:
        InvalidValue: If a value does not fit its key.
    """

    name: ClassVar[str]

    def __post_init__(self) -> None:
        """Convert every value, then check what their types cannot say."""
        for key in structs.fields(type(self)):
            place, value = f"{self.name}.{key.name}", getattr(self, key.name)
            try:
                structs.force_setattr(self, key.name, convert(value, key.type))
            except ValidationError:
                raise wrong_value(place, key.type, value) from None
        self.check()

    def check(self) -> None:
        """Check the values together."""


class Data(Table, frozen=True):
    """The rows that the neuron learns from."""

    name: ClassVar[str] = "data"

    x_name: Annotated[Name, Meta(description="What x is called.")] = "x"
    y_name: Annotated[Name, Meta(description="What y is called.")] = "y"
    rows: Annotated[Rows, Meta(description="One row [x, y] per observation.")] = ROWS
    picked_row: Annotated[
        int, Meta(ge=1, le=MAX_ROWS, description="The row shown in detail, counted from 1.")
    ] = PICKED_ROW

    def __post_init__(self) -> None:
        """Find a wrong row, which the type of all rows cannot name."""
        rows = self.rows if isinstance(self.rows, list | tuple) else ()
        for number, row in enumerate(rows[:MAX_ROWS], start=1):
            try:
                convert(row, Row)
            except ValidationError:
                raise InvalidValue(
                    "data.rows", "be pairs [x, y] of numbers", row, got=f"{row!r} as row {number}"
                ) from None
        super().__post_init__()

    def check(self) -> None:
        """Check the names' characters, and that the picked row is one of the rows."""
        check_text("data.x_name", self.x_name, MAX_NAME)
        check_text("data.y_name", self.y_name, MAX_NAME)
        count, picked = len(self.rows), self.picked_row
        if picked > count:
            is_default = picked == PICKED_ROW
            raise InvalidValue(
                "data.picked_row",
                f"be a whole number from 1 to {count}",
                picked,
                got=f"{picked}, its default" if is_default else "",
                repair=f"set picked_row = {count} under [data]." if is_default else "",
            )


class Descent(Table, frozen=True):
    """The loss, the start of its descent, and the number of steps shown."""

    name: ClassVar[str] = "descent"

    loss: Annotated[LossName, Meta(description="The loss that is descended.")] = NEURON_LOSS
    start: Annotated[
        Numbers | Literal["suggest"],
        Meta(description='One number per parameter; "suggest" is the loss\'s own start.'),
    ] = SUGGEST
    steps: Annotated[
        int, Meta(ge=1, le=MAX_STEPS, description="How many steps are shown one by one.")
    ] = 6
    model: Annotated[
        ModelName,
        Meta(
            description="In place of loss and start: a function that returns (module, inputs, "
            'targets, criterion); "" for none.'
        ),
    ] = ""
    run: Annotated[
        RunFiles,
        Meta(description="In place of all these: the file of a saved run, or of three."),
    ] = ()

    @property
    def is_neurons(self) -> bool:
        """Whether the neuron's loss over the rows is descended."""
        return self.loss == NEURON_LOSS and not self.model and not self.run

    @property
    def runs(self) -> tuple[str, ...]:
        """The files of saved runs that take the place of a loss."""
        return (self.run,) if isinstance(self.run, str) and self.run else tuple(self.run)

    @property
    def is_of_a_file(self) -> bool:
        """Whether somebody's own Python file gives what is descended."""
        return bool(self.model) or is_loss_file(self.loss)

    def check(self) -> None:
        """Check that the loss exists and that the start has its size."""
        for key in ("run", "model"):
            if getattr(self, key):
                self._check_alone(key)
                return
        names = parameter_names(self.loss)
        if self.start == SUGGEST and self.loss == NEURON_LOSS:
            structs.force_setattr(self, "start", NEURON_START)
        if self.start == SUGGEST or names is None or len(self.start) == len(names):
            return
        numbers = f"{len(names)} number{'s' * (len(names) != 1)}"
        raise InvalidValue(
            "descent.start", f"have {numbers} ({some_of(names)})", got=f"{len(self.start)}"
        )

    def _check_alone(self, key: str) -> None:
        if key == "run" and len(self.runs) not in (1, MOST_RUNS):
            raise wrong_value("descent.run", RunFiles, self.run, got=str(len(self.runs)))
        if key == "model" and ":" not in self.model:
            raise wrong_value("descent.model", ModelName, self.model)
        for other in IN_PLACE_OF[key]:
            given, default = getattr(self, other), DEFAULTS.get(other, SUGGEST)
            if other != "steps" and given != default:
                raise beside(key, other)


class LearningRates(Table, frozen=True):
    """The three learning rates of the lecture."""

    name: ClassVar[str] = "learning_rates"

    very_small: Annotated[Rate, Meta(description="Too small to arrive in the steps shown.")] = (
        SUGGEST
    )
    just_right: Annotated[Rate, Meta(description="Arrives in few steps.")] = SUGGEST
    very_large: Annotated[Rate, Meta(description="Large enough to diverge.")] = SUGGEST


class Film(Table, frozen=True):
    """How the film looks, and which clips it leaves out."""

    name: ClassVar[str] = "film"

    theme: Annotated[
        Literal["dark", "light"],
        Meta(description="Dark for a hall, light for printing and bright rooms."),
    ] = "dark"
    leave_out: Annotated[ClipList, Meta(description="Slugs of the clips to leave out.")] = ()
    captions: Annotated[bool, Meta(description="Whether the video carries captions.")] = True


class Settings(Struct, frozen=True):
    """All of lecture.toml; `Settings()` is the lecture as delivered.

    Attributes:
        data: The table ``[data]``.
        descent: The table ``[descent]``.
        learning_rates: The table ``[learning_rates]``.
        film: The table ``[film]``.
        captions: The lecturer's own captions, each by "clip.beat".

    Raises:
        InvalidValue: If a value cannot be used.
    """

    data: Data = field(default_factory=Data)
    descent: Descent = field(default_factory=Descent)
    learning_rates: LearningRates = field(default_factory=LearningRates)
    film: Film = field(default_factory=Film)
    captions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the captions; each table has checked itself."""
        for place, text in self.captions.items():
            if not isinstance(text, str) or place.count(".") != 1:
                raise InvalidValue(
                    "captions", 'be written "clip.beat" = "text"', got=f"{place!r} = {text!r}"
                )
            key = f'captions."{place}"'
            if len(text) > MAX_CAPTION:
                raise InvalidValue(
                    key, f"have at most {MAX_CAPTION:,} characters", text, got=f"{len(text):,}"
                )
            check_characters(key, text, allowed="\n\t")

    def replace(self, **changes: Any) -> Settings:
        """Return these settings with some keys changed, as the command line does.

        Another loss without another start begins at that loss's own start.

        Args:
            changes: New values by key: ``loss``, ``start``, ``steps``, ``very_small``,
                ``just_right``, ``very_large``, ``theme``, ``captions``, ``rows``, …

        Raises:
            InvalidType: If there is no such key.
            InvalidValue: If a value does not fit its key.
        """
        if changes.get("model") or changes.get("run"):
            changes = {"loss": NEURON_LOSS, "start": SUGGEST, "model": "", "run": ()} | changes
        elif "loss" in changes:
            changes = {"model": "", "run": ()} | changes
        if changes.get("loss", self.descent.loss) != self.descent.loss:
            changes.setdefault("start", SUGGEST)
        tables: dict[str, dict[str, Any]] = {}
        for key, value in changes.items():
            if key not in TABLE_OF:
                raise InvalidType("a setting", f"be one of {', '.join(TABLE_OF)}", key)
            tables.setdefault(TABLE_OF[key], {})[key] = value
        changed = {
            name: structs.replace(getattr(self, name), **values) for name, values in tables.items()
        }
        return structs.replace(self, **changed)

    def check_clips(self, slugs: Sequence[str]) -> None:
        """Check that every clip that is left out or captioned is one of `slugs`."""
        named = [("film.leave_out", slug) for slug in self.film.leave_out]
        named += [(f'captions."{place}"', place.split(".")[0]) for place in self.captions]
        for key, slug in named:
            if slug not in slugs:
                raise InvalidValue(key, "name a clip", slug, repair=suggestion(slug, slugs))


TABLES: dict[str, type[Table]] = {
    table.name: table for table in (Data, Descent, LearningRates, Film)
}
TABLE_OF = {key: name for name, table in TABLES.items() for key in table.__struct_fields__}


def parameter_names(loss: str) -> tuple[str, ...] | None:
    """Return the names of a loss's parameters; None for a loss file, which names its own."""
    if loss == NEURON_LOSS:
        return NEURON
    if loss in LOSSES:
        return LOSSES[loss].names
    if is_loss_file(loss):
        return None
    raise wrong_value("descent.loss", LossName, loss, suggestion(loss, KNOWN_LOSSES))
