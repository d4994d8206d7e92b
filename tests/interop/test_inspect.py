# SPDX-License-Identifier: Apache-2.0
"""What varve says of the objects of a repository is what Icechunk says of them, whoever wrote them."""
import pathlib

import pytest
import zarr

import reference
from varve_tool import VarveError


@pytest.fixture(params=["reference", "varve", "format 1"])
def repository(request, varve, folder):
    """Groups, arrays with inline and native chunks, names of dimensions, a deletion and refs."""
    if request.param == "varve":
        varve.create(folder)
        repository = reference.reopen(folder)
    elif request.param == "format 1":
        repository = reference.create(folder, spec_version=1)
    else:
        repository = reference.create(folder)
    # the second commit is by the same side as the repository, the first always by the reference
    session = repository.writable_session("main")
    root = zarr.create_group(session.store)
    root.create_group("g")
    small = root.create_array("g/small", shape=(10,), chunks=(3,), dtype="i4", dimension_names=["x"])
    small[:] = range(10)
    large = root.create_array("large", shape=(4, 4096), chunks=(2, 2048), dtype="f8", compressors=None)
    large[:2] = 1.5
    first = session.commit("first", {"author": "me", "list": [1, None, {"a": 2.5}]})
    if request.param == "varve":
        varve.open(folder)
        writer = varve.writer()
        writer.ask("delete", path="/g/small")
        writer.commit("second")
        varve.ask("create_tag", name="v1", snapshot=first)
        varve.ask("change_metadata", metadata={"title": "ocean"})
        return reference.reopen(folder)
    session = repository.writable_session("main")
    del zarr.open_group(session.store)["g/small"]
    session.commit("second")
    repository.create_tag("v1", first)
    return repository


def without_nothing(value):
    """The same without members that are null or empty, which the two leave out at different places."""
    if isinstance(value, dict):
        return {name: kept for name, each in value.items() if (kept := without_nothing(each)) not in (None, [], {})}
    return [without_nothing(each) for each in value] if isinstance(value, list) else value


def common(theirs, ours):
    """Ours, where theirs has something to say."""
    if isinstance(theirs, dict):
        return {name: common(each, ours.get(name)) for name, each in theirs.items()}
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return [common(a, b) for a, b in zip(theirs, ours)]
    return ours


def compare(theirs, ours):
    header = theirs.pop("header")
    assert ours["header"]["written_by"] == header["written_by"]
    assert ours["header"]["file_type"] == header["file_type"]
    assert str(ours["header"]["spec_version"]) == header["spec_version"][0]
    theirs, ours = without_nothing(theirs), without_nothing(ours)
    ours = common(theirs, ours)
    for name in theirs:
        assert ours[name] == theirs[name], name


def test_every_object_is_told_as_the_reference_tells_it(varve, folder, repository):
    varve.open(folder)
    for snapshot in repository.ancestry(branch="main"):
        compare(repository.inspect_snapshot(snapshot.id), varve.ask("inspect", key=f"snapshots/{snapshot.id}"))
        for manifest in repository.list_manifest_files(snapshot.id):
            told = repository.inspect_manifest(manifest.id)
            dictionary = told.pop("compression")
            assert dictionary == {"uses_location_compression": False, "num_compressed_refs": 0}
            assert told.pop("size_bytes") > 0  # of the body, which is not of one size from every writer
            compare(told, varve.ask("inspect", key=f"manifests/{manifest.id}"))
        if (pathlib.Path(folder) / "transactions" / snapshot.id).exists():
            compare(repository.inspect_transaction_log(snapshot.id), varve.ask("inspect", key=f"transactions/{snapshot.id}"))


def test_repo_info_is_told_with_its_log(varve, folder):
    repository = reference.create(folder)
    varve.open(folder)
    varve.ask("create_branch", name="dev", snapshot=repository.lookup_branch("main"))
    repository = reference.reopen(folder)
    repository.create_tag("v1", repository.lookup_branch("dev"))
    told, ours = repository.inspect_repo_info(), varve.ask("inspect", key="repo")
    names = {"RepoInitializedUpdate": "repo_initialized", "BranchCreatedUpdate": "branch_created", "TagCreatedUpdate": "tag_created"}
    updates = told.pop("latest_updates")
    assert [(names[u["update_type"]["type"]], u["update_type"].get("name"), u["updated_at"], u.get("backup_path")) for u in updates] == \
        [(u["type"], u.get("name"), u["updated_at"], u["backup_path"]) for u in ours["latest_updates"]]
    del told["spec_version"]
    compare(told, ours)
    backup = ours["latest_updates"][1]["backup_path"]
    assert varve.ask("inspect", key=f"overwritten/{backup}")["latest_updates"][0]["type"] == "branch_created"


def test_what_is_no_metadata_object_is_refused(varve, folder):
    reference.create(folder)
    varve.open(folder)
    for key, kind in {"chunks/1CECHNKREP0F1RSTCMT0": "invalid_argument", "snapshots/1CECHNKREP0F1RSTCMT1": "missing_object"}.items():
        with pytest.raises(VarveError) as refused:
            varve.ask("inspect", key=key)
        assert refused.value.kind == kind
    (pathlib.Path(folder) / "snapshots" / "1CECHNKREP0F1RSTCMT0").write_bytes(b"ICE")
    with pytest.raises(VarveError) as damaged:
        varve.ask("inspect", key="snapshots/1CECHNKREP0F1RSTCMT0")
    assert damaged.value.kind == "corrupt" and "1CECHNKREP0F1RSTCMT0" in str(damaged.value)
