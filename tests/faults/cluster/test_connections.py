"""Who can connect to a cluster, and what it shows: web servers, TLS, and local clusters."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest
from distributed import Client, Security

from tests import small_lecture
from tests.faults.cluster.machines import Machines
from tests.processes import is_alive, wait_until
from understanding_gradients.cluster.client import local_cluster

pytestmark = pytest.mark.render

PAGES = ("info/main/workers.html", "info/main/logs.html", "json/counts.json", "metrics", "health")


def web_servers(processes, addresses):
    """Return where processes listen except at `addresses`; all of it must be on loopback."""
    listening = {
        "{}:{}".format(*connection.laddr)
        for process in processes
        for connection in psutil.Process(process).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {place.rpartition(":")[0] for place in listening} == {"127.0.0.1"}
    return listening - {address.partition("://")[2] for address in addresses}


def has_no_page(place):
    """Whether there is a web server that has none of the pages."""
    for page in PAGES:
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"http://{place}/{page}", timeout=60)
    return True


def test_the_documented_commands_start_no_web_page_and_listen_on_loopback_only(machines):
    processes = [one.pid for one in (machines.scheduler, *machines.workers)]
    with Client(machines.address, set_as_default=False) as client:
        workers = client.nthreads()
    found = web_servers(processes, [machines.address, *workers])
    assert len(found) == 3
    assert all(map(has_no_page, found))


@pytest.fixture
def certificates(tmp_path):
    """An authority's certificate, a certificate that it signed, and the key of this one."""
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"]
    for name, more in (("ca", []), ("one", signed)):
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        command += ["-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem", *more]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return [str(tmp_path / name) for name in ("ca.pem", "one.pem", "one.key")]


@pytest.mark.slow
def test_a_cluster_with_tls_renders_for_a_client_with_the_certificate(
    tmp_path, small, certificates
):
    ca, cert, key = certificates
    (tmp_path / "machines").mkdir()
    tls = ["--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key]
    with Machines(tmp_path / "machines", tls) as machines:
        machines.add_workers(1)
        assert machines.address.startswith("tls://")
        options = ["--cluster", machines.address, "--tls-ca", ca, "--tls-cert", cert]
        result = small_lecture.run("clip", "standing", "-q", "draft", *options, "--tls-key", key)
        assert (result.exit_code, result.output) == (0, "media/clips/standing_draft.mp4\n")


LOCAL = ("lecture", "-q", "draft", "--jobs", "1", "--cluster", "local")


@pytest.mark.slow
def test_a_local_cluster_renders_for_one_command(lecture):
    assert lecture.run(*LOCAL) == (0, "")
    assert lecture.film.is_file()


@pytest.mark.slow
def test_a_local_cluster_starts_where_another_one_listens():
    with socket.socket() as default_port:
        # Unless another cluster really does.
        with suppress(OSError):
            default_port.bind(("127.0.0.1", 8787))
            default_port.listen()
        with local_cluster(0):
            pass


@pytest.mark.slow
def test_no_other_client_can_connect_to_a_local_cluster():
    with local_cluster(1) as cluster:
        (nanny,) = cluster.workers.values()
        ours = [cluster.scheduler_address, *cluster.scheduler.workers]
        found = web_servers([os.getpid(), nanny.pid], [*ours, nanny.address])
        assert len(found) == 2
        assert all(map(has_no_page, found))
        plain = [address.replace("tls://", "tcp://") for address in ours]
        assert not set(ours) & set(plain)
        other = Security.temporary()
        for address, security in [*((a, None) for a in plain), *((a, other) for a in ours)]:
            with pytest.raises(OSError), Client(address, timeout=1, security=security):
                pass


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_terminal_that_signals_every_process_ends_a_local_cluster_cleanly(
    lecture, number, status
):
    process = lecture.start(*LOCAL, held_at="encoding")
    lecture.held("encoding")
    started = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
    os.killpg(process.pid, number)
    stderr = process.communicate(timeout=60)[1]
    assert stderr == "Ended before the work was done; what was finished is kept.\n"
    assert process.returncode == status
    wait_until(lambda: not any(map(is_alive, started)))
    # All dask workers of a user share a folder, which stays.
    shared = {"dask-scratch-space", "global.lock", "purge.lock"}
    assert {path.name for path in lecture.temporary.rglob("*")} <= shared
