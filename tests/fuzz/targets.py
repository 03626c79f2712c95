"""Every reader of outside bytes, by name; seeds and past crashes lie in `corpus/NAME`."""

from collections.abc import Callable
from pathlib import Path

from fuzz import codes, documents, files, link, machine, scanners, tables, uploads, web

CORPUS = Path(__file__).parent / "corpus"

TARGETS: dict[str, Callable[[bytes], None]] = {
    "backup": files.backup,
    "base45": codes.base45_text,
    "box-office": documents.box_office,
    "checked-lines": machine.checked_lines,
    "clock": files.clock,
    "config": documents.config,
    "enrolment": codes.enrolment,
    "fields": documents.fields,
    "frame": link.frame,
    "http": web.request,
    "http-box-office": web.office_request,
    "identity": files.identity,
    "instant": documents.instant,
    "journal-body": link.body,
    "key-file": machine.key,
    "keys": scanners.keys,
    "message": link.message,
    "picture": machine.picture,
    "pos-reports": scanners.pos_reports,
    "pretix": codes.pretix_text,
    "reseller-file": tables.reseller_file,
    "row": link.row,
    "rule": documents.rule,
    "scanned": codes.scanned_text,
    "scanned-lines": machine.scanned_lines,
    "sealed-frame": link.sealed_frame,
    "serial": scanners.serial_bytes,
    "signed-token": codes.signed_token,
    "token": codes.token,
    "upload": uploads.journal_row,
}

SLOW = (
    "reseller-file",
    "keys",
    "serial",
    "http",
    "http-box-office",
    "scanned-lines",
    "picture",
    "backup",
    "sealed-frame",
    "signed-token",
)
"""Those that take longest, to be begun first."""
