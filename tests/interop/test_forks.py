# SPDX-License-Identifier: Apache-2.0
"""Sessions of varve that are forked to other processes and merged: what one commit makes of them is a commit like any
other to the reference."""
import contextlib

import numpy as np
import pytest
import zarr

import reference
from varve_tool import Varve, VarveError


@pytest.fixture
def others(folder):
    """Three more processes, which have the repository open once `open` is called."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Varve()) for _ in range(3)]


def test_parts_of_many_processes_are_one_commit(varve, folder, others):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.create_group(session.store)
    array = root.create_array("t", shape=(8, 40), chunks=(2, 20), dtype="float64", fill_value=-1.0)
    array[:] = 0
    session.commit("base")

    varve.open(folder)
    writer = varve.writer()
    writer.set_attributes("/t", {"unit": "K"})
    writer.write("/t", np.full((2, 40), 9.0), (6, 0))
    fork = writer.fork()
    expected = np.zeros((8, 40))
    expected[6:] = 9
    changes = []
    for i, other in enumerate(others):
        other.open(folder)
        part = other.forked(fork)
        assert part.attributes("/t") == {"unit": "K"}
        rows = np.random.default_rng(i).random((2, 40))
        part.write("/t", rows, (2 * i, 0))
        expected[2 * i:2 * i + 2] = rows
        part.create_array(f"/made/by{i}", "int32", (3,), (2,))
        part.write(f"/made/by{i}", np.full(3, i + 1, "int32"))
        changes.append(part.changes())
    part = others[0].forked(fork)  # late, and over what another has written
    part.write("/t", np.full((2, 20), 5.0), (2, 20))
    part.erase_chunk("/t", (3, 1))
    changes.append(part.changes())
    expected[2:4, 20:] = 5
    expected[6:, 20:] = -1
    for part in changes:
        writer.merge(part)
    snapshot = writer.commit("by four processes")

    repository = reference.reopen(folder)
    session = repository.writable_session("main")
    assert session.snapshot_id == snapshot
    assert reference.same(reference.read(session, "t"), expected)
    assert reference.open_array(session, "t").attrs["unit"] == "K"
    for i in range(3):
        assert reference.read(session, f"made/by{i}").tolist() == [i + 1] * 3
    parent = list(repository.ancestry(branch="main"))[1].id
    diff = repository.diff(from_snapshot_id=parent, to_snapshot_id=snapshot)
    assert set(diff.new_arrays) == {"/made/by0", "/made/by1", "/made/by2"}
    assert set(diff.new_groups) == {"/made"}
    assert set(diff.updated_arrays) == {"/t"}
    assert sorted(map(tuple, diff.updated_chunks["/t"])) == [(i, k) for i in range(4) for k in range(2)]

    reference.open_array(session, "t")[0, 0] = 77
    session.commit("theirs")
    expected[0, 0] = 77
    varve.open(folder)
    assert reference.same(varve.reader().read("/t"), expected)


def test_a_merge_that_is_refused_names_its_conflicts_and_loses_nothing(varve, folder, others):
    reference.create(folder)
    varve.open(folder)
    writer = varve.writer()
    writer.create_array("/a", "int8", (4,), (1,))
    fork = writer.fork()
    other = others[0]
    other.open(folder)
    clash, good = other.forked(fork), other.forked(fork)
    clash.create_array("/b", "int8", (4,), (1,))
    clash.write("/a", np.array([1], "int8"), (1,))
    good.write("/a", np.array([2], "int8"), (2,))
    writer.create_array("/b", "int8", (5,), (1,))
    with pytest.raises(VarveError) as refused:
        writer.merge(clash.changes())
    assert refused.value.kind == "merge_failed"
    assert [(c["kind"], c["path"]) for c in refused.value.conflicts] == [("new_node_conflicts_with_existing_node", "/b")]
    writer.merge(good.changes())
    writer.commit("without the one that clashed")
    session = reference.reopen(folder).readonly_session("main")
    assert reference.read(session, "a").tolist() == [0, 0, 2, 0]
    assert reference.open_array(session, "b").shape == (5,)


def test_a_fork_is_no_writer_of_its_own(varve, folder):
    reference.create(folder)
    varve.open(folder)
    writer = varve.writer()
    writer.create_array("/a", "int8", (4,), (1,))
    fork = varve.forked(writer.fork())
    for refusal in (lambda: fork.commit("no"), lambda: fork.rebase(), lambda: varve.forked(fork.changes()),
                    lambda: writer.merge(writer.fork())):
        with pytest.raises(VarveError) as refused:
            refusal()
        assert refused.value.kind == "invalid_argument"
    with pytest.raises(VarveError) as refused:
        varve.reader().fork()
    assert refused.value.kind == "read_only_session"


def test_a_fork_of_a_base_that_others_have_left_behind(varve, folder):
    """The reference commits while forks are out: the session is rebased after the merge, as any other."""
    repository = reference.create(folder)
    session = repository.writable_session("main")
    array = zarr.create_group(session.store).create_array("t", shape=(6,), chunks=(1,), dtype="int16")
    array[:] = 0
    session.commit("base")
    varve.open(folder)
    writer = varve.writer()
    fork = varve.forked(writer.fork())
    fork.write("/t", np.array([3], "int16"), (3,))
    session = repository.writable_session("main")
    reference.open_array(session, "t")[5] = 5
    session.commit("theirs")
    writer.merge(fork.changes())
    writer.commit("both", rebase_tries=3)
    assert reference.read(reference.reopen(folder).readonly_session("main"), "t").tolist() == [0, 0, 0, 3, 0, 5]
