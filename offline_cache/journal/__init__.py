"""What this device has shown and owes: its hash-chained journal, and what became of each row.

No network in here; the upload is sync/'s. The cache writes it, the lane never does so directly.
"""
