"""Backup and restore: sealed copies, a new life of the store, and what devices give back."""
