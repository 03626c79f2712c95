"""The gateway: keeps every lane current, reserves entries, sends check-ins on.

It judges by validator's core, and what one ticketing system speaks is its client's. No other
package enters: people start it by `entrance-gateway`, all others talk to it over the network.
"""
