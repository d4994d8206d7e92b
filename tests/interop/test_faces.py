# SPDX-License-Identifier: Apache-2.0
"""Creation, keys of the Zarr store and lists of chunks: what either side has made, the other finds there and goes on with."""
import icechunk
import numpy as np
import pytest
import zarr

import reference
from varve_tool import VarveError


def test_neither_creates_where_the_other_has(varve, tmp_path):
    ours, theirs = str(tmp_path / "ours"), str(tmp_path / "theirs")
    assert not icechunk.Repository.exists(reference.storage(ours))
    varve.create(ours)
    assert icechunk.Repository.exists(reference.storage(ours))
    with pytest.raises(icechunk.IcechunkError):
        icechunk.Repository.create(reference.storage(ours))
    reference.create(theirs)
    with pytest.raises(VarveError) as refused:
        varve.create(theirs)
    assert refused.value.kind == "repository_exists"
    opened = icechunk.Repository.open_or_create(reference.storage(ours))
    varve.open(ours)
    assert opened.lookup_branch("main") == varve.ask("lookup_branch", name="main")


def test_keys_that_either_sets_are_keys_of_the_other(varve, folder):
    repository = reference.create(folder)
    text = reference.zarr_json("int32", (6,), (2,), [{"name": "bytes", "configuration": {"endian": "little"}}], 0)
    session = repository.writable_session("main")
    reference.set_key(session, "theirs/zarr.json", text)
    reference.set_key(session, "theirs/c/1", np.array([1, 2], "<i4").tobytes())
    session.commit("keys of theirs")
    varve.open(folder)
    writer = varve.writer()
    assert writer.get("theirs/zarr.json") == reference.get_key(session, "theirs/zarr.json")
    assert writer.get("theirs/c/1") == np.array([1, 2], "<i4").tobytes() and writer.get("theirs/c/0") is None
    writer.set("ours/zarr.json", writer.get("theirs/zarr.json"))
    writer.set("ours/c/2", np.array([5, 6], "<i4").tobytes())
    writer.set("theirs/c/1", np.array([3, 4], "<i4").tobytes())
    writer.commit("keys of ours")
    session = reference.reopen(folder).writable_session("main")
    assert reference.read(session, "ours").tolist() == [0, 0, 0, 0, 5, 6]
    assert reference.read(session, "theirs").tolist() == [0, 0, 3, 4, 0, 0]
    zarr.core.sync.sync(session.store.delete("ours/c/2"))
    session.commit("one key less")
    assert varve.reader().get("ours/c/2") is None
    assert varve.reader().read("/ours").tolist() == [0] * 6


def test_the_chunks_of_an_array_are_the_same_to_both(varve, folder):
    async def coordinates(session, path):
        return [tuple(index) async for index in session.chunk_coordinates(path)]

    varve.create(folder, inline_chunk_bytes=20)
    writer = varve.writer()
    for path, length in ("/inline", 2), ("/native", 6):
        writer.create_array(path, "int32", (4 * length, 2), (length, 2))
        writer.write(path, np.full((2 * length, 2), 7, "int32"), (length, 0))
    writer.commit("chunks 1 and 2 of each")
    session = reference.reopen(folder).writable_session("main")
    for path, length in ("/inline", 2), ("/native", 6):
        reference.open_array(session, path)[3 * length:] = 8
    session.commit("and chunk 3")
    session = reference.reopen(folder).readonly_session("main")
    for path in "/inline", "/native":
        listed = varve.reader().list_chunks(path)
        assert sorted(listed) == sorted(zarr.core.sync.sync(coordinates(session, path))) == [(1, 0), (2, 0), (3, 0)]
        for index, chunk in listed.items():
            assert chunk["kind"] == repr(session.chunk_type(path, list(index))).split(".")[-1].lower()
        assert listed[(1, 0)]["kind"] == path[1:]
