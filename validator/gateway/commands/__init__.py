"""The commands of `entrance-gateway`, one file each."""
