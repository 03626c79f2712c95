"""The files that the house rules are about."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("validator", "scanner", "device", "offline_cache")
SIDES = ("gateway", "upstreams", "boxoffice", "http", "disk", "machine_clock.py")
"""Parts of validator that are not its core: they have clocks, disks and networks."""

MADE = {"__pycache__", "build", "dist", "node_modules", "var"}
WORKTREE = ".git"
"""A file in a worktree, and it names the machine; a folder elsewhere."""


def text_files() -> Iterator[tuple[str, str]]:
    """Yield path (from the root, with slashes) and text of every file that people wrote."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(
            name
            for name in folders
            if name not in MADE and (not name.startswith(".") or name in {".ci", ".github"})
        )
        for name in sorted(set(names) - {WORKTREE}):
            path = Path(folder, name)
            try:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def python_files(*tops: str) -> list[tuple[str, str]]:
    """Return path and text of the Python files below the named folders of the root."""
    return [
        (path, text)
        for path, text in text_files()
        if path.endswith(".py") and path.split("/")[0] in tops
    ]


def core_files() -> list[tuple[str, str]]:
    """Return path and text of validator's core."""
    return [
        (path, text) for path, text in python_files("validator") if path.split("/")[1] not in SIDES
    ]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything that is imported, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                yield node.lineno, f"{origin}.{alias.name}"
