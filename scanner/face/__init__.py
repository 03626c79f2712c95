"""What a screen shows and what a touch does, without a toolkit: verdict, history, enrolment.

No Kivy, so that everything is tested without a window, and no rule of a lane. app/ and screens/
enter, and the command that makes the device up.
"""
