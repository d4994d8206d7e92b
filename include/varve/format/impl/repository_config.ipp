// SPDX-License-Identifier: Apache-2.0
// Bodies of repository_config.hpp.
#pragma once

#include <varve/format/repository_config.hpp>

#include <varve/format/metadata.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>
#include <utility>

namespace varve::inline v0::format {

namespace detail {

// The fields of each part, once for reading and for writing: `field(name, value)` for each.

template <class T, class Config>
concept PartOf = std::same_as<std::remove_const_t<T>, Config>;

void each_field(PartOf<CompressionConfig> auto& config, auto& field) {
  field("algorithm", config.algorithm);
  field("level", config.level);
}
void each_field(PartOf<CachingConfig> auto& config, auto& field) {
  field("num_snapshot_nodes", config.num_snapshot_nodes);
  field("num_chunk_refs", config.num_chunk_refs);
  field("num_transaction_changes", config.num_transaction_changes);
  field("num_bytes_attributes", config.num_bytes_attributes);
  field("num_bytes_chunks", config.num_bytes_chunks);
}
void each_field(PartOf<PreloadConfig> auto& config, auto& field) {
  field("max_total_refs", config.max_total_refs);
  field("preload_if", config.preload_if);
  field("max_arrays_to_scan", config.max_arrays_to_scan);
}
void each_field(PartOf<SplittingConfig> auto& config, auto& field) { field("split_sizes", config.split_sizes); }
void each_field(PartOf<LocationCompressionConfig> auto& config, auto& field) {
  field("min_num_chunks", config.min_num_chunks);
  field("dictionary_max_training_samples", config.dictionary_max_training_samples);
  field("dictionary_max_size_bytes", config.dictionary_max_size_bytes);
  field("compression_level", config.compression_level);
}
void each_field(PartOf<ManifestConfig> auto& config, auto& field) {
  field("preload", config.preload);
  field("splitting", config.splitting);
  field("virtual_chunk_location_compression", config.virtual_chunk_location_compression);
  field("max_concurrent_manifest_fetches_during_commit", config.max_concurrent_manifest_fetches_during_commit);
}
void each_field(PartOf<RetryConfig> auto& config, auto& field) {
  field("max_tries", config.max_tries);
  field("initial_backoff_ms", config.initial_backoff_ms);
  field("max_backoff_ms", config.max_backoff_ms);
}
void each_field(PartOf<UpdateRetryConfig> auto& config, auto& field) { field("default", config.standard); }
void each_field(PartOf<RepositoryConfig> auto& config, auto& field) {
  field("inline_chunk_threshold_bytes", config.inline_chunk_threshold_bytes);
  field("get_partial_values_concurrency", config.get_partial_values_concurrency);
  field("compression", config.compression);
  field("max_concurrent_requests", config.max_concurrent_requests);
  field("max_concurrent_decodes", config.max_concurrent_decodes);
  field("caching", config.caching);
  field("storage", config.storage);
  field("virtual_chunk_containers", config.virtual_chunk_containers);
  field("manifest", config.manifest);
  field("previous_file", config.previous_file);
  field("repo_update_retries", config.repo_update_retries);
  field("num_updates_per_repo_info_file", config.num_updates_per_repo_info_file);
}

/// Reads one configuration and stops at the first thing wrong, whose place it can name.
class ConfigReader {
 public:
  explicit ConfigReader(std::string_view key) : key_(key) {}

  template <class Part>
  void part(const Json& value, Part& out) {
    const Json::Object* const members = value.as_object();
    if (members == nullptr) return wrong("must be a map");
    Json::Object& rest = out.other;
    rest = *members;
    auto field = [&](std::string_view name, auto& target) {
      const auto found = std::find_if(rest.begin(), rest.end(), [&](const Json::Member& member) { return member.first == name; });
      if (found == rest.end() || failure_) return;
      const Json member = std::move(found->second);
      rest.erase(found);
      if (member.is_null()) return;
      const Step step(*this, (path_.empty() ? "" : ".") + std::string(name));
      this->value(member, target);
    };
    each_field(out, field);
  }
  std::optional<Error> failure() { return std::move(failure_); }

 private:
  /// A step down, to the field that is read now.
  struct Step {
    Step(ConfigReader& reader, const std::string& name) : path(reader.path_), before(path.size()) { path += name; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { path.resize(before); }
    std::string& path;
    std::size_t before;
  };

  void fail(errc code, std::string_view why) {
    if (!failure_) {
      failure_ = Error(code, "read configuration", std::string(key_), "its field `" + path_ + "` " + std::string(why));
    }
  }
  void wrong(std::string_view why) { fail(errc::corrupt, why); }
  void unknown(const std::string& variant) { fail(errc::unsupported_format, "has the value `" + variant + "`, which this version of varve does not know"); }

  template <std::integral Integer>
  void value(const Json& value, std::optional<Integer>& out) {
    const std::int64_t* const number = value.as_int();
    const bool large = value.as_large_uint() != nullptr && std::same_as<Integer, std::uint64_t>;
    if (large) {
      if constexpr (std::same_as<Integer, std::uint64_t>) out = *value.as_large_uint();
    } else if (number != nullptr && std::in_range<Integer>(*number)) {
      out = static_cast<Integer>(*number);
    } else {
      wrong("must be a number from " + std::to_string(std::numeric_limits<Integer>::min()) + " to " +
            std::to_string(std::numeric_limits<Integer>::max()));
    }
  }
  void value(const Json& value, std::optional<std::string>& out) {
    if (const std::string* const text = value.as_string()) {
      out = *text;
    } else {
      wrong("must be a text");
    }
  }
  void value(const Json& value, Json& out) {
    if (value.as_object() == nullptr) return wrong("must be a map");
    out = value;
  }
  void value(const Json& value, std::optional<CompressionConfig::Algorithm>& out) {
    std::optional<std::string> name;
    this->value(value, name);
    if (name && *name != "zstd") return unknown(*name);
    out = CompressionConfig::Algorithm::zstd;
  }
  template <class Part>
    requires requires(Part& part) { part.other; }
  void value(const Json& value, Part& out) {
    part(value, out);
    if constexpr (std::same_as<Part, RetryConfig>) {
      if (out.max_tries == 0) wrong("has no tries: `max_tries` must be at least 1");
    }
  }

  // Enumerations: a variant without data is a text, one with data a map of one entry.

  struct Variant {
    std::string name;
    const Json* data = nullptr;
  };
  Variant variant(const Json& value) {
    if (value.as_string() != nullptr) return {*value.as_string()};
    const Json::Object* const members = value.as_object();
    if (members != nullptr && members->size() == 1) return {members->front().first, &members->front().second};
    wrong("must be the name of a variant, or a map from its name to what it holds");
    return {};
  }
  const Json* member(const Json* of, std::string_view name) {
    const Json* const found = of == nullptr ? nullptr : of->find(name);
    if (found == nullptr) wrong("lacks `" + std::string(name) + "`");
    return found;
  }
  void text(const Json* value, std::string& out) {
    std::optional<std::string> read;
    if (value != nullptr) this->value(*value, read);
    out = std::move(read).value_or("");
  }

  enum class Rule : bool { splitting, preload };

  void condition(const Json& value, ArrayCondition& out, Rule rule) {
    using Kind = ArrayCondition::Kind;
    const auto [name, data] = variant(value);
    if (failure_) return;
    const bool with_data = data != nullptr;
    if (with_data && (name == "or" || name == "and")) {
      out.kind = name == "or" ? Kind::any_of : Kind::all_of;
      list(*data, out.of, [&](const Json& item, ArrayCondition& each) { condition(item, each, rule); });
    } else if (with_data && (name == "path_matches" || name == "name_matches")) {
      out.kind = name == "path_matches" ? Kind::path_matches : Kind::name_matches;
      text(member(data, "regex"), out.regex);
    } else if (!with_data && name == (rule == Rule::splitting ? "any_array" : "true")) {
      out.kind = Kind::always;
    } else if (!with_data && rule == Rule::preload && name == "false") {
      out.kind = Kind::never;
    } else if (with_data && rule == Rule::preload && name == "num_refs") {
      out.kind = Kind::num_refs;
      if (const Json* from = member(data, "from")) out.first_count = bound(*from, 0, "Excluded");
      if (const Json* to = member(data, "to")) out.last_count = bound(*to, std::uint64_t{1} << 32, "Included");
    } else {
      unknown(name);
    }
  }
  /// The count that a bound of a half-open range stands for; `beyond` is the kind that lies one before it.
  std::uint64_t bound(const Json& value, std::uint64_t unbounded, std::string_view beyond) {
    const auto [name, data] = variant(value);
    if (failure_ || (data == nullptr && name == "Unbounded")) return unbounded;
    if (data == nullptr || (name != "Included" && name != "Excluded")) return unknown(name), 0;
    std::optional<std::uint32_t> count;
    this->value(*data, count);
    return std::uint64_t{count.value_or(0)} + (name == beyond ? 1 : 0);
  }
  void value(const Json& value, std::optional<ArrayCondition>& out) { condition(value, out.emplace(), Rule::preload); }

  template <class Item, class Read>
  void list(const Json& value, std::vector<Item>& out, Read read) {
    const Json::Array* const items = value.as_array();
    if (items == nullptr) return wrong("must be a list");
    for (std::size_t i = 0; i != items->size() && !failure_; ++i) {
      const Step step(*this, "[" + std::to_string(i) + "]");
      read((*items)[i], out.emplace_back());
    }
  }
  void value(const Json& value, std::optional<std::vector<SplitRule>>& out) {
    list(value, out.emplace(), [this](const Json& item, SplitRule& rule) {
      const Json::Array* const pair = item.as_array();
      if (pair == nullptr || pair->size() != 2) return wrong("must be a pair: which arrays, and a list of dimensions");
      condition((*pair)[0], rule.arrays, Rule::splitting);
      list((*pair)[1], rule.dimensions, [this](const Json& entry, SplitDimension& each) { dimension(entry, each); });
    });
  }
  void dimension(const Json& value, SplitDimension& out) {
    const Json* const which = member(&value, "condition");
    const Json* const count = member(&value, "num_chunks");
    if (failure_) return;
    std::optional<std::uint32_t> num_chunks;
    this->value(*count, num_chunks);
    if (num_chunks == 0U) wrong("splits into manifests of no chunks: `num_chunks` must be at least 1");
    out.num_chunks = num_chunks.value_or(1);
    const auto [name, data] = variant(*which);
    if (failure_ || (data == nullptr && name == "Any")) return;
    if (data != nullptr && name == "Axis") {
      this->value(*data, out.axis);
    } else if (data != nullptr && name == "DimensionName") {
      this->value(*data, out.name);
    } else {
      unknown(name);
    }
  }

  std::string_view key_;
  std::string path_;
  std::optional<Error> failure_;
};

/// Writes what is set. Fields that are not known stand behind the others.
class ConfigWriter {
 public:
  template <class Part>
  static Json part(const Part& part) {
    Json::Object members;
    auto field = [&](std::string_view name, const auto& value) {
      Json written = json(value);
      if (!written.is_null()) members.emplace_back(std::string(name), std::move(written));
    };
    each_field(part, field);
    members.insert(members.end(), part.other.begin(), part.other.end());
    return members.empty() ? Json() : Json(std::move(members));
  }

 private:
  static Json variant(std::string name, Json data) { return Json::Object{Json::Member(std::move(name), std::move(data))}; }

  template <class T>
  static Json json(const std::optional<T>& value) {
    return value ? json(*value) : Json();
  }
  static Json json(const Json& value) { return value; }
  static Json json(std::integral auto value) { return Json(value); }
  static Json json(const std::string& value) { return Json(value); }
  static Json json(CompressionConfig::Algorithm) { return Json("zstd"); }
  template <class Part>
    requires requires(const Part& part) { part.other; }
  static Json json(const Part& value) {
    return part(value);
  }
  static Json json(const ArrayCondition& condition) { return json(condition, "true"); }
  static Json json(const ArrayCondition& condition, const char* always) {
    using Kind = ArrayCondition::Kind;
    switch (condition.kind) {
      case Kind::always: return Json(always);
      case Kind::never: return Json("false");
      case Kind::path_matches: return variant("path_matches", variant("regex", condition.regex));
      case Kind::name_matches: return variant("name_matches", variant("regex", condition.regex));
      case Kind::num_refs: return variant("num_refs", Json::Object{{"from", from(condition)}, {"to", to(condition)}});
      case Kind::any_of:
      case Kind::all_of: break;
    }
    Json::Array of;
    for (const ArrayCondition& each : condition.of) of.push_back(json(each, always));
    return variant(condition.kind == Kind::any_of ? "or" : "and", std::move(of));
  }
  static constexpr std::uint64_t most = UINT32_MAX;  // no manifest has more refs
  static Json from(const ArrayCondition& range) {
    if (range.first_count == 0) return Json("Unbounded");
    if (range.first_count > most) return variant("Excluded", most);
    return variant("Included", range.first_count);
  }
  static Json to(const ArrayCondition& range) {
    return range.last_count > most ? Json("Unbounded") : variant("Excluded", range.last_count);
  }
  static Json json(const std::vector<SplitRule>& rules) {
    Json::Array pairs;
    for (const SplitRule& rule : rules) {
      Json::Array dimensions;
      for (const SplitDimension& dimension : rule.dimensions) {
        Json which("Any");
        if (dimension.axis) which = variant("Axis", *dimension.axis);
        if (dimension.name) which = variant("DimensionName", *dimension.name);
        dimensions.emplace_back(Json::Object{{"condition", which}, {"num_chunks", dimension.num_chunks}});
      }
      pairs.emplace_back(Json::Array{json(rule.arrays, "any_array"), std::move(dimensions)});
    }
    return Json(std::move(pairs));
  }
};

/// Sets in `base` what is not null in `over`; maps are merged unless their path is one of `whole`.
inline void merge_members(Json::Object& base, const Json::Object& over, const std::string& path) {
  constexpr std::array<std::string_view, 3> whole{"virtual_chunk_containers", "manifest.preload", "manifest.splitting"};
  for (const auto& [name, value] : over) {
    const std::string at = path.empty() ? name : path + "." + name;
    const auto same = std::find_if(base.begin(), base.end(), [&, n = std::string_view(name)](const Json::Member& member) { return member.first == n; });
    if (value.is_null()) continue;
    if (same == base.end()) {
      base.emplace_back(name, value);
    } else if (same->second.as_object() != nullptr && value.as_object() != nullptr && std::ranges::count(whole, at) == 0) {
      Json::Object merged = *same->second.as_object();
      merge_members(merged, *value.as_object(), at);
      same->second = std::move(merged);
    } else {
      same->second = value;
    }
  }
}

}  // namespace detail

VARVE_DECL Result<RepositoryConfig> parse_config(const Json& value, std::string_view key) {
  RepositoryConfig config;
  if (value.is_null()) return config;
  detail::ConfigReader reader(key);
  reader.part(value, config);
  if (auto failure = reader.failure()) return *std::move(failure);
  return config;
}

VARVE_DECL Result<RepositoryConfig> decode_config(ByteView bytes, std::string_view key) {
  auto value = decode_flexbuffer(bytes, key);
  if (!value) return Error(errc::corrupt, "read configuration", std::string(key), "it is not a valid FlexBuffer");
  return parse_config(*value, key);
}

VARVE_DECL Json config_json(const RepositoryConfig& config) {
  Json written = detail::ConfigWriter::part(config);
  return written.is_null() ? Json(Json::Object()) : written;
}

VARVE_DECL Result<Bytes> encode_config(const RepositoryConfig& config) {
  const Json value = config_json(config);
  // What would not be read again the same is refused: a rule of splitting into nothing, an unknown field with a known name.
  const auto again = parse_config(value, "repo");
  if (!again) return Error(errc::invalid_argument, "write configuration", {}, again.error().hint());
  return encode_flexbuffer(value);
}

VARVE_DECL Result<RepositoryConfig> merge_config(const RepositoryConfig& base, const RepositoryConfig& over) {
  Json::Object merged = *config_json(base).as_object();
  const Json set = config_json(over);
  detail::merge_members(merged, *set.as_object(), {});
  return parse_config(Json(std::move(merged)), "repo");
}

}  // namespace varve::inline v0::format
