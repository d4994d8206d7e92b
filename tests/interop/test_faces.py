# SPDX-License-Identifier: Apache-2.0
"""Creation, keys of the Zarr store, lists of chunks, ids, times and caches: what either side has made, the other finds there
and goes on with."""
import collections
import pathlib
import re

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


def test_no_id_comes_twice_whoever_draws_it(varve, folder):
    commits, arrays, chunks = 20, 2, 3
    repository = reference.create(folder, config=icechunk.RepositoryConfig(inline_chunk_threshold_bytes=0))
    varve.open(folder, inline_chunk_bytes=0)
    for step in range(commits):
        session = repository.writable_session("main")
        for array in range(arrays):
            made = zarr.create_array(session.store, name=f"theirs{step}_{array}", shape=(chunks,), chunks=(1,), dtype="i4")
            made[:] = step + 1
        session.commit("theirs")
        writer = varve.writer()
        for array in range(arrays):
            writer.create_array(f"/ours{step}_{array}", "int32", (chunks,), (1,))
            writer.write(f"/ours{step}_{array}", np.full(chunks, step + 1, "int32"))
        writer.commit("ours")
    # 12 random bytes in Crockford's base 32, of which the last letter has one bit of its own and four of padding.
    name = re.compile("[0-9A-HJKMNP-TV-Z]{19}[0G]")
    counted = collections.Counter()
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and path.parent.name in ("chunks", "manifests", "snapshots", "transactions"):
            assert name.fullmatch(path.name), path
            counted[path.parent.name] += 1
    assert counted["chunks"] == 2 * commits * arrays * chunks
    assert counted["snapshots"] == counted["transactions"] == 1 + 2 * commits
    assert counted["manifests"] >= 2 * commits
    nodes = [node["id"] for node in varve.reader().nodes()]
    assert len(set(nodes)) == len(nodes) == 1 + 2 * commits * arrays
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{12}[0-9A-HJKMNP-TV-Z]", node) for node in nodes)
    session = reference.reopen(folder).readonly_session("main")
    for step in range(commits):
        for array in range(arrays):
            for path in f"theirs{step}_{array}", f"ours{step}_{array}":
                assert reference.read(session, path).tolist() == varve.reader().read("/" + path).tolist() == [step + 1] * chunks


def test_times_go_up_though_a_clock_is_behind(varve, folder):
    repository = reference.create(folder)
    varve.open(folder, clock_offset_seconds=-300)
    for step in range(5):
        writer = varve.writer()
        writer.create_group(f"/ours{step}")
        writer.commit("ours")
        session = repository.writable_session("main")
        zarr.create_group(session.store, path=f"theirs{step}")
        session.commit("theirs")
    written = [snapshot.written_at for snapshot in reference.reopen(folder).ancestry(branch="main")]
    assert len(written) == 11
    assert all(later > earlier for later, earlier in zip(written, written[1:]))
    done = [update.updated_at for update in reference.reopen(folder).ops_log()]
    assert all(later > earlier for later, earlier in zip(done, done[1:]))
    assert [update["updated_at"] for update in varve.ask("ops_log")] == [round(time.timestamp() * 1e6) for time in done]
    assert [finding for finding in varve.ask("verify", folder=folder)["findings"] if finding["severity"] != "note"] == []


def test_caches_never_hide_what_the_other_commits(varve, folder):
    config = icechunk.RepositoryConfig(inline_chunk_threshold_bytes=0)
    config.caching = icechunk.CachingConfig(num_bytes_chunks=1 << 20)
    repository = reference.create(folder, config=config)
    repository.save_config()
    session = repository.writable_session("main")
    zarr.create_array(session.store, name="a", shape=(6,), chunks=(2,), dtype="i4")[:] = 0
    session.commit("zeros")
    varve.open(folder)
    assert varve.ask("config")["caching"]["num_bytes_chunks"] == 1 << 20
    ours, theirs = [varve.reader()], [repository.readonly_session("main")]
    values = np.zeros(6, "int32")
    seen = [values.copy()]
    for step in range(8):
        values[step % 6] = step + 1
        if step % 2 == 0:
            session = repository.writable_session("main")
            reference.open_array(session, "a")[step % 6] = step + 1
            session.commit("theirs")
        else:
            writer = varve.writer()
            writer.write("/a", values[step % 6:step % 6 + 1], (step % 6,))
            writer.commit("ours")
        seen.append(values.copy())
        ours.append(varve.reader())
        theirs.append(repository.readonly_session("main"))
        for _ in range(2):  # from the caches
            for our, their, right in zip(ours, theirs, seen):
                assert our.read("/a").tolist() == reference.read(their, "a").tolist() == right.tolist()
