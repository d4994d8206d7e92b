# SPDX-License-Identifier: Apache-2.0
"""verify and repair on repositories of the reference: nothing is said of healthy ones, every damage is named, and what has
been repaired is read and continued by the reference."""
import datetime
import os
import pathlib
import shutil
import subprocess

import icechunk
import numpy as np
import pytest
import zarr

import reference
from history_sides import DIFF_SETS, _diff
from test_maintenance import history

PROGRAM = pathlib.Path(os.environ["VARVE_PROGRAMS"]) / "damage_repository"
DAMAGES = [line.split("\t") for line in subprocess.run([PROGRAM], check=True, capture_output=True, text=True).stdout.splitlines()]

# It is not known what belongs there: see tests/repository/repair.cpp.
BEYOND_REPAIR = {"unknown operation"}

# Of which nothing is lost.
NODES = {"path twice", "node id twice", "zarr.json damaged", "zarr.json of a group damaged", "array as a group"}


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """What tests/support/patient.hpp makes with varve, made by the reference."""
    folder = str(tmp_path_factory.mktemp("patient") / "repository")
    axis = icechunk.ManifestSplitDimCondition.Any()
    splitting = icechunk.ManifestSplittingConfig.from_dict({icechunk.ManifestSplitCondition.AnyArray(): {axis: 4}})
    config = icechunk.RepositoryConfig(manifest=icechunk.ManifestConfig(splitting=splitting), num_updates_per_repo_info_file=5)
    repository = reference.create(folder, config=config)
    repository.set_metadata({"who": "nobody in particular"})
    rng = np.random.default_rng(1)
    noise = lambda *shape: rng.integers(-2**31, 2**31, shape, "int32")
    session = repository.writable_session("main")
    root = zarr.create_group(session.store)
    zstd = zarr.codecs.ZstdCodec()
    root.create_array("a", shape=(1200,), chunks=(300,), dtype="int32", compressors=zstd, dimension_names=["t"])[...] = noise(1200)
    root.create_array("b", shape=(60,), chunks=(20,), dtype="int32", compressors=zstd)[...] = noise(60)
    root.create_group("m").create_array("x", shape=(4, 6), chunks=(2, 3), dtype="int32", compressors=None)[...] = noise(4, 6)
    root.create_array("n", shape=(1200,), chunks=(100,), dtype="int32", compressors=None)[...] = noise(1200)
    root.create_array("v", shape=(4,), chunks=(2,), dtype="int32", compressors=None)
    for i in range(2):
        session.store.set_virtual_ref(f"v/c/{i}", "s3://bucket/file", offset=8 * i, length=8, validate_container=False)
    first = session.commit("all of it", {"author": "me"})
    repository.create_tag("v1", snapshot_id=first)
    repository.create_branch("dev", snapshot_id=first)
    session = repository.writable_session("main")
    zarr.open_array(session.store, path="a")[:300] = noise(300)
    second = session.commit("a part of it", {"author": "you"})
    repository.create_tag("v2", snapshot_id=second)
    for tag in "d1", "d2":
        repository.create_tag(tag, snapshot_id=first)
        repository.delete_tag(tag)
    for feature in "move_node", "create_tag":
        repository.set_feature_flag(feature, False)
    return folder


@pytest.fixture
def ill(patient, tmp_path):
    folder = str(tmp_path / "ill")
    shutil.copytree(patient, folder)
    return folder


def inflict(folder, name):
    done = subprocess.run([PROGRAM, folder, name], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def check_healthy(varve, folder, deep=True):
    report = varve.ask("verify", folder=folder, deep=deep)
    assert [finding for finding in report["findings"] if finding["severity"] != "note"] == []
    return report


def contents(folder):
    """What the reference reads of the newest snapshot of main, but for what is virtual."""
    root = zarr.open_group(reference.reopen(folder).readonly_session("main").store, mode="r")
    return {path: (dict(node.attrs), node[...].tolist() if isinstance(node, zarr.Array) and path != "v" else None)
            for path, node in root.members(max_depth=None)}


def told(repository):
    """What the reference says of each commit of main, the oldest first."""
    commits = [snapshot.id for snapshot in repository.ancestry(branch="main")][::-1]
    diffs = [repository.diff(from_snapshot_id=older, to_snapshot_id=newer) for older, newer in zip(commits, commits[1:])]
    return [_diff({name: getattr(diff, name) for name in DIFF_SETS}, diff.updated_chunks, diff.moved_nodes) for diff in diffs]


def goes_on(folder):
    """The reference reads the newest snapshot of main, but for what is virtual, and commits."""
    repository = reference.reopen(folder)
    session = repository.writable_session("main")
    root = zarr.open_group(session.store)
    for path, node in root.members(max_depth=None):
        if isinstance(node, zarr.Array) and path != "v":
            node[...]
    root["n"][:100] = np.arange(100)
    root.create_group("after")
    session.commit("it goes on")
    assert (reference.open_array(reference.reopen(folder).readonly_session("main"), "/n")[:100] == np.arange(100)).all()


def test_nothing_is_said_of_healthy_repositories(varve, patient, ill, tmp_path):
    report = check_healthy(varve, patient)
    assert report["chunks_decoded"] == 5 + 3 + 4 + 12
    goes_on(ill)
    check_healthy(varve, ill)
    old = str(tmp_path / "format-1")
    repository = reference.create(old, spec_version=1)
    session = repository.writable_session("main")
    zarr.create_group(session.store).create_array("a", data=np.arange(1000), chunks=(100,))
    session.commit("in format 1")
    check_healthy(varve, old)
    icechunk.upgrade_icechunk_repository(repository, dry_run=False, delete_unused_v1_files=True)
    check_healthy(varve, old)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_said_of_histories_of_both(varve, folder, seed):
    history(varve, folder, seed + 300)
    check_healthy(varve, folder)
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
    repository = reference.reopen(folder)
    repository.expire_snapshots(now)
    check_healthy(varve, folder)
    reference.reopen(folder).garbage_collect(now)
    assert check_healthy(varve, folder)["orphans"] <= 2  # logs that the reference keeps


def test_nothing_is_said_of_moved_and_rewritten_nodes(varve, patient, tmp_path):
    folder = str(tmp_path / "moved")
    shutil.copytree(patient, folder)
    repository = reference.reopen(folder)
    repository.set_feature_flag("move_node", None)
    session = repository.rearrange_session("main")
    session.move("/m", "/z")
    session.move("/b", "/z/b")
    session.commit("moved")
    check_healthy(varve, folder)
    session = repository.writable_session("main")
    array = zarr.open_array(session.store, path="n")
    array.resize((500,))
    session.shift_array("/a", (1,))
    session.commit("cut and shifted")
    check_healthy(varve, folder)
    repository.rewrite_manifests("all in one", branch="main")
    check_healthy(varve, folder)


@pytest.mark.parametrize("name, kind, object, deep", DAMAGES, ids=[damage[0] for damage in DAMAGES])
def test_every_damage_is_named_and_what_can_be_is_repaired(varve, patient, ill, name, kind, object, deep):
    inflict(ill, name)
    deep = deep == "1"
    report = varve.ask("verify", folder=ill, deep=deep)
    found = [(finding["kind"], finding["object"]) for finding in report["findings"]]
    assert any(k == kind and o.startswith(object) for k, o in found), found
    repaired = varve.ask("repair", folder=ill, deep=True, drop_refs=True)
    if name in BEYOND_REPAIR:
        assert repaired["actions"] == []
        return
    if name in NODES:
        assert contents(ill) == contents(patient)
    goes_on(ill)
    # What is uncompressed stays in the history, and the reference reads none of it.
    if kind != "uncompressed_file" and not any(left.startswith("transactions/") for left in repaired["left"]):
        told(reference.reopen(ill))
    after = varve.ask("verify", folder=ill, deep=True)
    assert [f for f in after["findings"] if f["severity"] == "error" and f["repair"] != "none"] == []
    if repaired["actions"]:
        assert varve.ask("repair", folder=ill, deep=True, drop_refs=True)["actions"] == []


def lose_logs(varve, folder):
    """All are made again, and say the same."""
    before = told(reference.reopen(folder))
    for log in (pathlib.Path(folder) / "transactions").iterdir():
        log.unlink()
    repaired = varve.ask("repair", folder=folder)
    assert repaired["left"] == []
    assert {kind for kind, _, _ in repaired["actions"]} == {"rebuild_log"}
    check_healthy(varve, folder)
    assert told(reference.reopen(folder)) == before


@pytest.mark.parametrize("seed", range(3))
def test_logs_of_histories_of_both_are_made_again(varve, folder, seed):
    history(varve, folder, seed + 500)
    lose_logs(varve, folder)


def test_the_reference_rebases_on_logs_that_were_made_again(varve, ill):
    repository = reference.reopen(ill)
    repository.set_feature_flag("move_node", None)
    session = repository.rearrange_session("main")
    session.move("/m", "/z")
    session.move("/b", "/z/b")
    session.commit("moved")
    apart, same = repository.writable_session("main"), repository.writable_session("main")
    session = repository.writable_session("main")
    root = zarr.open_group(session.store)
    root["n"].resize((500,))
    root["a"][300:600] = np.arange(300)
    root["z"].attrs["unit"] = "K"
    del root["z/b"]
    root.create_array("b", data=np.arange(100), chunks=(10,))
    session.store.set_virtual_ref("v/c/1", "s3://bucket/other", offset=8, length=8, validate_container=False)
    session.commit("changed")
    lose_logs(varve, ill)
    zarr.create_group(apart.store, path="apart")
    apart.commit("beside it", rebase_with=icechunk.ConflictDetector())
    zarr.open_array(same.store, path="a")[300:600] = 7
    with pytest.raises(icechunk.RebaseFailedError):
        same.commit("the same", rebase_with=icechunk.ConflictDetector())
    goes_on(ill)
