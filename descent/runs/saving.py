"""How a run is saved: by itself, or with what a film draws of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from descent.checks.errors import InvalidValue
from descent.checks.paths import check_target
from descent.serialization import Saveable

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from numpy.typing import ArrayLike

    from descent.arrays import Loss
    from descent.views.plane import Plane


class SavedWithPicture(Saveable):
    """A run, which is saved with its picture where its loss is given."""

    INSIDE: ClassVar[dict[str, str]] = {"PicturedRun": "run"}

    def save(
        self,
        path: str | os.PathLike[str],
        loss: Loss | None = None,
        *,
        plane: Plane | None = None,
        steps: int | None = None,
        sharpness: bool | ArrayLike | None = None,
    ) -> Path:
        """Write to `path` at once or not at all, with what a film draws if the loss is given.

        `load` reads the run back. With its loss, the file holds the landscape too: the loss over
        the views of a film, the plane, the sharpness and the minimum. So the film is drawn from the
        file alone, ``render.py clip SLUG --run FILE``, and no code of the loss runs again. Of a run
        that did not keep every row, the film shows curves and numbers; a warning says so.

        Args:
            path: Where to; any suffix, ".safetensors" by custom. What is there is replaced.
            loss: The function that the run was recorded from: maps params, shape (n,), to a scalar
                tensor. Without it, a film of the file shows curves and numbers, and no map.
            plane: Where the film draws the path; by default the plane of its path, if it has more
                than two parameters. Runs on one plane can be compared.
            steps: How many steps the film shows one by one; by default all of up to 12, else 6.
            sharpness: Along the run, as `descent.sharpness_along` returned it, or True to measure
                it at up to 151 iterates: the film then ends with it, and with 2 / η.

        Returns:
            The same path.

        Raises:
            FileNotFoundError: If the folder does not exist.
            OSError: If it cannot be written.
            InvalidType: If `path` is not a path, `loss` not a function, `plane` not a plane,
                `steps` not a whole number, or `sharpness` holds no numbers.
            InvalidValue: If `path` is a folder or not a path that a file can have, the loss is
                another than the run's, the run cannot be filmed, a plane or the sharpness is given
                of a run without every row, `sharpness` is not along the run, or there is more to
                save than a file may hold.

        Example:
            >>> import descent, pathlib, tempfile
            >>> bowl = descent.LOSSES["bowl"]
            >>> run = descent.record(bowl, [2, 1], learning_rate=0.1, steps=3)
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = run.save(pathlib.Path(folder, "run.safetensors"), loss=bowl)
            ...     descent.Trajectory.load(path).to_bytes() == run.to_bytes()
            True
        """
        if loss is None:
            asked = {"plane": plane, "steps": steps, "sharpness": sharpness}
            for name, value in asked.items():
                if value is not None and value is not False:
                    # Of a plane or of many numbers, what it is says more than what is in it.
                    got = "" if isinstance(value, int) else type(value).__name__
                    repair = "add loss=..."
                    raise InvalidValue(name, "come with the loss", value, got=got, repair=repair)
            return super().save(path)
        from descent.pictures.saved import pictured

        check_target(path)
        return pictured(self, loss, plane, steps, sharpness).save(path)
