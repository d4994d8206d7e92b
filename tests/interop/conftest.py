# SPDX-License-Identifier: Apache-2.0
"""What every test here stands on: a varve process, a folder, and the options of the random histories."""
import pytest

from varve_tool import Varve


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, action="append", help="seed of a random history, instead of the fixed ones")
    parser.addoption("--only", help="the numbers of the steps to run, with commas")
    parser.addoption("--steps", type=int, default=600, help="how many steps a random history has")


@pytest.fixture
def varve():
    """A running varve_interop with nothing open."""
    with Varve() as tool:
        yield tool


@pytest.fixture
def folder(tmp_path):
    """Where a repository goes; it does not exist yet."""
    return str(tmp_path / "repository")
