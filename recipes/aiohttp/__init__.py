"""aiohttp as its authors build it for Android: python-for-android's own recipe is of 2022.

Wheels are for 64 bit only (PEP 738); without one the build fails instead of compiling for hours.
Nothing of ours is in here; only buildozer enters.
"""

from typing import ClassVar

from pythonforandroid.recipe import PyProjectRecipe


class AiohttpRecipe(PyProjectRecipe):
    """Takes the wheel from the package index."""

    name = "aiohttp"
    version = "3.14.5"
    url = None
    depends: ClassVar = ["python3"]

    def build_arch(self, arch):
        """Install the wheel, or stop."""
        if not self.install_prebuilt_wheel(arch):
            raise RuntimeError(f"aiohttp {self.version} has no wheel for {arch.arch}.")


recipe = AiohttpRecipe()
