# SPDX-License-Identifier: Apache-2.0
"""The configuration that a repository keeps: each implementation reads what the other has saved and writes under it."""
import pathlib

import icechunk
import numpy as np
import pytest
import zarr
from icechunk._icechunk_python import RepoUpdateRetryConfig

import reference
from varve_tool import VarveError

SPLITTING = icechunk.ManifestSplittingConfig.from_dict({
    icechunk.ManifestSplitCondition.or_conditions([
        icechunk.ManifestSplitCondition.path_matches("a/b"), icechunk.ManifestSplitCondition.name_matches("foo")]): {
            icechunk.ManifestSplitDimCondition.Axis(0): 2, icechunk.ManifestSplitDimCondition.DimensionName("lat"): 3},
    icechunk.ManifestSplitCondition.AnyArray(): {icechunk.ManifestSplitDimCondition.Any(): 7}})


def saved(folder):
    return icechunk.Repository.fetch_config(reference.storage(folder))


def everything():
    retries = icechunk.StorageRetriesSettings(max_tries=5, initial_backoff_ms=6, max_backoff_ms=7)
    return icechunk.RepositoryConfig(
        inline_chunk_threshold_bytes=100, get_partial_values_concurrency=3, max_concurrent_requests=44,
        compression=icechunk.CompressionConfig(level=2), num_updates_per_repo_info_file=50,
        caching=icechunk.CachingConfig(num_snapshot_nodes=1, num_bytes_chunks=1 << 40),
        storage=icechunk.StorageSettings(unsafe_use_conditional_update=False, retries=retries),
        repo_update_retries=RepoUpdateRetryConfig(default=retries),
        virtual_chunk_containers={"s3://bucket/": icechunk.VirtualChunkContainer(
            "s3://bucket/", icechunk.s3_store(region="us-east-1", anonymous=True))},
        manifest=icechunk.ManifestConfig(
            preload=icechunk.ManifestPreloadConfig(
                max_total_refs=11, max_arrays_to_scan=12,
                preload_if=icechunk.ManifestPreloadCondition.and_conditions([
                    icechunk.ManifestPreloadCondition.name_matches("^time$"),
                    icechunk.ManifestPreloadCondition.num_refs(5, 1000)])),
            splitting=SPLITTING,
            virtual_chunk_location_compression=icechunk.ManifestVirtualChunkLocationCompressionConfig(min_num_chunks=9)))


def test_what_the_reference_saves_varve_reads_and_saves_again_unchanged(varve, folder):
    reference.create(folder, config=everything())
    before = saved(folder)
    varve.open(folder)
    config = varve.ask("config")
    assert config["inline_chunk_threshold_bytes"] == 100
    assert config["compression"]["level"] == 2
    assert config["caching"]["num_bytes_chunks"] == 1 << 40
    assert config["storage"]["retries"]["max_tries"] == 5
    assert config["manifest"]["virtual_chunk_location_compression"]["min_num_chunks"] == 9
    assert config["manifest"]["preload"]["preload_if"]["and"][0] == {"name_matches": {"regex": "^time$"}}
    assert config["manifest"]["splitting"]["split_sizes"][1] == ["any_array", [{"condition": "Any", "num_chunks": 7}]]
    varve.ask("save_config", config=config)
    assert saved(folder) == before
    assert varve.ask("config") == config
    config["inline_chunk_threshold_bytes"] = 99
    varve.ask("save_config", config=config)
    after = saved(folder)
    assert after.inline_chunk_threshold_bytes == 99
    after.inline_chunk_threshold_bytes = 100
    assert after == before
    assert "onfig" in type(next(iter(reference.reopen(folder).ops_log())).kind).__name__


@pytest.mark.parametrize("config", [
    {}, {"inline_chunk_threshold_bytes": 5}, {"compression": {"level": 1}}, {"manifest": {"preload": {"max_total_refs": 1}}},
    {"manifest": {"preload": {"preload_if": {"num_refs": {"from": "Unbounded", "to": {"Excluded": 10}}}}}},
    {"manifest": {"preload": {"preload_if": {"or": ["true", "false"]}}}},
    {"manifest": {"splitting": {"split_sizes": [[{"and": [{"path_matches": {"regex": "a"}}, "any_array"]},
                                                 [{"condition": {"DimensionName": "x"}, "num_chunks": 4}]]]}}},
    {"repo_update_retries": {"default": {"max_tries": 3}}}, {"max_concurrent_decodes": 7, "previous_file": "x"},
])
def test_what_varve_saves_the_reference_reads(varve, folder, config):
    varve.create(folder, config=config)
    if config:
        assert saved(folder) is not None
    else:
        assert saved(folder) is None
    repository = reference.reopen(folder)
    session = repository.writable_session("main")
    zarr.create_group(session.store, path="g")
    session.commit("under it")
    assert varve.ask("config") == config
    if "inline_chunk_threshold_bytes" in config:
        assert repository.config.inline_chunk_threshold_bytes == 5
    repository.save_config()  # merged with the reference's own
    theirs = varve.ask("config")
    for name in config:
        assert name in theirs


def chunk_objects(folder):
    return len(list(pathlib.Path(folder, "chunks").glob("*")))


def test_each_writes_chunks_inline_as_the_other_has_configured(varve, folder):
    varve.create(folder, config={"inline_chunk_threshold_bytes": 3})
    repository = reference.reopen(folder)
    session = repository.writable_session("main")
    array = zarr.create_array(session.store, name="theirs", shape=(4,), chunks=(4,), dtype="uint8", compressors=None)
    array[:] = 1
    session.commit("four bytes")
    assert chunk_objects(folder) == 1
    config = varve.ask("config")
    repository = reference.reopen(folder, config=icechunk.RepositoryConfig(inline_chunk_threshold_bytes=4))
    repository.save_config()
    writer = varve.writer()
    writer.create_array("/ours", "uint8", [4], [4])
    writer.write("/ours", np.full(4, 2, "uint8"))
    writer.ask("commit", message="four bytes, inline")
    assert chunk_objects(folder) == 1
    varve.ask("save_config", config=config)
    writer = varve.writer()
    writer.write("/ours", np.full(4, 3, "uint8"))
    writer.ask("commit", message="four bytes, in an object")
    assert chunk_objects(folder) == 2
    assert (reference.open_array(reference.reopen(folder).readonly_session("main"), "/ours")[:] == 3).all()


def test_the_log_goes_on_in_a_backup_where_the_configuration_says(varve, folder):
    varve.create(folder, config={"num_updates_per_repo_info_file": 3})
    repository = reference.reopen(folder)
    for i in range(4):
        tip = varve.ask("lookup_branch", name="main")
        varve.ask("create_tag", name=f"ours{i}", snapshot=tip)
        repository.create_tag(f"theirs{i}", snapshot_id=tip)
    assert len(varve.ask("ops_log")) == 9
    assert len(list(reference.reopen(folder).ops_log())) == 9


def test_variants_from_the_future_stop_both_writers(varve, folder):
    varve.create(folder, config={"inline_chunk_threshold_bytes": 3})
    with pytest.raises(VarveError) as refused:
        varve.ask("save_config", config={"compression": {"algorithm": "lzma"}})
    assert refused.value.kind == "unsupported_format" and "compression.algorithm" in str(refused.value)


def test_the_configuration_of_format_1(varve, folder):
    repository = reference.create(folder, config=icechunk.RepositoryConfig(
        inline_chunk_threshold_bytes=12, manifest=icechunk.ManifestConfig(splitting=SPLITTING),
        virtual_chunk_containers={"s3://bucket/": icechunk.VirtualChunkContainer(
            "s3://bucket/", icechunk.s3_store(region="us-east-1", anonymous=True))}), spec_version=1)
    varve.open(folder)
    config = varve.ask("config")
    assert config["inline_chunk_threshold_bytes"] == 12
    assert len(config["manifest"]["splitting"]["split_sizes"]) == 2
    with pytest.raises(VarveError) as refused:
        varve.ask("save_config", config=config)
    assert refused.value.kind == "read_only_repository"
    assert repository.config.inline_chunk_threshold_bytes == 12
