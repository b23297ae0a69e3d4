"""Which scheduler to hand work to, checked before anything is loaded for it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

LOCAL = "local"


class ClusterRefused(ValueError):
    """A cluster cannot be used as asked, and nothing was begun on it."""


@dataclass(frozen=True)
class Scheduler:
    """Where a scheduler is, and how it is spoken to.

    Attributes:
        address: Such as ``tcp://10.0.0.5:8786``, ``tls://…``, or "local" for one on this machine,
            which no other can reach.
        ca: For tls the certificate of who signed the others, a PEM file.
        cert: For tls this machine's certificate, a PEM file.
        key: For tls the key of that certificate, a PEM file.

    Raises:
        ClusterRefused: If they do not fit together, or `distributed` is not installed.
    """

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        """Check what was typed, the address before the files that belong to it."""
        self._check_address()
        self._check_files()
        needed = ("distributed", *(["cryptography"] if self.is_local else []))
        if not all(map(find_spec, needed)):
            raise ClusterRefused(
                "--cluster needs dask.distributed, which is not installed: "
                'pip install -e ".[render,cluster]"'
            )

    @property
    def is_local(self) -> bool:
        """Whether it is started for this one command, on this machine."""
        return self.address == LOCAL

    def _check_address(self) -> None:
        if self.is_local:
            return
        kind, _, place = self.address.partition("://")
        host, _, port = place.rpartition(":")
        if kind not in ("tcp", "tls") or not host or not port.isdigit():
            raise ClusterRefused(
                "--cluster must be tcp://HOST:PORT, tls://HOST:PORT or local; "
                f"got '{self.address}'."
            )

    def _check_files(self) -> None:
        files = {"--tls-ca": self.ca, "--tls-cert": self.cert, "--tls-key": self.key}
        given = [name for name, path in files.items() if path is not None]
        if len(given) != (3 if self.address.startswith("tls://") else 0):
            raise ClusterRefused(
                "--tls-ca, --tls-cert and --tls-key must be given with a tls:// address, all "
                f"three, and with no other; got {' and '.join(given) or 'none'} with "
                f"'{self.address}'."
            )
        for name, path in files.items():
            if path is not None and not path.is_file():
                raise ClusterRefused(f"{name} must be a PEM file; got '{path}', which is none.")
