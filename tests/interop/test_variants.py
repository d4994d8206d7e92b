# SPDX-License-Identifier: Apache-2.0
"""Repositories that only the reference makes: virtual chunks, dictionaries, split manifests, format 1, moves, amended and
expired commits. varve reads all that it can, says clearly what it cannot, and keeps what it does not touch when it commits
on top."""
import datetime

import icechunk
import numpy as np
import pytest
import zarr

import reference
from varve_tool import VarveError


def grid(rows, columns, offset=0):
    return (np.arange(rows * columns) + offset).reshape(rows, columns).astype("int32")


@pytest.fixture
def virtual_folder(tmp_path):
    """A file of 2000 little-endian numbers, that virtual chunks of four of them point into."""
    path = tmp_path / "elsewhere"
    path.mkdir()
    np.arange(8000, dtype="<i4").tofile(path / "numbers.bin")
    return path


def with_virtual(folder, virtual_folder, chunks, prefix="numbers"):
    """A repository whose array /virtual has `chunks` virtual chunks of four elements, and whose /plain is native."""
    url = f"file://{virtual_folder}/"
    config = icechunk.RepositoryConfig.default()
    config.set_virtual_chunk_container(
        icechunk.VirtualChunkContainer(url, icechunk.local_filesystem_store(str(virtual_folder))))
    allowed = icechunk.containers_credentials({url: icechunk.Credentials.LocalFileSystemAccess()})
    repository = reference.create(folder, config=config, authorize_virtual_chunk_access=allowed)
    session = repository.writable_session("main")
    root = zarr.open_group(session.store)
    root.create_array("plain", shape=(6, 6), chunks=(2, 3), dtype="int32")[...] = grid(6, 6)
    root.create_array("virtual", shape=(4 * chunks + 4,), chunks=(4,), dtype="int32", compressors=None)
    session.store.set_virtual_refs("/virtual", [
        icechunk.VirtualChunkSpec([i], f"{url}{prefix}.bin", offset=16 * i, length=16) for i in range(chunks)])
    root["virtual"][4 * chunks:] = -1  # the last chunk is native
    session.commit("virtual chunks")
    return repository, lambda: reference.reopen(folder, authorize_virtual_chunk_access=allowed)


# The reference compresses locations with a dictionary from 1000 virtual chunks on.
@pytest.mark.parametrize("chunks", [3, 1500], ids=["plain", "dictionary"])
def test_a_virtual_chunk_is_an_error_of_its_own_and_survives_a_commit(varve, folder, virtual_folder, chunks):
    repository, reopen = with_virtual(folder, virtual_folder, chunks)
    varve.open(folder)
    reader = varve.reader()
    assert reference.same(reader.read("/plain"), grid(6, 6))
    assert reference.same(reader.read("/virtual", (4 * chunks,), (4,)), np.full(4, -1, "int32"))
    for origin in 0, 4 * (chunks - 1):
        with pytest.raises(VarveError) as refused:
            reader.read("/virtual", (origin,), (1,))
        assert refused.value.kind == "unsupported_virtual"

    writer = varve.writer()
    writer.write("/virtual", np.array([7, 8, 9, 10], "int32"), (4,))
    writer.write("/plain", grid(2, 3, 100), (0, 0))
    writer.commit("varve wrote over one virtual chunk")
    expected = np.arange(4 * chunks + 4, dtype="int32")
    expected[4 * chunks:] = -1
    expected[4:8] = [7, 8, 9, 10]
    session = reopen().readonly_session("main")
    assert reference.same(reference.read(session, "virtual"), expected)
    assert len(session.all_virtual_chunk_locations()) == chunks - 1
    assert reference.same(varve.reader().read("/virtual", (4,), (4,)), expected[4:8])


def test_split_manifests(varve, folder):
    config = icechunk.RepositoryConfig.default()
    config.manifest = icechunk.ManifestConfig(splitting=icechunk.ManifestSplittingConfig.from_dict({
        icechunk.ManifestSplitCondition.name_matches("^split$"): {icechunk.ManifestSplitDimCondition.Axis(0): 3},
        icechunk.ManifestSplitCondition.name_matches("^both$"): {
            icechunk.ManifestSplitDimCondition.Axis(0): 2, icechunk.ManifestSplitDimCondition.Axis(1): 5}}))
    repository = reference.create(folder, config=config)
    session = repository.writable_session("main")
    root = zarr.open_group(session.store)
    values = grid(40, 30)
    for name in "split", "both", "whole":
        root.create_array(name, shape=(40, 30), chunks=(2, 2), dtype="int32")[...] = values
    session.commit("in many manifests")
    varve.open(folder, chunk_refs_per_manifest=20)
    expected = {}
    for name in "split", "both", "whole":
        assert reference.same(varve.reader().read("/" + name), values)
        expected[name] = values.copy()

    writer = varve.writer()
    for name in expected:
        writer.write("/" + name, grid(7, 5, 5000), (11, 9))
        expected[name][11:18, 9:14] = grid(7, 5, 5000)
    writer.resize("/both", (44, 31))
    writer.commit("varve edits some of them")
    expected["both"] = np.pad(expected["both"], ((0, 4), (0, 1)))
    for name in expected:
        assert reference.same(varve.reader().read("/" + name), expected[name])
        assert reference.same(reference.read(reference.reopen(folder).readonly_session("main"), name), expected[name])

    session = reference.reopen(folder).writable_session("main")
    for name in expected:
        reference.open_array(session, name)[0:3, 20:30] = grid(3, 10, 9000)
        expected[name][0:3, 20:30] = grid(3, 10, 9000)
    reference.open_array(session, "split").resize((6, 30))
    expected["split"] = expected["split"][:6]
    session.commit("the reference splits again")
    for name in expected:
        assert reference.same(varve.reader().read("/" + name), expected[name])

    reference.reopen(folder).rewrite_manifests("rewritten", branch="main")
    for name in expected:
        assert reference.same(varve.reader().read("/" + name), expected[name])


def test_unknown_codecs_and_data_types_leave_the_rest_usable(varve, folder):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.open_group(session.store)
    root.create_array("plain", shape=(6, 6), chunks=(2, 3), dtype="int32")[...] = grid(6, 6)
    root.create_array("text", shape=(3,), chunks=(3,), dtype=str)[...] = ["a", "", "ü"]
    root.create_array("when", shape=(3,), chunks=(3,), dtype="M8[s]")[...] = np.array([1, 2, 3], "M8[s]")
    bytes_ = {"name": "bytes", "configuration": {"endian": "little"}}
    strange = reference.zarr_json("int32", (4,), (2,), [bytes_, {"name": "acme.squeeze", "configuration": {}}], 0)
    reference.set_key(session, "strange/zarr.json", strange)
    session.commit("what varve does not know")
    varve.open(folder)
    for name, kind in ("text", "unsupported_data_type"), ("when", "unsupported_data_type"), ("strange", "unsupported_codec"):
        with pytest.raises(VarveError) as refused:
            varve.reader().read("/" + name)
        assert refused.value.kind == kind, name
    assert "acme.squeeze" in str(refused.value)
    writer = varve.writer()
    writer.write("/plain", grid(6, 6, 1))
    writer.commit("beside them")
    session = reference.reopen(folder).readonly_session("main")
    assert list(reference.open_array(session, "text")[...]) == ["a", "", "ü"]
    assert reference.get_key(session, "strange/zarr.json") == strange
    assert reference.same(reference.read(session, "plain"), grid(6, 6, 1))


def test_format_1_is_read_and_migrated_repositories_are_written(varve, folder):
    repository = reference.create(folder, spec_version=1)
    session = repository.writable_session("main")
    root = zarr.open_group(session.store, attributes={"n": 1})
    root.create_array("a/b", shape=(6, 6), chunks=(2, 3), dtype="int32", dimension_names=("y", "x"))[...] = grid(6, 6)
    first = session.commit("first", metadata={"deep": {"list": [1, 2.5, None, "x"]}})
    session = repository.writable_session("main")
    reference.open_array(session, "a/b")[0] = 99
    second = session.commit("second")
    repository.create_branch("side", first)
    for tag in "kept", "gone":
        repository.create_tag(tag, first)
    repository.delete_tag("gone")

    varve.open(folder)
    assert varve.ask("spec_version") == 1
    assert varve.ask("list_branches") == ["main", "side"]
    assert varve.ask("list_tags") == ["kept"]
    assert varve.ask("lookup_tag", name="kept") == first
    log = varve.ask("ancestry", branch="main")
    assert [s["message"] for s in log] == ["second", "first", "Repository initialized"]
    assert log[1]["metadata"] == {"deep": {"list": [1, 2.5, None, "x"]}}
    assert log[0]["id"] == second
    assert reference.same(varve.reader(tag="kept").read("/a/b"), grid(6, 6))
    expected = grid(6, 6)
    expected[0] = 99
    assert reference.same(varve.reader().read("/a/b"), expected)
    for do, arguments in [("writable_session", {"branch": "main"}), ("create_tag", {"name": "no", "snapshot": first}),
                          ("create_branch", {"name": "no", "snapshot": first}), ("delete_tag", {"name": "kept"})]:
        with pytest.raises(VarveError) as refused:
            varve.ask(do, **arguments)
        assert refused.value.kind == "read_only_repository", do

    icechunk.upgrade_icechunk_repository(repository, dry_run=False)
    varve.open(folder)
    assert varve.ask("spec_version") == 2
    assert [s["message"] for s in varve.ask("ancestry", branch="main")] == ["second", "first", "Repository initialized"]
    assert varve.ask("ops_log")[0]["kind"] == "repo_migrated"
    with pytest.raises(VarveError) as refused:
        varve.ask("create_tag", name="gone", snapshot=first)
    assert refused.value.kind == "tag_deleted"
    writer = varve.writer()
    writer.write("/a/b", grid(1, 6, 7), (3, 0))
    writer.set_attributes("/", {"n": 2})
    writer.commit("varve on migrated files")
    expected[3] = grid(1, 6, 7)
    session = reference.reopen(folder).readonly_session("main")
    assert reference.same(reference.read(session, "a/b"), expected)
    assert dict(zarr.open_group(session.store, mode="r").attrs) == {"n": 2}
    assert reference.open_array(session, "a/b").metadata.dimension_names == ("y", "x")


def test_metadata_status_flags_and_configuration_survive_a_commit(varve, folder):
    config = icechunk.RepositoryConfig.default()
    config.inline_chunk_threshold_bytes = 33
    repository = reference.create(folder, config=config)
    repository.save_config()
    repository.set_metadata({"title": "kept", "nested": {"a": [1, None, True, 1.5, "ü"]}})
    repository.set_feature_flag("delete_tag", False)
    varve.open(folder)
    writer = varve.writer()
    writer.create_group("/g")
    commit = writer.commit("over it all", metadata={"x": {"y": [1, None, True, 1.5, "ü"]}})
    varve.ask("create_tag", name="t", snapshot=commit)
    with pytest.raises(VarveError) as refused:
        varve.ask("delete_tag", name="t")
    assert refused.value.kind == "feature_disabled"

    repository = reference.reopen(folder)
    assert repository.get_metadata() == {"title": "kept", "nested": {"a": [1, None, True, 1.5, "ü"]}}
    assert repository.config.inline_chunk_threshold_bytes == 33
    assert not next(flag for flag in repository.feature_flags() if flag.name == "delete_tag").enabled
    assert repository.lookup_snapshot(commit).metadata == {"x": {"y": [1, None, True, 1.5, "ü"]}}

    repository.set_status(icechunk.RepoStatus(icechunk.RepoAvailability.read_only, None, "being moved"))
    varve.open(folder)
    with pytest.raises(VarveError, match="being moved") as refused:
        varve.writer()
    assert refused.value.kind == "read_only_repository"
    assert varve.reader().nodes()[-1]["path"] == "/g"


def test_amended_moved_and_detached_snapshots(varve, folder):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.open_group(session.store)
    root.create_array("a/b", shape=(6, 6), chunks=(2, 3), dtype="int32")[...] = grid(6, 6)
    first = session.commit("first")
    session = repository.writable_session("main")
    reference.open_array(session, "a/b")[0] = 1
    replaced = session.commit("to be amended")
    session = repository.writable_session("main")
    reference.open_array(session, "a/b")[1] = 2
    amended = session.amend("amended")
    session = repository.writable_session("main")
    reference.open_array(session, "a/b")[2] = 3
    detached = session.flush("detached")
    session = repository.rearrange_session("main")
    session.move("/a/b", "/c")
    session.move("/a", "/d")
    moved = session.commit("moved")

    varve.open(folder)
    assert [s["id"] for s in varve.ask("ancestry", branch="main")][:3] == [moved, amended, first]
    expected = grid(6, 6)
    expected[0], expected[1] = 1, 2
    assert [node["path"] for node in varve.reader().nodes()] == ["/", "/c", "/d"]
    assert reference.same(varve.reader().read("/c"), expected)
    assert reference.same(varve.reader(snapshot=amended).read("/a/b"), expected)
    with_detached = expected.copy()
    with_detached[2] = 3
    assert reference.same(varve.reader(snapshot=detached).read("/a/b"), with_detached)
    only_first = grid(6, 6)
    only_first[0] = 1
    assert reference.same(varve.reader(snapshot=replaced).read("/a/b"), only_first)
    diff = varve.ask("diff", from_snapshot=first, to_branch="main")
    assert diff["moved_nodes"] == [["/a/b", "/c"], ["/a", "/d"]]
    assert diff["updated_chunks"] == {"/c": [[0, 0], [0, 1]]}

    writer = varve.writer()
    writer.write("/c", grid(1, 6, 70), (5, 0))
    writer.create_group("/a")
    writer.commit("varve on a moved tree")
    expected[5] = grid(1, 6, 70)
    session = reference.reopen(folder).readonly_session("main")
    assert reference.same(reference.read(session, "c"), expected)
    assert sorted(zarr.open_group(session.store, mode="r").keys()) == ["a", "c", "d"]


def test_nothing_is_rebased_over_a_move(varve, folder):
    repository = reference.create(folder)
    session = repository.writable_session("main")
    zarr.open_group(session.store).create_array("a", shape=(6,), chunks=(2,), dtype="int32")
    session.commit("first")
    varve.open(folder)
    writer = varve.writer()
    writer.write("/a", np.array([5, 6], "int32"), (0,))
    session = repository.rearrange_session("main")
    session.move("/a", "/b")
    session.commit("moved")
    for policy in "fail", "ours", "theirs":
        with pytest.raises(VarveError) as refused:
            writer.rebase(policy)
        assert refused.value.kind == "rebase_failed"
        assert [c["kind"] for c in refused.value.conflicts] == ["move_operation_cannot_be_rebased"]
    assert writer.info()["has_changes"]


def test_expired_and_collected_repositories(varve, folder):
    repository = reference.create(folder)
    varve.open(folder)
    ids = []
    for step in range(8):
        if step % 2:
            writer = varve.writer()
            if step == 1:
                writer.create_array("/a", "int32", (8, 400), (1, 400))
            writer.write("/a", grid(1, 400, 1000 * step), (step, 0))
            ids.append(writer.commit(f"varve {step}"))
        else:
            session = repository.writable_session("main")
            root = zarr.open_group(session.store)
            root.create_group(f"g{step}")
            if step > 0:
                reference.open_array(session, "a")[step] = grid(1, 400, 1000 * step)
            ids.append(session.commit(f"python {step}"))
    repository.create_tag("kept", ids[2])
    cutoff = repository.lookup_snapshot(ids[6]).written_at
    repository.expire_snapshots(cutoff)
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
    collected = repository.garbage_collect(now)
    assert collected.snapshots_deleted == 5

    log = [s["id"] for s in varve.ask("ancestry", branch="main")]
    assert log == [s.id for s in reference.reopen(folder).ancestry(branch="main")]
    assert log[:2] == [ids[7], ids[6]] and len(log) == 3
    expected = np.zeros((8, 400), "int32")
    for step in range(1, 8):
        expected[step] = grid(1, 400, 1000 * step)
    assert reference.same(varve.reader().read("/a"), expected)
    expected[3:] = 0
    assert reference.same(varve.reader(tag="kept").read("/a"), expected)
    with pytest.raises(VarveError) as refused:
        varve.reader(snapshot=ids[4])
    assert refused.value.kind == "snapshot_not_found"

    # The logs of the snapshots that are gone still say what changed.
    root = log[-1]
    diff = varve.ask("diff", from_snapshot=root, to_branch="main")
    in_python = repository.diff(from_snapshot_id=root, to_branch="main")
    assert set(diff["new_groups"]) == in_python.new_groups
    assert diff["updated_chunks"] == {p: [list(c) for c in sorted(cs)] for p, cs in in_python.updated_chunks.items()}

    writer = varve.writer()
    writer.write("/a", grid(1, 400, 1), (0, 0))
    writer.commit("after it all")
    again = repository.diff(from_snapshot_id=root, to_snapshot_id=ids[7])
    assert again.updated_chunks == in_python.updated_chunks
    assert reference.same(reference.read(reference.reopen(folder).readonly_session("main"), "a")[0], grid(1, 400, 1)[0])


@pytest.mark.parametrize("length", [1, 3])
def test_the_log_of_operations_continues_in_backups(varve, folder, length):
    config = icechunk.RepositoryConfig.default()
    config.num_updates_per_repo_info_file = length
    repository = reference.create(folder, config=config)
    varve.open(folder, updates_per_repo_info=length)
    for step in range(12):
        tip = repository.lookup_branch("main")
        if step % 3 == 0:
            varve.ask("create_tag", name=f"t{step}", snapshot=tip)
        elif step % 3 == 1:
            repository.create_branch(f"b{step}", tip)
        else:
            varve.writer().commit(f"c{step}", allow_empty=True)
    mine = varve.ask("ops_log")
    theirs = list(reference.reopen(folder).ops_log())
    assert len(mine) == len(theirs) >= 13
    microsecond = datetime.timedelta(microseconds=1)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    assert [update["updated_at"] for update in mine] == [(u.updated_at - epoch) // microsecond for u in theirs]
    names = [str(u.kind).split(".")[-1].split("(")[0] for u in theirs]
    assert [update["kind"].replace("_", "") for update in mine] == [name.lower() for name in names]
