# SPDX-License-Identifier: Apache-2.0
"""Moved nodes and moved chunks: what one implementation moves, the other reads, compares and moves on, and both end alike."""
import datetime
import itertools
import random

import icechunk
import numpy as np
import pytest
import zarr

import reference
from varve_tool import VarveError


def hierarchy(folder):
    """A repository of the reference with groups within groups, names that sort in other ways than their paths, and arrays."""
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.create_group(session.store)
    for path in "g", "g/b", "g/b/c", "g/b-x", "g/ba", "g-b", "h":
        root.create_group(path)
    for number, path in enumerate(["g/array", "g/b/c/array", "top"]):
        root.create_array(path, data=np.arange(12, dtype="int32") + number, chunks=(2,), compressors=None)
    session.commit("first")
    return repository


def moves(diff):
    return sorted(map(tuple, diff["moved_nodes"] if isinstance(diff, dict) else diff.moved_nodes))


def everything(varve, repository):
    """The newest commit, as both read it and as its log tells it, which must be the same; paths with the ids of the nodes."""
    session = repository.readonly_session(branch="main")
    theirs = reference.tree(session)
    reader = varve.reader()
    nodes = reader.nodes()
    assert [n["path"] for n in nodes] == sorted(theirs, key=str.encode)
    for node in nodes:
        assert node["id"] == session.get_node_id(node["path"])
        if node["kind"] == "array":
            assert reader.read(node["path"]).tobytes() == theirs[node["path"]]["bytes"]
    newest, before = [s.id for s in repository.ancestry(branch="main")][:2]
    ours = varve.ask("diff", from_snapshot=before, to_snapshot=newest)
    assert ours["moved_nodes"] == [list(m) for m in repository.diff(from_snapshot_id=before, to_snapshot_id=newest).moved_nodes]
    return {n["path"]: n["id"] for n in nodes}


def test_what_varve_moves_the_reference_reads_and_moves_on(varve, folder):
    hierarchy(folder)
    varve.open(folder)
    ids = {n["path"]: n["id"] for n in varve.reader().nodes()}
    session = varve.rearranger()
    session.move("/g", "/h/g")
    session.move("/h/g/b", "/n")
    session.move("/top", "/g")
    said = session.status()["moved_nodes"]
    assert said == [["/top", "/g"], ["/g", "/h/g"], ["/g/array", "/h/g/array"], ["/g/b-x", "/h/g/b-x"], ["/g/ba", "/h/g/ba"],
                    ["/g/b", "/n"], ["/g/b/c", "/n/c"], ["/g/b/c/array", "/n/c/array"]]
    session.commit("moved by varve")
    repository = reference.reopen(folder)
    now = everything(varve, repository)
    assert now == {path: ids[old] for old, path in
                   [(p, dict(said).get(p, p)) for p in ids]}

    session = repository.rearrange_session("main")
    session.move("/n/c", "/g-b/c")
    session.move("/g", "/g-b/c/top")
    session.commit("moved by the reference")
    everything(varve, reference.reopen(folder))

    writer = varve.writer()
    writer.write("/g-b/c/top", np.full(12, 7, "int32"))
    writer.create_group("/g/again")
    writer.commit("goes on where nodes were")
    session = reference.reopen(folder).writable_session("main")
    assert (reference.read(session, "/g-b/c/top") == 7).all()
    reference.open_array(session, "/h/g/array")[0] = 99
    session.commit("goes on, too")
    assert varve.reader().read("/h/g/array")[0] == 99


@pytest.mark.parametrize("by", ["varve", "reference"])
@pytest.mark.parametrize("amended_by", ["varve", "reference"])
def test_amended_moves_are_composed_alike(varve, folder, by, amended_by):
    hierarchy(folder)
    varve.open(folder)
    before = varve.ask("lookup_branch", name="main")

    def rearrange(side, pairs, **options):
        if side == "varve":
            session = varve.rearranger()
            for pair in pairs:
                session.move(*pair)
            return session.commit("moved", **options)
        session = reference.reopen(folder).rearrange_session("main")
        for pair in pairs:
            session.move(*pair)
        return session.amend("moved") if options else session.commit("moved")

    rearrange(by, [("/g", "/k"), ("/h", "/g"), ("/top", "/g/top")])
    rearrange(amended_by, [("/k/b", "/b"), ("/g/top", "/top"), ("/k/ba", "/k/bb")], amend=True)
    repository = reference.reopen(folder)
    everything(varve, repository)
    wanted = [("/g", "/k"), ("/g/array", "/k/array"), ("/g/b", "/b"), ("/g/b-x", "/k/b-x"), ("/g/b/c", "/b/c"),
              ("/g/b/c/array", "/b/c/array"), ("/g/ba", "/k/bb"), ("/h", "/g")]
    assert moves(varve.ask("diff", from_snapshot=before, to_branch="main")) == wanted
    assert moves(repository.diff(from_snapshot_id=before, to_branch="main")) == wanted


def test_moves_may_amend_other_changes_and_nothing_else_moves(varve, folder):
    hierarchy(folder)
    varve.open(folder)
    before = varve.ask("lookup_branch", name="main")
    writer = varve.writer()
    writer.create_group("/fresh")
    writer.commit("a new group")
    session = varve.rearranger()
    session.move("/fresh", "/frozen")
    session.move("/h", "/frozen/h")
    session.commit("moved", amend=True)
    repository = reference.reopen(folder)
    theirs = repository.diff(from_snapshot_id=before, to_branch="main")
    ours = varve.ask("diff", from_snapshot=before, to_branch="main")
    assert ours["new_groups"] == sorted(theirs.new_groups) == ["/frozen"]
    assert moves(ours) == moves(theirs) == [("/fresh", "/frozen"), ("/h", "/frozen/h")]

    writer = varve.writer()
    writer.create_group("/more")
    with pytest.raises(VarveError) as refused:
        writer.commit("more", amend=True)
    assert refused.value.kind == "wrong_session"
    session = repository.writable_session("main")
    zarr.create_group(session.store, path="more")
    with pytest.raises(icechunk.IcechunkError):
        session.amend("more")


RULES = [("/no", "/x", "node_not_found"), ("/g", "/g", "invalid_argument"), ("/g", "/g/b/g", "invalid_argument"),
         ("/", "/x", "invalid_argument"), ("/g", "/h", "node_exists"), ("/g", "/x/y", "node_not_found"),
         ("/h", "/top/h", "not_a_group")]


@pytest.mark.parametrize("from_, to, kind", RULES)
def test_both_refuse_the_same_moves(varve, folder, from_, to, kind):
    repository = hierarchy(folder)
    varve.open(folder)
    with pytest.raises(icechunk.IcechunkError):
        repository.rearrange_session("main").move(from_, to)
    session = varve.rearranger()
    with pytest.raises(VarveError) as refused:
        session.move(from_, to)
    assert refused.value.kind == kind
    assert not session.info()["has_changes"]


def test_neither_rebases_over_the_moves_of_the_other(varve, folder):
    repository = hierarchy(folder)
    varve.open(folder)
    writer, mover = varve.writer(), varve.rearranger()
    writer.create_group("/new")
    mover.move("/h", "/i")
    session = repository.rearrange_session("main")
    session.move("/top", "/t")
    session.commit("moved")
    for late in writer, mover:
        with pytest.raises(VarveError) as refused:
            late.commit("late", rebase_tries=3)
        assert [c["kind"] for c in refused.value.conflicts] == ["move_operation_cannot_be_rebased"]

    session, rearranging = repository.writable_session("main"), repository.rearrange_session("main")
    zarr.create_group(session.store, path="new")
    rearranging.move("/h", "/i")
    mover = varve.rearranger()
    mover.move("/t", "/top")
    mover.commit("moved back")
    for late in session, rearranging:
        with pytest.raises(icechunk.RebaseFailedError):
            late.commit("late", rebase_with=icechunk.BasicConflictSolver(), rebase_tries=3)


def test_moves_are_rebased_over_what_the_other_commits(varve, folder):
    repository = hierarchy(folder)
    varve.open(folder)
    mover = varve.rearranger()
    mover.move("/g", "/h/g")
    session = repository.writable_session("main")
    zarr.create_group(session.store, path="g/late")
    reference.open_array(session, "/g/array")[0] = 50
    session.commit("meanwhile")
    mover.commit("moved", rebase_tries=2)
    now = everything(varve, reference.reopen(folder))
    assert "/h/g/late" in now and "/g" not in now
    assert varve.reader().read("/h/g/array")[0] == 50

    session = reference.reopen(folder).rearrange_session("main")
    session.move("/h/g", "/g")
    writer = varve.writer()
    writer.write("/h/g/array", np.full(2, 60, "int32"))
    writer.commit("meanwhile")
    session.commit("moved", rebase_with=icechunk.BasicConflictSolver(), rebase_tries=2)
    everything(varve, reference.reopen(folder))
    assert (varve.reader().read("/g/array")[:2] == 60).all()


def test_the_feature_move_node_binds_both(varve, folder):
    repository = hierarchy(folder)
    varve.open(folder)
    session = varve.rearranger()
    session.move("/g", "/i")
    repository.set_feature_flag("move_node", False)
    for refused_call in varve.rearranger, lambda: session.commit("moved"), lambda: session.ask("flush", message="moved"):
        with pytest.raises(VarveError) as refused:
            refused_call()
        assert refused.value.kind == "feature_disabled"
    varve.ask("set_feature", feature=3)
    session.commit("moved")
    varve.ask("set_feature", feature=3, enabled=False)
    with pytest.raises(icechunk.IcechunkError):
        reference.reopen(folder).rearrange_session("main")


@pytest.mark.parametrize("expired_by", ["varve", "reference"])
def test_diffs_tell_of_moves_whose_commits_have_expired(varve, folder, expired_by):
    repository = hierarchy(folder)
    varve.open(folder)
    for step, pair in enumerate([("/g", "/k"), ("/k/b", "/b"), ("/h", "/k/h"), ("/b", "/k/b")]):
        if step % 2:
            session = varve.rearranger()
        else:
            session = reference.reopen(folder).rearrange_session("main")
        session.move(*pair)
        session.commit(f"move {step}")
    repository = reference.reopen(folder)
    chain = [s.id for s in repository.ancestry(branch="main")]
    cut = repository.lookup_snapshot(chain[0]).written_at
    if expired_by == "varve":
        varve.ask("expire", older_than=(cut - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1))
    else:
        repository.expire_snapshots(cut)
    repository = reference.reopen(folder)
    assert [s.id for s in repository.ancestry(branch="main")] == [chain[0], chain[-1]]
    ours = varve.ask("diff", from_snapshot=chain[-1], to_branch="main")
    theirs = repository.diff(from_snapshot_id=chain[-1], to_branch="main")
    assert moves(ours) == moves(theirs)
    assert ["/g", "/k"] in ours["moved_nodes"] and ["/b", "/k/b"] in ours["moved_nodes"]
    assert set(ours["new_arrays"]) == theirs.new_arrays == {"/k/array", "/k/b/c/array", "/top"}


@pytest.mark.parametrize("seed", range(8))
def test_random_moves_end_alike(varve, folder, seed):
    """The same moves by both, each on a branch of its own: refused alike, with the same paths and the same logs in the end."""
    repository = hierarchy(folder)
    varve.open(folder)
    start = varve.ask("lookup_branch", name="main")
    rng = random.Random(seed)
    for branch in "ours", "theirs":
        varve.ask("create_branch", name=branch, snapshot=start)
    names = ["g", "b", "c", "b-x", "ba", "array", "h"]
    for commit in range(4):
        repository = reference.reopen(folder)
        ours, theirs = varve.rearranger("ours"), repository.rearrange_session("theirs")
        for _ in range(12):
            paths = [n["path"] for n in ours.nodes()]
            from_, to = rng.choice(paths), rng.choice(paths).rstrip("/") + "/" + rng.choice(names)
            try:
                ours.move(from_, to)
                ours_refuses = False
            except VarveError:
                ours_refuses = True
            try:
                theirs.move(from_, to)
                theirs_refuses = False
            except icechunk.IcechunkError:
                theirs_refuses = True
            assert ours_refuses == theirs_refuses, f"{from_} to {to}"
        assert ours.status()["moved_nodes"] == [list(m) for m in theirs.status().moved_nodes]
        ours.commit("moved", allow_empty=True)
        theirs.commit("moved", allow_empty=True)
        read = [{n["path"]: n["id"] for n in varve.reader(branch=b).nodes()} for b in ("ours", "theirs")]
        assert read[0] == read[1]
    repository = reference.reopen(folder)
    told = [varve.ask("diff", from_snapshot=start, to_branch=b) for b in ("ours", "theirs")]
    assert told[0] == told[1]
    assert moves(told[0]) == moves(repository.diff(from_snapshot_id=start, to_branch="ours"))


# Chunks.


def grids(folder):
    """A repository of the reference with arrays of one and of two dimensions, some of whose chunks are missing or inline."""
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.create_group(session.store)
    line = root.create_array("line", shape=(18,), chunks=(3,), dtype="int32", fill_value=-1, compressors=None)
    line[:12] = np.arange(12)
    square = root.create_array("square", shape=(40, 60), chunks=(10, 15), dtype="int32", fill_value=-1, compressors=None)
    square[5:35, 10:50] = np.arange(1200).reshape(30, 40)
    session.commit("first")
    return repository


def chunks_of(status, path):
    found = status["updated_chunks"] if isinstance(status, dict) else status.updated_chunks
    return {tuple(index) for index in found.get(path, [])}


OFFSETS = [("/line", (1,)), ("/line", (-2,)), ("/line", (0,)), ("/line", (6,)), ("/square", (1, -1)), ("/square", (0, 2)),
           ("/square", (-3, 1)), ("/square", (9, 0))]


@pytest.mark.parametrize("path, offset", OFFSETS)
@pytest.mark.parametrize("edited", [False, True])
def test_both_shift_alike(varve, folder, path, offset, edited):
    repository = grids(folder)
    varve.open(folder)
    start = varve.ask("lookup_branch", name="main")
    for branch in "ours", "theirs":
        varve.ask("create_branch", name=branch, snapshot=start)
    ours, theirs = varve.writer("ours"), reference.reopen(folder).writable_session("theirs")
    if edited:  # both before and after
        edge = tuple(slice(0, 2) for _ in offset)
        ours.write(path, np.full((2,) * len(offset), 77, "int32"))
        reference.open_array(theirs, path)[edge] = 77
        ours.erase_chunk(path, (1,) * len(offset))
        zarr.core.sync.sync(theirs.store.delete("/".join([path[1:], "c", *["1"] * len(offset)])))
    ours.shift(path, offset)
    theirs.shift_array(path, offset)
    assert ours.read(path).tobytes() == reference.read(theirs, path).tobytes()
    assert chunks_of(ours.status(), path) == chunks_of(theirs.status(), path)
    ours, theirs = ours.commit("shifted"), theirs.commit("shifted")
    repository = reference.reopen(folder)
    read = reference.read(repository.readonly_session(snapshot_id=ours), path)
    assert (read == reference.read(repository.readonly_session(snapshot_id=theirs), path)).all()
    assert (read == varve.reader(snapshot=theirs).read(path)).all()
    for id_ in ours, theirs:
        diffs = varve.ask("diff", from_snapshot=start, to_snapshot=id_), repository.diff(from_snapshot_id=start, to_snapshot_id=id_)
        assert chunks_of(diffs[0], path) == chunks_of(diffs[1], path)


@pytest.mark.parametrize("seed", range(10))
def test_both_reindex_alike(varve, folder, seed):
    """By random maps, one to one or not, with their inverse or without; the other side goes on from each."""
    grids(folder)
    varve.open(folder)
    start = varve.ask("lookup_branch", name="main")
    for branch in "ours", "theirs":
        varve.ask("create_branch", name=branch, snapshot=start)
    rng = random.Random(seed)
    for _ in range(3):
        path, grid = rng.choice([("/line", (6,)), ("/square", (4, 4))])
        everywhere = list(itertools.product(*map(range, grid)))
        to = rng.sample(everywhere, len(everywhere))
        forward = {a: b for a, b in zip(everywhere, to) if rng.random() < rng.choice([0.5, 1])}
        backward = rng.choice([None, {b: a for a, b in forward.items()}])
        ours, theirs = varve.writer("ours"), reference.reopen(folder).writable_session("theirs")
        ours.reindex(path, forward, backward)
        theirs.reindex_array(path, lambda i: forward.get(tuple(i)), backward and (lambda i: backward.get(tuple(i))))
        assert ours.read(path).tobytes() == reference.read(theirs, path).tobytes()
        assert chunks_of(ours.status(), path) == chunks_of(theirs.status(), path)
        made = [ours.commit("reindexed", allow_empty=True), theirs.commit("reindexed", allow_empty=True)]
        # Each side goes on from what the other has made.
        varve.ask("reset_branch", name="ours", snapshot=made[1])
        varve.ask("reset_branch", name="theirs", snapshot=made[0])


def test_neither_reindexes_out_of_the_grid(varve, folder):
    repository = grids(folder)
    varve.open(folder)
    out = {(i,): (i + 3,) for i in range(6)}
    ours, theirs = varve.writer(), repository.writable_session("main")
    with pytest.raises(VarveError) as refused:
        ours.reindex("/line", out)
    assert refused.value.kind == "out_of_bounds" and not ours.info()["has_changes"]
    with pytest.raises(icechunk.IcechunkError):
        theirs.reindex_array("/line", lambda i: out[tuple(i)])


def test_chunks_are_listed_with_their_kinds(varve, folder):
    repository = grids(folder)
    session = repository.writable_session("main")
    session.store.set_virtual_ref("line/c/5", f"file://{folder}.nc", offset=7, length=12, validate_container=False)
    session.commit("a virtual chunk")
    varve.open(folder)
    reader, session = varve.reader(), repository.readonly_session(branch="main")
    for path, rank in ("/line", 1), ("/square", 2):
        listed = reader.list_chunks(path)
        grid = itertools.product(range(6), repeat=rank) if rank == 1 else itertools.product(range(4), repeat=2)
        theirs = {index: repr(session.chunk_type(path, list(index))).split(".")[-1].lower() for index in grid}
        assert {i: c["kind"] for i, c in listed.items()} == {i: kind for i, kind in theirs.items() if kind != "uninitialized"}
    line = reader.list_chunks("/line")
    assert line[(5,)] == {"kind": "virtual", "where": f"file://{folder}.nc", "offset": 7, "length": 12}
    assert line[(0,)]["length"] == 12
    # A virtual chunk moves as it is.
    writer = varve.writer()
    writer.shift("/line", (-1,))
    writer.commit("shifted")
    session = reference.reopen(folder).readonly_session(branch="main")
    assert session.all_virtual_chunk_locations() == [f"file://{folder}.nc"]
    assert session.chunk_type("/line", [4]) == icechunk.ChunkType.virtual
