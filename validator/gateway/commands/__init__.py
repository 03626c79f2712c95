"""The commands of `entrance-gateway`, one file each.

A command reads its words, asks another room or the running gateway, and prints; what it does is
done there. Only `validator.gateway.main` enters.
"""
