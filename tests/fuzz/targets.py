"""Every reader of outside bytes, by name; seeds and past crashes lie in `corpus/NAME`."""

from collections.abc import Callable
from pathlib import Path

from fuzz import codes, documents, link, machine

CORPUS = Path(__file__).parent / "corpus"

TARGETS: dict[str, Callable[[bytes], None]] = {
    "base45": codes.base45_text,
    "box-office": documents.box_office,
    "checked-lines": machine.checked_lines,
    "config": documents.config,
    "enrolment": codes.enrolment,
    "fields": documents.fields,
    "frame": link.frame,
    "instant": documents.instant,
    "journal-body": link.body,
    "key-file": machine.key,
    "message": link.message,
    "picture": machine.picture,
    "pretix": codes.pretix_text,
    "row": link.row,
    "rule": documents.rule,
    "scanned": codes.scanned_text,
    "scanned-lines": machine.scanned_lines,
    "sealed-frame": link.sealed_frame,
    "signed-token": codes.signed_token,
    "token": codes.token,
}
