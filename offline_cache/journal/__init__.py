"""What this device has shown and owes: its hash-chained journal, and what became of each row.

No network in here; the upload is sync/'s. Only the cache and its rescue write rows, the lane never
does so directly; commands read the journal as it lies on disk.
"""
