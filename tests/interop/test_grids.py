# SPDX-License-Identifier: Apache-2.0
"""Rectilinear grids, whose chunks differ in length: what either side wrote, the other reads, changes and lets grow."""
import icechunk
import numpy as np
import pytest
import zarr

import reference
from varve_tool import VarveError

ZSTD = [{"name": "zstd", "configuration": {"level": 1, "checksum": False}}]
EDGES = [[2, 3, 5], [4, 4]]


@pytest.fixture(autouse=True)
def rectilinear_chunks():
    with zarr.config.set({"array.rectilinear_chunks": True}):
        yield


def grid(rows, columns, offset=0):
    return (np.arange(rows * columns) + offset).reshape(rows, columns).astype("int32")


def listed(session, path):
    """The chunk grid as zarr.json lists it."""
    return reference.open_array(session, path).metadata.chunk_grid.to_dict()["configuration"]["chunk_shapes"]


def spelled(lengths):
    """The same without runs."""
    return [[edge for item in dimension for edge in ([item[0]] * item[1] if isinstance(item, list) else [item])]
            for dimension in lengths]


def edges_of(session, path):
    return spelled([[list(item) if isinstance(item, tuple) else item for item in axis] for axis in listed(session, path)])


@pytest.mark.parametrize("codecs", [[], ZSTD], ids=["plain", "zstd"])
def test_each_reads_changes_and_grows_what_the_other_wrote(varve, folder, codecs):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.open_group(session.store)
    root.create_array("theirs", shape=(10, 8), chunks=((2, 3, 5), (4, 4)), dtype="int32", fill_value=-1,
                      compressors=zarr.codecs.ZstdCodec(level=1) if codecs else None)[...] = grid(10, 8)
    session.commit("theirs")
    varve.open(folder)
    writer = varve.writer()
    writer.create_array("/ours", "int32", [10, 8], [0, 4], chunk_edges=[[2, 3, 5], []], codecs=codecs, fill_value=-1)
    writer.write("/ours", grid(10, 8))
    writer.commit("ours")
    both = ["theirs", "ours"]

    expected = grid(10, 8)
    session = reference.reopen(folder).writable_session("main")
    for name in both:
        assert edges_of(session, name) == EDGES
        assert reference.same(reference.read(session, name), expected)
        reference.open_array(session, name)[1:6, 3:5] = 900
    session.commit("the reference changes parts of chunks")
    expected[1:6, 3:5] = 900

    writer = varve.writer()
    for name in both:
        assert reference.same(writer.read("/" + name), expected)
        writer.write("/" + name, np.full((4, 2), 77, "int32"), origin=[4, 0])
        assert writer.read("/" + name, [4, 0], [2, 3]).tolist() == np.concatenate(
            [np.full((2, 2), 77), expected[4:6, 2:3]], axis=1).tolist()
        writer.resize("/" + name, [4, 8])
        writer.append("/" + name, 0, grid(8, 8, 1000))
    writer.commit("varve changes, cuts and appends")
    expected = np.concatenate([expected[:4], grid(8, 8, 1000)])

    session = reference.reopen(folder).writable_session("main")
    for name in both:
        assert edges_of(session, name) == [[2, 3, 5, 2], [4, 4]]
        assert reference.same(reference.read(session, name), expected)
        array = reference.open_array(session, name)
        array.append(grid(3, 8, 2000))
        array.resize((15, 9))
    session.commit("the reference appends")
    expected = np.pad(np.concatenate([expected, grid(3, 8, 2000)]), ((0, 0), (0, 1)), constant_values=-1)

    reader = varve.reader()
    for name in both:
        assert reference.same(reader.read("/" + name), expected)
        assert sorted(reader.list_chunks("/" + name)) == [
            (i, j) for i in range(5) for j in range(2)]
    for name in both:
        for i, length in enumerate([2, 3, 5, 2, 3]):
            if not codecs:
                assert len(reader.get(f"{name}/c/{i}/0")) == length * 4 * 4
    report = varve.ask("verify", folder=folder, deep=True)
    assert report["findings"] == [] and report["chunks_decoded"] >= 10, report


def test_every_spelling_of_a_grid_reads_alike(varve, folder):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    values = np.arange(10, dtype="int32")
    known = {"list": [2, 2, 3, 3], "runs": [[2, 2], [3, 2]], "mixed": [2, [2, 1], [3, 2]], "beyond": [[4, 5]], "one": [10]}
    for name, chunks in known.items():
        text = reference.zarr_json("int32", [10], [1], [{"name": "bytes", "configuration": {"endian": "little"}}], 0)
        text = text.replace(b'{"name": "regular", "configuration": {"chunk_shape": [1]}}',
                            b'{"name": "rectilinear", "configuration": {"kind": "inline", "chunk_shapes": [%s]}}'
                            % str(chunks).encode())
        reference.set_key(session, f"{name}/zarr.json", text)
        reference.open_array(session, name)[...] = values
    session.commit("five grids")
    varve.open(folder)
    writer = varve.writer()
    for name in known:
        assert reference.same(writer.read("/" + name), values)
        writer.write("/" + name, values[::-1].copy()[1:9], origin=[1])
    writer.set("list/c/3", np.array([50, 60, 70], "<i4").tobytes())
    with pytest.raises(VarveError) as refused:
        writer.set("list/c/4", bytes(4))
    assert refused.value.kind == "out_of_bounds"
    writer.commit("written over")
    session = reference.reopen(folder).readonly_session("main")
    assert reference.read(session, "list").tolist() == [0, *range(8, 2, -1), 50, 60, 70]
    for name in known.keys() - {"list"}:
        assert reference.read(session, name).tolist() == [0, *range(8, 0, -1), 9]


def test_shards_may_differ_in_length_too(varve, folder):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.open_group(session.store)
    root.create_array("sharded", shape=(10,), chunks=(2,), shards=((4, 6),), dtype="int32")[...] = np.arange(10)
    session.commit("shards")
    varve.open(folder)
    writer = varve.writer()
    assert writer.read("/sharded").tolist() == list(range(10))
    writer.write("/sharded", np.array([70, 80, 90], "int32"), origin=[3])
    with pytest.raises(VarveError) as refused:
        writer.append("/sharded", 0, np.zeros(3, "int32"))
    assert refused.value.kind == "bad_metadata"
    writer.append("/sharded", 0, np.array([5, 6, 7, 8], "int32"))
    writer.commit("changed")
    session = reference.reopen(folder).readonly_session("main")
    assert reference.read(session, "sharded").tolist() == [0, 1, 2, 70, 80, 90, 6, 7, 8, 9, 5, 6, 7, 8]


def test_neither_moves_chunks_to_places_of_another_shape(varve, folder):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    zarr.open_group(session.store).create_array("uneven", shape=(6,), chunks=((1, 2, 3),), dtype="int32")[...] = np.arange(6)
    with pytest.raises(icechunk.IcechunkError):
        session.shift_array("/uneven", (1,))
    session.commit("an uneven array")
    varve.open(folder)
    writer = varve.writer()
    with pytest.raises(VarveError) as refused:
        writer.shift("/uneven", (1,))
    assert refused.value.kind == "unsupported_chunk_grid" and not writer.info()["has_changes"]
    assert writer.read("/uneven").tolist() == list(range(6))


def test_growing_stops_nobody_who_writes_and_chunks_of_any_length_are_merged(varve, folder):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    zarr.open_group(session.store).create_array("a", shape=(6,), chunks=((1, 2, 3),), dtype="int32")[...] = np.zeros(6)
    session.commit("zeros")
    varve.open(folder)
    ours, theirs = varve.writer(), reference.reopen(folder).writable_session("main")
    reference.open_array(theirs, "a").append(np.array([7, 8], "int32"))
    theirs.commit("two more")
    ours.write("/a", np.array([5, 5], "int32"), origin=[1])
    with pytest.raises(VarveError) as refused:
        ours.commit("written")
    ours.rebase("grow")
    ours.commit("written")
    assert varve.reader().read("/a").tolist() == [0, 5, 5, 0, 0, 0, 7, 8]

    ours, theirs = varve.writer(), reference.reopen(folder).writable_session("main")
    ours.write("/a", np.array([1, 9, 3], "int32"), origin=[3])
    reference.open_array(theirs, "a")[3:8] = np.array([4, 5, 6, 1, 1], "int32")
    theirs.commit("theirs")
    ours.rebase("larger")
    ours.commit("merged")
    session = reference.reopen(folder).readonly_session("main")
    assert reference.read(session, "a").tolist() == [0, 5, 5, 4, 9, 6, 1, 1]


def test_grids_that_cannot_be_are_refused_and_leave_the_rest_usable(varve, folder):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    zarr.open_group(session.store).create_array("plain", shape=(6,), chunks=(2,), dtype="int32")[...] = np.arange(6)
    short = reference.zarr_json("int32", [10], [1], [{"name": "bytes", "configuration": {"endian": "little"}}], 0)
    for name, configuration in {
        "short": b'{"kind": "inline", "chunk_shapes": [[4, 5]]}',
        "later": b'{"kind": "inline", "chunk_shapes": [[5, 5]], "encoded_chunk_shapes": [[8, 8]]}',
    }.items():
        text = short.replace(b'{"name": "regular", "configuration": {"chunk_shape": [1]}}',
                             b'{"name": "rectilinear", "configuration": ' + configuration + b"}")
        reference.set_key(session, f"{name}/zarr.json", text)
    session.commit("what cannot be read")
    varve.open(folder)
    for name, kind in ("short", "bad_metadata"), ("later", "unsupported_chunk_grid"):
        with pytest.raises(VarveError) as refused:
            varve.reader().read("/" + name)
        assert refused.value.kind == kind and "/" + name in str(refused.value)
    writer = varve.writer()
    writer.write("/plain", np.array([9], "int32"), origin=[2])
    writer.commit("beside them")
    assert reference.read(reference.reopen(folder).readonly_session("main"), "plain").tolist() == [0, 1, 9, 3, 4, 5]
