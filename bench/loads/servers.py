"""Servers of a measurement's own: started below a short folder of /tmp on a port of their own, and stopped at its end."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time


def as_somebody(user):
    """Servers refuse to be root."""
    return ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@contextlib.contextmanager
def folder_of(user):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    folder.chmod(0o755)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def quietly(command):
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def postgres():
    """Yields the address of a PostgreSQL."""
    binaries = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    with folder_of("postgres") as folder:
        who, data, port = as_somebody("postgres"), folder / "data", free_port()
        quietly([*who, binaries / "initdb", "-D", data, "-U", "lab", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"])
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=512MB"
        quietly([*who, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "start", "-o", options])
        try:
            yield f"postgresql://lab@127.0.0.1:{port}/postgres"
        finally:
            quietly([*who, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"])


@contextlib.contextmanager
def mariadb():
    """Yields the address of a MariaDB."""
    with folder_of("mysql") as folder:
        who, data, port = as_somebody("mysql"), f"--datadir={folder}/data", free_port()
        quietly([*who, "mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db", f"--tmpdir={folder}"])
        options = [data, f"--socket={folder}/sock", f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={folder}/pid"]
        options += [f"--log-error={folder}/log", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=512M", "--character-set-server=utf8mb4"]
        server = subprocess.Popen([*who, "/usr/sbin/mariadbd", "--no-defaults", *options], cwd="/", stderr=subprocess.DEVNULL)
        admin = ["mariadb-admin", "-S", folder / "sock", "-u", "root"]
        try:
            while subprocess.run([*admin, "ping"], capture_output=True).returncode:
                if server.poll() is not None:
                    raise SystemExit("MariaDB did not start")
                time.sleep(0.1)
            # The user of Debian's server may come from nowhere else than the machine itself.
            subprocess.run(["mariadb", "-S", folder / "sock", "-u", "root", "-e", "GRANT ALL ON *.* TO root@'127.0.0.1'"], check=True)
            yield f"mysql://root@127.0.0.1:{port}/bench"
        finally:
            subprocess.run([*admin, "shutdown"], capture_output=True)
            server.wait()


SERVERS = {"postgres": postgres, "mariadb": mariadb}
