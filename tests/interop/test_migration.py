# SPDX-License-Identifier: Apache-2.0
"""A repository of format 1 that varve migrates says what it says when Icechunk migrates it, and both go on with either."""
import pathlib
import shutil

import icechunk
import numpy as np
import pytest
import zarr

import reference
from varve_tool import VarveError


def commit(repository, branch, value):
    session = repository.writable_session(branch)
    zarr.open_group(session.store, mode="a").attrs["value"] = value
    return session.commit(f"value {value}")


def make(folder):
    """Branches that share commits, one that is gone, tags on all of them, deleted tags, a configuration."""
    config = icechunk.RepositoryConfig(inline_chunk_threshold_bytes=100)
    repository = reference.create(folder, config=config, spec_version=1)
    first = commit(repository, "main", 1)
    for name in ("dev", "gone", "same"):
        repository.create_branch(name, first)
    commit(repository, "dev", 2)
    third = commit(repository, "main", 3)
    lost, further = commit(repository, "gone", 4), commit(repository, "gone", 5)
    for name, at in {"v1": first, "on lost": lost, "zz": third, "dead": third, "dead and lost": further}.items():
        repository.create_tag(name, at)
    for name in ("dead", "dead and lost"):
        repository.delete_tag(name)
    repository.delete_branch("gone")
    session = repository.writable_session("dev")
    array = zarr.create_array(session.store, name="a", shape=(6,), chunks=(2,), dtype="i4")
    array[:] = range(6)
    session.commit("an array", {"author": "me"})


def told(folder):
    info = reference.reopen(folder).inspect_repo_info()
    del info["header"], info["latest_updates"][0]["updated_at"]  # of the migration itself
    return info


@pytest.fixture
def folders(folder):
    make(folder)
    theirs = f"{folder}.theirs"
    shutil.copytree(folder, theirs)
    icechunk.upgrade_icechunk_repository(reference.reopen(theirs), dry_run=False)
    return folder, theirs


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in pathlib.Path(folder).rglob("*") if path.is_file())


def test_both_make_the_same_of_it(varve, folders):
    ours, theirs = folders
    dry = varve.ask("migrate", folder=str(ours), dry_run=True)
    assert "repo" not in files(ours)
    done = varve.ask("migrate", folder=str(ours))
    assert {**dry, "deleted_keys": 0} == {**done, "deleted_keys": 0}
    assert told(ours) == told(theirs)
    assert files(ours) == files(theirs)
    config = icechunk.Repository.fetch_config(reference.storage(ours))
    assert config.inline_chunk_threshold_bytes == 100


def test_each_goes_on_with_what_the_other_migrated(varve, folders):
    ours, theirs = folders
    varve.ask("migrate", folder=str(ours))
    commit(reference.reopen(ours), "main", "theirs")
    for folder in (ours, theirs):
        varve.open(folder)
        writer = varve.writer("dev")
        writer.write("/a", np.array([7, 8], dtype="int32"), origin=[2])
        writer.commit("ours")
        session = reference.reopen(folder).readonly_session("dev")
        assert list(zarr.open_array(session.store, path="a", mode="r")[:]) == [0, 1, 7, 8, 4, 5]
        assert len(list(reference.reopen(folder).ops_log())) > 10


def test_format_2_is_not_migrated(varve, folder):
    reference.create(folder)
    with pytest.raises(VarveError) as refused:
        varve.ask("migrate", folder=str(folder))
    assert refused.value.kind == "repository_exists"
