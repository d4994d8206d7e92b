# SPDX-License-Identifier: Apache-2.0
"""What a repository must hold, in plain dictionaries: snapshots as paths to nodes, sessions as edits over one of them, and
the rules by which edits conflict with a commit that came first."""
import dataclasses
import itertools

import numpy as np

INITIAL = "1CECHNKREP0F1RSTCMT0"
_ids = itertools.count()


@dataclasses.dataclass(frozen=True)
class Node:
    """A node of a tree. Nothing in it is ever changed in place: trees share nodes."""

    id: int
    attributes: dict
    data_type: str = None  # an array has one
    shape: tuple = ()
    chunks: tuple = ()
    codecs: list = None
    fill: object = None  # as zarr.json spells it
    fill_bytes: bytes = b""
    blocks: dict = dataclasses.field(default_factory=dict)  # whole chunks by index; a missing one is fill values

    @property
    def is_array(self):
        return self.data_type is not None

    def block(self, index):
        if index in self.blocks:
            return self.blocks[index]
        count = int(np.prod(self.chunks, dtype=int))
        return np.frombuffer(self.fill_bytes * count, self.data_type).reshape(self.chunks)

    def grid(self, shape=None):
        shape = self.shape if shape is None else shape
        return itertools.product(*(range(-(-length // chunk)) for length, chunk in zip(shape, self.chunks)))

    def values(self):
        out = np.empty(self.shape, self.data_type)
        for index in self.grid():
            where = tuple(slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(index, self.chunks, self.shape))
            out[where] = self.block(index)[tuple(slice(0, s.stop - s.start) for s in where)]
        return out

    def written(self, origin, values):
        """The chunks that a write of a box changes, by index."""
        out = {}
        ranges = [range(o // c, -(-(o + n) // c)) for o, n, c in zip(origin, values.shape, self.chunks)]
        for index in itertools.product(*ranges):
            block = self.block(index).copy()
            inside, outside = [], []
            for i, o, n, c in zip(index, origin, values.shape, self.chunks):
                first, last = max(o, i * c), min(o + n, (i + 1) * c)
                inside.append(slice(first - i * c, last - i * c))
                outside.append(slice(first - o, last - o))
            block[tuple(inside)] = values[tuple(outside)]
            out[index] = block
        return out


def inside(index, node):
    return all(i < -(-n // c) for i, n, c in zip(index, node.shape, node.chunks))


def is_below(path, above):
    return path.startswith(above.rstrip("/") + "/") and path != above


def parents(path):
    while path != "/":
        path = path.rsplit("/", 1)[0] or "/"
        yield path


def may_move(tree, old, new):
    above = next(parents(new), None)
    return (old in tree and new != old and not is_below(new, old) and not any(p == new or is_below(p, new) for p in tree)
            and above in tree and not tree[above].is_array)


def with_move(tree, old, new):
    return {new + p[len(old):] if p == old or is_below(p, old) else p: node for p, node in tree.items()}


def net_moves(before, after):
    old = {node.id: path for path, node in before.items()}
    return {node.id: (old[node.id], path) for path, node in after.items() if old.get(node.id, path) != path}


def amended_moves(earlier, later):
    """The moves of one commit that does what two did."""
    both = {id_: (earlier.get(id_, later.get(id_))[0], later.get(id_, earlier.get(id_))[1]) for id_ in earlier | later}
    return {id_: (old, new) for id_, (old, new) in both.items() if old != new}


@dataclasses.dataclass
class Edits:
    """What a session changed: the log of its commit."""

    new: dict = dataclasses.field(default_factory=dict)  # path -> id
    deleted: dict = dataclasses.field(default_factory=dict)  # path -> the node of the base
    updated: set = dataclasses.field(default_factory=set)  # ids of nodes of the base whose zarr.json changed
    chunks: dict = dataclasses.field(default_factory=dict)  # id -> {index: block, None where erased}
    moved: dict = dataclasses.field(default_factory=dict)  # id -> (path before, path after)

    def copy(self):
        return Edits(dict(self.new), dict(self.deleted), set(self.updated),
                     {id_: dict(blocks) for id_, blocks in self.chunks.items()}, dict(self.moved))


class Session:
    def __init__(self, side, branch, base, tree):
        self.side = side  # the implementation
        self.branch = branch
        self.base = base
        self.base_tree = tree
        self.tree = dict(tree)
        self.edits = Edits()

    def discard(self):
        self.tree = dict(self.base_tree)
        self.edits = Edits()

    def create(self, path, node):
        self.tree[path] = dataclasses.replace(node, id=next(_ids))
        self.edits.new[path] = self.tree[path].id

    def _update(self, path, **fields):
        node = self.tree[path] = dataclasses.replace(self.tree[path], **fields)
        if path not in self.edits.new:
            self.edits.updated.add(node.id)

    def set_attributes(self, path, attributes):
        self._update(path, attributes=attributes)

    def put(self, path, blocks):
        node = self.tree[path]
        if not blocks:
            return
        kept = {index: block for index, block in (node.blocks | blocks).items() if block is not None}
        self.tree[path] = dataclasses.replace(node, blocks=kept)
        self.edits.chunks.setdefault(node.id, {}).update(blocks)

    def write(self, path, origin, values):
        self.put(path, self.tree[path].written(origin, values))

    def resize(self, path, shape):
        """zarr-python erases every index outside the new grid, varve those that exist."""
        node = self.tree[path]
        smaller = dataclasses.replace(node, shape=tuple(shape))
        outside = [index for index in node.grid() if not inside(index, smaller)]
        if self.side == "varve":
            outside = [index for index in outside if index in node.blocks]
        self.put(path, dict.fromkeys(outside))
        self._update(path, shape=tuple(shape))

    def shift(self, path, offset):
        """Every chunk that there is counts as changed, and every place that one comes to."""
        node, blocks = self.tree[path], {}
        for index in node.blocks:
            to = tuple(i + o for i, o in zip(index, offset))
            blocks.setdefault(index, None)
            if min(to) >= 0 and inside(to, node):
                blocks[to] = node.blocks[index]
        self.put(path, blocks)

    def delete(self, path):
        for below in [p for p in self.tree if p == path or is_below(p, path)]:
            node = self.tree.pop(below)
            self.edits.chunks.pop(node.id, None)
            self.edits.updated.discard(node.id)
            if self.edits.new.pop(below, None) is None:
                self.edits.deleted[below] = node

    def status(self):
        """The edits by path, as a diff shows them."""
        return diff_of([self.edits], self.base_tree, self.tree)

    def apply(self, edits, tree):
        """`edits` on another tree than they were made on."""
        out = dict(tree)
        for path, node in edits.deleted.items():
            if path in out and out[path].id == node.id:
                del out[path]
        ours = {node.id: node for node in self.tree.values()}
        for path, node in list(out.items()):
            if node.id in edits.updated:
                node = dataclasses.replace(ours[node.id], blocks=node.blocks)
            changed = edits.chunks.get(node.id)
            if changed is not None or node.id in edits.updated:
                blocks = {i: b for i, b in (node.blocks | (changed or {})).items() if b is not None and inside(i, node)}
                node = dataclasses.replace(node, blocks=blocks)
            out[path] = node
        for path, id_ in edits.new.items():
            out[path] = ours[id_]
        return out

    def rebase(self, commits, policy):
        """Replays the edits on (id, logs, tree) of each commit, oldest first. Returns the conflicts that remain, of the
        first commit that has any; the session then stands before it."""
        for id_, logs, tree in commits:
            found = {}
            for log in logs:
                for conflict in detect(self, log, tree):
                    found.setdefault(conflict[:2], set()).update(conflict[2])
            unsolved = {key: chunks for key, chunks in found.items() if not solved(key[0], policy)}
            if unsolved:
                return unsolved
            if policy == "theirs":
                paths = {path: node.id for path, node in self.base_tree.items()}
                for (kind, path), chunks in found.items():
                    for index in chunks if kind == "chunk_double_update" else ():
                        del self.edits.chunks[paths[path]][index]
            tree_after = self.apply(self.edits, tree)
            self.base, self.base_tree, self.tree = id_, tree, tree_after
        return {}


SOLVABLE = {"delete_of_updated_array", "delete_of_updated_group", "chunk_double_update"}
# Only varve sees these; the reference would write a snapshot that is not well formed.
ONLY_VARVE = {"parent_group_deleted", "child_of_deleted_group", "node_below_new_array", "node_replaced"}


def solved(kind, policy):
    return policy != "fail" and kind in SOLVABLE


def detect(session, log, tree):
    """The conflicts of a session's edits with a commit, as (kind, path, indices of chunks)."""
    if log.moved:
        return [("move_operation_cannot_be_rebased", None, ())]
    ours, base, out = session.edits, session.base_tree, []
    by_id = {node.id: path for path, node in base.items()}
    gone = {node.id for node in log.deleted.values()}
    for path in ours.new:
        if path in tree and path not in ours.deleted:
            out.append(("new_node_conflicts_with_existing_node", path, ()))
        for above in parents(path):
            if above in tree and tree[above].is_array:
                out.append(("new_node_in_invalid_group", above, ()))
    for id_ in ours.updated:
        path = by_id[id_]
        if id_ in log.updated:
            out.append(("zarr_metadata_double_update", path, ()))
        if id_ in gone:
            kind = "array" if base[path].is_array else "group"
            out.append((f"zarr_metadata_update_of_deleted_{kind}", path, ()))
    for id_, blocks in ours.chunks.items():
        if not blocks or id_ not in by_id:
            continue
        path = by_id[id_]
        if id_ in gone:
            out.append(("chunks_updated_in_deleted_array", path, ()))
        if id_ in log.updated:
            out.append(("chunks_updated_in_updated_array", path, ()))
        both = set(blocks) & set(log.chunks.get(id_, ()))
        if both:
            out.append(("chunk_double_update", path, both))
    for path, node in ours.deleted.items():
        there = tree.get(path)
        if there is None:
            continue
        if node.is_array and (there.id in log.updated or log.chunks.get(there.id)):
            out.append(("delete_of_updated_array", path, ()))
        if not node.is_array and there.id in log.updated and not there.is_array:
            out.append(("delete_of_updated_group", path, ()))
        if there.id != node.id:
            out.append(("node_replaced", path, ()))
    for path, id_ in ours.new.items():
        for above in parents(path):
            if above in ours.new:
                break
            before = base.get(above)
            if before is not None and above not in ours.deleted and above not in tree:
                out.append(("parent_group_deleted", path, ()))
                break
        if session.tree[path].is_array:
            for below, child in tree.items():
                known = ours.deleted.get(below)
                if is_below(below, path) and (known is None or known.id != child.id):
                    out.append(("node_below_new_array", path, ()))
    seen = set()
    for path in sorted(ours.deleted):
        if ours.deleted[path].is_array or path in ours.new:
            continue
        for below in tree:
            if is_below(below, path) and below not in ours.deleted and below not in seen:
                seen.add(below)
                out.append(("child_of_deleted_group", path, ()))
    return out


def diff_of(logs, older, newer):
    """What the logs between two trees say, by path in the newer one, or in the older one where a node is gone."""
    nodes = {node.id: (path, node) for tree in (older, newer) for path, node in tree.items()}
    out = {f"{what}_{kind}": set() for what in ("new", "deleted", "updated") for kind in ("groups", "arrays")}
    out["updated_chunks"] = {}
    out["moved_nodes"] = sorted(move for log in logs for move in log.moved.values())
    for log in logs:
        by_kind = [("new", log.new.values()), ("updated", log.updated), ("deleted", [n.id for n in log.deleted.values()])]
        for what, ids in by_kind:
            for id_ in ids:
                if id_ in nodes:
                    path, node = nodes[id_]
                    out[f"{what}_{'arrays' if node.is_array else 'groups'}"].add(path)
        for id_, blocks in log.chunks.items():
            if id_ in nodes and blocks:
                out["updated_chunks"].setdefault(nodes[id_][0], set()).update(blocks)
    return out
