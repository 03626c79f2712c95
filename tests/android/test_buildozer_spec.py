"""buildozer.spec, and what python-for-android makes of it: without SDK, NDK or network."""

import configparser
import json
import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from device.android.honeywell import PERMISSION
from device.android.java import ACTIVITY
from rules.sources import PACKAGES, ROOT

OTHERWISE = {"cryptography": "the recipe's 46.0.3: nobody publishes a newer one for Android"}
"""Packages whose version differs from pyproject's on purpose."""

KIVYS = {"certifi", "chardet", "filetype", "requests", "six", "urllib3"}
"""Wheels of pure Python that Kivy's and pyjnius' recipes ask for by themselves."""

ENVIRONMENT = {"python_version": "3.14", "python_full_version": "3.14.2", "sys_platform": "android"}


@pytest.fixture(scope="module")
def app() -> configparser.SectionProxy:
    spec = configparser.ConfigParser(interpolation=None)
    spec.read(ROOT / "buildozer.spec", encoding="utf-8")
    return spec["app"]


def words(app: configparser.SectionProxy, name: str) -> list[str]:
    return [word.strip() for word in app[name].split(",")]


def project() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, object] = tomllib.load(file)["project"]
    return table


def locked() -> dict[str, str]:
    text = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))


def shipped(app: configparser.SectionProxy) -> list[str]:
    """Return the files that buildozer would copy, by its own rules."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT).as_posix()
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name != "__pycache__"
            and f"{here}/{name}".removeprefix("./") not in words(app, "source.exclude_dirs")
        ]
        for name in names:
            path = f"{here}/{name}".removeprefix("./")
            ending = Path(name).suffix[1:].lower()
            if name.startswith(".") or (ending and ending not in words(app, "source.include_exts")):
                continue
            if not any(fnmatch(path, p) for p in words(app, "source.exclude_patterns")):
                found.append(path)
    return found


def test_the_version_is_the_projects(app: configparser.SectionProxy) -> None:
    assert app["version"] == project()["version"]


def test_the_screen_stands_upright_and_nothing_runs_behind_it(
    app: configparser.SectionProxy,
) -> None:
    assert app["orientation"] == "portrait"
    assert "services" not in app
    assert app["android.allow_backup"] == "False"


def test_it_asks_for_what_the_adapters_need_and_no_more(app: configparser.SectionProxy) -> None:
    android = "android.permission."
    assert set(words(app, "android.permissions")) == {
        f"{android}CAMERA",
        f"{android}INTERNET",
        f"{android}ACCESS_NETWORK_STATE",
        f"{android}VIBRATE",
        f"{android}WAKE_LOCK",
        PERMISSION,
    }


def test_androids_versions_fit_what_the_adapters_call(app: configparser.SectionProxy) -> None:
    assert int(app["android.minapi"]) == int(app["android.ndk_api"]) >= 26
    assert int(app["android.api"]) >= 34
    assert words(app, "android.archs") == ["arm64-v8a"]


def test_the_apps_own_java_is_built_with_what_it_imports(app: configparser.SectionProxy) -> None:
    folder = ROOT / app["android.add_src"]
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.java"))
    assert app["android.enable_androidx"] == "True"
    needed = {f"camera-{name}" for name in re.findall(r"import androidx\.camera\.(\w+)\.", text)}
    parts = [part.split(":") for part in words(app, "android.gradle_dependencies")]
    assert needed | {"camera-camera2"} == {name for _, name, _ in parts}
    assert len({version for *_, version in parts}) == 1


def test_only_the_scanning_side_is_shipped(app: configparser.SectionProxy) -> None:
    files = shipped(app)
    assert {path.split("/")[0] for path in files if path.endswith(".py")} == {*PACKAGES, "main.py"}
    for needed in ("main.py", "LICENSE", "scanner/app/android.py", "device/android/camera.py"):
        assert needed in files
    assert any(path.startswith("offline_cache/schema/") for path in files)
    assert any(path.startswith("scanner/texts/") for path in files)
    for side in ("validator/gateway/", "validator/boxoffice/", "device/linux/", "tests/"):
        assert not [path for path in files if path.startswith(side)]


def test_no_kind_of_data_of_the_packages_is_left_out(app: configparser.SectionProxy) -> None:
    files = set(shipped(app))
    left_out = [
        path.relative_to(ROOT).as_posix()
        for package in ("scanner", "offline_cache", "device")
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and not {"__pycache__", "linux", "commands", "station"} & set(path.parts)
        and path.relative_to(ROOT).as_posix() not in files
    ]
    # Licences of fonts and the marks for type checkers are not needed to run.
    assert not [path for path in left_out if not path.endswith(("py.typed", ".txt", ".md"))]


def test_the_requirements_are_pyprojects_with_all_that_they_need(
    app: configparser.SectionProxy,
) -> None:
    named = {Requirement(word).name: Requirement(word) for word in words(app, "requirements")}
    extras = project()["optional-dependencies"]
    assert isinstance(extras, dict)
    dependencies = project()["dependencies"]
    assert isinstance(dependencies, list)
    ours = [Requirement(word) for word in (*dependencies, *extras["kiosk"])]
    assert {requirement.name for requirement in ours} <= set(named)
    for requirement in ours:
        if requirement.name not in OTHERWISE:
            assert requirement.specifier.contains(locked()[requirement.name])
    for name in ("aiohttp", "aiosignal", "yarl"):
        for word in requires(name) or []:
            needed = Requirement(word)
            if needed.marker is None or needed.marker.evaluate({**ENVIRONMENT, "extra": ""}):
                assert needed.name in named, f"{name} needs {needed}"
    for name, requirement in named.items():
        if requirement.specifier:
            assert str(requirement.specifier) == f"=={locked()[name]}"
    for unwanted in ("evdev", "zxing-cpp", "gpiod", "miniaudio", "pyserial", "opencv-python"):
        assert unwanted not in named


RESOLVE = """
import json, sys
from pathlib import Path
from pythonforandroid.bootstrap import Bootstrap
from pythonforandroid.build import Context
from pythonforandroid.graph import get_recipe_order_and_bootstrap
from pythonforandroid.recipe import Recipe

context = Context()
context.local_recipes = sys.argv[1]
bootstrap = Bootstrap.get_bootstrap(sys.argv[2], context)
order, pure, bootstrap = get_recipe_order_and_bootstrap(context, sys.argv[3:], bootstrap)
recipes = {name: Recipe.get_recipe(name, context) for name in order}
print(json.dumps({
    "order": order,
    "pure": pure,
    "bootstrap": bootstrap.name,
    "versions": {name: recipe.version for name, recipe in recipes.items()},
    "folders": {name: recipe.get_recipe_dir() for name, recipe in recipes.items()},
    "activity": context.activity_class_name,
}))
"""


def test_python_for_android_knows_how_to_build_every_requirement(
    app: configparser.SectionProxy,
) -> None:
    recipes = ROOT / app["p4a.local_recipes"]
    named = [Requirement(word) for word in words(app, "requirements")]
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE, str(recipes), app["p4a.bootstrap"]]
        + [requirement.name for requirement in named],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Version(app["p4a.branch"]) == Version(version("python-for-android"))
    plan = json.loads(done.stdout.splitlines()[-1])
    assert plan["bootstrap"] == app["p4a.bootstrap"]
    assert plan["activity"] == ACTIVITY
    # What has no recipe must be pure Python, and pinned.
    pinned = {requirement.name for requirement in named if requirement.specifier}
    assert set(plan["pure"]) <= pinned | KIVYS
    for name in ("aiohttp", "msgpack"):
        assert Path(plan["folders"][name]) == recipes / name
        assert plan["versions"][name] == locked()[name]
    assert plan["versions"]["cryptography"] in OTHERWISE["cryptography"]
    order = plan["order"]
    for part in ("python3", "sdl2", "kivy", "pyjnius", "openssl", "sqlite3", "libzbar", "numpy"):
        assert part in order
    assert order.index("openssl") < order.index("cryptography")
    assert order.index("libzbar") < order.index("pyzbar")
