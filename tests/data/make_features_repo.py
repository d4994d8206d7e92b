#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes features-v2, a small repository with what the sea-surface temperatures do not have: virtual chunks, plain and
with compressed locations, moves, an amended and an expired snapshot, a feature flag, a status, a changed configuration.

    python make_features_repo.py OUT_DIR     # with icechunk 2.3.0
"""
import datetime
import pathlib
import sys

import icechunk
import zarr


def main(out):
    config = icechunk.RepositoryConfig.default()
    config.set_virtual_chunk_container(
        icechunk.VirtualChunkContainer("s3://elsewhere/", icechunk.s3_store(region="us-east-1")))
    config.manifest = icechunk.ManifestConfig(
        virtual_chunk_location_compression=icechunk.ManifestVirtualChunkLocationCompressionConfig(min_num_chunks=20))
    repo = icechunk.Repository.create(
        icechunk.local_filesystem_storage(str(pathlib.Path(out) / "features-v2")), config=config)
    session = repo.writable_session("main")
    root = zarr.create_group(session.store)
    for path in ("n/b/c", "n/b-x", "n/ba"):
        root.create_group(path)
    for name, chunks in (("many", 30), ("few", 3)):
        array = root.create_array(f"n/{name}", shape=(chunks * 4,), chunks=(4,), dtype="i4", compressors=None)
        session.store.set_virtual_refs(f"/n/{name}", [
            icechunk.VirtualChunkSpec([i], f"s3://elsewhere/data/2026/part-{i // 4:04}.nc", 1000 + 16 * i, 16,
                                      etag_checksum='"abc"' if i == 0 else None,
                                      last_updated_at_checksum=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
                                      if i == 1 else None)
            for i in range(chunks)])
        del array
    session.commit("virtual chunks")
    session = repo.rearrange_session("main")
    session.move("/n", "/m")
    session.commit("move a group")
    session = repo.writable_session("main")
    zarr.open_group(session.store).attrs["step"] = 1
    session.commit("to be amended")
    session = repo.writable_session("main")
    zarr.open_group(session.store).attrs["step"] = 2
    session.amend("amended", metadata={"step": 2, "note": {"nested": [1, 2.5, None, True, "x"]}})
    session = repo.writable_session("main")
    zarr.open_group(session.store).attrs["step"] = 3
    session.commit("last")
    repo.create_branch("dev", snapshot_id=repo.lookup_branch("main"))
    repo.delete_branch("dev")
    repo.set_metadata({"owner": "tests", "list": [1, -2, 3.5]})
    repo.set_feature_flag("move_node", True)
    repo.set_status(icechunk.RepoStatus(icechunk.RepoAvailability.online))
    repo.expire_snapshots(older_than=list(repo.ancestry(branch="main"))[0].written_at)


if __name__ == "__main__":
    main(sys.argv[1])
