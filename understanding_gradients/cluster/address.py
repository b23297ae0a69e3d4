"""The address of a scheduler and its TLS files, checked before `distributed` is imported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from descent.checks.errors import InvalidValue
from understanding_gradients.installation import install_command

LOCAL = "local"


class ClusterRefused(InvalidValue):
    """A cluster that cannot be used; nothing was started on it."""


@dataclass(frozen=True)
class Scheduler:
    """The address of a scheduler, and the TLS files to connect with.

    Attributes:
        address: ``tcp://10.0.0.5:8786``, ``tls://…``, or "local" for a scheduler on this machine
            that no other process can connect to.
        ca: For TLS, the certificate of the authority that signed the others, a PEM file.
        cert: For TLS, this machine's certificate, a PEM file.
        key: For TLS, the private key of that certificate, a PEM file.

    Raises:
        ClusterRefused: If these do not fit together, or `distributed` is not installed.
    """

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        """Check the address, the files and the installation."""
        self._check_address()
        self._check_files()
        needed = ("distributed", *(["cryptography"] if self.is_local else []))
        if not all(map(find_spec, needed)):
            raise ClusterRefused(
                "--cluster",
                "have dask.distributed, which is not installed",
                repair=f"{install_command('render', 'cluster')}.",
            )

    @property
    def is_local(self) -> bool:
        """Whether the scheduler is started on this machine, for one command."""
        return self.address == LOCAL

    def _check_address(self) -> None:
        if self.is_local:
            return
        protocol, _, place = self.address.partition("://")
        host, _, port = place.rpartition(":")
        if protocol not in ("tcp", "tls") or not host or not port.isdigit():
            raise ClusterRefused(
                "--cluster",
                "be tcp://HOST:PORT, tls://HOST:PORT or local",
                self.address,
                got=f"'{self.address}'",
            )

    def _check_files(self) -> None:
        files = {"--tls-ca": self.ca, "--tls-cert": self.cert, "--tls-key": self.key}
        present = [name for name, path in files.items() if path is not None]
        if len(present) != (3 if self.address.startswith("tls://") else 0):
            raise ClusterRefused(
                "--tls-ca, --tls-cert and --tls-key",
                "be given with a tls:// address, all three, and with no other",
                got=f"{' and '.join(present) or 'none'} with '{self.address}'",
            )
        for name, path in files.items():
            if path is not None and not path.is_file():
                raise ClusterRefused(name, "be a PEM file", path, got=f"'{path}'")
