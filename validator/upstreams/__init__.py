"""Clients of ticketing systems, each behind `validator.ports.Upstream`."""
