"""What customers get: letters in their language, and tickets as pictures and on paper.

Nothing in here changes an order or a ticket. selling/ enters to send a letter with a change, the
office to have the letters written out, and api/ for what it shows.
"""
