// SPDX-License-Identifier: Apache-2.0
// Bodies of metadata.hpp.
#pragma once

#include <varve/zarr/metadata.hpp>

#include <varve/zarr/json.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace varve::inline v0::zarr {

namespace detail {

/// The members of one zarr.json, and errors that name its node.
class NodeReader {
 public:
  static Result<NodeReader> open(std::string_view zarr_json, std::string_view path) {
    NodeReader reader(path);
    auto members = parse_members(zarr_json, path);
    if (!members) return std::move(members).error();
    reader.members_ = *std::move(members);
    auto format = reader.json("zarr_format");
    if (!format) return std::move(format).error();
    if (!format->as_int() || *format->as_int() != 3) return reader.bad("`zarr_format` must be 3");
    auto kind = reader.json("node_type");
    if (!kind) return std::move(kind).error();
    const std::string* name = kind->as_string();
    if (!name || (*name != "array" && *name != "group")) return reader.bad("`node_type` must be \"array\" or \"group\"");
    reader.is_array_ = *name == "array";
    return reader;
  }

  bool is_array() const { return is_array_; }
  Error bad(std::string hint, errc code = errc::bad_metadata) const {
    return Error(code, "read zarr.json", path_, std::move(hint));
  }
  /// An error of a part, which does not know the node.
  Error bad(const Error& part) const { return bad(part.hint(), part.code()); }

  const RawMember* find(std::string_view name) const {
    const auto at = std::find_if(members_.begin(), members_.end(), [&](const RawMember& m) { return m.name == name; });
    return at == members_.end() ? nullptr : &*at;
  }
  Result<Json> json(std::string_view name) const {
    const RawMember* member = find(name);
    if (!member) return bad("`" + std::string(name) + "` is missing");
    auto value = parse_json(member->value, path_);
    if (!value) return bad("`" + std::string(name) + "`: " + value.error().hint());
    return value;
  }
  Result<std::vector<std::uint64_t>> lengths(const Json* list, std::string_view name) const {
    if (!list || !list->as_array()) return bad("`" + std::string(name) + "` must be a list of lengths");
    std::vector<std::uint64_t> out;
    for (const Json& item : *list->as_array()) {
      if (item.as_large_uint()) {
        out.push_back(*item.as_large_uint());
      } else if (item.as_int() && *item.as_int() >= 0) {
        out.push_back(static_cast<std::uint64_t>(*item.as_int()));
      } else {
        return bad("`" + std::string(name) + "` holds something else than a length: " + item.text());
      }
    }
    return out;
  }
  Result<std::optional<DimensionNames>> dimension_names() const {
    if (!find("dimension_names")) return std::optional<DimensionNames>();
    auto list = json("dimension_names");
    if (!list) return std::move(list).error();
    if (list->is_null()) return std::optional<DimensionNames>();
    if (!list->as_array()) return bad("`dimension_names` must be a list");
    DimensionNames names;
    for (const Json& item : *list->as_array()) {
      if (!item.is_null() && !item.as_string()) return bad("a dimension name must be a string or null");
      const bool named = item.as_string() && !item.as_string()->empty();
      names.push_back(named ? std::optional<std::string>(*item.as_string()) : std::nullopt);
    }
    return std::optional<DimensionNames>(std::move(names));
  }
  Result<std::string> attributes() const {
    const RawMember* member = find("attributes");
    if (!member) return std::string("{}");
    if (!member->value.starts_with('{')) return bad("`attributes` must be an object");
    return std::string(member->value);
  }
  /// Refuses members that nobody here knows, unless they may be ignored.
  Result<void> check_unknown(std::span<const std::string_view> known) const {
    for (const RawMember& member : members_) {
      if (std::find(known.begin(), known.end(), member.name) != known.end()) continue;
      const auto value = parse_json(member.value, path_);
      const Json* understand = value ? value->find("must_understand") : nullptr;
      if (understand && understand->as_bool() && !*understand->as_bool()) continue;
      return bad("`" + member.name + "` is not known, and does not say `must_understand: false`");
    }
    return {};
  }

 private:
  explicit NodeReader(std::string_view path) : path_(path) {}
  std::string path_;
  std::vector<RawMember> members_;
  bool is_array_ = false;
};

/// A name with its configuration: an object, or the bare name.
struct Named {
  std::string name;
  Json configuration;
};
inline std::optional<Named> read_named(const Json& json) {
  if (json.as_string()) return Named{*json.as_string(), {}};
  const Json* name = json.find("name");
  if (!name || !name->as_string()) return std::nullopt;
  const Json* configuration = json.find("configuration");
  return Named{*name->as_string(), configuration ? *configuration : Json()};
}

/// Chunks along one dimension of a rectilinear grid: each item is the length of one chunk, or [length, how often].
inline Result<std::uint32_t> count_runs(const NodeReader& node, const Json& dimension, std::uint64_t length) {
  const Error bad = node.bad("an item of `chunk_shapes` must be a list of lengths and of [length, count]");
  if (const std::int64_t* chunk = dimension.as_int()) {  // one number for all: a regular dimension
    if (*chunk < 0) return bad;
    auto count = chunk_count(length, static_cast<std::uint64_t>(*chunk));
    if (!count) return node.bad(count.error());
    return count;
  }
  if (!dimension.as_array()) return bad;
  std::uint64_t count = 0;
  for (const Json& item : *dimension.as_array()) {
    std::uint64_t times = 1;
    const Json* size = &item;
    if (const Json::Array* run = item.as_array()) {
      if (run->size() != 2 || !(*run)[1].as_int() || *(*run)[1].as_int() < 0) return bad;
      times = static_cast<std::uint64_t>(*(*run)[1].as_int());
      size = &(*run)[0];
    }
    if (!size->as_int() || *size->as_int() <= 0) return bad;
    if (times > std::numeric_limits<std::uint32_t>::max() - count) {
      return node.bad("a dimension has more than 2^32 - 1 chunks", errc::unsupported_chunk_grid);
    }
    count += times;
  }
  return static_cast<std::uint32_t>(count);
}

inline Result<void> read_chunk_counts(const NodeReader& node, NodeOutline& out) {
  auto json = node.json("chunk_grid");
  if (!json) return std::move(json).error();
  const auto grid = read_named(*json);
  if (!grid) return node.bad("`chunk_grid` must have a `name`");
  const bool regular = grid->name == "regular";
  if (!regular && grid->name != "rectilinear") {
    return node.bad("chunk grid \"" + grid->name + "\" is not known", errc::unsupported_chunk_grid);
  }
  const Json* list = grid->configuration.find(regular ? "chunk_shape" : "chunk_shapes");
  if (!list || !list->as_array() || list->as_array()->size() < out.shape.size()) {
    return node.bad("`chunk_grid` must give chunk lengths for every dimension");
  }
  for (std::size_t i = 0; i != out.shape.size(); ++i) {
    const Json& item = (*list->as_array())[i];
    if (regular && (!item.as_int() || *item.as_int() < 0)) return node.bad("a chunk length must be a number");
    auto count = count_runs(node, item, out.shape[i]);
    if (!count) return std::move(count).error();
    out.num_chunks.push_back(*count);
  }
  return {};
}

inline Result<void> read_chunk_shape(const NodeReader& node, ArrayMetadata& out) {
  auto json = node.json("chunk_grid");
  if (!json) return std::move(json).error();
  const auto grid = read_named(*json);
  if (!grid) return node.bad("`chunk_grid` must have a `name`");
  if (grid->name != "regular") {
    return node.bad("the chunks of grid \"" + grid->name + "\" cannot be read; only \"regular\" can",
                    errc::unsupported_chunk_grid);
  }
  auto lengths = node.lengths(grid->configuration.find("chunk_shape"), "chunk_shape");
  if (!lengths) return std::move(lengths).error();
  if (lengths->size() != out.shape.size()) return node.bad("`chunk_shape` and `shape` differ in rank");
  if (std::find(lengths->begin(), lengths->end(), 0U) != lengths->end()) return node.bad("a chunk length is 0");
  out.chunk_shape = *std::move(lengths);
  for (std::size_t i = 0; i != out.shape.size(); ++i) {
    const auto count = chunk_count(out.shape[i], out.chunk_shape[i]);
    if (!count) return node.bad(count.error());
  }
  return {};
}

inline Result<void> read_chunk_key_encoding(const NodeReader& node, ArrayMetadata& out) {
  if (!node.find("chunk_key_encoding")) return {};
  auto json = node.json("chunk_key_encoding");
  if (!json) return std::move(json).error();
  const auto encoding = read_named(*json);
  if (!encoding) return node.bad("`chunk_key_encoding` must have a `name`");
  out.chunk_key_encoding = {encoding->name, encoding->name == "v2" ? '.' : '/'};
  if (const Json* separator = encoding->configuration.find("separator")) {
    const std::string* text = separator->as_string();
    if (!text || text->size() != 1) return node.bad("the `separator` of chunk keys must be one character");
    out.chunk_key_encoding.separator = text->front();
  }
  return {};
}

inline Result<void> read_element(const NodeReader& node, ArrayMetadata& out) {
  auto json = node.json("data_type");
  if (!json) return std::move(json).error();
  const auto named = read_named(*json);
  if (!named) return node.bad("`data_type` must be a name or an object with a `name`");
  const auto type = data_type_named(named->name);
  const Json::Object* configured = named->configuration.as_object();
  if (!type || (configured && !configured->empty())) {
    return node.bad("data type " + json->text() + " is not known", errc::unsupported_data_type);
  }
  out.data_type = *type;
  auto fill = node.json("fill_value");
  const RawMember* written = node.find("fill_value");
  if (!fill && written && written->value.find_first_not_of("-0123456789") == std::string_view::npos) {
    fill = parse_json(std::string(written->value) + ".0", {});  // an integer beyond 64 bits still is a float
  }
  if (!fill) return node.bad("`fill_value`: " + fill.error().hint());
  auto element = parse_fill_value(*fill, *type);
  if (!element) return node.bad("`fill_value`: " + element.error().hint());
  out.fill_value = *std::move(element);
  return {};
}

inline Result<void> check_storage_transformers(const NodeReader& node) {
  if (!node.find("storage_transformers")) return {};
  auto list = node.json("storage_transformers");
  if (!list) return std::move(list).error();
  if (!list->as_array()) return node.bad("`storage_transformers` must be a list");
  for (const Json& item : *list->as_array()) {
    const Json* understand = item.find("must_understand");
    if (!understand || !understand->as_bool() || *understand->as_bool()) {
      return node.bad("storage transformer " + item.text() + " is not known");
    }
  }
  return {};
}

inline std::string lengths_text(std::span<const std::uint64_t> lengths) {
  std::string text = "[";
  for (std::size_t i = 0; i != lengths.size(); ++i) (text += i == 0 ? "" : ", ") += std::to_string(lengths[i]);
  return text + "]";
}

}  // namespace detail

VARVE_DECL Result<std::uint32_t> chunk_count(std::uint64_t length, std::uint64_t chunk) {
  if (length == 0 || chunk == 0) return std::uint32_t{0};
  const std::uint64_t count = (length - 1) / chunk + 1;
  if (count > std::numeric_limits<std::uint32_t>::max()) {
    return Error(errc::unsupported_chunk_grid, "count chunks", {},
                 "a dimension has more than 2^32 - 1 chunks; use larger chunks");
  }
  return static_cast<std::uint32_t>(count);
}

VARVE_DECL Result<NodeOutline> outline(std::string_view zarr_json, std::string_view path) {
  const auto node = detail::NodeReader::open(zarr_json, path);
  if (!node) return node.error();
  NodeOutline out;
  if (!node->is_array()) return out;
  out.is_array = true;
  auto shape = node->json("shape");
  if (!shape) return std::move(shape).error();
  auto lengths = node->lengths(&*shape, "shape");
  if (!lengths) return std::move(lengths).error();
  out.shape = *std::move(lengths);
  if (auto read = detail::read_chunk_counts(*node, out); !read) return std::move(read).error();
  auto names = node->dimension_names();
  if (!names) return std::move(names).error();
  out.dimension_names = *std::move(names);
  return out;
}

VARVE_DECL Result<ArrayMetadata> parse_array(std::string_view zarr_json, std::string_view path) {
  constexpr std::string_view known[] = {"zarr_format", "node_type",       "shape",      "data_type",
                                        "chunk_grid",  "chunk_key_encoding", "fill_value", "codecs",
                                        "attributes",  "storage_transformers", "dimension_names"};
  const auto node = detail::NodeReader::open(zarr_json, path);
  if (!node) return node.error();
  if (!node->is_array()) return node->bad("the node is a group", errc::not_an_array);
  if (auto checked = node->check_unknown(known); !checked) return std::move(checked).error();
  ArrayMetadata out;
  auto shape = node->json("shape");
  if (!shape) return std::move(shape).error();
  auto lengths = node->lengths(&*shape, "shape");
  if (!lengths) return std::move(lengths).error();
  out.shape = *std::move(lengths);
  for (const auto read : {detail::read_chunk_shape, detail::read_chunk_key_encoding, detail::read_element}) {
    if (auto done = read(*node, out); !done) return std::move(done).error();
  }
  if (auto done = detail::check_storage_transformers(*node); !done) return std::move(done).error();
  auto codecs = node->json("codecs");
  if (!codecs) return std::move(codecs).error();
  auto specs = codec::parse_specs(*codecs);
  if (!specs) return node->bad(specs.error());
  out.codecs = *std::move(specs);
  auto names = node->dimension_names();
  if (!names) return std::move(names).error();
  if (*names && (*names)->size() != out.shape.size()) return node->bad("`dimension_names` and `shape` differ in rank");
  out.dimension_names = *std::move(names);
  auto attributes = node->attributes();
  if (!attributes) return std::move(attributes).error();
  out.attributes = *std::move(attributes);
  return out;
}

VARVE_DECL Result<GroupMetadata> parse_group(std::string_view zarr_json, std::string_view path) {
  constexpr std::string_view known[] = {"zarr_format", "node_type", "attributes", "consolidated_metadata"};
  const auto node = detail::NodeReader::open(zarr_json, path);
  if (!node) return node.error();
  if (node->is_array()) return node->bad("the node is an array", errc::not_a_group);
  if (auto checked = node->check_unknown(known); !checked) return std::move(checked).error();
  auto attributes = node->attributes();
  if (!attributes) return std::move(attributes).error();
  return GroupMetadata{*std::move(attributes)};
}

VARVE_DECL Result<std::string> attributes_of(std::string_view zarr_json, std::string_view path) {
  const auto node = detail::NodeReader::open(zarr_json, path);
  if (!node) return node.error();
  return node->attributes();
}

VARVE_DECL std::string array_json(const ArrayMetadata& metadata) {
  const std::vector<std::byte> zero(size_of(metadata.data_type));
  const auto& fill = metadata.fill_value.empty() ? zero : metadata.fill_value;
  std::string out = "{\n  \"zarr_format\": 3,\n  \"node_type\": \"array\",\n  \"shape\": ";
  out += detail::lengths_text(metadata.shape);
  ((out += ",\n  \"data_type\": \"") += name_of(metadata.data_type)) += "\"";
  out += ",\n  \"chunk_grid\": {\"name\": \"regular\", \"configuration\": {\"chunk_shape\": ";
  out += detail::lengths_text(metadata.chunk_shape);
  out += "}},\n  \"chunk_key_encoding\": {\"name\": ";
  append_json_string(out, metadata.chunk_key_encoding.name);
  out += ", \"configuration\": {\"separator\": ";
  append_json_string(out, std::string_view(&metadata.chunk_key_encoding.separator, 1));
  (out += "}},\n  \"fill_value\": ") += fill_value_text(fill, metadata.data_type);
  (out += ",\n  \"codecs\": ") += codec::specs_json(metadata.codecs).text();
  (out += ",\n  \"attributes\": ") += metadata.attributes;
  if (metadata.dimension_names) {
    Json::Array names;
    for (const auto& name : *metadata.dimension_names) names.push_back(name ? Json(*name) : Json());
    (out += ",\n  \"dimension_names\": ") += Json(std::move(names)).text();
  }
  out += ",\n  \"storage_transformers\": []\n}";
  return out;
}

VARVE_DECL std::string group_json(std::string_view attributes) {
  std::string out = "{\n  \"zarr_format\": 3,\n  \"node_type\": \"group\",\n  \"attributes\": ";
  return (out += attributes) += "\n}";
}

VARVE_DECL Result<std::string> with_attributes(std::string_view zarr_json, std::string_view attributes) {
  if (!parse_members(attributes, "attributes")) {
    return Error(errc::invalid_argument, "set attributes", {}, "attributes are the text of a JSON object");
  }
  return with_member(zarr_json, "attributes", attributes, "zarr.json");
}

VARVE_DECL Result<std::string> with_shape(std::string_view zarr_json, std::span<const std::uint64_t> shape) {
  const auto old = outline(zarr_json, "zarr.json");
  if (!old) return old.error();
  if (!old->is_array || old->shape.size() != shape.size()) {
    return Error(errc::invalid_argument, "set shape", {}, "the new shape must have the rank of the array");
  }
  auto changed = with_member(zarr_json, "shape", detail::lengths_text(shape), "zarr.json");
  if (!changed) return changed;
  const auto checked = outline(*changed, "zarr.json");
  if (!checked) return checked.error();
  return changed;
}

}  // namespace varve::inline v0::zarr
