"""The screens: they draw what `scanner.face` says and pass on what is touched."""
