# SPDX-License-Identifier: Apache-2.0
"""How chunk refs are shared out among manifests: both cut alike by one configuration, keep each other's boxes, and rewrite
them; and how both compress the locations of virtual chunks."""
import collections

import icechunk
import numpy as np
import pytest
import zarr

import reference
from varve_tool import VarveError

RULES = [
    [{"or": [{"name_matches": {"regex": "^(rows|cube)$"}}, {"and": [{"path_matches": {"regex": "deep/.*"}}, "any_array"]}]},
     [{"condition": {"Axis": 0}, "num_chunks": 3}, {"condition": {"DimensionName": "^lat"}, "num_chunks": 2}]],
    [{"path_matches": {"regex": "cube|columns"}}, [{"condition": {"DimensionName": "lon"}, "num_chunks": 4}]],
    [{"name_matches": {"regex": "(?i)^ANY"}}, [{"condition": "Any", "num_chunks": 5}]]]
ARRAYS = {  # shape in chunks, names of dimensions
    "rows": ([10, 4], None), "cube": ([7, 5, 9], ["time", "latitude", "lon"]), "columns": ([6, 11], ["lat", "lon"]),
    "deep/x": ([8, 3], ["a", "lat"]), "any": ([12, 6], None), "unruled": ([9, 9], ["lat", "x"])}


def config(rules):
    return {"manifest": {"splitting": {"split_sizes": rules}}}


def boxes(varve, snapshot):
    """For each array the boxes that its manifests cover, and how many refs they hold."""
    content = varve.ask("inspect", key=f"snapshots/{snapshot}")
    sizes = {file["id"]: file["num_chunk_refs"] for file in content["manifests"]}
    return {node["path"]: collections.Counter((str(ref["extents"]), sizes[ref["id"]]) for ref in node["manifest_refs"])
            for node in content["nodes"] if node["node_type"] == "array"}


def ids(varve, snapshot):
    return {file["id"] for file in varve.ask("inspect", key=f"snapshots/{snapshot}")["manifests"]}


def reference_writes(repository, seed, message, create=False):
    session = repository.writable_session("main")
    for number, (name, (shape, names)) in enumerate(ARRAYS.items()):
        array = (zarr.create_array(session.store, name=name, shape=shape, chunks=[1] * len(shape), dtype="int32",
                                   fill_value=0, dimension_names=names)
                 if create else reference.open_array(session, "/" + name))
        values, where = edits(shape, seed + number, create)
        for index in where:
            array[tuple(index)] = values[tuple(index)]
    return session.commit(message)


def varve_writes(varve, seed, message, create=False):
    writer = varve.writer()
    for number, (name, (shape, names)) in enumerate(ARRAYS.items()):
        if create:
            writer.create_array("/" + name, "int32", shape, [1] * len(shape), dimension_names=names)
        values, where = edits(shape, seed + number, create)
        for index in where:
            writer.write("/" + name, values[tuple(slice(i, i + 1) for i in index)], index)
    return writer.ask("commit", message=message)


def edits(shape, seed, everything):
    random = np.random.default_rng(seed)
    values = random.integers(1, 1 << 30, shape).astype("int32")
    indices = [list(index) for index in np.ndindex(*shape)]
    if not everything:
        indices = [indices[i] for i in sorted(random.choice(len(indices), 3, replace=False))]
    return values, [[int(i) for i in index] for index in indices]


def test_both_cut_the_same_boxes_and_keep_each_other_s(varve, tmp_path):
    """Two repositories live the same life, one in each implementation's hands, then they are swapped."""
    ours, theirs = str(tmp_path / "ours"), str(tmp_path / "theirs")
    varve.create(ours, config=config(RULES))
    varve.create(theirs, config=config(RULES))
    first = reference_writes(reference.reopen(theirs), 1, "all", create=True)
    expected = boxes(varve, first)
    assert len(expected["/unruled"]) == 1 and len(expected["/cube"]) == 3 * 3 * 3
    varve.open(ours, chunk_refs_per_manifest=1000)
    first = varve_writes(varve, 1, "all", create=True)
    assert boxes(varve, first) == expected

    for seed in range(20, 60, 10):
        varve.open(ours, chunk_refs_per_manifest=1000)
        before = ids(varve, varve.ask("lookup_branch", name="main"))
        snapshot = reference_writes(reference.reopen(ours), seed, "theirs on ours") if seed % 20 else varve_writes(
            varve, seed, "ours on ours")
        boxes_of_ours, gone_of_ours = boxes(varve, snapshot), len(before - ids(varve, snapshot))
        varve.open(theirs, chunk_refs_per_manifest=1000)
        before = ids(varve, varve.ask("lookup_branch", name="main"))
        snapshot = varve_writes(varve, seed, "ours on theirs") if seed % 20 else reference_writes(
            reference.reopen(theirs), seed, "theirs on theirs")
        assert boxes(varve, snapshot) == boxes_of_ours
        assert len(before - ids(varve, snapshot)) == gone_of_ours
    assert reference.tree(reference.reopen(ours).readonly_session("main")) == reference.tree(
        reference.reopen(theirs).readonly_session("main"))


@pytest.mark.parametrize("amend", [False, True])
def test_both_rewrite_manifests_alike(varve, folder, amend):
    varve.create(folder)
    repository = reference.reopen(folder)
    first = reference_writes(repository, 5, "one manifest for each array", create=True)
    before = reference.tree(repository.readonly_session("main"))
    reference_writes(repository, 6, "something to amend")
    reference_writes(repository, 5, "as it was", create=False)
    varve.open(folder)
    assert {file["num_chunk_refs"] for file in varve.reader(snapshot=first).ask("manifests")} == {
        int(np.prod(shape)) for shape, _ in ARRAYS.values()}
    varve.ask("save_config", config=config(RULES))
    varve.open(folder)
    content = reference.tree(reference.reopen(folder).readonly_session("main"))
    assert content.keys() == before.keys()

    ours = varve.ask("rewrite_manifests", branch="main", message="cut", amend=amend, metadata={"by": "varve"})
    ours_boxes = boxes(varve, ours)
    repository = reference.reopen(folder)
    assert reference.tree(repository.readonly_session("main")) == content
    newest = next(iter(repository.ancestry(branch="main")))
    assert newest.id == ours and newest.metadata["by"] == "varve"
    noted = newest.metadata["__icechunk"]["splitting_config"]
    theirs = repository.rewrite_manifests("cut again", branch="main", commit_method="amend" if amend else "new_commit")
    assert boxes(varve, theirs) == ours_boxes
    newest = next(iter(reference.reopen(folder).ancestry(branch="main")))
    assert newest.id == theirs and newest.metadata["__icechunk"]["splitting_config"] == noted
    assert not (ids(varve, ours) & ids(varve, theirs))

    files = {(file.id, file.size_bytes, file.num_chunk_refs) for file in repository.list_manifest_files(ours)}
    assert files == {(file["id"], file["size_bytes"], file["num_chunk_refs"])
                     for file in varve.reader(snapshot=ours).ask("manifests")}
    varve.ask("save_config", config={})
    varve.open(folder)
    varve.ask("rewrite_manifests", branch="main", message="whole again")
    assert len(varve.reader().ask("manifests")) == len(ARRAYS)
    assert reference.tree(reference.reopen(folder).readonly_session("main")) == content
    varve_writes(varve, 7, "goes on")
    reference_writes(reference.reopen(folder), 8, "goes on")


def test_a_rule_that_cannot_be_read_is_named(varve, folder):
    varve.create(folder, config=config([RULES[0], [{"name_matches": {"regex": "a(?=b)"}}, []]]))
    with pytest.raises(VarveError) as refused:
        varve.writer()
    assert refused.value.kind == "unsupported_format"
    assert "split_sizes[1]" in str(refused.value) and "a(?=b)" in str(refused.value)
    varve.ask("save_config", config={})
    varve.writer()


@pytest.fixture
def elsewhere(tmp_path):
    """Two files that virtual chunks of four numbers point into, one behind a path of more than 1024 bytes."""
    folder = tmp_path / "elsewhere"
    deep = folder
    for _ in range(6):
        deep = deep / ("d" * 200)
    deep.mkdir(parents=True)
    for number in range(20):
        np.arange(4000, dtype="<i4").tofile(folder / f"numbers-{number:06}.bin")
    np.arange(4000, dtype="<i4").tofile(deep / "far.bin")
    return folder, deep / "far.bin"


@pytest.mark.parametrize("far", [False, True], ids=["alike", "one of 1200 bytes"])
def test_both_read_the_locations_that_either_compresses(varve, folder, elsewhere, far):
    near, deep = elsewhere
    url = f"file://{near}/"
    settings = icechunk.RepositoryConfig.default()
    settings.set_virtual_chunk_container(icechunk.VirtualChunkContainer(url, icechunk.local_filesystem_store(str(near))))
    allowed = icechunk.containers_credentials({url: icechunk.Credentials.LocalFileSystemAccess()})
    repository = reference.create(folder, config=settings, authorize_virtual_chunk_access=allowed)
    session = repository.writable_session("main")
    zarr.create_array(session.store, name="v", shape=(16000,), chunks=(4,), dtype="int32", compressors=None, filters=None)
    places = [(f"{url}numbers-{i % 20:06}.bin", 16 * (i // 20)) for i in range(4000)]
    session.store.set_virtual_refs("/v", [
        icechunk.VirtualChunkSpec([i], place, offset=offset, length=16) for i, (place, offset) in enumerate(places)])
    session.commit("4000 virtual chunks")
    locations = sorted(repository.readonly_session("main").all_virtual_chunk_locations())
    values = reference.read(repository.readonly_session("main"), "v")

    varve.open(folder)
    manifest = varve.reader().ask("manifests")[0]["id"]
    assert varve.ask("inspect", key=f"manifests/{manifest}")["location_dictionary_bytes"] > 0
    varve.ask("rewrite_manifests", branch="main", message="ours")
    manifest = varve.reader().ask("manifests")[0]["id"]
    assert varve.ask("inspect", key=f"manifests/{manifest}")["location_dictionary_bytes"] > 0
    reopen = lambda: reference.reopen(folder, authorize_virtual_chunk_access=allowed)
    assert sorted(reopen().readonly_session("main").all_virtual_chunk_locations()) == locations
    assert reference.same(reference.read(reopen().readonly_session("main"), "v"), values)
    if far:
        # The reference compresses it and cannot read it then; varve leaves it plain, and both read that.
        session = reopen().writable_session("main")
        session.store.set_virtual_ref("v/c/7", f"file://{deep}", offset=16, length=16)
        session.commit("the reference's own")
        varve.ask("rewrite_manifests", branch="main", message="mended")
        values[28:32] = np.arange(4, 8)
        assert reference.same(reference.read(reopen().readonly_session("main"), "v"), values)
    writer = varve.writer()
    writer.write("/v", np.array([1, 2, 3, 4], "int32"), (0,))
    writer.ask("commit", message="one native chunk")
    values[:4] = [1, 2, 3, 4]
    assert reference.same(reference.read(reopen().readonly_session("main"), "v"), values)
    session = reopen().writable_session("main")
    reference.open_array(session, "v")[4:8] = [5, 6, 7, 8]
    session.commit("another")
    varve.ask("rewrite_manifests", branch="main", message="ours again")
    values[4:8] = [5, 6, 7, 8]
    assert reference.same(reference.read(reopen().readonly_session("main"), "v"), values)
