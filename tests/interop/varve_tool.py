# SPDX-License-Identifier: Apache-2.0
"""varve from Python: drives the program varve_interop of the folder VARVE_PROGRAMS, one line of JSON each way."""
import json
import os
import pathlib
import subprocess

import numpy as np

DATA_TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
              "float16", "float32", "float64", "complex64", "complex128"]


class VarveError(Exception):
    """What varve threw. `kind` is the stable name of its code, `conflicts` what stood in the way of a rebase."""

    def __init__(self, kind, message, conflicts):
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.conflicts = conflicts


class Varve:
    """The process, with one repository open at a time."""

    def __init__(self):
        program = pathlib.Path(os.environ["VARVE_PROGRAMS"]) / "varve_interop"
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.spoken = []  # what has been asked, for a replay by hand

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        ended = self.process.wait(timeout=60)
        assert ended == 0, f"varve_interop ended with {ended}"

    def ask(self, do, **arguments):
        """Runs one command and returns its answer, or raises a VarveError."""
        line = json.dumps({"do": do, **{k: v for k, v in arguments.items() if v is not None}}, ensure_ascii=False)
        self.spoken.append(line)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"varve_interop ended with {self.process.wait()} at {line[:500]}")
        answer = json.loads(answer)
        if "error" in answer:
            raise VarveError(answer["error"], answer["message"], answer.get("conflicts", []))
        return answer["ok"]

    def create(self, folder, **options):
        self.ask("create", folder=str(folder), **options)

    def open(self, folder, **options):
        self.ask("open", folder=str(folder), **options)

    def writer(self, branch="main"):
        return VarveSession(self, self.ask("writable_session", branch=branch))

    def forked(self, fork):
        """A session that goes on from what `VarveSession.fork` returned, in any process."""
        return VarveSession(self, self.ask("forked_session", fork=fork))

    def rearranger(self, branch="main"):
        return VarveSession(self, self.ask("rearrange_session", branch=branch))

    def reader(self, **version):
        """A read-only session: of `branch`, `tag`, `snapshot`, or `branch` and `as_of` in microseconds."""
        return VarveSession(self, self.ask("readonly_session", **(version or {"branch": "main"})))


def native(data_type):
    return np.dtype("bool" if data_type == "bool" else data_type)


class VarveSession:
    def __init__(self, tool, number):
        self.tool = tool
        self.number = number

    def ask(self, do, **arguments):
        return self.tool.ask(do, session=self.number, **arguments)

    def info(self):
        return self.ask("session")

    def end(self):
        self.ask("end")

    # The hierarchy.

    def nodes(self, below="/"):
        return self.ask("nodes", below=below)

    def create_group(self, path, attributes=None):
        self.ask("create_group", path=path, attributes=json.dumps(attributes or {}, ensure_ascii=False))

    def create_array(self, path, data_type, shape, chunks, *, chunk_edges=None, codecs=None, fill_value=None,
                     dimension_names=None, attributes=None):
        self.ask("create_array", path=path, data_type=data_type, shape=list(shape), chunks=list(chunks),
                 chunk_edges=chunk_edges, codecs=codecs or [], fill_value=fill_value, dimension_names=dimension_names,
                 attributes=json.dumps(attributes or {}, ensure_ascii=False))

    def array(self, path):
        return self.ask("array", path=path)

    def read(self, path, origin=None, shape=None):
        if origin is None:
            array = self.array(path)
            shape, data_type = array["shape"], array["data_type"]
            data = self.ask("read", path=path)
        else:
            data_type = self.array(path)["data_type"]
            data = self.ask("read", path=path, origin=list(origin), shape=list(shape))
        return np.frombuffer(bytes.fromhex(data), native(data_type)).reshape(shape)

    def write(self, path, values, origin=None):
        values = np.asarray(values)  # tobytes is in C order whatever the layout; ascontiguousarray would lift a scalar
        self.ask("write", path=path, origin=list(origin if origin is not None else [0] * values.ndim),
                 shape=list(values.shape), data=values.tobytes().hex())

    def append(self, path, dimension, values):
        values = np.asarray(values)
        self.ask("append", path=path, dimension=dimension, shape=list(values.shape), data=values.tobytes().hex())

    def resize(self, path, shape):
        self.ask("resize", path=path, shape=list(shape))

    def shift(self, path, offset):
        self.ask("shift", path=path, offset=list(offset))

    def reindex(self, path, forward, backward=None):
        """By dictionaries from index to index."""
        pairs = [[[list(a), list(b)] for a, b in map.items()] if map is not None else None for map in (forward, backward)]
        self.ask("reindex", path=path, forward=pairs[0], backward=pairs[1])

    def list_chunks(self, path):
        return {tuple(chunk.pop("index")): chunk for chunk in self.ask("list_chunks", path=path)}

    def erase_chunk(self, path, index):
        self.ask("store_erase", key="/".join([path[1:], "c", *map(str, index)]))

    def attributes(self, path):
        return json.loads(self.ask("attributes", path=path))

    def set_attributes(self, path, attributes):
        self.ask("set_attributes", path=path, attributes=json.dumps(attributes, ensure_ascii=False))

    def delete(self, path):
        self.ask("delete", path=path)

    def move(self, from_, to):
        self.tool.ask("move", session=self.number, **{"from": from_, "to": to})

    # The raw Zarr store.

    def get(self, key):
        data = self.ask("store_get", key=key)
        return None if data is None else bytes.fromhex(data)

    def set(self, key, data):
        self.ask("store_set", key=key, data=data.hex())

    def list(self, prefix=""):
        return self.ask("store_list", prefix=prefix)

    # The transaction.

    def status(self):
        return self.ask("status")

    def fork(self):
        return self.ask("fork")

    def changes(self):
        return self.ask("changes")

    def merge(self, changes):
        self.ask("merge", changes=changes)

    def commit(self, message, **options):
        return self.ask("commit", message=message, **options)

    def rebase(self, policy="fail"):
        self.ask("rebase", policy=policy)

    def discard(self):
        self.ask("discard")
