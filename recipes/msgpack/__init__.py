"""msgpack without its C extension, which has no wheel for Android; the bytes are the same.

Tests run our codec on the pure package. Nothing of ours is in here; only buildozer enters.
"""

from typing import ClassVar

from pythonforandroid.recipe import PyProjectRecipe


class MsgpackRecipe(PyProjectRecipe):
    """Builds the pure Python wheel."""

    name = "msgpack"
    version = "1.2.4"
    url = "https://github.com/msgpack/msgpack-python/archive/refs/tags/v{version}.tar.gz"
    depends: ClassVar = ["python3"]
    hostpython_prerequisites: ClassVar = ["setuptools>=78.1.1"]

    def get_recipe_env(self, arch, **kwargs):
        """Ask msgpack's own build for no extension."""
        return super().get_recipe_env(arch, **kwargs) | {"MSGPACK_PUREPYTHON": "1"}


recipe = MsgpackRecipe()
