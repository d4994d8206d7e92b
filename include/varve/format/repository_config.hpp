// SPDX-License-Identifier: Apache-2.0
// RepositoryConfig: the configuration that a repository keeps for everybody who opens it. Whoever writes it may know more
// fields than this version does, so what is unknown is kept; and nothing in it is mandatory, so whatever is not set is left
// to the defaults of the program that opens the repository.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0::format {

/// Which arrays a rule is for. The regular expressions are searched for, unanchored, in the path or in its last segment.
struct ArrayCondition {
  enum class Kind : std::uint8_t { always, never, any_of, all_of, path_matches, name_matches, num_refs };
  Kind kind = Kind::always;
  std::vector<ArrayCondition> of{};    ///< any_of, all_of
  std::string regex{};                 ///< path_matches, name_matches
  std::uint64_t first_count = 0;       ///< num_refs: as many chunk refs at least,
  std::uint64_t last_count = 1ULL << 32;  ///< and fewer than that

  static ArrayCondition path(std::string regex) { return {Kind::path_matches, {}, std::move(regex)}; }
  static ArrayCondition name(std::string regex) { return {Kind::name_matches, {}, std::move(regex)}; }
  static ArrayCondition any(std::vector<ArrayCondition> of) { return {Kind::any_of, std::move(of)}; }
  static ArrayCondition all(std::vector<ArrayCondition> of) { return {Kind::all_of, std::move(of)}; }
  friend bool operator==(const ArrayCondition&, const ArrayCondition&) = default;
};

/// How many chunks of the dimensions it is for one manifest holds; without `axis` and `name`, it is for any.
struct SplitDimension {
  std::uint32_t num_chunks = 0;          ///< at least 1
  std::optional<std::uint32_t> axis{};   ///< the position of the dimension
  std::optional<std::string> name{};     ///< or a regular expression, searched for in its name
  friend bool operator==(const SplitDimension&, const SplitDimension&) = default;
};

/// How the chunk refs of the arrays it is for are shared out among manifests. For each dimension the first that fits counts.
struct SplitRule {
  ArrayCondition arrays{};  ///< not `never`, not `num_refs`
  std::vector<SplitDimension> dimensions{};
  friend bool operator==(const SplitRule&, const SplitRule&) = default;
};

struct CompressionConfig {
  enum class Algorithm : std::uint8_t { zstd };
  std::optional<Algorithm> algorithm{};
  std::optional<std::uint8_t> level{};  ///< of metadata files
  Json::Object other{};
  friend bool operator==(const CompressionConfig&, const CompressionConfig&) = default;
};

/// What the reference keeps in memory; varve's caches have bounds of their own.
struct CachingConfig {
  std::optional<std::uint64_t> num_snapshot_nodes{};
  std::optional<std::uint64_t> num_chunk_refs{};
  std::optional<std::uint64_t> num_transaction_changes{};
  std::optional<std::uint64_t> num_bytes_attributes{};
  std::optional<std::uint64_t> num_bytes_chunks{};
  Json::Object other{};
  friend bool operator==(const CachingConfig&, const CachingConfig&) = default;
};

/// Which manifests are fetched with a session, before anybody asks.
struct PreloadConfig {
  std::optional<std::uint32_t> max_total_refs{};
  std::optional<ArrayCondition> preload_if{};
  std::optional<std::uint32_t> max_arrays_to_scan{};
  Json::Object other{};
  friend bool operator==(const PreloadConfig&, const PreloadConfig&) = default;
};

struct SplittingConfig {
  std::optional<std::vector<SplitRule>> split_sizes{};
  Json::Object other{};
  friend bool operator==(const SplittingConfig&, const SplittingConfig&) = default;
};

/// When the locations of virtual chunks are compressed with a dictionary, and how.
struct LocationCompressionConfig {
  std::optional<std::uint16_t> min_num_chunks{};
  std::optional<std::uint16_t> dictionary_max_training_samples{};
  std::optional<std::uint32_t> dictionary_max_size_bytes{};
  std::optional<std::int32_t> compression_level{};
  Json::Object other{};
  friend bool operator==(const LocationCompressionConfig&, const LocationCompressionConfig&) = default;
};

struct ManifestConfig {
  PreloadConfig preload{};
  SplittingConfig splitting{};
  LocationCompressionConfig virtual_chunk_location_compression{};
  std::optional<std::uint16_t> max_concurrent_manifest_fetches_during_commit{};
  Json::Object other{};
  friend bool operator==(const ManifestConfig&, const ManifestConfig&) = default;
};

struct RetryConfig {
  std::optional<std::uint16_t> max_tries{};  ///< at least 1
  std::optional<std::uint32_t> initial_backoff_ms{};
  std::optional<std::uint32_t> max_backoff_ms{};
  Json::Object other{};
  friend bool operator==(const RetryConfig&, const RetryConfig&) = default;
};

struct UpdateRetryConfig {
  RetryConfig standard{};  ///< the format calls it `default`
  Json::Object other{};
  friend bool operator==(const UpdateRetryConfig&, const UpdateRetryConfig&) = default;
};

/// The names are the format's. `other`, here and in the parts: the fields that this version does not know.
struct RepositoryConfig {
  std::optional<std::uint16_t> inline_chunk_threshold_bytes{};
  std::optional<std::uint16_t> get_partial_values_concurrency{};
  CompressionConfig compression{};
  std::optional<std::uint16_t> max_concurrent_requests{};
  std::optional<std::uint64_t> max_concurrent_decodes{};
  CachingConfig caching{};
  Json storage{};                   ///< null, or what the reference wants to know of its backend
  Json virtual_chunk_containers{};  ///< null, or the containers by their prefixes
  ManifestConfig manifest{};
  std::optional<std::string> previous_file{};
  UpdateRetryConfig repo_update_retries{};
  std::optional<std::uint16_t> num_updates_per_repo_info_file{};
  Json::Object other{};
  friend bool operator==(const RepositoryConfig&, const RepositoryConfig&) = default;
};

/// Reads a configuration; `key` is the object that it stands in. Errors, which name the field: `errc::corrupt` for a value
/// of another type or out of range; `errc::unsupported_format` for a variant that this version does not know.
VARVE_DECL Result<RepositoryConfig> parse_config(const Json& value, std::string_view key);
/// The same for the FlexBuffer in `repo`. Errors: those, and `errc::corrupt` if it is none.
VARVE_DECL Result<RepositoryConfig> decode_config(ByteView bytes, std::string_view key);

/// The value of a configuration, with nothing in it that is not set.
VARVE_DECL Json config_json(const RepositoryConfig& config);
/// The FlexBuffer of it. Errors: `errc::invalid_argument`, naming the field, for what nobody could read again.
VARVE_DECL Result<Bytes> encode_config(const RepositoryConfig& config);

/// `base` with everything that is set in `over`, field by field; containers of virtual chunks, rules of splitting and of
/// preloading are replaced as a whole.
VARVE_DECL Result<RepositoryConfig> merge_config(const RepositoryConfig& base, const RepositoryConfig& over);

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/repository_config.ipp>
#endif
