"""No shell is ever started, so nothing from outside can be a command: read from the code itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

SHELLS = frozenset(
    {"system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell", "spawn"}
)
"""Of os, subprocess, asyncio and pty: each hands its argument to a shell."""
STARTERS = frozenset({"run", "Popen", "call", "check_call", "check_output"})
SHELL_PROGRAMS = frozenset({"sh", "bash", "dash", "zsh", "/bin/sh", "/bin/bash", "/usr/bin/env"})
CODE = frozenset({"eval", "exec", "compile", "__import__"})
UNPICKLING = frozenset({"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"})


def mistakes(source: str) -> list[str]:
    """What in ``source`` could run a command, or code, that somebody else wrote."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                called = ast.unparse(node.func)
                if name in SHELLS or (
                    called.startswith("os.") and name.startswith(("exec", "spa"))
                ):
                    found.append(f"{node.lineno}: {called}")
                if any(k.arg == "shell" and not is_false(k.value) for k in node.keywords):
                    found.append(f"{node.lineno}: shell=")
                if name in STARTERS and node.args and starts_a_shell(node.args[0]):
                    found.append(f"{node.lineno}: {called} of a shell or of one string")
                if isinstance(node.func, ast.Name) and name in CODE:
                    found.append(f"{node.lineno}: {name}")
            case ast.Import(names=names):
                found += [f"{node.lineno}: {n.name}" for n in names if top(n.name) in UNPICKLING]
            case ast.ImportFrom(module=str(module), names=names):
                if top(module) in UNPICKLING:
                    found.append(f"{node.lineno}: {module}")
                if module in ("os", "subprocess", "pty", "asyncio"):
                    found += [f"{node.lineno}: {n.name}" for n in names if n.name in SHELLS]
    return found


def top(module: str) -> str:
    return module.partition(".")[0]


def is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def starts_a_shell(command: ast.expr) -> bool:
    """A string is split by nobody but a shell; and a shell may be the first word of a list."""
    if isinstance(command, ast.JoinedStr):
        return True
    if isinstance(command, ast.List | ast.Tuple) and command.elts:
        command = command.elts[0]
        return isinstance(command, ast.Constant) and command.value in SHELL_PROGRAMS
    return isinstance(command, ast.Constant) and isinstance(command.value, str)


def test_no_code_of_the_unit_starts_a_shell_or_runs_what_it_reads() -> None:
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in (ROOT / "appliance").rglob("*.py")
        if (wrong := mistakes(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "os.system(name)",
        "subprocess.run(command, shell=True)",
        "subprocess.Popen(command, shell=wanted)",
        "subprocess.getoutput(command)",
        "subprocess.run('ls')",
        "subprocess.check_output(f'ls {name}')",
        "run(['bash', '-c', name])",
        "subprocess.run(('/bin/sh', name))",
        "os.popen(name)",
        "os.execvp(name, words)",
        "asyncio.create_subprocess_shell(command)",
        "from os import system",
        "from subprocess import getoutput as quick",
        "eval(text)",
        "import pickle",
        "from joblib import load",
    ],
)
def test_each_way_to_do_so_would_be_found(source: str) -> None:
    assert mistakes(source)


def test_what_the_unit_does_instead_is_not_mistaken_for_it() -> None:
    assert not mistakes("subprocess.run(['ffmpeg', '-i', path], shell=False)\nre.compile(text)")
