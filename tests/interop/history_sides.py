# SPDX-License-Identifier: Apache-2.0
"""The two implementations under one interface, for the random histories."""
import datetime
import json
import re

import icechunk
import numpy as np
import zarr

import reference
from varve_tool import Varve, VarveError, native


class Refused(Exception):
    """An operation that an implementation refused: `kind` is "conflict", "rebase_failed" or "refused"."""

    def __init__(self, kind, why, conflicts=None):
        super().__init__(f"{kind}: {why}")
        self.kind = kind
        self.conflicts = conflicts or {}


def _diff(sets, chunks, moved):
    chunks = {path: {tuple(index) for index in indices} for path, indices in chunks.items() if indices}
    return {name: set(paths) for name, paths in sets.items()} | {"updated_chunks": chunks, "moved_nodes": sorted(map(tuple, moved))}


DIFF_SETS = ("new_groups", "new_arrays", "deleted_groups", "deleted_arrays", "updated_groups", "updated_arrays")


def _microseconds(time):
    return (time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


class VarveSide:
    name = "varve"

    def __init__(self, folder, create, refs_per_manifest=None):
        self.tool = Varve()
        options = {"chunk_refs_per_manifest": refs_per_manifest}
        self.tool.create(folder, **options) if create else self.tool.open(folder, **options)

    def close(self):
        self.tool.__exit__()

    def ask(self, do, **arguments):
        try:
            return self.tool.ask(do, **arguments)
        except VarveError as error:
            conflicts = {}
            for c in error.conflicts:
                path = None if c["kind"] == "move_operation_cannot_be_rebased" else c["path"]
                conflicts.setdefault((c["kind"], path), set()).update(map(tuple, c["chunks"]))
            kind = error.kind if error.kind in ("conflict", "rebase_failed") else "refused"
            raise Refused(kind, error, conflicts) from None

    def begin(self, branch):
        return VarveWriter(self, self.ask("writable_session", branch=branch))

    def rearrange(self, branch):
        return VarveWriter(self, self.ask("rearrange_session", branch=branch))

    def read(self, **version):
        session = VarveWriter(self, self.ask("readonly_session", **version))
        try:
            return session.tree()
        finally:
            session.end()

    def branches(self):
        return {name: self.ask("lookup_branch", name=name) for name in self.ask("list_branches")}

    def tags(self):
        return {name: self.ask("lookup_tag", name=name) for name in self.ask("list_tags")}

    def ancestry(self, snapshot):
        return [(s["id"], s["message"], s["metadata"]) for s in self.ask("ancestry", snapshot=snapshot)]

    def diff(self, older, newer):
        said = self.ask("diff", from_snapshot=older, to_snapshot=newer)
        return _diff({name: said[name] for name in DIFF_SETS}, said["updated_chunks"], said["moved_nodes"])

    def operations(self):
        return [update["updated_at"] for update in self.ask("ops_log")]

    def create_branch(self, name, at):
        self.ask("create_branch", name=name, snapshot=at)

    def reset_branch(self, name, to, expected):
        self.ask("reset_branch", name=name, snapshot=to, expected=expected)

    def delete_branch(self, name):
        self.ask("delete_branch", name=name)

    def create_tag(self, name, at):
        self.ask("create_tag", name=name, snapshot=at)

    def delete_tag(self, name):
        self.ask("delete_tag", name=name)

    def expire(self, older_than):
        self.ask("expire", older_than=_microseconds(older_than))

    def collect(self, older_than):
        self.ask("collect", older_than=_microseconds(older_than))


class VarveWriter:
    def __init__(self, side, number):
        self.side = side
        self.number = number

    def ask(self, do, **arguments):
        return self.side.ask(do, session=self.number, **arguments)

    def end(self):
        self.ask("end")

    def create_group(self, path, attributes):
        self.ask("create_group", path=path, attributes=json.dumps(attributes, ensure_ascii=False))

    def create_array(self, path, node):
        self.ask("create_array", path=path, data_type=node.data_type, shape=list(node.shape), chunks=list(node.chunks),
                 codecs=node.codecs, fill_value=node.fill, attributes=json.dumps(node.attributes, ensure_ascii=False))

    def set_attributes(self, path, attributes):
        self.ask("set_attributes", path=path, attributes=json.dumps(attributes, ensure_ascii=False))

    def write(self, path, origin, values):
        self.ask("write", path=path, origin=list(origin), shape=list(values.shape), data=values.tobytes().hex())

    def append(self, path, axis, values):
        self.ask("append", path=path, dimension=axis, data=values.tobytes().hex())

    def resize(self, path, shape):
        self.ask("resize", path=path, shape=list(shape))

    def erase(self, path, index):
        self.ask("store_erase", key="/".join([path[1:], "c", *map(str, index)]))

    def delete(self, path):
        self.ask("delete", path=path)

    def move(self, old, new):
        self.ask("move", **{"from": old, "to": new})

    def shift(self, path, offset):
        self.ask("shift", path=path, offset=list(offset))

    def read_box(self, path, node, origin, shape):
        data = bytes.fromhex(self.ask("read", path=path, origin=list(origin), shape=list(shape)))
        return np.frombuffer(data, native(node.data_type)).reshape(shape)

    def chunk_keys(self, path):
        return set(self.ask("store_list", prefix=path[1:] + "/c/"))

    def tree(self):
        out = {}
        for node in self.ask("nodes"):
            about = json.loads(node["zarr_json"])
            data = None
            if node["kind"] == "array":
                data = (about["data_type"], tuple(about["shape"]), bytes.fromhex(self.ask("read", path=node["path"])))
            out[node["path"]] = (about.get("attributes", {}), data)
        return out

    def status(self):
        said = self.ask("status")
        return _diff({name: said[name] for name in DIFF_SETS}, said["updated_chunks"], said["moved_nodes"])

    def commit(self, message, metadata=None, rebase=None):
        if rebase:
            return self.ask("commit", message=message, metadata=metadata, policy=rebase, rebase_tries=3, allow_empty=True)
        return self.ask("commit", message=message, metadata=metadata, allow_empty=True)

    def commit_unchanged(self):
        self.ask("commit", message="nothing")

    def amend(self, message):
        return self.ask("commit", message=message, amend=True)

    def flush(self, message):
        return self.ask("flush", message=message)

    def rebase(self, policy):
        self.ask("rebase", policy=policy)

    def discard(self):
        self.ask("discard")


def _solver(policy):
    if policy == "fail":
        return icechunk.ConflictDetector()
    side = {"ours": icechunk.VersionSelection.UseOurs, "theirs": icechunk.VersionSelection.UseTheirs}[policy]
    return icechunk.BasicConflictSolver(on_chunk_conflict=side)


def _refusals(function):
    """Turns the reference's exceptions into Refused."""

    def call(*arguments, **named):
        try:
            return function(*arguments, **named)
        except icechunk.RebaseFailedError as error:
            conflicts = {}
            for c in error.conflicts:
                kind = re.sub(" |(?<!^)(?=[A-Z])", "_", repr(c.conflict_type).split(".")[-1]).lower()
                path = None if kind == "move_operation_cannot_be_rebased" else c.path
                conflicts.setdefault((kind, path), set()).update(map(tuple, c.conflicted_chunks or []))
            raise Refused("rebase_failed", error, conflicts) from None
        except icechunk.ConflictError as error:
            raise Refused("conflict", error) from None
        except icechunk.IcechunkError as error:
            raise Refused("refused", error) from None

    return call


class PythonSide:
    name = "python"

    def __init__(self, folder, create):
        self.repository = reference.create(folder) if create else reference.reopen(folder)

    def close(self):
        pass

    @_refusals
    def begin(self, branch):
        return PythonWriter(self.repository.writable_session(branch))

    @_refusals
    def rearrange(self, branch):
        return PythonWriter(self.repository.rearrange_session(branch))

    @_refusals
    def read(self, snapshot=None, **version):
        session = self.repository.readonly_session(snapshot_id=snapshot, **version)
        return PythonWriter(session).tree()

    @_refusals
    def branches(self):
        return {name: self.repository.lookup_branch(name) for name in self.repository.list_branches()}

    @_refusals
    def tags(self):
        return {name: self.repository.lookup_tag(name) for name in self.repository.list_tags()}

    @_refusals
    def ancestry(self, snapshot):
        return [(s.id, s.message, s.metadata) for s in self.repository.ancestry(snapshot_id=snapshot)]

    @_refusals
    def diff(self, older, newer):
        said = self.repository.diff(from_snapshot_id=older, to_snapshot_id=newer)
        return _diff({name: getattr(said, name) for name in DIFF_SETS}, said.updated_chunks, said.moved_nodes)

    @_refusals
    def operations(self):
        return [round(u.updated_at.timestamp() * 1e6) for u in self.repository.ops_log()]

    @_refusals
    def create_branch(self, name, at):
        self.repository.create_branch(name, at)

    @_refusals
    def reset_branch(self, name, to, expected):
        self.repository.reset_branch(name, to, from_snapshot_id=expected)

    @_refusals
    def delete_branch(self, name):
        self.repository.delete_branch(name)

    @_refusals
    def create_tag(self, name, at):
        self.repository.create_tag(name, at)

    @_refusals
    def delete_tag(self, name):
        self.repository.delete_tag(name)

    @_refusals
    def expire(self, older_than):
        self.repository.expire_snapshots(older_than)

    @_refusals
    def collect(self, older_than):
        self.repository.garbage_collect(older_than)


class PythonWriter:
    def __init__(self, session):
        self.session = session

    def end(self):
        self.session = None

    def _array(self, path):
        return reference.open_array(self.session, path)

    def create_group(self, path, attributes):
        text = json.dumps({"zarr_format": 3, "node_type": "group", "attributes": attributes})
        reference.set_key(self.session, f"{path[1:]}/zarr.json".lstrip("/"), text.encode())

    def create_array(self, path, node):
        text = reference.zarr_json(node.data_type, node.shape, node.chunks, node.codecs, node.fill,
                                   attributes=node.attributes)
        reference.set_key(self.session, f"{path[1:]}/zarr.json", text)

    def set_attributes(self, path, attributes):
        zarr.open(self.session.store, path=path[1:], mode="r+").attrs.put(attributes)

    def write(self, path, origin, values):
        self._array(path)[tuple(slice(o, o + n) for o, n in zip(origin, values.shape))] = values

    def append(self, path, axis, values):
        self._array(path).append(values, axis)

    def resize(self, path, shape):
        self._array(path).resize(shape)

    def erase(self, path, index):
        zarr.core.sync.sync(self.session.store.delete("/".join([path[1:], "c", *map(str, index)])))

    def delete(self, path):
        zarr.core.sync.sync(self.session.store.delete_dir(path[1:]))

    @_refusals
    def move(self, old, new):
        self.session.move(old, new)

    def shift(self, path, offset):
        self.session.shift_array(path, offset)

    def read_box(self, path, node, origin, shape):
        return np.asarray(self._array(path)[tuple(slice(o, o + n) for o, n in zip(origin, shape))])

    def chunk_keys(self, path):
        async def keys():
            return [key async for key in self.session.store.list_prefix(path[1:])]

        return {key for key in zarr.core.sync.sync(keys()) if key.startswith(path[1:] + "/c/")}

    def tree(self):
        out = {}
        try:
            root = zarr.open_group(self.session.store, mode="r")
        except (FileNotFoundError, zarr.errors.GroupNotFoundError):
            return out
        for path, node in [("/", root)] + [("/" + name, node) for name, node in root.members(max_depth=None)]:
            data = None
            if isinstance(node, zarr.Array):
                values = np.asarray(node[...])
                data = (str(values.dtype), values.shape, values.tobytes())
            out[path] = (dict(node.attrs), data)
        return out

    @_refusals
    def status(self):
        said = self.session.status()
        return _diff({name: getattr(said, name) for name in DIFF_SETS}, said.updated_chunks, said.moved_nodes)

    @_refusals
    def commit(self, message, metadata=None, rebase=None):
        if rebase:
            return self.session.commit(message, metadata, rebase_with=_solver(rebase), rebase_tries=3, allow_empty=True)
        return self.session.commit(message, metadata, allow_empty=True)

    @_refusals
    def commit_unchanged(self):
        self.session.commit("nothing")

    @_refusals
    def amend(self, message):
        return self.session.amend(message)

    @_refusals
    def flush(self, message):
        return self.session.flush(message)

    @_refusals
    def rebase(self, policy):
        self.session.rebase(_solver(policy))

    @_refusals
    def discard(self):
        self.session.discard_changes()
