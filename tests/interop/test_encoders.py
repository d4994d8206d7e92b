# SPDX-License-Identifier: Apache-2.0
"""The real Icechunk opens what the encoders of the format room write, reads all of it and commits on top."""
import os
import pathlib
import subprocess

import icechunk
import numpy as np
import zarr


def write(folder):
    subprocess.run([pathlib.Path(os.environ["VARVE_PROGRAMS"]) / "encode_by_hand", folder], check=True)
    return icechunk.Repository.open(icechunk.local_filesystem_storage(folder))


def expected():
    values = np.add.outer(np.arange(4) * 10, np.arange(6)).astype("i4")
    values[2:, :3] = -1  # the missing chunk
    return values


def test_icechunk_reads_every_object_that_the_encoders_write(folder):
    repo = write(folder)
    assert repo.list_branches() == {"dev", "main"}
    assert repo.list_tags() == {"v1"}
    history = list(repo.ancestry(branch="main"))
    assert [s.message for s in history] == ["written by hand", "Repository initialized"]
    assert history[0].metadata == {"author": "varve", "run": {"members": [1, 2.5, None, True]}}
    assert repo.config.inline_chunk_threshold_bytes == 64
    assert repo.metadata == {"owner": "varve"}
    operations = list(repo.ops_log())
    assert len(operations) == 18
    assert len({type(operation.kind).__name__ for operation in operations}) == 16

    session = repo.readonly_session(tag="v1")
    root = zarr.open_group(session.store, mode="r")
    assert sorted(root.members(max_depth=None))[0][0] == "g"
    assert {path for path, _ in root.members(max_depth=None)} == {"g", "g-b", "g/numbers", "g/single"}
    np.testing.assert_array_equal(root["g/numbers"][...], expected())
    assert root["g/numbers"].metadata.dimension_names == ("y", None)
    assert root["g/single"][()] == 287
    changes = repo.diff(from_branch="dev", to_branch="main")
    assert changes.new_arrays == {"/g/numbers", "/g/single"}
    assert {path: sorted(map(list, chunks)) for path, chunks in changes.updated_chunks.items()} == {
        "/g/numbers": [[0, 0], [0, 1], [1, 1]], "/g/single": [[]]}


def test_icechunk_commits_on_top_of_what_the_encoders_write(folder):
    repo = write(folder)
    session = repo.writable_session("main")
    numbers = zarr.open_group(session.store)["g/numbers"]
    numbers[3, 0] = 7
    session.commit("python on top")
    values = expected()
    values[3, 0] = 7
    reopened = icechunk.Repository.open(icechunk.local_filesystem_storage(folder))
    root = zarr.open_group(reopened.readonly_session("main").store, mode="r")
    np.testing.assert_array_equal(root["g/numbers"][...], values)
    reopened.create_tag("v2", snapshot_id=reopened.lookup_branch("main"))
    assert len(list(reopened.ancestry(tag="v2"))) == 3
