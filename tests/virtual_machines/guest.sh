#!/bin/sh
# First program of the test inside the guest.
export PYTHONPATH=/repo:/repo/tests:/repo/.venv/lib/python3.11/site-packages PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 /repo/tests/virtual_machines/guest.py
