"""The command `understanding-gradients`, also ``python -m understanding_gradients``.

What renders is an optional extra, click included, so it is imported only after a check.
"""

from __future__ import annotations

from understanding_gradients.installation import exit_unless_installed


def main() -> None:
    """Run the command line; end with status 2 and one sentence if the installation lacks it."""
    exit_unless_installed()
    from understanding_gradients.cli import main as run

    run()


if __name__ == "__main__":
    main()
