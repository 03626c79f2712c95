"""What is said to people: words, colours, sounds and notes of a verdict, in five languages.

No lane and no screen; the sentences themselves lie in texts/. Whatever shows something enters:
station/, face/, screens/, app/.
"""
