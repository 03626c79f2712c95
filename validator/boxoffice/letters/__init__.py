"""What the box office writes to customers: the words, the mails, the printed tickets.

Nothing here changes an order. The office sends what selling/ noted.
"""
