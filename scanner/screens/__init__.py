"""The screens in Kivy: they draw what `scanner.face.face` says and pass on what is touched.

Nothing is decided and nothing is kept in here. Only app/ enters.
"""
