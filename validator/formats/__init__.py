"""Forms of scanned texts below the signed token: clean-up, base45, plain codes, Infomaniak."""
