"""What a device knows and owes, through power loss: store, journal, identity, link."""
