# SPDX-License-Identifier: Apache-2.0
"""What surrounds the values: attributes, dimension names, groups, refs and histories, and xarray's view of it all."""
import json

import numpy as np
import pytest
import xarray
import zarr

import reference
from varve_tool import VarveError

ATTRIBUTES = {
    "ünïcode ☃ \U0001f30a": "\"quoted\" \\ \n\t \u2028 \u0001",
    "integers": [0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64 - 1],
    "floats": [0.1, -0.0, 1e-300, 1.7976931348623157e308, 5e-324, 1e22, 123456789.123456789],
    "nested": {"empty": {}, "list": [], "deep": [[[{"a": [None, True, False]}]]]},
    "": "an empty name",
    "_FillValue": "AAAAAAAA+H8=",
}
TEXT = json.dumps(ATTRIBUTES, ensure_ascii=False)


def same_json(a, b):
    """Equal with the order of members, the kinds of numbers and the sign of zero."""
    return json.dumps(a) == json.dumps(b)


def test_attributes_from_varve(varve, folder):
    varve.create(folder)
    session = varve.writer()
    session.create_group("/", ATTRIBUTES)
    session.create_group("/g/deep", ATTRIBUTES)
    session.create_array("/g/a", "int8", (2,), (2,), attributes=ATTRIBUTES)
    session.create_array("/later", "int8", (2,), (2,))
    session.set_attributes("/later", ATTRIBUTES)
    session.set_attributes("/g", {"n": 10**30})
    session.commit("attributes")
    root = zarr.open_group(reference.reopen(folder).readonly_session("main").store, mode="r")
    for node in root, root["g/deep"], root["g/a"], root["later"]:
        assert same_json(dict(node.attrs), ATTRIBUTES)
    assert dict(root["g"].attrs) == {"n": 10**30}
    reader = varve.reader()
    assert same_json(reader.attributes("/g/a"), ATTRIBUTES)
    assert reader.attributes("/g") == {"n": 10**30}


def test_attributes_from_python(varve, folder):
    session = reference.create(folder).writable_session("main")
    root = zarr.open_group(session.store, attributes=ATTRIBUTES)
    root.create_group("g", attributes={"n": 10**30, "m": ATTRIBUTES})
    root.create_array("a", shape=(2,), chunks=(2,), dtype="int8", attributes=ATTRIBUTES)
    session.commit("attributes")
    varve.open(folder)
    assert same_json(varve.reader().attributes("/"), ATTRIBUTES)
    assert same_json(varve.reader().attributes("/a"), ATTRIBUTES)
    assert same_json(varve.reader().attributes("/g"), {"n": 10**30, "m": ATTRIBUTES})

    # A change of the shape leaves every byte of the attributes alone.
    writer = varve.writer()
    before = writer.ask("attributes", path="/a")
    writer.resize("/a", (4,))
    assert writer.ask("attributes", path="/a") == before
    writer.commit("resized")
    array = reference.open_array(reference.reopen(folder).readonly_session("main"), "a")
    assert array.shape == (4,) and same_json(dict(array.attrs), ATTRIBUTES)


@pytest.mark.parametrize("names", [["y", "x"], ["größe", None], [None, None]])
def test_dimension_names(varve, folder, names):
    varve.create(folder)
    session = varve.writer()
    session.create_array("/a", "int8", (2, 3), (2, 2), dimension_names=names)
    session.create_array("/none", "int8", (2, 3), (2, 2))
    session.commit("names")
    session = reference.reopen(folder).writable_session("main")
    assert list(reference.open_array(session, "a").metadata.dimension_names) == names
    assert reference.open_array(session, "none").metadata.dimension_names is None
    zarr.open_group(session.store).create_array("b", shape=(2, 3), chunks=(2, 2), dtype="int8", dimension_names=names)
    session.commit("more names")
    assert varve.reader().array("/b")["dimension_names"] == names
    assert varve.reader().array("/none")["dimension_names"] == []


def test_xarray_opens_what_varve_writes(varve, folder):
    varve.create(folder)
    session = varve.writer()
    session.create_group("/", {"title": "from varve"})
    time, lat = np.arange(6, dtype="int64"), np.linspace(-90, 90, 5)
    packed = np.arange(30, dtype="int16").reshape(6, 5)
    session.create_array("/time", "int64", (6,), (6,), dimension_names=["time"],
                         attributes={"units": "days since 2000-01-01", "calendar": "proleptic_gregorian"})
    session.create_array("/lat", "float64", (5,), (5,), dimension_names=["lat"], attributes={"units": "degrees_north"})
    session.create_array("/t", "int16", (6, 5), (4, 3), dimension_names=["time", "lat"], fill_value=-1,
                         codecs=[{"name": "zstd", "configuration": {"level": 3, "checksum": False}}],
                         attributes={"scale_factor": 0.5, "add_offset": 10.0, "units": "K"})
    for name, values in ("time", time), ("lat", lat), ("t", packed):
        session.write(f"/{name}", values)
    session.commit("a dataset")
    with xarray.open_zarr(reference.reopen(folder).readonly_session("main").store, consolidated=False) as dataset:
        assert dataset.attrs == {"title": "from varve"}
        assert dataset["t"].dims == ("time", "lat")
        np.testing.assert_array_equal(dataset["t"].values, packed * 0.5 + 10)
        np.testing.assert_array_equal(dataset["time"].values, np.datetime64("2000-01-01", "ns") + time.astype("m8[D]"))
        np.testing.assert_array_equal(dataset["lat"].values, lat)
        assert float(dataset["t"].sel(lat=45).mean()) == np.mean(packed[:, 3] * 0.5 + 10)


def test_varve_and_xarray_append_to_one_dataset(varve, folder):
    repository = reference.create(folder)
    rng = np.random.default_rng(3)
    values = rng.standard_normal((12, 4, 6)).astype("float32")

    def dataset(first, last):
        return xarray.Dataset({"t": (("time", "lat", "lon"), values[first:last])},
                              coords={"time": np.arange(first, last), "lat": np.arange(4.0), "lon": np.arange(6.0)})

    session = repository.writable_session("main")
    dataset(0, 3).to_zarr(session.store, zarr_format=3, consolidated=False, encoding={"t": {"chunks": (2, 4, 3)}})
    session.commit("three steps by xarray")
    varve.open(folder)
    writer = varve.writer()
    writer.append("/t", 0, values[3:7])
    writer.append("/time", 0, np.arange(3, 7))
    writer.commit("four steps by varve")
    session = repository.writable_session("main")
    dataset(7, 12).to_zarr(session.store, zarr_format=3, consolidated=False, append_dim="time", align_chunks=True)
    session.commit("five steps by xarray")
    assert reference.same(varve.reader().read("/t"), values)
    with xarray.open_zarr(repository.readonly_session("main").store, consolidated=False) as found:
        np.testing.assert_array_equal(found["t"].values, values)
        np.testing.assert_array_equal(found["time"].values, np.arange(12))


def test_groups_deletes_and_the_order_of_paths(varve, folder):
    """Paths order as raw bytes: /g-b stands between /g and /g/a."""
    varve.create(folder)
    session = varve.writer()
    for path in "/g/a", "/g-b", "/g", "/g/a/b/c", "/ä/☃", "/z", "/G", "/g0/x":
        if not any(node["path"] == path for node in session.nodes()):
            session.create_group(path)
    session.create_array("/g/a/array", "int8", (2,), (1,))
    session.write("/g/a/array", np.array([1, 2], "int8"))
    session.commit("many")
    wanted = sorted(["/", "/g", "/g-b", "/g/a", "/g/a/b", "/g/a/b/c", "/g/a/array", "/ä", "/ä/☃", "/z", "/G", "/g0", "/g0/x"],
                    key=lambda path: path.encode())
    assert [node["path"] for node in varve.reader().nodes()] == wanted
    repository = reference.reopen(folder)
    assert sorted(reference.tree(repository.readonly_session("main")), key=lambda path: path.encode()) == wanted
    session = varve.writer()
    session.delete("/g")
    session.commit("fewer")
    left = [path for path in wanted if path != "/g" and not path.startswith("/g/")]
    assert sorted(reference.tree(repository.readonly_session("main")), key=lambda path: path.encode()) == left
    session = repository.writable_session("main")
    del zarr.open_group(session.store)["ä"]
    session.commit("fewer yet")
    assert [node["path"] for node in varve.reader().nodes()] == [path for path in left if "ä" not in path]


def test_a_long_history_with_branches_and_tags(varve, folder):
    varve.create(folder, updates_per_repo_info=50)
    repository = reference.reopen(folder)
    session = varve.writer()
    session.create_array("/n", "int32", (1,), (1,))
    session.commit("start")
    ids = []
    for step in range(120):
        if step % 5:
            session = varve.writer()
            session.write("/n", np.array([step], "int32"))
            ids.append(session.commit(f"step {step}", metadata={"step": step}))
        else:
            session = repository.writable_session("main")
            reference.open_array(session, "n")[...] = step
            ids.append(session.commit(f"step {step}", metadata={"step": step}))
        if step % 10 == 0:
            varve.ask("create_tag", name=f"v{step}", snapshot=ids[-1])
            repository.create_branch(f"at/{step}", ids[-1])
        if step % 20 == 0:
            repository.delete_tag(f"v{step}")
        if step % 30 == 0:
            varve.ask("delete_branch", name=f"at/{step}")
    log = varve.ask("ancestry", branch="main")
    theirs = list(repository.ancestry(branch="main"))
    assert [s["id"] for s in log] == [s.id for s in theirs]
    assert [s["id"] for s in log][:120] == ids[::-1]
    assert [s["message"] for s in log] == [s.message for s in theirs]
    assert [s["metadata"] for s in log] == [s.metadata for s in theirs]
    assert varve.ask("list_branches") == sorted(repository.list_branches())
    assert varve.ask("list_tags") == sorted(repository.list_tags()) == sorted(f"v{s}" for s in range(10, 120, 20))
    assert len(varve.ask("ops_log")) == len(list(repository.ops_log())) == 1 + 1 + 120 + 12 + 12 + 6 + 4
    for step in 0, 57, 119:
        assert varve.reader(snapshot=ids[step]).read("/n")[0] == step
        assert reference.read(repository.readonly_session(snapshot_id=ids[step]), "n")[0] == step
    for name in "v0", "v20":
        with pytest.raises(VarveError) as refused:
            varve.ask("create_tag", name=name, snapshot=ids[0])
        assert refused.value.kind == "tag_deleted"


def test_the_store_of_a_session_is_the_same_key_by_key(varve, folder):
    varve.create(folder, inline_chunk_bytes=20)
    session = varve.writer()
    session.create_array("/g/a", "int16", (7, 9), (3, 4), codecs=[{"name": "gzip", "configuration": {"level": 5}}])
    session.write("/g/a", np.arange(63, dtype="int16").reshape(7, 9))
    session.create_array("/scalar", "float64", (), ())
    session.write("/scalar", np.array(1.5))
    session.commit("keys")
    reader = varve.reader()
    session = reference.reopen(folder).readonly_session("main")

    async def keys():
        return [key async for key in session.store.list()]

    mine, theirs = reader.list(), zarr.core.sync.sync(keys())
    assert sorted(mine) == sorted(theirs) and len(mine) == 4 + 9 + 1
    for key in mine:
        assert reader.get(key) == reference.get_key(session, key), key
    assert reader.get("g/a/c/9/9") is None
