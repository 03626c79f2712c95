"""Hardware that is reached through Linux's own interfaces."""
