"""The screens: they draw what `scanner.face.face` says and pass on what is touched."""
