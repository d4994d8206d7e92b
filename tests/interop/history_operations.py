# SPDX-License-Identifier: Apache-2.0
"""The operations of a random history. Each returns what it did, or None where there is nothing to do."""
import dataclasses
import datetime
import random

import numpy as np

import kinds
from history import History, expect, plain, refused
from history_model import INITIAL, Edits, Node, amended_moves, diff_of, may_move, net_moves, with_move
from history_sides import PythonSide, Refused, VarveSide
from varve_tool import native

FILLS = {"int32": -1, "float64": "NaN", "uint8": 0, "complex64": ["NaN", 0.0]}
NAMES = ["a", "b", "c", "ü"]


class RandomHistory(History):
    def __init__(self, folder, seed):
        # In half of the histories varve shares an array out among as many manifests as it can.
        super().__init__(folder, refs_per_manifest=2 if seed % 2 else None)
        self.seed = seed
        self.counter = 0  # makes every value of attributes another one
        self.done = {}  # how often each operation ran

    # Steps.

    def step(self, number):
        """Runs a step and returns what it did. It draws from a generator of its own, so that a history stays valid when
        steps are left out."""
        rng = random.Random(f"{self.seed}/{number}")
        names, weights = zip(*OPERATIONS.items())
        for name in rng.choices(names, weights, k=20):
            said = getattr(self, name)(rng)
            if said is not None:
                self.done[name] = self.done.get(name, 0) + 1
                return f"{name}: {said}"
        return "nothing to do"

    def side(self, rng):
        return self.sides[rng.choice(sorted(self.sides))]

    def pick_session(self, rng):
        return rng.choice(self.sessions) if self.sessions else None

    def pick_node(self, rng, kind):
        """A session with a node of a kind, "array" or "group", but not the root; and its path."""
        entry = self.pick_session(rng)
        if entry is None:
            return None, None
        paths = [p for p, n in sorted(entry[0].tree.items()) if n.is_array == (kind == "array") and p != "/"]
        return (entry, rng.choice(paths)) if paths else (None, None)

    def free_path(self, rng, tree):
        if not tree:
            return "/"
        groups = [p for p, n in sorted(tree.items()) if not n.is_array and p.count("/") < 3]
        path = rng.choice(groups).rstrip("/") + "/" + rng.choice(NAMES)
        return None if path in tree else path

    def attributes(self, rng):
        self.counter += 1
        extra = [None, True, 1.5, -7, 2**53 + 1, 2**63, "ü\"\n\u2028", [1, [2, {"x": None}]], {"a": {"b": []}}, {}]
        return {"counter": self.counter, rng.choice(["units", "é", "with space"]): rng.choice(extra)}

    # Edits.

    def begin(self, rng):
        if len(self.sessions) == 4:
            return None
        branch = "main" if rng.random() < 0.8 else rng.choice(sorted(self.branches))
        side = self.side(rng).name
        self.open_session(side, branch)
        return f"{side} on {branch}"

    def create_group(self, rng):
        entry = self.pick_session(rng)
        path = entry and self.free_path(rng, entry[0].tree)
        if path is None:
            return None
        attributes = self.attributes(rng)
        self.edit(entry, "create_group", path, Node(0, attributes), attributes)
        return f"{entry[0].side} {path}"

    def new_array(self, rng):
        rank = rng.choice([1, 1, 2, 2, 2, 3])
        chunks = tuple(rng.choice([2, 3, 4]) for _ in range(rank))
        shape = tuple(rng.choice([0, 1, 3, 4, 5, 6, 8]) for _ in range(rank))
        data_type = rng.choice(sorted(FILLS))
        chains = kinds.chains(native(data_type).itemsize)
        names = ["plain", "big_endian", "zstd", "gzip", "zstd_crc", "blosc_lz4_shuffle", "blosc_zstd_bitshuffle"]
        codecs = chains[rng.choice(names)]
        if rank == 2 and rng.random() < 0.2:
            codecs = chains["transposed_gzip"]
        if all(c % 2 == 0 for c in chunks) and rng.random() < 0.5:
            codecs = [kinds.shards([c // 2 for c in chunks], codecs)]
        fill = FILLS[data_type]
        element = complex(float("nan"), 0) if data_type == "complex64" else fill
        raw = np.array(element, data_type if fill != "NaN" else "float64").tobytes()
        return Node(0, self.attributes(rng), data_type, shape, chunks, codecs, fill, raw)

    def create_array(self, rng):
        entry = self.pick_session(rng)
        path = entry and self.free_path(rng, entry[0].tree)
        if path in (None, "/"):
            return None
        node = self.new_array(rng)
        self.edit(entry, "create_array", path, node)
        return f"{entry[0].side} {path} {node.data_type} {node.shape} in {node.chunks}"

    def numbers(self, rng, data_type, shape):
        """No value is a fill value."""
        values = [rng.randrange(1, 100) for _ in range(int(np.prod(shape)))]
        return np.array(values, data_type).reshape(shape)

    def box(self, rng, shape):
        if 0 in shape:
            return None
        origin = tuple(rng.randrange(n) for n in shape)
        return origin, tuple(rng.randint(1, n - o) for n, o in zip(shape, origin))

    def write(self, rng):
        entry, path = self.pick_node(rng, "array")
        node = entry and entry[0].tree[path]
        box = node and self.box(rng, node.shape)
        if not box:
            return None
        self.edit(entry, "write", path, box[0], self.numbers(rng, node.data_type, box[1]))
        return f"{entry[0].side} {path} {box}"

    def append(self, rng):
        entry, path = self.pick_node(rng, "array")
        if entry is None:
            return None
        node = entry[0].tree[path]
        axis = rng.randrange(len(node.shape))
        shape = list(node.shape)
        shape[axis] = rng.randint(1, 3)
        if 0 in shape or node.shape[axis] > 12:
            return None
        values = self.numbers(rng, node.data_type, shape)
        origin = [0] * len(shape)
        origin[axis] = node.shape[axis]
        shape[axis] += node.shape[axis]
        entry[0].resize(path, shape)
        entry[0].write(path, origin, values)
        entry[1].append(path, axis, values)
        return f"{entry[0].side} {path} axis {axis}"

    def resize(self, rng):
        """To whole chunks where it shrinks: what an edge chunk keeps beyond the edge is not said by the format."""
        entry, path = self.pick_node(rng, "array")
        if entry is None:
            return None
        node = entry[0].tree[path]
        shape = []
        for length, chunk in zip(node.shape, node.chunks):
            grow = rng.random() < 0.5
            shape.append(min(length + rng.randint(0, 4), 14) if grow else rng.randint(0, length // chunk) * chunk)
        shape = tuple(max(n, m) if m > 14 else n for n, m in zip(shape, node.shape))
        if shape == node.shape:
            return None
        self.edit(entry, "resize", path, shape)
        return f"{entry[0].side} {path} {node.shape} to {shape}"

    def erase(self, rng):
        entry, path = self.pick_node(rng, "array")
        blocks = entry and sorted(entry[0].tree[path].blocks)
        if not blocks:
            return None
        index = rng.choice(blocks)
        self.edit(entry, "erase", path, index)
        return f"{entry[0].side} {path} {index}"

    def set_array_attributes(self, rng):
        entry, path = self.pick_node(rng, "array")
        if entry is None:
            return None
        self.edit(entry, "set_attributes", path, self.attributes(rng))
        return f"{entry[0].side} {path}"

    def set_group_attributes(self, rng):
        entry = self.pick_session(rng)
        if entry is None:
            return None
        groups = [p for p, n in sorted(entry[0].tree.items()) if not n.is_array]
        if not groups:
            return None
        path = rng.choice(groups)
        self.edit(entry, "set_attributes", path, self.attributes(rng))
        return f"{entry[0].side} {path}"

    def delete_array(self, rng):
        entry, path = self.pick_node(rng, "array")
        if entry is None:
            return None
        self.edit(entry, "delete", path)
        return f"{entry[0].side} {path}"

    def delete_group(self, rng):
        entry, path = self.pick_node(rng, "group")
        if entry is None:
            return None
        self.edit(entry, "delete", path)
        return f"{entry[0].side} {path}"

    def replace(self, rng):
        entry, path = self.pick_node(rng, "array")
        if entry is None:
            return None
        self.edit(entry, "delete", path)
        self.edit(entry, "create_array", path, self.new_array(rng))
        return f"{entry[0].side} {path}"

    def read_box(self, rng):
        entry, path = self.pick_node(rng, "array")
        node = entry and entry[0].tree[path]
        box = node and self.box(rng, node.shape)
        if not box:
            return None
        wanted = node.values()[tuple(slice(o, o + n) for o, n in zip(*box))]
        found = entry[1].read_box(path, node, *box)
        expect(found.tobytes(), np.ascontiguousarray(wanted).tobytes(), f"a box of {path}")
        return f"{entry[0].side} {path} {box}"

    def read_session(self, rng):
        entry = self.pick_session(rng)
        if entry is None:
            return None
        self.check_session(entry)
        self.check_status(entry)
        for path, node in entry[0].tree.items():
            if node.is_array:
                keys = {"/".join([path[1:], "c", *map(str, index)]) for index in node.blocks}
                expect(entry[1].chunk_keys(path), keys, f"the chunks of {path} in a session of {entry[0].side}")
        return entry[0].side

    def discard(self, rng):
        entry = self.pick_session(rng)
        if entry is None:
            return None
        entry[0].discard()
        entry[1].discard()
        self.check_session(entry)
        return entry[0].side

    def commit_unchanged(self, rng):
        branch = rng.choice(sorted(self.branches))
        entry = self.open_session(self.side(rng).name, branch)
        refused("refused", entry[1].commit_unchanged, "a commit of nothing")
        self.commit(entry, "nothing, on purpose", {})
        return f"{entry[0].side} on {branch}"

    def commit_session(self, rng):
        """A commit. Where another one came first, it is refused; then a rebase decides, or the changes are dropped."""
        entry = self.pick_session(rng)
        if entry is None:
            return None
        session, writer = entry
        message, metadata = f"by {session.side}", rng.choice([{}, self.attributes(rng)])
        if session.base == self.branches[session.branch]:
            return f"{session.side} on {session.branch}: {self.commit(entry, message, metadata)}"
        late = f"{session.side} on {session.branch}, late by {len(self.since(session))}"
        refused("conflict", lambda: writer.commit(message), "a late commit")
        self.check_session(entry)
        if rng.random() < 0.1:
            self.close_session(entry)
            return f"{late}: dropped"
        policy = rng.choice(["fail", "ours", "theirs"])
        left = self.rebase(entry, policy, lambda: writer.rebase(policy))
        if left:
            if session.side == "python" or rng.random() < 0.7:
                self.close_session(entry)
            return f"{late}, {policy}: {left}"
        self.check_session(entry)
        return f"{late}, {policy}: {self.commit(entry, message, metadata)}"

    def commit_and_rebase(self, rng):
        """The same in one call."""
        entry = self.pick_session(rng)
        if entry is None or entry[0].base == self.branches[entry[0].branch]:
            return None
        session, writer = entry
        late = f"{session.side} on {session.branch}, late by {len(self.since(session))}"
        policy, made = rng.choice(["fail", "ours", "theirs"]), []
        left = self.rebase(entry, policy, lambda: made.append(writer.commit("rebased", {}, rebase=policy)))
        if not left:
            self.record(made[0], session.tree, session.base, [session.edits], "rebased", {})
            self.branches[session.branch] = made[0]
            expect(self.side(rng).read(snapshot=made[0]), plain(session.tree), f"a rebased commit of {session.side}")
        self.close_session(entry)
        return f"{late}, {policy}: {left or made}"

    # Refs.

    def create_branch(self, rng):
        side, name, at = self.side(rng), f"b{rng.randrange(4)}", rng.choice(list(self.snapshots))
        if name in self.branches:
            refused("refused", lambda: side.create_branch(name, at), f"{side.name}: a second branch {name}")
        else:
            side.create_branch(name, at)
            self.branches[name] = at
        return f"{side.name} {name}"

    def idle_branch(self, rng):
        idle = sorted(self.branches.keys() - {session.branch for session, _ in self.sessions} - {"main"})
        return rng.choice(idle) if idle else None

    def reset_branch(self, rng):
        side, name, to = self.side(rng), self.idle_branch(rng), rng.choice(list(self.snapshots))
        if name is None:
            return None
        wrong = rng.choice(list(self.snapshots))
        if wrong != self.branches[name]:
            refused("refused", lambda: side.reset_branch(name, to, wrong), f"{side.name}: a reset from elsewhere")
        side.reset_branch(name, to, rng.choice([None, self.branches[name]]))
        self.branches[name] = to
        return f"{side.name} {name} to {to}"

    def delete_branch(self, rng):
        side, name = self.side(rng), self.idle_branch(rng)
        refused("refused", lambda: side.delete_branch("main"), f"{side.name}: deleting main")
        if name is None:
            return None
        side.delete_branch(name)
        del self.branches[name]
        return f"{side.name} {name}"

    def create_tag(self, rng):
        side, name, at = self.side(rng), f"t{rng.randrange(12)}", rng.choice(list(self.snapshots))
        if name in self.tags or name in self.deleted_tags:
            refused("refused", lambda: side.create_tag(name, at), f"{side.name}: a second tag {name}")
        else:
            side.create_tag(name, at)
            self.tags[name] = at
        return f"{side.name} {name}"

    def delete_tag(self, rng):
        side, name = self.side(rng), f"t{rng.randrange(12)}"
        if name in self.tags:
            side.delete_tag(name)
            del self.tags[name]
            self.deleted_tags.add(name)
        else:
            refused("refused", lambda: side.delete_tag(name), f"{side.name}: deleting no tag {name}")
        return f"{side.name} {name}"

    # Reading.

    def chain(self, id_):
        out = []
        while id_ is not None:
            out.append(id_)
            id_ = self.parents[id_]
        return out

    def travel(self, rng):
        side, id_ = self.side(rng), rng.choice(list(self.snapshots))
        expect(side.read(snapshot=id_), plain(self.snapshots[id_]), f"{side.name} reads {id_}")
        return f"{side.name} {id_}"

    def read_as_of(self, rng):
        branch = rng.choice(sorted(self.branches))
        id_ = rng.choice(self.chain(self.branches[branch]))
        at = self.sides["python"].repository.lookup_snapshot(id_).written_at
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        microseconds = (at - epoch) // datetime.timedelta(microseconds=1)
        wanted = plain(self.snapshots[id_])
        expect(self.sides["varve"].read(branch=branch, as_of=microseconds), wanted, f"varve reads {branch} as of {at}")
        expect(self.sides["python"].read(branch=branch, as_of=at), wanted, f"python reads {branch} as of {at}")
        return f"{branch} {at}"

    def diff(self, rng):
        chain = self.chain(self.branches[rng.choice(sorted(self.branches))])
        if len(chain) < 2:
            return None
        newer, older = sorted(rng.sample(range(len(chain)), 2))
        logs = [log for id_ in reversed(chain[newer:older]) for log in self.logs[id_]]
        wanted = diff_of(logs, self.snapshots[chain[older]], self.snapshots[chain[newer]])
        nodes = [node for at in (older, newer) for node in self.snapshots[chain[at]].items()]
        ids = {}
        for path, node in nodes:
            ids.setdefault(path, set()).add(node.id)
        for side in self.sides.values():
            found = side.diff(chain[older], chain[newer])
            if side.name == "python":
                # Where two nodes had one path, the reference keeps the chunks of one of them, and varve of both.
                for path, indices in wanted["updated_chunks"].items():
                    if len(ids[path]) == 2 and found["updated_chunks"].get(path, set()) <= indices:
                        found["updated_chunks"][path] = indices
            expect(found, wanted, f"the diff of {side.name} from {chain[older]} to {chain[newer]}")
        return f"{chain[older]} to {chain[newer]}"

    def reopen(self, rng):
        name = rng.choice(sorted(self.sides))
        self.close_sessions(name)
        self.sides[name].close()
        self.sides[name] = (VarveSide if name == "varve" else PythonSide)(self.folder, create=False)
        return name

    # Snapshots beside the history.

    def amend(self, rng):
        branch = rng.choice(sorted(self.branches))
        tip = self.branches[branch]
        idle = all(session.branch != branch for session, _ in self.sessions)
        if not idle or tip == INITIAL or any(log.moved for log in self.logs[tip]) or "/" not in self.snapshots[tip]:
            return None
        entry = self.open_session(self.side(rng).name, branch)
        self.edit(entry, "set_attributes", "/", self.attributes(rng))
        arrays = sorted(path for path, node in entry[0].tree.items() if node.is_array and 0 not in node.shape)
        if arrays:
            path = rng.choice(arrays)
            node = entry[0].tree[path]
            self.edit(entry, "write", path, (0,) * len(node.shape), self.numbers(rng, node.data_type, node.shape))
        id_ = entry[1].amend("amended")
        self.record(id_, entry[0].tree, self.parents[tip], self.logs[tip] + [entry[0].edits], "amended", {})
        self.branches[branch] = id_
        self.close_session(entry)
        expect(self.side(rng).read(snapshot=id_), plain(self.snapshots[id_]), f"an amended commit of {entry[0].side}")
        return f"{entry[0].side} on {branch}"

    def flush(self, rng):
        entry = self.pick_session(rng)
        if entry is None or entry[0].edits == Edits():
            return None
        id_ = entry[1].flush("detached")
        self.record(id_, entry[0].tree, entry[0].base, [entry[0].edits], "detached", {})
        self.close_session(entry)
        expect(self.side(rng).read(snapshot=id_), plain(self.snapshots[id_]), f"a snapshot that {entry[0].side} detached")
        return f"{entry[0].side} {id_}"

    def collect(self, rng):
        """Expires and collects what no ref reaches any more, while no session is open."""
        if len(self.snapshots) < 20:
            return None
        self.close_sessions()
        repository = self.sides["python"].repository
        side = self.side(rng)
        side.expire(repository.lookup_snapshot(rng.choice(self.chain(self.branches["main"]))).written_at)
        side.collect(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1))
        kept, logs, parents = {INITIAL}, dict(self.logs), {}
        for tip in [*self.branches.values(), *self.tags.values()]:
            before, after = self.chain(tip), [id_ for id_, _, _ in self.sides["python"].ancestry(tip)]
            assert set(after) <= set(before), "expiration invents ancestors"
            for id_, parent in zip(after, after[1:]):
                between = before[before.index(id_) : before.index(parent)]
                logs[id_] = [log for at in reversed(between) for log in self.logs[at]]
            kept.update(after)
            parents.update(zip(after, after[1:]))
        gone = [id_ for id_ in self.snapshots if id_ not in kept]
        self.parents = {id_: parents.get(id_) for id_ in kept}
        self.logs = {id_: logs[id_] for id_ in kept}
        self.snapshots = {id_: tree for id_, tree in self.snapshots.items() if id_ in kept}
        for id_ in gone[:3]:
            refused("refused", lambda: self.side(rng).read(snapshot=id_), "reading what is collected")
        return f"{side.name}: {len(gone)} snapshots gone"

    # Moves.

    def moving(self, rng, side, branch):
        """A session that moves up to three nodes, of which every rule is asked as well: the pairs, the tree and the session."""
        writer, tree, pairs = self.sides[side].rearrange(branch), self.snapshots[self.branches[branch]], []
        for _ in range(rng.randint(1, 3)):
            paths = sorted(tree)
            old, new = rng.choice(paths), rng.choice(paths).rstrip("/") + "/" + rng.choice(NAMES)
            if may_move(tree, old, new):
                writer.move(old, new)
                tree = with_move(tree, old, new)
                pairs.append((old, new))
            else:
                refused("refused", lambda: writer.move(old, new), f"{side}: a move of {old} to {new}")
        expect(writer.tree(), plain(tree), f"what {side} has moved")
        return pairs, tree, writer

    def move(self, rng):
        """A commit of moves, which now and then amends the one before or is detached."""
        branch, side = rng.choice(sorted(self.branches)), self.side(rng).name
        tip = self.branches[branch]
        before = self.snapshots[tip]
        if len(before) < 2:
            return None
        pairs, tree, writer = self.moving(rng, side, branch)
        moved = net_moves(before, tree)
        status = diff_of([Edits(moved=moved)], before, tree)
        expect(writer.status(), status, f"the status of moves of {side}")
        how, logs, parent = "commit", [Edits(moved=moved)], tip
        if moved and rng.random() < 0.3:
            idle = all(session.branch != branch for session, _ in self.sessions)
            earlier = self.logs[tip]
            if rng.random() < 0.5:
                how = "flush"
            elif idle and tip != INITIAL and (len(earlier) == 1 or not any(log.moved for log in earlier)):
                how, parent = "amend", self.parents[tip]
                all_moves = amended_moves({k: v for log in earlier for k, v in log.moved.items()}, moved)
                logs = [dataclasses.replace(log, moved={}) for log in earlier] + [Edits(moved=all_moves)]
        id_ = getattr(writer, how)("moved")
        writer.end()
        self.record(id_, tree, parent, logs, "moved", {})
        if how != "flush":
            self.branches[branch] = id_
        for reader in self.sides.values():
            expect(reader.read(snapshot=id_), plain(tree), f"{reader.name} reads what {side} has moved")
        return f"{side} {how} on {branch}: {pairs}"

    def move_late(self, rng):
        """Moves over which a session commits first."""
        ready = [e for e in self.sessions if e[0].base == self.branches[e[0].branch] and e[0].edits != Edits()]
        if not ready:
            return None
        entry, side = rng.choice(ready), self.side(rng).name
        session, branch, before = entry[0], entry[0].branch, entry[0].base_tree
        if len(before) < 2:
            return None
        pairs, tree, writer = self.moving(rng, side, branch)
        if not net_moves(before, tree):
            writer.end()
            return None
        self.commit(entry, "before the moves", {})
        refused("conflict", lambda: writer.commit("moved"), "a late commit of moves")
        tip = self.branches[branch]
        tree, possible = self.snapshots[tip], True
        for old, new in pairs:
            possible = possible and may_move(tree, old, new)
            tree = with_move(tree, old, new)
        done = f"{side} on {branch}, after {session.side}: {pairs}"
        if side == "python" and (session.edits.new or session.edits.deleted):
            writer.end()  # the reference lets through what is not well formed
            return f"{done}: dropped"
        if not possible:
            refused("rebase_failed", lambda: writer.rebase("ours"), "a rebase of moves")
            writer.end()
            return f"{done}: impossible"
        writer.rebase("ours")
        expect(writer.tree(), plain(tree), f"moves of {side} on another commit")
        id_ = writer.commit("moved")
        writer.end()
        self.record(id_, tree, tip, [Edits(moved=net_moves(self.snapshots[tip], tree))], "moved", {})
        self.branches[branch] = id_
        expect(self.side(rng).read(snapshot=id_), plain(tree), "moves that have been rebased")
        return done

    def shift(self, rng):
        entry, path = self.pick_node(rng, "array")
        if entry is None:
            return None
        offset = [rng.randint(-2, 2) for _ in entry[0].tree[path].shape]
        self.edit(entry, "shift", path, offset)
        return f"{entry[0].side} {path} by {offset}"


OPERATIONS = {
    "begin": 12, "create_group": 7, "create_array": 12, "write": 30, "append": 5, "resize": 6, "erase": 6,
    "set_array_attributes": 5, "set_group_attributes": 4, "delete_array": 3, "delete_group": 1.5, "replace": 3,
    "read_box": 3, "read_session": 4, "discard": 1, "commit_unchanged": 0.5, "commit_session": 14, "commit_and_rebase": 5,
    "create_branch": 1, "reset_branch": 0.5, "delete_branch": 0.5, "create_tag": 1, "delete_tag": 0.5, "travel": 2,
    "read_as_of": 1, "diff": 3, "reopen": 0.4, "amend": 1, "flush": 1, "move": 0.5,
    "move_late": 0.5, "shift": 4, "collect": 0.3,
}
