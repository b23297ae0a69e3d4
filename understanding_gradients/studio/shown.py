"""What there is to see in the studio, and what is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from understanding_gradients.spec.timeline import Timeline


@dataclass(frozen=True)
class Look:
    """What is looked at: a clip, and one of its beats by name, or "" for none yet."""

    clip: str
    beat: str = ""


@dataclass
class Shown:
    """What there is to see of a clip.

    Attributes:
        revision: That of the document which all of `stills` show; 0 before there is any.
        title: As it was drawn.
        stills: The address of the still of each beat, by the beat's name.
        still_revisions: The newest revision that each still is known to show.
        timeline: Of `film`; None before there is one.
        film: The address of the film; "" while it is drawn.
        film_revision: The newest revision that `film` is known to show.
        problem: Why the newest revision cannot be shown; "" if it can.
    """

    revision: int = 0
    title: str = ""
    stills: dict[str, str] = field(default_factory=dict)
    still_revisions: dict[str, int] = field(default_factory=dict)
    timeline: Timeline | None = None
    film: str = ""
    film_revision: int = 0
    problem: str = ""

    def show_still(self, beat: str, address: str, revision: int) -> None:
        """Show a still that was drawn before the others."""
        self.stills[beat] = address
        self.still_revisions[beat] = revision
        self._drop_film_before(revision)

    def show_stills(self, stills: dict[str, str], revision: int) -> None:
        """Show all stills; the film of the same stills is still that of the clip."""
        if self.stills != stills:
            self._drop_film_before(revision)
        self.revision, self.stills = revision, stills
        self.still_revisions = dict.fromkeys(stills, revision)

    def show_film(self, address: str, revision: int) -> None:
        """Show the film of a revision."""
        self.film, self.film_revision = address, revision

    def _drop_film_before(self, revision: int) -> None:
        if self.film_revision != revision:
            self.film = ""  # it tells of the settings before


@dataclass(frozen=True)
class Problem:
    """Why the settings cannot be shown: a sentence, and the setting that it is about, or ""."""

    key: str
    sentence: str
