# SPDX-License-Identifier: Apache-2.0
"""Changes of the reference and of varve that commute under a policy: the reference commits first, varve replays its changes
on that, and the reference reads and continues what comes out."""
import numpy as np
import pytest
import xarray
import zarr

import reference
from varve_tool import VarveError


@pytest.fixture
def repository(varve, folder):
    """A dataset of the reference: /t along time and x, with its coordinate, and the group /g; open in varve."""
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.create_group(session.store)
    root.create_array("t", shape=(4, 3), chunks=(2, 2), dtype="float32", fill_value=-1, dimension_names=["time", "x"],
                      attributes={"unit": "K"})[:] = [[i] * 3 for i in range(4)]
    root.create_array("time", shape=(4,), chunks=(2,), dtype="int64", dimension_names=["time"])[:] = range(4)
    root.create_group("g", attributes={"title": "zones"})
    session.commit("base")
    varve.open(folder)
    return repository


def append(session, values):
    """As zarr-python appends, to both arrays of the dataset."""
    reference.open_array(session, "t").append(np.repeat(np.array(values, "float32")[:, None], 3, 1), axis=0)
    reference.open_array(session, "time").append(np.array(values, "int64"), axis=0)


def append_with_varve(session, values):
    session.append("/t", 0, np.repeat(np.array(values, "float32")[:, None], 3, 1))
    session.append("/time", 0, np.array(values, "int64"))


def dataset(folder):
    return xarray.open_zarr(reference.reopen(folder).readonly_session("main").store, consolidated=False).load()


def commit_by(repository, change):
    session = repository.writable_session("main")
    change(session)
    return session.commit("theirs")


def test_appends_stand_one_behind_the_other(varve, folder, repository):
    late, later = varve.writer(), varve.writer()
    append_with_varve(late, [100, 101])
    append_with_varve(later, [200, 201, 202])  # the last to come need not end with a chunk
    commit_by(repository, lambda s: append(s, [4, 5, 6, 7]))
    late.commit("two more", rebase_tries=3, policy="append")
    later.commit("three more", rebase_tries=3, policy="append")

    expected = [0, 1, 2, 3, 4, 5, 6, 7, 100, 101, 200, 201, 202]
    seen = dataset(folder)
    assert seen.time.values.tolist() == expected
    assert (seen.t.values == np.array(expected)[:, None]).all()
    assert seen.t.attrs == {"unit": "K"}

    commit_by(reference.reopen(folder), lambda s: append(s, [300]))  # into the chunk that is not full
    expected.append(300)
    varve.open(folder)
    assert varve.reader().read("/time").tolist() == expected
    assert (varve.reader().read("/t") == np.array(expected, "float32")[:, None]).all()


def test_the_log_of_a_moved_append_names_the_chunks_where_they_are(varve, folder, repository):
    late = varve.writer()
    append_with_varve(late, [100, 101])
    before = commit_by(repository, lambda s: append(s, [4, 5, 6, 7]))
    after = late.commit("two more", rebase_tries=3, policy="append")
    diff = reference.reopen(folder).diff(from_snapshot_id=before, to_snapshot_id=after)
    assert set(diff.updated_arrays) == {"/t", "/time"}
    assert sorted(map(tuple, diff.updated_chunks["/t"])) == [(4, 0), (4, 1)]
    assert sorted(map(tuple, diff.updated_chunks["/time"])) == [(4,)]


def test_an_array_that_they_grow_keeps_what_we_write(varve, folder, repository):
    late = varve.writer()
    late.write("/t", np.full((2, 2), 9, "float32"), (0, 0))
    wider = varve.writer()
    wider.resize("/t", (4, 5))
    wider.write("/t", np.full((4, 1), 8, "float32"), (0, 4))
    commit_by(repository, lambda s: append(s, [4, 5]))
    late.commit("old values", rebase_tries=3, policy="grow")
    wider.commit("wider", rebase_tries=3, policy="grow")
    session = reference.reopen(folder).readonly_session("main")
    expected = np.full((6, 5), -1, "float32")
    expected[:, :3] = np.arange(6)[:, None]
    expected[:2, :2] = 9
    expected[:4, 4] = 8
    assert reference.same(reference.read(session, "t"), expected)
    assert reference.same(varve.reader().read("/t"), expected)


@pytest.mark.parametrize("path", ["/g", "/t"])
def test_attributes_of_both(varve, folder, repository, path):
    late = varve.writer()
    late.set_attributes(path, {**late.attributes(path), "ours": {"deep": [1, None, "ü"]}})
    late.write("/t", np.full((2, 2), 9, "float32"), (0, 0))

    def change(session):
        node = zarr.open(session.store, path=path.strip("/"))
        node.attrs["theirs"] = 1.5
    commit_by(repository, change)
    late.commit("ours", rebase_tries=3, policy="attributes")
    session = reference.reopen(folder).writable_session("main")
    node = zarr.open(session.store, path=path.strip("/"))
    kept = {"title": "zones"} if path == "/g" else {"unit": "K"}
    assert dict(node.attrs) == {**kept, "theirs": 1.5, "ours": {"deep": [1, None, "ü"]}}
    assert reference.read(session, "t")[0].tolist() == [9, 9, 0]
    del node.attrs["ours"]
    session.commit("continued")
    varve.open(folder)
    assert varve.reader().attributes(path) == {**kept, "theirs": 1.5}


def their_changes():
    def attribute(value):
        def change(session):
            reference.open_array(session, "t").attrs["a"] = value
        return change

    def write(session):
        reference.open_array(session, "t")[0, 0] = 7
    return {
        "write": write, "attribute": attribute(1), "append": lambda s: append(s, [4, 5]),
        "append one": lambda s: append(s, [4]), "shrink": lambda s: reference.open_array(s, "t").resize((2, 3)),
    }


OURS = {
    "write": lambda s: s.write("/t", np.full((1, 1), 6, "float32"), (3, 2)),
    "write the same": lambda s: s.write("/t", np.full((1, 1), 6, "float32"), (1, 0)),
    "attribute": lambda s: s.set_attributes("/t", {"unit": "K", "b": 1}),
    "the same attribute": lambda s: s.set_attributes("/t", {"unit": "K", "a": 2}),
    "append": lambda s: append_with_varve(s, [8, 9]),
}
# Why ours is refused, by policy, theirs and ours; what is not listed commits.
REFUSED = {
    ("append", "write", "write the same"): "chunk_double_update", ("grow", "write", "write the same"): "chunk_double_update",
    ("append", "attribute", "the same attribute"): "`a`", ("grow", "attribute", "the same attribute"): "`a`",
    ("append", "append one", "append"): "ends inside a chunk",
    ("grow", "append", "append"): "chunk_double_update", ("grow", "append one", "append"): "chunk_double_update",
    **{(policy, "shrink", ours): "shorter" for policy in ("append", "grow") for ours in OURS},
}


@pytest.mark.parametrize("policy", ["append", "grow"])
@pytest.mark.parametrize("theirs", list(their_changes()))
@pytest.mark.parametrize("ours", list(OURS))
def test_each_change_of_theirs_against_each_of_ours(varve, folder, repository, policy, theirs, ours):
    late = varve.writer()
    OURS[ours](late)
    commit_by(repository, their_changes()[theirs])
    expected = reference.read(reference.reopen(folder).readonly_session("main"), "t")
    why = REFUSED.get((policy, theirs, ours))
    if why is not None:
        with pytest.raises(VarveError) as refused:
            late.commit("ours", rebase_tries=3, policy=policy)
        assert refused.value.kind == "rebase_failed"
        assert why in str(refused.value)
        assert late.info()["has_changes"]
        assert reference.same(reference.read(reference.reopen(folder).readonly_session("main"), "t"), expected)
        return
    late.commit("ours", rebase_tries=3, policy=policy)
    if ours == "write":
        expected[3, 2] = 6
    elif ours == "write the same":
        expected[1, 0] = 6
    elif ours == "append":
        expected = np.concatenate([expected, np.array([[8] * 3, [9] * 3], "float32")])
    session = reference.reopen(folder).writable_session("main")
    array = reference.open_array(session, "t")
    assert reference.same(array[:], expected)
    attributes = {"unit": "K", **({"a": 1} if theirs == "attribute" else {}),
                  **({"b": 1} if ours == "attribute" else {"a": 2} if ours == "the same attribute" else {})}
    assert dict(array.attrs) == attributes
    append(session, [50])
    session.commit("continued")
    varve.open(folder)
    assert (varve.reader().read("/t")[-1] == 50).all()
    assert (varve.reader().read("/t")[:-1] == expected).all()
