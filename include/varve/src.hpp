// SPDX-License-Identifier: Apache-2.0
// The bodies that VARVE_SEPARATE_COMPILATION leaves out of the headers. A program that defines it everywhere includes
// this file in exactly one unit; the CMake target varve::compiled does the same as a library.
#pragma once

#if !defined(VARVE_SEPARATE_COMPILATION)
#error "define VARVE_SEPARATE_COMPILATION in every unit of the program before including <varve/src.hpp> in one of them"
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
// g++ 12 takes the frame of a coroutine for a type that other units see, and warns of the lambdas in it.
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

#include <varve/async/impl/block_on.ipp>
#include <varve/async/impl/blocking.ipp>
#include <varve/async/impl/entry.ipp>
#include <varve/async/impl/for_each.ipp>
#include <varve/async/impl/gather.ipp>
#include <varve/async/impl/runtime.ipp>
#include <varve/async/impl/semaphore.ipp>
#include <varve/async/impl/sleep.ipp>
#include <varve/async/impl/spawned.ipp>
#include <varve/async/impl/suspend.ipp>
#include <varve/change/impl/change_set.ipp>
#include <varve/change/impl/change_set_bytes.ipp>
#include <varve/change/impl/chunk_edits.ipp>
#include <varve/change/impl/fork.ipp>
#include <varve/change/impl/merge.ipp>
#include <varve/change/impl/moves.ipp>
#include <varve/codec/impl/blosc.ipp>
#include <varve/codec/impl/bytes.ipp>
#include <varve/codec/impl/crc32c.ipp>
#include <varve/codec/impl/gzip.ipp>
#include <varve/codec/impl/plan.ipp>
#include <varve/codec/impl/sharding.ipp>
#include <varve/codec/impl/spec.ipp>
#include <varve/codec/impl/strided.ipp>
#include <varve/codec/impl/transpose.ipp>
#include <varve/codec/impl/zstd.ipp>
#include <varve/codec/impl/zstd_contexts.ipp>
#include <varve/conflict/impl/all.ipp>
#include <varve/conflict/impl/attributes.ipp>
#include <varve/conflict/impl/detect.ipp>
#include <varve/conflict/impl/grow.ipp>
#include <varve/conflict/impl/merge_metadata.ipp>
#include <varve/conflict/impl/metadata_conflict.ipp>
#include <varve/core/impl/content_hash.ipp>
#include <varve/core/impl/environment.ipp>
#include <varve/core/impl/error.ipp>
#include <varve/core/impl/json.ipp>
#include <varve/core/impl/memory.ipp>
#include <varve/core/impl/pattern.ipp>
#include <varve/format/impl/chunk_index.ipp>
#include <varve/format/impl/chunk_ref.ipp>
#include <varve/format/impl/damage.ipp>
#include <varve/format/impl/file.ipp>
#include <varve/format/impl/flat_builder.ipp>
#include <varve/format/impl/inspect.ipp>
#include <varve/format/impl/location_dictionary.ipp>
#include <varve/format/impl/manifest.ipp>
#include <varve/format/impl/manifest_builder.ipp>
#include <varve/format/impl/metadata.ipp>
#include <varve/format/impl/metadata_items.ipp>
#include <varve/format/impl/repo_info.ipp>
#include <varve/format/impl/repo_info_decode.ipp>
#include <varve/format/impl/repo_info_encode.ipp>
#include <varve/format/impl/repo_info_snapshots.ipp>
#include <varve/format/impl/repository_config.ipp>
#include <varve/format/impl/snapshot.ipp>
#include <varve/format/impl/snapshot_builder.ipp>
#include <varve/format/impl/transaction_log.ipp>
#include <varve/repository/impl/clone.ipp>
#include <varve/repository/impl/collect.ipp>
#include <varve/repository/impl/create.ipp>
#include <varve/repository/impl/descriptor.ipp>
#include <varve/repository/impl/expire.ipp>
#include <varve/repository/impl/history.ipp>
#include <varve/repository/impl/inspect.ipp>
#include <varve/repository/impl/manifest_scan.ipp>
#include <varve/repository/impl/mend.ipp>
#include <varve/repository/impl/mend_nodes.ipp>
#include <varve/repository/impl/plan_migration.ipp>
#include <varve/repository/impl/rebuild_log.ipp>
#include <varve/repository/impl/repair.ipp>
#include <varve/repository/impl/repository_core.ipp>
#include <varve/repository/impl/right_repo_info.ipp>
#include <varve/repository/impl/save_config.ipp>
#include <varve/repository/impl/session_core.ipp>
#include <varve/repository/impl/stats.ipp>
#include <varve/repository/impl/verify.ipp>
#include <varve/repository/impl/verify_evidence.ipp>
#include <varve/repository/impl/verify_findings.ipp>
#include <varve/repository/impl/verify_inventory.ipp>
#include <varve/repository/impl/verify_log.ipp>
#include <varve/repository/impl/verify_manifest.ipp>
#include <varve/repository/impl/verify_repo_info.ipp>
#include <varve/repository/impl/verify_snapshot.ipp>
#include <varve/session/impl/ancestry.ipp>
#include <varve/session/impl/build_snapshot.ipp>
#include <varve/session/impl/chunks.ipp>
#include <varve/session/impl/commit.ipp>
#include <varve/session/impl/diff.ipp>
#include <varve/session/impl/flush.ipp>
#include <varve/session/impl/fork.ipp>
#include <varve/session/impl/held_chunks.ipp>
#include <varve/session/impl/list_chunks.ipp>
#include <varve/session/impl/manifest_plan.ipp>
#include <varve/session/impl/objects.ipp>
#include <varve/session/impl/preload.ipp>
#include <varve/session/impl/rebase.ipp>
#include <varve/session/impl/repo_object.ipp>
#include <varve/session/impl/rewrite_manifests.ipp>
#include <varve/session/impl/session_state.ipp>
#include <varve/session/impl/settings.ipp>
#include <varve/session/impl/spec1_refs.ipp>
#include <varve/session/impl/split_rules.ipp>
#include <varve/session/impl/write_manifest.ipp>
#include <varve/storage/impl/folder.ipp>
#include <varve/storage/impl/posix.ipp>
#include <varve/storage/impl/swap.ipp>
#include <varve/zarr/impl/chunk_edges.ipp>
#include <varve/zarr/impl/chunk_key.ipp>
#include <varve/zarr/impl/data_type.ipp>
#include <varve/zarr/impl/json.ipp>
#include <varve/zarr/impl/metadata.ipp>

// Only for programs that link varve::yaml.
#if defined(VARVE_YAML)
#include <varve/format/impl/config_yaml.ipp>
#endif

// Only for programs that link varve::network.
#if defined(VARVE_NETWORK)
#include <varve/storage/any/impl/any.ipp>
#include <varve/storage/auth/impl/date.ipp>
#include <varve/storage/auth/impl/token.ipp>
#include <varve/storage/azure/impl/answers.ipp>
#include <varve/storage/azure/impl/azure.ipp>
#include <varve/storage/azure/impl/sign.ipp>
#include <varve/storage/azure/impl/store.ipp>
#include <varve/storage/azure/impl/write.ipp>
#include <varve/storage/gcs/impl/answers.ipp>
#include <varve/storage/gcs/impl/credentials.ipp>
#include <varve/storage/gcs/impl/gcs.ipp>
#include <varve/storage/gcs/impl/store.ipp>
#include <varve/storage/http/impl/client.ipp>
#include <varve/storage/http/impl/conditional_write.ipp>
#include <varve/storage/http/impl/connection.ipp>
#include <varve/storage/http/impl/digest.ipp>
#include <varve/storage/http/impl/exchange.ipp>
#include <varve/storage/http/impl/host.ipp>
#include <varve/storage/http/impl/reading.ipp>
#include <varve/storage/http/impl/sink.ipp>
#include <varve/storage/http/impl/state.ipp>
#include <varve/storage/http/impl/tls.ipp>
#include <varve/storage/http/impl/url.ipp>
#include <varve/storage/http_store/impl/http_store.ipp>
#include <varve/storage/http_store/impl/redirect.ipp>
#include <varve/storage/probe/impl/probe.ipp>
#include <varve/storage/probe/impl/races.ipp>
#include <varve/storage/probe/impl/report.ipp>
#include <varve/storage/s3/impl/credentials.ipp>
#include <varve/storage/s3/impl/profile.ipp>
#include <varve/storage/s3/impl/remove.ipp>
#include <varve/storage/s3/impl/reply.ipp>
#include <varve/storage/s3/impl/s3.ipp>
#include <varve/storage/s3/impl/signer.ipp>
#include <varve/storage/s3/impl/sources.ipp>
#include <varve/storage/s3/impl/state.ipp>
#include <varve/storage/s3/impl/upload.ipp>
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
