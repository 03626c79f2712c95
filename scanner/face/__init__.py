"""What a screen shows, without a toolkit: the present verdict, history, freshness, enrolment.

No Kivy in here, so that everything is tested without a window. app/ and screens/ use it.
"""
