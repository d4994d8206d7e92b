# SPDX-License-Identifier: Apache-2.0
"""The reference, icechunk with zarr-python, on a folder or on the S3 server of the environment."""
import json
import os
import urllib.parse

import icechunk
import numpy as np
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.core.buffer.cpu import Buffer
from zarr.core.sync import sync

icechunk.set_logs_filter("error")


def storage(folder):
    """Of a folder, or of s3://bucket/prefix?endpoint=...&region=..., with the credentials of the environment."""
    if not str(folder).startswith("s3://"):
        return icechunk.local_filesystem_storage(str(folder))
    url = urllib.parse.urlsplit(folder)
    options = dict(urllib.parse.parse_qsl(url.query))
    return icechunk.s3_storage(
        bucket=url.netloc, prefix=url.path.strip("/"), region=options["region"], endpoint_url=options["endpoint"],
        allow_http=True, force_path_style=True, access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"])


def create(folder, **options):
    return icechunk.Repository.create(storage(folder), **options)


def reopen(folder, **options):
    return icechunk.Repository.open(storage(folder), **options)


def zarr_json(data_type, shape, chunks, codecs, fill_value, dimension_names=None, attributes=None):
    """The text that zarr-python would write, with exactly these codecs and this form of the fill value."""
    value = {
        "zarr_format": 3, "node_type": "array", "shape": list(shape), "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunks)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": fill_value, "codecs": codecs, "attributes": attributes or {}, "storage_transformers": [],
    }
    if dimension_names is not None:
        value["dimension_names"] = dimension_names
    return json.dumps(value).encode()


def set_key(session, key, data):
    sync(session.store.set(key, Buffer.from_bytes(data)))


def get_key(session, key):
    found = sync(session.store.get(key, default_buffer_prototype()))
    return None if found is None else found.to_bytes()


def open_array(session, path, mode="r+"):
    return zarr.open_array(session.store, path=path.strip("/"), mode="r" if session.read_only else mode)


def read(session, path):
    """The values as a C-order array in native order."""
    values = open_array(session, path)[...]
    return np.array(values, values.dtype.newbyteorder("="), order="C", copy=None)


def same(a, b):
    """Whether two arrays are equal to the bit."""
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def tree(session):
    """Every node: kind, attributes, and for arrays everything that a user sees of them."""
    nodes = {}
    root = zarr.open_group(session.store, mode="r")
    for path, node in [("/", root)] + [("/" + name, node) for name, node in root.members(max_depth=None)]:
        nodes[path] = {"kind": "group", "attributes": dict(node.attrs)}
        if isinstance(node, zarr.Array):
            values = np.asarray(node[...])
            nodes[path] |= {
                "kind": "array", "data_type": str(node.dtype.newbyteorder("=")), "shape": list(node.shape),
                "dimension_names": list(node.metadata.dimension_names or []), "bytes": values.tobytes()}
    return nodes
