# SPDX-License-Identifier: Apache-2.0
"""Expiration and garbage collection: on copies of one repository, varve and the reference cut the same snapshots out, delete
the same objects and leave the same history, which each of them reads, compares and continues."""
import datetime
import pathlib
import random
import shutil

import numpy as np
import pytest
import zarr

import reference
from varve_tool import Varve

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def microseconds(time):
    return (time - EPOCH) // datetime.timedelta(microseconds=1)


def history(varve, folder, seed):
    """Commits of both on several branches, amended and detached ones among them, and tags. Returns all snapshots."""
    rng = random.Random(seed)
    repository = reference.create(folder)
    varve.open(folder)
    branches, made = {"main": []}, []
    for step in range(24):
        branch = rng.choice(sorted(branches))
        action = rng.random()
        if action < 0.15 and made:
            name = f"b{step}"
            repository.create_branch(name, snapshot_id=rng.choice(made))
            branches[name] = []
        elif action < 0.3 and made:
            repository.create_tag(f"t{step}", snapshot_id=rng.choice(made))
        else:
            amend = rng.random() < 0.15 and bool(branches[branch])
            flush = not amend and rng.random() < 0.15
            if rng.random() < 0.5:
                writer = varve.writer(branch)
                writer.ask("create_group", path=f"/g{step}")
                writer.ask("create_array", path=f"/g{step}/a", data_type="int32", shape=[600], chunks=[300],
                           codecs=[{"name": "bytes", "configuration": {"endian": "little"}}], fill_value=0)
                writer.ask("write", path=f"/g{step}/a", origin=[0], shape=[600], data=rng.randbytes(2400).hex())
                id_ = writer.ask("flush", message="f") if flush else writer.ask("commit", message=f"c{step}", amend=amend)
            else:
                session = repository.writable_session(branch)
                values = np.frombuffer(rng.randbytes(2400), "int32")
                zarr.create_group(session.store, path=f"g{step}").create_array("a", data=values, chunks=(300,), compressors=None)
                id_ = session.flush("f") if flush else session.amend(f"c{step}") if amend else session.commit(f"c{step}")
            made.append(id_)
            if not flush:
                branches[branch].append(id_)
    return made


def told(folder):
    """Everything that varve says of the refs, of the histories below them and of what changed in each."""
    with Varve() as tool:
        tool.open(folder)
        refs = {("branch", name): tool.ask("lookup_branch", name=name) for name in tool.ask("list_branches")}
        refs |= {("tag", name): tool.ask("lookup_tag", name=name) for name in tool.ask("list_tags")}
        chains = {tip: tool.ask("ancestry", snapshot=tip) for tip in refs.values()}
        diffs = {tip: [tool.ask("diff", from_snapshot=b["id"], to_snapshot=a["id"]) for a, b in zip(chain, chain[1:])]
                 for tip, chain in chains.items()}
        return refs, chains, diffs


@pytest.mark.parametrize("seed", range(12))
def test_both_expire_the_same(varve, folder, tmp_path, seed):
    made = history(varve, folder, seed)
    rng = random.Random(seed + 1000)
    repository = reference.reopen(folder)
    branches, tags = rng.random() < 0.5, rng.random() < 0.5
    for turn in range(2):  # the second time over what the first has left
        listed = [s.id for s in repository.ancestry(branch="main")]
        about = repository.lookup_snapshot(rng.choice(made if turn == 0 else listed))
        older_than = about.written_at + datetime.timedelta(microseconds=rng.randrange(2))
        copy = str(tmp_path / f"copy{turn}")
        shutil.copytree(folder, copy)
        before = told(folder)
        foreseen = varve.ask("expire", older_than=microseconds(older_than), branches=branches, tags=tags, dry_run=True)
        assert told(folder) == before, "a dry run changes nothing"
        done = varve.ask("expire", older_than=microseconds(older_than), branches=branches, tags=tags)
        assert done == foreseen
        theirs = reference.reopen(copy)
        released = theirs.expire_snapshots(older_than, delete_expired_branches=branches, delete_expired_tags=tags)
        assert set(done["released"]) == released
        assert told(folder) == told(copy)
        repository = reference.reopen(folder)
        for branch in repository.list_branches():
            chain = [s.id for s in repository.ancestry(branch=branch)]
            assert chain == [s.id for s in theirs.ancestry(branch=branch)]
            for newer, older in zip(chain, chain[1:]):
                ours_diff = repository.diff(from_snapshot_id=older, to_snapshot_id=newer)
                assert ours_diff.new_groups == theirs.diff(from_snapshot_id=older, to_snapshot_id=newer).new_groups
        session = repository.writable_session("main")
        zarr.create_group(session.store, path=f"after{turn}")
        session.commit("goes on")
        writer = varve.writer()
        writer.ask("create_group", path=f"/after{turn}/more")
        writer.ask("commit", message="goes on, too")


def objects(folder):
    """The names of all objects of the kinds that a collection may delete."""
    kinds = "snapshots", "transactions", "manifests", "chunks"
    return {f"{kind}/{file.name}" for kind in kinds for file in (pathlib.Path(folder) / kind).glob("*")}


def read_everything(tool, folder):
    """Every ref, read whole by both."""
    repository = reference.reopen(folder)
    for kind, names in ("branch", repository.list_branches()), ("tag", repository.list_tags()):
        for name in sorted(names):
            session = repository.readonly_session(**{kind: name})
            reader = tool.reader(**{kind: name})
            for node in reader.ask("nodes"):
                if node["kind"] == "array":
                    values = np.frombuffer(bytes.fromhex(reader.ask("read", path=node["path"])), "int32")
                    assert (values == reference.open_array(session, node["path"])[...]).all()


@pytest.mark.parametrize("seed", range(12))
def test_both_collect_the_same(varve, folder, tmp_path, seed):
    made = history(varve, folder, seed + 50)
    rng = random.Random(seed + 2000)
    varve.writer().ask("create_group", path="/dropped")
    dropped = reference.reopen(folder).writable_session("main")
    zarr.create_array(dropped.store, name="dropped", data=np.frombuffer(rng.randbytes(2400), "int32"), compressors=None)
    repository = reference.reopen(folder)
    for turn in range(2):
        about = repository.lookup_snapshot(rng.choice([s.id for s in repository.ancestry(branch="main")]))
        varve.ask("expire", older_than=microseconds(about.written_at), tags=turn == 1, branches=turn == 1)
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
        # First only what is older than some snapshot of the middle, then all.
        cutoff = now if turn == 1 else reference_time(folder, rng.choice(made))
        copy = str(tmp_path / f"copy{turn}")
        shutil.copytree(folder, copy)
        before = objects(folder)
        foreseen = varve.ask("collect", older_than=microseconds(cutoff), dry_run=True)
        assert objects(folder) == before, "a dry run deletes nothing"
        theirs = reference.reopen(copy).garbage_collect(cutoff)
        done = varve.ask("collect", older_than=microseconds(cutoff))
        assert done == foreseen
        assert objects(folder) == objects(copy)
        assert len(before) - len(objects(folder)) == sum(done[kind] for kind in done if kind != "bytes")
        assert (done["bytes"], done["chunks"], done["manifests"], done["snapshots"], done["transaction_logs"]) == (
            theirs.bytes_deleted, theirs.chunks_deleted, theirs.manifests_deleted, theirs.snapshots_deleted,
            theirs.transaction_logs_deleted)
        assert told(folder) == told(copy)
        read_everything(varve, folder)
        repository = reference.reopen(folder)
        session = repository.writable_session("main")
        zarr.create_group(session.store, path=f"after{turn}")
        session.commit("goes on")


def reference_time(folder, snapshot):
    """When the object of a snapshot was stored, by the clock of the folder."""
    file = pathlib.Path(folder) / "snapshots" / snapshot
    stored = file.stat().st_mtime_ns // 1000 if file.exists() else 0
    return EPOCH + datetime.timedelta(microseconds=stored)


@pytest.mark.parametrize("seed", range(4))
def test_both_count_the_same_bytes(varve, folder, seed):
    history(varve, folder, seed + 90)
    repository = reference.reopen(folder)
    session = repository.writable_session("main")
    small = zarr.create_array(session.store, name="small", shape=(20,), chunks=(2,), dtype="i4", compressors=None)
    small[...] = 1
    session.commit("inline chunks")
    writer = varve.writer()
    writer.ask("write", path="/small", origin=[0], shape=[2], data="01000000" * 2)
    writer.ask("commit", message="one of them again")
    for turn in range(2):
        theirs = reference.reopen(folder).chunk_storage_stats()
        ours = varve.ask("stats")["total"]
        assert (ours["native"], ours["inline"], ours["virtual"]) == (
            theirs.native_bytes, theirs.inlined_bytes, theirs.virtual_bytes)
        assert ours["native"] > 0 and ours["inline"] > 0
        newest = varve.ask("stats", branch="main")
        assert newest["arrays"]["/small"]["inline_chunks"] == 10
        assert newest["total"]["native"] == sum(array["native"] for array in newest["arrays"].values())
        repository.expire_snapshots(datetime.datetime.now(datetime.timezone.utc), delete_expired_tags=True)
        repository = reference.reopen(folder)


def test_both_count_virtual_chunks_alike(varve):
    folder = pathlib.Path(__file__).parents[1] / "data" / "features-v2"
    varve.open(folder)
    ours, theirs = varve.ask("stats")["total"], reference.reopen(folder).chunk_storage_stats()
    assert (ours["native"], ours["inline"], ours["virtual"]) == (
        theirs.native_bytes, theirs.inlined_bytes, theirs.virtual_bytes)


def test_a_collection_of_orphan_backups_leaves_the_log_whole(varve, folder):
    history(varve, folder, 7)
    kinds = [entry["kind"] for entry in varve.ask("ops_log")]
    orphan = next((pathlib.Path(folder) / "overwritten").iterdir())
    copy = orphan.with_name(orphan.name[:-4] + "0000")
    shutil.copy(orphan, copy)
    later = microseconds(datetime.datetime.now(datetime.timezone.utc)) + 3_600_000_000
    assert varve.ask("collect", older_than=0, orphan_backups=later)["backups"] == 1
    assert not copy.exists()
    assert [entry["kind"] for entry in varve.ask("ops_log")] == ["gc_ran"] + kinds
    assert len(list(reference.reopen(folder).ops_log())) == len(kinds) + 1
