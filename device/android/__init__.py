"""The hardware of Android phones and handhelds, reached through Java."""
