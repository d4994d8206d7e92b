# SPDX-License-Identifier: Apache-2.0
"""The command line on real repositories: what it prints for programs is what Icechunk sees, what it does Icechunk continues."""
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import xml.etree.ElementTree

import icechunk
import numpy as np
import pytest
import zarr

import reference

PROGRAM = pathlib.Path(os.environ["VARVE_EXAMPLES"]) / "varve"
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="varve, the command line, was not built: CLI11 is missing")


def run(*words, cwd=None, stdin=None, **environment):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=300, cwd=cwd, input=stdin,
                          env={**os.environ, **environment})


def cli(*words, **options):
    """What a command prints, which must succeed."""
    done = run(*words, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ask(*words, **options):
    return json.loads(cli(*words, "--json", **options))


def refused(code, *words, **options):
    """The error of a command, as programs get it; people get the same message on one line."""
    done = run(*words, "--json", **options)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    error = json.loads(done.stderr)
    assert error["exit"] == code and done.stdout == ""
    for_people = run(*words, **options)
    assert for_people.returncode == code
    assert for_people.stderr == f"varve: {error['message']}\n"
    return error


@pytest.fixture
def repository(folder):
    """Three commits on main, one more on dev, and two tags, made by Icechunk."""
    repository = reference.create(folder)
    session = repository.writable_session("main")
    root = zarr.group(session.store)
    root.attrs["title"] = "test"
    values = root.create_array("g/a", shape=(4, 6), chunks=(2, 3), dtype="f4", dimension_names=["t", "x"])
    values[...] = np.arange(24).reshape(4, 6)
    root.create_array("b", shape=(5,), chunks=(5,), dtype="i8")[...] = np.arange(5)
    first = session.commit("first", metadata={"author": "me", "run": 7})
    repository.create_tag("v1", snapshot_id=first)
    session = repository.writable_session("main")
    zarr.open_array(session.store, path="g/a")[0, 0] = 100
    second = session.commit("second <b>&\nwith more to say")
    repository.create_branch("dev", snapshot_id=second)
    session = repository.writable_session("dev")
    zarr.open_group(session.store).create_group("only-dev")
    session.commit("on dev")
    session = repository.writable_session("main")
    zarr.open_array(session.store, path="b")[...] = np.arange(5) * 10
    session.commit("third")
    repository.create_tag("v2", snapshot_id=repository.lookup_branch("main"))
    return repository


def tip(repository, branch="main"):
    return repository.lookup_branch(branch)


def test_what_create_makes_icechunk_opens(folder):
    made = ask("create", folder)
    repository = reference.reopen(folder)
    assert made["snapshot"] == tip(repository)
    session = repository.writable_session("main")
    zarr.create_group(session.store, path="g")
    session.commit("theirs")
    assert [node["path"] for node in ask("ls", folder)] == ["/", "/g"]
    assert refused(1, "create", folder)["error"] == "repository_exists"


def test_a_folder_can_be_named_in_many_ways(folder, repository):
    parent, name = os.path.split(folder)
    expected = ask("log", folder)
    assert ask("log", name, cwd=parent) == expected
    assert ask("log", "./" + name + "/", cwd=parent) == expected
    assert ask("log", "file://" + folder) == expected
    strange = os.path.join(parent, "100% a?b#c")
    shutil.copytree(folder, strange)
    assert ask("log", strange) == expected


def test_log_is_the_ancestry(folder, repository):
    log = ask("log", folder)
    theirs = list(repository.ancestry(branch="main"))
    assert [entry["id"] for entry in log] == [snapshot.id for snapshot in theirs]
    assert [entry["parent"] for entry in log] == [snapshot.parent_id for snapshot in theirs]
    assert [entry["message"] for entry in log] == [snapshot.message for snapshot in theirs]
    assert [entry["metadata"] for entry in log] == [snapshot.metadata for snapshot in theirs]
    for entry, snapshot in zip(log, theirs):
        assert entry["written_at"] == snapshot.written_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert log[0]["branches"] == ["main"] and log[0]["tags"] == ["v2"] and log[2]["tags"] == ["v1"]
    assert ask("log", folder, "--limit", 2) == log[:2]
    assert [entry["message"] for entry in ask("log", folder, "dev")] == ["on dev", *[e["message"] for e in log[1:]]]
    lines = cli("log", folder).splitlines()
    assert len(lines) == 4 and "second <b>&" in lines[1] and "with more" not in lines[1]


def test_the_graph_has_every_snapshot_below_its_children(folder, repository):
    drawn = ask("log", folder, "--graph")
    every = {s.id for branch in ("main", "dev") for s in repository.ancestry(branch=branch)}
    assert {entry["id"] for entry in drawn} == every and len(drawn) == len(every)
    place = {entry["id"]: i for i, entry in enumerate(drawn)}
    assert all(place[entry["parent"]] > i for i, entry in enumerate(drawn) if entry["parent"])
    lines = cli("log", folder, "--graph").splitlines()
    assert [re.sub("[0-9A-Z]{20}.*", "", line).rstrip() for line in lines] == ["*", "| *", "|/", "*", "*", "*"]


def test_the_picture_is_svg(folder, repository, tmp_path):
    picture = tmp_path / "history.svg"
    cli("log", folder, "--svg", picture)
    root = xml.etree.ElementTree.parse(picture).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == space + "svg"
    assert len(root.findall(f".//{space}circle")) == 5 and len(root.findall(f".//{space}path")) == 4
    said = "".join(root.itertext())
    assert "second <b>&" in said and "dev" in said and "v1" in said
    assert refused(5, "log", folder, "--svg", tmp_path / "no" / "where.svg")["key"].endswith("where.svg")


def test_show_and_diff_are_those_of_icechunk(folder, repository):
    log = ask("log", folder)

    def check(found, theirs):
        assert set(found["new_groups"]) == set(theirs.new_groups)
        assert set(found["new_arrays"]) == set(theirs.new_arrays)
        assert set(found["deleted_groups"]) == set(theirs.deleted_groups)
        assert set(found["updated_arrays"]) == set(theirs.updated_arrays)
        chunks = {entry["path"]: {tuple(i) for i in entry["indices"]} for entry in found["updated_chunks"]}
        assert chunks == {path: {tuple(i) for i in indices} for path, indices in theirs.updated_chunks.items()}
        assert all(entry["count"] == len(entry["indices"]) for entry in found["updated_chunks"])

    check(ask("diff", folder, "v1", "main"), repository.diff(from_tag="v1", to_branch="main"))
    check(ask("diff", folder, log[3]["id"], "dev"), repository.diff(from_snapshot_id=log[3]["id"], to_branch="dev"))
    shown = ask("show", folder, "v1")
    check(shown["diff"], repository.diff(from_snapshot_id=log[3]["id"], to_tag="v1"))
    assert {**log[2]}.items() <= shown.items() and shown["arrays"] == 2 and shown["groups"] == 2
    text = cli("show", folder, "v1")
    assert "+ /g/a" in text and "author" in text and "first" in text
    assert cli("diff", folder, "main", "main") == ""
    assert refused(1, "diff", folder, "main", "v1")["error"] == "invalid_chain"


def test_a_version_has_many_names(folder, repository):
    log = ask("log", folder)
    middle = log[1]
    for name in (middle["id"], middle["id"].lower(), middle["id"][:10], f"main@{{{middle['written_at']}}}"):
        assert ask("show", folder, name)["id"] == middle["id"]
    assert ask("show", folder, "main@{0s}")["id"] == log[0]["id"]
    assert ask("show", folder, "v1")["id"] == log[2]["id"]
    assert "did you mean `main`" in refused(3, "show", folder, "mian")["message"]
    assert "did you mean `dev`" in refused(3, "branch", folder, "dve", "--delete")["message"]
    assert "did you mean `v1`" in refused(3, "tag", folder, "v11", "--delete")["message"]
    assert refused(3, "show", folder, "0" * 20)["error"] == "snapshot_not_found"
    assert refused(3, "show", folder, "main@{2001-01-01}")["error"] == "snapshot_not_found"
    assert refused(3, "show", folder, "mian@{0s}")["error"] == "branch_not_found"
    refused(2, "show", folder, "main@{yesterday}")
    refused(2, "show", folder, "main@{2026-13-01}")


def test_nodes_are_listed_as_a_table_and_as_a_tree(folder, repository):
    nodes = ask("ls", folder)
    assert [node["path"] for node in nodes] == ["/", "/b", "/g", "/g/a"]
    assert nodes[0]["attributes"] == {"title": "test"}
    array = nodes[3]
    assert array["kind"] == "array" and array["data_type"] == "float32" and array["dimension_names"] == ["t", "x"]
    assert array["shape"] == [4, 6] and array["chunks"] == [2, 3]
    assert [node["path"] for node in ask("ls", folder, "/g")] == ["/g", "/g/a"]
    assert ask("ls", folder, "--ref", "dev")[-1]["path"] == "/only-dev"
    tree = ask("tree", folder)
    assert [child["path"] for child in tree["children"]] == ["/b", "/g"]
    assert tree["children"][1]["children"][0]["path"] == "/g/a"
    text = cli("tree", folder)
    assert "└── g\n    └── a  float32 [4, 6] (t, x)" in text
    assert "did you mean `/g/a`" in refused(3, "ls", folder, "/g/b")["message"]


def test_branches_and_tags_go_both_ways(folder, repository):
    assert ask("branch", folder, "new", "--at", "v1")["snapshot"] == repository.lookup_tag("v1")
    repository = reference.reopen(folder)
    assert set(repository.list_branches()) == {"main", "dev", "new"} and tip(repository, "new") == repository.lookup_tag("v1")
    cli("branch", folder, "new", "--reset", "main")
    assert tip(reference.reopen(folder), "new") == tip(repository)
    assert refused(4, "branch", folder, "new", "--reset", "v1", "--expect", "v1")["error"] == "reference_moved"
    assert {entry["name"]: entry["snapshot"] for entry in ask("branch", folder)}["dev"] == tip(repository, "dev")
    cli("branch", folder, "new", "--delete")
    assert set(reference.reopen(folder).list_branches()) == {"main", "dev"}
    assert refused(1, "branch", folder, "dev")["error"] == "branch_exists"
    assert refused(1, "branch", folder, "main", "--delete")["error"] == "cannot_delete_main"
    cli("tag", folder, "v3", "--at", "dev")
    assert reference.reopen(folder).lookup_tag("v3") == tip(repository, "dev")
    assert [entry["name"] for entry in ask("tag", folder)] == ["v1", "v2", "v3"]
    cli("tag", folder, "v3", "--delete")
    assert refused(1, "tag", folder, "v3")["error"] == "tag_deleted"
    refused(2, "branch", folder, "--delete")


def test_metadata_status_and_flags_go_both_ways(folder, repository):
    cli("metadata", folder, "--set", "title=Ocean model", "n=3", 'list=[1,"x"]')
    assert reference.reopen(folder).get_metadata() == {"title": "Ocean model", "n": 3, "list": [1, "x"]}
    cli("metadata", folder, "--unset", "n")
    assert ask("metadata", folder) == {"title": "Ocean model", "list": [1, "x"]}
    assert ask("commit-metadata", folder, "v1") == {"author": "me", "run": 7}
    before = tip(repository)
    assert ask("commit-metadata", folder, "main", "--set", "checked=true") == {"checked": True}
    newest = next(iter(reference.reopen(folder).ancestry(branch="main")))
    assert newest.metadata == {"checked": True} and newest.message == "third" and newest.id != before
    assert refused(3, "commit-metadata", folder, "v1", "--set", "a=b")["error"] == "branch_not_found"
    cli("status", folder, "--read-only", "--reason", "a freeze")
    status = reference.reopen(folder).get_status()
    assert status.availability == icechunk.RepoAvailability.read_only and status.limited_availability_reason == "a freeze"
    assert "a freeze" in cli("status", folder)
    assert refused(1, "tag", folder, "frozen")["error"] == "read_only_repository"
    cli("status", folder, "--online")
    assert ask("status", folder)["status"] == "online" and ask("status", folder)["branches"] == 2
    assert not {f["name"]: f for f in ask("flags", folder, "--disable", "create_tag")}["create_tag"]["enabled"]
    assert not {str(f.id): f for f in reference.reopen(folder).feature_flags()}["4"].enabled
    assert refused(1, "tag", folder, "frozen")["error"] == "feature_disabled"
    assert all(flag["enabled"] for flag in ask("flags", folder, "--default", "create_tag"))
    refused(2, "flags", folder, "--enable", "flying")
    refused(2, "metadata", folder, "--set", "novalue")


def test_the_configuration_goes_both_ways(folder, repository):
    said = ask("config", folder, "--set", "inline_chunk_threshold_bytes=77", "manifest.preload.max_total_refs=5")
    assert said["inline_chunk_threshold_bytes"] == 77 and said["manifest"]["preload"]["max_total_refs"] == 5
    theirs = reference.reopen(folder).config
    assert theirs.inline_chunk_threshold_bytes == 77 and theirs.manifest.preload.max_total_refs == 5
    said = ask("config", folder, "--unset", "manifest.preload.max_total_refs")
    assert said["inline_chunk_threshold_bytes"] == 77 and "max_total_refs" not in json.dumps(said)
    refused(6, "config", folder, "--set", "inline_chunk_threshold_bytes=many")
    assert ask("config", folder) == said == json.loads(cli("config", folder))


def test_the_log_of_operations_is_theirs(folder, repository):
    ours = ask("oplog", folder)
    theirs = list(reference.reopen(folder).ops_log())
    assert len(ours) == len(theirs)
    assert [entry["kind"].replace("_", "") for entry in ours] == [
        re.sub("([a-z])([A-Z])", r"\1\2", type(entry.kind).__name__).lower() for entry in theirs]
    assert ask("oplog", folder, "--limit", 3) == ours[:3]


def test_inspect_shows_an_object(folder, repository):
    assert "main" in json.dumps(ask("inspect", folder, "repo"))
    assert "third" in json.dumps(ask("inspect", folder, f"snapshots/{tip(repository)}"))
    assert json.loads(cli("inspect", folder, "repo")) == ask("inspect", folder, "repo")


def test_values_are_printed_as_csv_and_as_json(folder, repository, tmp_path):
    expected = np.arange(24, dtype="f4").reshape(4, 6)
    expected[0, 0] = 100
    text = tmp_path / "text.csv"
    text.write_text(cli("cat", folder, "/g/a"))
    assert np.array_equal(np.loadtxt(text, delimiter=","), expected)
    text.write_text(cli("cat", folder, "g/a", "--ref", "v1", "--box", "1:3,2"))
    assert text.read_text() == "8\n14\n"
    assert cli("cat", folder, "/b", "--box", "1:4") == "10\n20\n30\n"
    said = ask("cat", folder, "/g/a", "--box", "3:,:2")
    assert said["values"] == expected[3:, :2].tolist() and said["shape"] == [1, 2] and said["offset"] == [3, 0]
    assert "did you mean `/g/a`" in refused(3, "cat", folder, "/g/aa")["message"]
    assert refused(2, "cat", folder, "/g")["error"] == "not_an_array"
    assert refused(2, "cat", folder, "/g/a", "--box", "0:9")["error"] == "out_of_bounds"
    refused(2, "cat", folder, "/g/a", "--box", "0,0,0")
    refused(2, "cat", folder, "/g/a", "--box", "one")


TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
         "complex64", "complex128"]


@pytest.mark.parametrize("name", TYPES)
def test_an_array_of_each_type_goes_in_and_comes_out(folder, tmp_path, name):
    random = np.random.default_rng(3)
    values = (random.random((3, 5, 7)) * 100).astype(name)
    if np.issubdtype(values.dtype, np.inexact):
        values[0, 0, :3] = [np.nan, np.inf, -np.inf]
    np.save(tmp_path / "in.npy", values)
    cli("create", folder)
    made = ask("import", folder, tmp_path / "in.npy", "/deep/a", "--chunks", "2,2,4", "--dimensions", "z,y,x", "-m", "mine",
               "--metadata", "n=1")
    repository = reference.reopen(folder)
    newest = next(iter(repository.ancestry(branch="main")))
    assert newest.id == made["snapshot"] and newest.message == "mine" and newest.metadata["n"] == 1
    assert reference.same(reference.read(repository.readonly_session("main"), "deep/a"), values)
    out = tmp_path / "out.npy"
    cli("export", folder, out, "--array", "/deep/a")
    assert reference.same(np.load(out), values) and out.read_bytes() == (tmp_path / "in.npy").read_bytes()
    cli("export", folder, out, "--array", "/deep/a", "--box", "1,:,3:6")
    assert reference.same(np.load(out), values[1:2, :, 3:6])
    if name != "bool":
        table = tmp_path / "out.csv"
        cli("export", folder, table, "--array", "/deep/a")
        read = np.loadtxt(table, delimiter=",", dtype=complex if "complex" in name else name if "int" in name else float)
        assert np.array_equal(read.reshape(3, 5, 7).astype(name), values, equal_nan=np.issubdtype(values.dtype, np.inexact))
    # Into a box of what is there, from the other byte order.
    patch = values[:1, 1:3, :].astype(values.dtype.newbyteorder(">"))
    np.save(tmp_path / "patch.npy", patch)
    cli("import", folder, tmp_path / "patch.npy", "/deep/a", "--box", "2,0:2")
    values[2:, 0:2, :] = values[:1, 1:3, :]
    assert reference.same(reference.read(reference.reopen(folder).readonly_session("main"), "deep/a"), values)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0), (2, 1, 1, 3)])
def test_odd_shapes_go_in_and_come_out(folder, tmp_path, shape):
    values = np.arange(int(np.prod(shape)), dtype="i4").reshape(shape)
    np.save(tmp_path / "in.npy", values)
    cli("create", folder)
    cli("import", folder, tmp_path / "in.npy", "/a")
    assert reference.same(reference.read(reference.reopen(folder).readonly_session("main"), "a"), values)
    cli("export", folder, tmp_path / "out.npy", "--array", "/a")
    assert reference.same(np.load(tmp_path / "out.npy"), values)
    assert ask("cat", folder, "/a")["values"] == values.tolist()
    cli("cat", folder, "/a")


def test_what_cannot_be_imported_is_refused(folder, repository, tmp_path):
    def attempt(code, values, *words):
        np.save(tmp_path / "in.npy", values)
        before = tip(reference.reopen(folder))
        error = refused(code, "import", folder, tmp_path / "in.npy", *words)
        assert tip(reference.reopen(folder)) == before
        return error

    assert attempt(2, np.zeros((4, 6), "f8"), "/g/a")["error"] == "type_mismatch"
    assert attempt(2, np.zeros((4, 5), "f4"), "/g/a")["error"] == "shape_mismatch"
    assert attempt(3, np.zeros((4, 6), "f4"), "/new", "--box", "0:4")["error"] == "node_not_found"
    assert "Fortran" in attempt(2, np.zeros((4, 6), "f4", order="F"), "/g/a")["message"]
    attempt(2, np.zeros(3, "M8[s]"), "/new")
    attempt(3, np.zeros(3), "/new", "--branch", "nowhere")
    (tmp_path / "in.npy").write_bytes(b"\x93NUMPY\x01\x00\xff\xff{}")
    refused(2, "import", folder, tmp_path / "in.npy", "/new")
    np.save(tmp_path / "in.npy", np.zeros(1000))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "in.npy").read_bytes()[:900])
    assert "ends before" in refused(2, "import", folder, tmp_path / "cut.npy", "/new")["message"]
    refused(5, "import", folder, tmp_path / "none.npy", "/new")


def test_an_export_is_plain_zarr(folder, repository, tmp_path):
    session = repository.writable_session("dev")
    root = zarr.open_group(session.store)
    root.create_array("scalar", shape=(), dtype="f8")[...] = 2.5
    root.create_array("empty", shape=(3,), dtype="f8", fill_value=1.5)
    for name, encoding in (("dots", {"name": "v2", "configuration": {"separator": "."}}),
                           ("dashes", {"name": "default", "configuration": {"separator": "."}})):
        about = json.loads(reference.zarr_json("int16", (4, 4), (2, 2), [{"name": "bytes", "configuration": {"endian": "little"}}], 7))
        reference.set_key(session, name + "/zarr.json", json.dumps(about | {"chunk_key_encoding": encoding}).encode())
    session.commit("more kinds")
    # Icechunk itself can write chunks under no other keys than its own.
    values = np.arange(16, dtype="i2").reshape(4, 4)
    np.save(tmp_path / "values.npy", values)
    for name in ("dots", "dashes"):
        cli("import", folder, tmp_path / "values.npy", name, "--branch", "dev")
    repository = reference.reopen(folder)
    out = tmp_path / "out.zarr"
    said = ask("export", folder, out, "--ref", "dev")
    assert said["nodes"] == 9 and said["snapshot"] == tip(repository, "dev")
    plain = zarr.open_group(out, mode="r")
    assert np.array_equal(plain["dots"][...], values) and (out / "dots" / "1.1").exists()
    assert np.array_equal(plain["dashes"][...], values) and (out / "dashes" / "c.1.1").exists()
    theirs = reference.tree(repository.readonly_session(tag="v2"))
    for path, node in theirs.items():
        assert dict(plain[path.strip("/")].attrs if path != "/" else plain.attrs) == node["attributes"]
        if node["kind"] == "array" and path != "/b":
            assert np.asarray(plain[path.strip("/")][...]).tobytes() == node["bytes"]
    assert np.array_equal(plain["b"][...], np.arange(5)) and plain["scalar"][()] == 2.5 and np.all(plain["empty"][...] == 1.5)
    assert "only-dev" in plain and not list(out.rglob("*.part"))
    assert refused(1, "export", folder, out)["error"] == "prefix_not_empty"
    refused(2, "export", folder, tmp_path / "a.txt", "--array", "/b")


def objects(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in pathlib.Path(folder).rglob("*") if path.is_file()}


def test_a_clone_is_continued_by_icechunk_and_brought_up_to_date(folder, repository, tmp_path):
    copy = tmp_path / "copy"
    said = ask("cp", folder, copy)
    assert said["changed"] and said["kept_objects"] == 0
    assert objects(copy) == objects(folder) and said["objects"] == len(objects(folder)) - 1
    clone = reference.reopen(copy)
    assert reference.tree(clone.readonly_session("main")) == reference.tree(repository.readonly_session("main"))
    again = ask("clone", folder, copy)
    assert not again["changed"] and again["objects"] == 0 and again["kept_objects"] == said["objects"]
    # The source goes on.
    session = repository.writable_session("main")
    zarr.open_array(session.store, path="b")[...] = 1
    session.commit("later")
    more = ask("cp", folder, copy)
    assert more["changed"] and 0 < more["objects"] < said["objects"]
    clone = reference.reopen(copy)
    assert [s.id for s in clone.ancestry(branch="main")] == [s.id for s in repository.ancestry(branch="main")]
    # The clone goes on, and is not overwritten unless that is asked for.
    session = clone.writable_session("main")
    zarr.open_array(session.store, path="b")[...] = 2
    session.commit("in the clone")
    error = refused(1, "cp", folder, copy)
    assert error["error"] == "repository_exists" and "changed since it was cloned" in error["message"]
    cli("cp", folder, copy, "--overwrite")
    assert tip(reference.reopen(copy)) == tip(reference.reopen(folder))


def test_an_interrupted_clone_is_finished(folder, repository, tmp_path):
    copy = tmp_path / "copy"
    cli("cp", folder, copy)
    whole = objects(copy)
    # As if it had been stopped: `repo` is written last, and of the rest some are there and one is cut.
    (copy / "repo").unlink()
    missing = sorted(key for key in whole if key != "repo")[::2]
    for key in missing:
        (copy / key).unlink()
    cut = sorted(key for key in whole if key != "repo")[1]
    (copy / cut).write_bytes(whole[cut][:-1])
    assert refused(3, "log", copy)["error"] == "repository_not_found"
    said = ask("cp", folder, copy)
    assert said["changed"] and said["objects"] == len(missing) + 1
    assert objects(copy) == whole
    session = reference.reopen(copy).writable_session("main")
    zarr.open_array(session.store, path="b")[...] = 2
    session.commit("in the clone")


def test_a_clone_goes_nowhere_else(folder, repository, tmp_path):
    other = tmp_path / "other"
    reference.create(other)
    before = objects(other)
    assert refused(1, "cp", folder, other)["error"] == "repository_exists"
    assert objects(other) == before
    files = tmp_path / "files"
    files.mkdir()
    (files / "notes.txt").write_text("mine")
    assert refused(1, "cp", folder, files)["error"] == "prefix_not_empty"
    assert refused(3, "cp", tmp_path / "nothing", tmp_path / "copy")["error"] == "repository_not_found"
    assert not (tmp_path / "copy").exists()


def test_a_repository_of_format_1_is_cloned_once_it_is_migrated(folder, tmp_path):
    session = reference.create(folder, spec_version=1).writable_session("main")
    zarr.create_group(session.store, path="g")
    session.commit("in format 1")
    target = str(tmp_path / "clone")
    done = run("cp", folder, target)
    assert done.returncode != 0 and "migrate it to format 2 first" in done.stderr
    assert not pathlib.Path(target, "repo").exists()
    cli("migrate", folder, "--yes")
    cli("cp", folder, target)
    assert "g" in zarr.open_group(reference.reopen(target).readonly_session("main").store, mode="r")


def test_expired_and_collected_repositories_are_sound(folder, repository):
    repository.delete_tag("v1")
    repository.delete_branch("dev")
    would = ask("expire", folder, "--older-than", "0s", "--dry-run")
    assert would["dry_run"] and len(would["released"]) >= 2
    assert len(ask("log", folder)) == 4
    done = ask("expire", folder, "--older-than", "0s", "--yes")
    assert done["released"] == would["released"]
    repository = reference.reopen(folder)
    assert [s.message for s in repository.ancestry(branch="main")] == ["third", "Repository initialized"]
    dry = ask("gc", folder, "--older-than", "0s", "--dry-run")
    before = objects(folder)
    swept = ask("gc", folder, "--older-than", "0s", "--yes")
    assert {**swept, "dry_run": True, "older_than": ""} == {**dry, "older_than": ""} and swept["snapshots"] > 0
    assert len(objects(folder)) < len(before)
    assert ask("verify", folder, "--deep")["sound"]
    assert np.array_equal(reference.read(reference.reopen(folder).readonly_session("main"), "b"), np.arange(5) * 10)
    refused(2, "gc", folder, "--older-than", "soon")
    refused(2, "gc", folder)


def test_stats_count_the_chunks(folder, repository):
    said = ask("stats", folder, "main")
    total = said["total"]
    assert set(said["arrays"]) == {"/g/a", "/b"}
    assert total["native_chunks"] + total["inline_chunks"] == 5
    assert ask("stats", folder)["snapshots"] >= 4
    assert "/g/a" in cli("stats", folder, "main")


def test_verify_says_what_is_missing(folder, repository):
    assert ask("verify", folder)["findings"] == []
    pathlib.Path(folder, "snapshots", tip(repository)).unlink()
    done = run("verify", folder, "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert not report["sound"] and any(tip(repository) in finding["object"] for finding in report["findings"])
    text = run("verify", folder)
    assert text.returncode == 1 and "damaged" in text.stdout
    assert refused(6, "ls", folder)["error"] == "missing_object"


def test_rewrite_goes_by_the_rules_that_hold(folder, repository):
    before = tip(repository)
    said = ask("rewrite", folder, "main", "-m", "anew")
    repository = reference.reopen(folder)
    assert said["snapshot"] == tip(repository) != before
    newest = next(iter(repository.ancestry(branch="main")))
    assert newest.message == "anew" and "splitting_config" in newest.metadata["__icechunk"]
    cli("rewrite", folder, "main", "--amend")
    newest = next(iter(reference.reopen(folder).ancestry(branch="main")))
    assert newest.message == "manifests rewritten" and newest.parent_id == before
    assert refused(3, "rewrite", folder, "no-branch")["error"] == "branch_not_found"


def test_bench_measures_and_leaves_nothing(tmp_path):
    said = ask("bench", tmp_path, "--chunks", 4, "--chunk-kib", 16, "--commits", 2)
    assert said["bytes"] == 65536 and said["write_bytes_per_s"] > 0 and said["commit"]["median_ms"] > 0
    assert list(tmp_path.iterdir()) == []
    assert "commit a chunk" in cli("bench", tmp_path, "--chunks", 4, "--chunk-kib", 16, "--commits", 2)


def test_mistakes_are_told_in_one_line(folder):
    assert "did you mean `log`" in refused(2, "lgo")["message"]
    assert refused(3, "log", folder)["error"] == "repository_not_found"
    refused(2, "log")
    refused(2, "log", folder, "--limit", "many")
    refused(2, "log", "ftp://host/x")
    refused(2, "completion", "tcsh")
    assert run().returncode == 2
    done = run("log", folder, "--nonsense")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "--help" in done.stderr


def test_every_command_explains_itself():
    overview = cli("--help")
    commands = re.findall(r"^  ([a-z][a-z-]+)(?:, [a-z]+)? +[A-Z]", overview, re.M)
    assert {"create", "log", "cp", "gc", "verify", "import", "completion"} <= set(commands)
    for name in commands:
        said = cli(name, "--help")
        assert "Examples:" in said and f"varve {name}" in said and "--json" in said
    assert "Exit codes" in overview
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", cli("--version"))


def test_shells_can_read_the_completion():
    script = cli("completion", "bash")
    asked = script + "\nCOMP_WORDS=(varve lo); COMP_CWORD=1; _varve; echo ${COMPREPLY[@]}\n" \
                     "COMP_WORDS=(varve log x --gr); COMP_CWORD=3; _varve; echo ${COMPREPLY[@]}\n"
    assert subprocess.run(["bash"], input=asked, capture_output=True, text=True).stdout.split() == ["log", "--graph"]
    assert "compdef" in cli("completion", "zsh") and "complete -c varve" in cli("completion", "fish")


def on_terminal(*words, answer="", **environment):
    """The exit code, and what a person at a terminal sees."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PROGRAM, *map(str, words)], stdin=theirs, stdout=theirs, stderr=theirs,
                               env={**os.environ, "TERM": "xterm-256color", **environment})
    os.close(theirs)
    os.write(ours, answer.encode())
    seen = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        seen += part
    os.close(ours)
    return process.wait(timeout=60), seen.decode()


def test_colours_are_for_terminals_alone(folder, repository):
    assert "\x1b" not in cli("log", folder, "--graph", TERM="xterm-256color")
    assert "\x1b[" in on_terminal("log", folder)[1]
    assert "\x1b" not in on_terminal("log", folder, "--no-color")[1]
    assert "\x1b" not in on_terminal("log", folder, NO_COLOR="1")[1]
    assert "\x1b" not in on_terminal("log", folder, TERM="dumb")[1]


def test_progress_is_shown_where_somebody_looks(folder, repository, tmp_path):
    told = re.compile(r"copying \[[#.]{24}\] \d+% of ")
    assert run("cp", folder, tmp_path / "1").stderr == ""
    assert told.match(run("cp", folder, tmp_path / "2", "--progress", "always").stderr)
    code, seen = on_terminal("cp", folder, tmp_path / "3", "--progress", "always")
    assert code == 0 and told.search(seen) and "\r\x1b[K" in seen  # and it leaves no bar behind
    assert seen.index("copied ") > seen.rindex("\r\x1b[K")
    assert not told.search(on_terminal("cp", folder, tmp_path / "4", "--progress", "never")[1])
    assert refused(2, "cp", folder, tmp_path / "5", "--progress", "sometimes")


def test_deleting_is_asked_for_on_a_terminal(folder, repository):
    before = objects(folder)
    code, seen = on_terminal("gc", folder, "--older-than", "0s", answer="n\n")
    assert code == 1 and "[y/N]" in seen and "nothing has been deleted" in seen
    code, seen = on_terminal("expire", folder, "--older-than", "0s", answer="\n")
    assert code == 1 and "nothing has been changed" in seen and objects(folder) == before
    code, seen = on_terminal("expire", folder, "--older-than", "0s", answer="y\n")
    assert code == 0 and len(ask("log", folder)) == 2


def test_a_repository_that_lost_its_state_is_repaired(folder, repository):
    assert ask("repair", folder, "--yes")["actions"] == []
    path = pathlib.Path(folder, "repo")
    path.write_bytes(path.read_bytes()[:100])
    assert refused(6, "log", folder)["error"] == "corrupt"
    would = ask("repair", folder, "--dry-run")
    assert would["actions"] and path.stat().st_size == 100
    done = ask("repair", folder, "--yes")
    assert [action["kind"] for action in done["actions"]] == [action["kind"] for action in would["actions"]]
    assert ask("verify", folder, "--deep")["sound"]
    assert {s.message for s in reference.reopen(folder).ancestry(branch="main")} >= {"first", "Repository initialized"}


def test_a_repository_of_format_1_is_migrated(folder):
    repository = reference.create(folder, spec_version=1)
    session = repository.writable_session("main")
    zarr.create_array(session.store, name="a", data=np.arange(5))
    tip_before = session.commit("old")
    assert ask("status", folder)["spec_version"] == 1
    assert "migrate" in refused(6, "cp", folder, folder + "-copy")["message"]
    assert ask("migrate", folder, "--dry-run")["snapshots"] == 2
    assert ask("status", folder)["spec_version"] == 1
    assert ask("migrate", folder, "--yes")["branches"] == 1
    assert ask("status", folder)["spec_version"] == 2
    repository = reference.reopen(folder)
    assert tip(repository) == tip_before
    assert np.array_equal(reference.read(repository.readonly_session("main"), "a"), np.arange(5))
    cli("cp", folder, folder + "-copy")


def test_an_operators_day_needs_the_command_line_alone(tmp_path):
    script = pathlib.Path(__file__).parents[2] / "examples" / "cli" / "operator.sh"
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run([script, tmp_path / "day"], capture_output=True, text=True, timeout=600, env={**os.environ, "PATH": path})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("sound: ") == 2
    expected = np.full((4, 6), 1.5, "f4")
    for name in ("ocean", "clone"):
        repository = reference.reopen(tmp_path / "day" / name)
        assert np.array_equal(reference.read(repository.readonly_session(tag="v1"), "sst"), expected)
        assert [s.message for s in repository.ancestry(branch="main")] == ["day 3", "Repository initialized"]
    expected[:2] = 2
    session = repository.writable_session("main")
    assert np.array_equal(reference.read(session, "sst"), expected)
    reference.open_array(session, "sst")[...] = 3
    session.commit("and Python goes on")
