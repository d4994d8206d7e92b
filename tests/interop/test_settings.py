# SPDX-License-Identifier: Apache-2.0
"""What belongs to the repository and to no snapshot, amended commits and flushed snapshots: each implementation reads and
continues what the other has done."""
import datetime

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


class Ours:
    """What varve does to a repository, in the terms of the reference's API."""

    def __init__(self, varve):
        self.varve = varve

    def commit(self, amend=False):
        writer = self.varve.writer()
        writer.create_group(f"/g{len(writer.nodes())}")
        return writer.commit("ours", amend=amend)

    def flush(self):
        writer = self.varve.writer()
        writer.create_group("/flushed")
        return writer.ask("flush", message="ours")

    def do(self, what, **words):
        self.varve.ask(what, **words)

    def set_status(self, online):
        self.do("set_status", online=online)

    def save_config(self, threshold):
        self.do("save_config", config={"inline_chunk_threshold_bytes": threshold})

    def expire(self, before):
        self.do("expire", older_than=round(before.timestamp() * 1e6))

    def collect(self, before):
        self.do("collect", older_than=round(before.timestamp() * 1e6))


class Theirs:
    """The same by the reference."""

    def __init__(self, folder):
        self.repository = reference.reopen(folder)

    def commit(self, amend=False):
        session = self.repository.writable_session("main")
        zarr.open_group(session.store, mode="a").create_group(f"g{len(list(zarr.open_group(session.store, mode='r')))}")
        return session.amend("theirs") if amend else session.commit("theirs")

    def flush(self):
        session = self.repository.writable_session("main")
        zarr.open_group(session.store, mode="a").create_group("flushed")
        return session.flush("theirs")

    def do(self, what, **words):
        calls = {
            "create_tag": lambda name, snapshot: self.repository.create_tag(name, snapshot_id=snapshot),
            "create_branch": lambda name, snapshot: self.repository.create_branch(name, snapshot_id=snapshot),
            "reset_branch": lambda name, snapshot: self.repository.reset_branch(name, snapshot_id=snapshot),
            "delete_tag": lambda name: self.repository.delete_tag(name),
            "delete_branch": lambda name: self.repository.delete_branch(name),
            "change_metadata": lambda metadata: self.repository.update_metadata(metadata),
            "set_feature": lambda feature, enabled: self.repository.set_feature_flag("create_tag", enabled),
        }
        calls[what](**words)

    def set_status(self, online):
        wanted = icechunk.RepoAvailability.online if online else icechunk.RepoAvailability.read_only
        self.repository.set_status(icechunk.RepoStatus(wanted))

    def save_config(self, threshold):
        self.repository = self.repository.reopen(config=icechunk.RepositoryConfig(inline_chunk_threshold_bytes=threshold))
        self.repository.save_config()

    def expire(self, before):
        self.repository.expire_snapshots(before)

    def collect(self, before):
        self.repository.garbage_collect(before)


@pytest.mark.parametrize("who", ["varve", "reference"])
def test_every_kind_of_operation_is_told_alike(varve, tmp_path, who):
    folder = str(tmp_path / "repository")
    reference.create(folder, spec_version=1)
    if who == "varve":
        varve.ask("migrate", folder=folder)
        varve.open(folder)
        side = Ours(varve)
    else:
        icechunk.upgrade_icechunk_repository(reference.reopen(folder), dry_run=False)
        varve.open(folder)
        side = Theirs(folder)
    first = side.commit()
    second = side.commit()
    side.commit(amend=True)
    side.flush()
    side.do("create_tag", name="v1", snapshot=second)
    side.do("delete_tag", name="v1")
    side.do("create_branch", name="dev", snapshot=second)
    side.do("reset_branch", name="dev", snapshot=first)
    side.do("delete_branch", name="dev")
    side.do("change_metadata", metadata={"title": "ocean"})
    side.do("set_feature", feature=FEATURES["create_tag"], enabled=False)
    side.save_config(17)
    side.set_status(False)
    side.set_status(True)
    early = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    side.expire(early)
    side.collect(early)

    def flat(name):
        return name.replace("_", "").lower()

    mine, theirs = varve.ask("ops_log"), list(reference.reopen(folder).ops_log())
    assert [flat(update["kind"]) for update in mine] == [flat(type(update.kind).__name__) for update in theirs]
    made = {update["kind"] for update in mine}
    assert len(made) == 16, sorted(made)
    for update, their in zip(mine, theirs):
        assert update["updated_at"] == round(their.updated_at.timestamp() * 1e6)
        assert update["backup"] == their.backup_path
        fields = {name: getattr(their.kind, name) for name in dir(their.kind) if name[0].islower()}
        if "status" in fields:
            continue  # an object of its own, see the test of the status
        for name, value in fields.items():
            told = {True: "on", False: "off"}.get(value, value) if name == "new_value" else value
            assert str(told) in update["text"], (name, value, update)


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
