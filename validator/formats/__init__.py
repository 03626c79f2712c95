"""Forms of scanned texts below the signed token: clean-up, base45, plain codes, Infomaniak.

A text is taken apart here and no more: what a ticket is worth is the judge's. `validator.token`
enters for whoever reads a scan, the box office for its clean-up, the demo for base45.
"""
