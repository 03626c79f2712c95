"""Tickets that resellers sold: their files read, checked, and listed."""

from validator.boxoffice.imports.desk import Imports
from validator.boxoffice.imports.routes import import_routes

__all__ = ["Imports", "import_routes"]
