"""Eyes that look without pause: frames from a camera or film, and the codes in them."""
