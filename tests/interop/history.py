# SPDX-License-Identifier: Apache-2.0
"""A history of one repository, in which the two implementations take turns: what it must be by the model, and the steps
that keep the model and the implementations together and compare them."""
import json

from history_model import INITIAL, ONLY_VARVE, Node, Session
from history_sides import PythonSide, Refused, VarveSide


def plain(tree):
    """A tree of the model in the form in which the sides give theirs."""
    out = {}
    for path, node in tree.items():
        data = (node.data_type, node.shape, node.values().tobytes()) if node.is_array else None
        out[path] = (node.attributes, data)
    return out


def expect(found, wanted, what):
    if found != wanted:
        if isinstance(found, dict) and isinstance(wanted, dict):
            differ = sorted(str(k) for k in found.keys() | wanted.keys() if found.get(k) != wanted.get(k))
            what += f", at {differ[:5]}"
        raise AssertionError(f"{what}:\n  found  {str(found)[:1500]}\n  wanted {str(wanted)[:1500]}")


def refused(kind, call, what):
    try:
        call()
    except Refused as error:
        assert kind in ("refused", error.kind), f"{what} was refused with {error.kind}"
        return
    raise AssertionError(f"{what} was not refused")


class History:
    def __init__(self, folder, refs_per_manifest=None):
        self.folder = folder
        self.sides = {"varve": VarveSide(folder, create=True, refs_per_manifest=refs_per_manifest), "python": PythonSide(folder, create=False)}
        self.snapshots, self.parents, self.logs = {INITIAL: {}}, {INITIAL: None}, {INITIAL: []}
        self.about = {INITIAL: ("Repository initialized", {})}
        self.branches, self.tags, self.deleted_tags = {"main": INITIAL}, {}, set()
        self.sessions = []  # (model session, writer)
        entry = self.open_session("varve", "main")
        self.edit(entry, "create_group", "/", Node(0, {"first": True}), {"first": True})
        self.commit(entry, "the root group", {})

    def close(self):
        for side in self.sides.values():
            side.close()

    # Sessions.

    def open_session(self, side, branch):
        tip = self.branches[branch]
        entry = (Session(side, branch, tip, self.snapshots[tip]), self.sides[side].begin(branch))
        self.sessions.append(entry)
        return entry

    def close_session(self, entry):
        entry[1].end()
        self.sessions.remove(entry)

    def close_sessions(self, side=None):
        for entry in list(self.sessions):
            if side in (None, entry[0].side):
                self.close_session(entry)

    def edit(self, entry, what, path, *arguments):
        """One edit, in the model and in the implementation."""
        session, writer = entry
        if what.startswith("create"):
            session.create(path, arguments[0])
            getattr(writer, what)(path, *(arguments[1:] or arguments))
        else:
            {"erase": lambda p, i: session.put(p, {i: None})}.get(what, getattr(session, what, None))(path, *arguments)
            getattr(writer, what)(path, *arguments)

    def check_session(self, entry):
        expect(entry[1].tree(), plain(entry[0].tree), f"the tree of a session of {entry[0].side}")

    def check_status(self, entry):
        expect(entry[1].status(), entry[0].status(), f"the status of a session of {entry[0].side}")

    def since(self, session):
        """The commits on the session's branch since its base, oldest first."""
        commits, at = [], self.branches[session.branch]
        while at != session.base:
            commits.append((at, self.logs[at], self.snapshots[at]))
            at = self.parents[at]
        return commits[::-1]

    def commit(self, entry, message, metadata, rebase=None):
        """Commits a session that nothing stands in the way of, and lets the other side read it."""
        session, writer = entry
        id_ = writer.commit(message, metadata, rebase)
        self.record(id_, session.tree, session.base, [session.edits], message, metadata)
        self.branches[session.branch] = id_
        self.close_session(entry)
        other = self.sides["python" if session.side == "varve" else "varve"]
        expect(other.read(snapshot=id_), plain(session.tree), f"what {other.name} reads of a commit of {session.side}")
        return id_

    def record(self, id_, tree, parent, logs, message, metadata):
        assert id_ not in self.snapshots
        self.snapshots[id_], self.parents[id_], self.logs[id_] = dict(tree), parent, logs
        self.about[id_] = (message, metadata)

    def rebase(self, entry, policy, call):
        """Rebases by `call`, which must end as the model foresees. Returns the conflicts that are left."""
        session, writer = entry
        commits = self.since(session)
        if session.side == "python":
            trial = Session(session.side, session.branch, session.base, session.base_tree)
            trial.tree, trial.edits = session.tree, session.edits.copy()
            if any(kind in ONLY_VARVE for kind, _ in trial.rebase(commits, policy)):
                return "would not be well formed"  # the reference lets it through
        left = session.rebase(commits, policy)
        what = f"a rebase of {session.side} with {policy} over {len(commits)}"
        try:
            call()
        except Refused as error:
            assert left and error.kind == "rebase_failed", f"{what} failed: {error}\nforeseen: {left}"
            if session.side == "varve" and any(kind != "chunk_double_update" for kind, _ in left):
                # Its policy sees chunks, and is not asked about any where something else stands in the way.
                left = {key: chunks for key, chunks in left.items() if key[0] != "chunk_double_update"}
            if session.side == "varve" or policy == "fail":
                expect(error.conflicts, left, f"the conflicts of {what}")
            else:
                assert left.keys() <= error.conflicts.keys(), f"{what}: {error.conflicts}, foreseen {left}"
            self.check_session(entry)
            return left
        assert not left, f"{what} went through against {left}"
        return None

    # Everything.

    def check(self, snapshots):
        for side in self.sides.values():
            expect(side.branches(), self.branches, f"the branches of {side.name}")
            expect(side.tags(), self.tags, f"the tags of {side.name}")
            for tip in sorted(set(self.branches.values()) | set(self.tags.values())):
                found = [(i, m, {k: v for k, v in d.items() if k != "__icechunk"}) for i, m, d in side.ancestry(tip)]
                wanted = [(i, *self.about[i]) for i in self.chain(tip)]
                expect(json.dumps(found, sort_keys=True), json.dumps(wanted, sort_keys=True), f"the ancestry of {tip} in {side.name}")
            for id_ in sorted(snapshots):
                expect(side.read(snapshot=id_), plain(self.snapshots[id_]), f"{side.name} reads {id_}")
        operations = self.sides["varve"].operations()
        expect(operations, self.sides["python"].operations(), "the log of operations")
        assert all(newer > older for newer, older in zip(operations, operations[1:])), "the log is not in order"

    def verify(self):
        """varve finds nothing wrong with any object that is referred to, and decodes every chunk."""
        found = self.sides["varve"].ask("verify", folder=self.folder, deep=True)["findings"]
        expect([finding for finding in found if finding["severity"] != "note"], [], "what verify finds")
