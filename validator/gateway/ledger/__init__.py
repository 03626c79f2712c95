"""Where the gateway's truth is written: one writer, and the jobs that run in its transaction.

No HTTP, no link, and nothing waits for others in here. Rooms above bring their jobs to the
committer; the jobs use the store and the core.
"""
