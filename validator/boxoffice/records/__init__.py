"""What the box office keeps besides orders: programme, prices, settings, keys, check-ins.

Row access and its rules, without HTTP. selling/ and api/ use it.
"""
