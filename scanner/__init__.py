"""One lane and its face."""
