"""Eyes and hands of Android phones and handhelds, reached through Java."""
