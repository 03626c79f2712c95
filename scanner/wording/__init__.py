"""What is said to people: words, colours and notes of a verdict, in five languages.

No lane and no screen; the tables themselves are in texts/.
"""
