# SPDX-License-Identifier: Apache-2.0
"""What belongs to the repository and to no snapshot, amended commits and flushed snapshots: each implementation reads and
continues what the other has done."""
import icechunk
import pytest
import zarr

import reference
from varve_tool import VarveError

FEATURES = {"move_node": 3, "create_tag": 4, "delete_tag": 5}


@pytest.fixture
def repository(varve, folder):
    """A repository with the group /g, open in varve."""
    repository = reference.create(folder)
    session = repository.writable_session("main")
    zarr.create_group(session.store, path="g")
    session.commit("first")
    varve.open(folder)
    return repository


def kinds(repository):
    return [type(update.kind).__name__ for update in repository.ops_log()]


def test_metadata_of_the_repository_goes_both_ways(varve, folder, repository):
    varve.ask("change_metadata", metadata={"title": "ocean", "deep": {"list": [1, None, 2.5, "ü"]}})
    repository = reference.reopen(folder)
    assert repository.get_metadata() == {"title": "ocean", "deep": {"list": [1, None, 2.5, "ü"]}}
    repository.update_metadata({"title": "oceans", "owner": "them"})
    assert varve.ask("metadata") == {"deep": {"list": [1, None, 2.5, "ü"]}, "owner": "them", "title": "oceans"}
    varve.ask("change_metadata", metadata={"only": True}, replace=True)
    assert reference.reopen(folder).get_metadata() == {"only": True}


def test_a_status_that_one_sets_stops_the_other(varve, folder, repository):
    varve.ask("set_status", online=False, reason="in repair")
    repository = reference.reopen(folder)
    status = repository.get_status()
    assert status.availability == icechunk.RepoAvailability.read_only
    assert status.limited_availability_reason == "in repair"
    with pytest.raises(icechunk.IcechunkError):
        repository.writable_session("main")
    online = icechunk.RepoStatus(icechunk.RepoAvailability.online)
    repository.set_status(online)
    assert varve.ask("repo_status")["online"]
    repository.set_status(icechunk.RepoStatus(icechunk.RepoAvailability.read_only, limited_availability_reason="a freeze"))
    said = varve.ask("repo_status")
    assert not said["online"] and said["reason"] == "a freeze" and said["set_at"] > 0
    with pytest.raises(VarveError) as refused:
        varve.writer()
    assert refused.value.kind == "read_only_repository" and "a freeze" in str(refused.value)
    repository.set_status(online)
    varve.writer()


def test_features_that_one_forbids_are_forbidden_to_the_other(varve, folder, repository):
    def flags():
        return {str(flag.id): [flag.enabled, flag.setting is not None] for flag in reference.reopen(folder).feature_flags()}

    assert varve.ask("features") == flags()
    varve.ask("set_feature", feature=FEATURES["create_tag"], enabled=False)
    varve.ask("set_feature", feature=FEATURES["move_node"], enabled=True)
    assert varve.ask("features") == flags()
    repository = reference.reopen(folder)
    with pytest.raises(icechunk.IcechunkError):
        repository.create_tag("t", snapshot_id=repository.lookup_branch("main"))
    repository.set_feature_flag("create_tag", None)
    repository.set_feature_flag("delete_tag", False)
    assert varve.ask("features") == flags()
    tip = varve.ask("lookup_branch", name="main")
    varve.ask("create_tag", name="t", snapshot=tip)
    with pytest.raises(VarveError) as refused:
        varve.ask("delete_tag", name="t")
    assert refused.value.kind == "feature_disabled"


def test_a_commit_that_varve_amends_is_the_reference_s_own(varve, folder, repository):
    first = repository.lookup_branch("main")
    writer = varve.writer()
    writer.ask("create_group", path="/second")
    second = writer.ask("commit", message="second")
    writer = varve.writer()
    writer.ask("create_group", path="/third")
    amended = writer.ask("commit", message="second and third", amend=True)

    repository = reference.reopen(folder)
    assert [s.id for s in repository.ancestry(branch="main")][:2] == [amended, first]
    assert sorted(repository.diff(from_snapshot_id=first, to_branch="main").new_groups) == ["/second", "/third"]
    assert kinds(repository)[0] == "CommitAmended" or "mend" in kinds(repository)[0]
    session = repository.writable_session("main")
    zarr.create_group(session.store, path="fourth")
    last = session.amend("all of it")
    assert [s["id"] for s in varve.ask("ancestry", branch="main")][:2] == [last, first]
    said = varve.ask("diff", from_snapshot=first, to_snapshot=last)
    assert said["new_groups"] == ["/fourth", "/second", "/third"]
    assert {node["path"] for node in varve.reader(snapshot=second).ask("nodes")} == {"/", "/g", "/second"}
    with pytest.raises(VarveError) as refused:
        varve.ask("diff", from_snapshot=amended, to_snapshot=last)
    assert refused.value.kind == "invalid_chain"


def test_neither_amends_the_initial_snapshot(varve, folder):
    varve.create(folder)
    writer = varve.writer()
    writer.ask("create_group", path="/g")
    with pytest.raises(VarveError) as refused:
        writer.ask("commit", message="nothing to amend", amend=True)
    assert refused.value.kind == "cannot_amend_initial"
    session = reference.reopen(folder).writable_session("main")
    zarr.create_group(session.store, path="g")
    with pytest.raises(icechunk.IcechunkError):
        session.amend("nothing to amend")


def test_flushed_snapshots_go_both_ways(varve, folder, repository):
    tip = repository.lookup_branch("main")
    writer = varve.writer()
    writer.ask("create_group", path="/ours")
    ours = writer.ask("flush", message="work in progress")
    repository = reference.reopen(folder)
    assert repository.lookup_branch("main") == tip
    assert repository.lookup_snapshot(ours).parent_id == tip
    repository.create_tag("ours", snapshot_id=ours)
    store = repository.readonly_session(tag="ours").store
    assert "ours" in zarr.open_group(store, mode="r")
    session = repository.writable_session("main")
    zarr.create_group(session.store, path="theirs")
    theirs = session.flush("theirs")
    assert {node["path"] for node in varve.reader(snapshot=theirs).ask("nodes")} == {"/", "/g", "/theirs"}
    varve.ask("create_branch", name="on", snapshot=theirs)
    writer = varve.writer("on")
    writer.ask("create_group", path="/more")
    writer.ask("commit", message="on top of theirs")
    assert "more" in zarr.open_group(reference.reopen(folder).readonly_session(branch="on").store, mode="r")
    assert varve.ask("lookup_branch", name="main") == tip
