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

/// The `chunk_grid` of an array, and the list in it that gives chunk lengths for every dimension.
struct Grid {
  Named named;
  bool regular = true;
  const Json::Array& lengths() const {
    return *named.configuration.find(regular ? "chunk_shape" : "chunk_shapes")->as_array();
  }
};
inline Result<Grid> read_grid(const NodeReader& node, std::size_t rank) {
  auto json = node.json("chunk_grid");
  if (!json) return std::move(json).error();
  auto named = read_named(*json);
  if (!named) return node.bad("`chunk_grid` must have a `name`");
  Grid grid{*std::move(named)};
  grid.regular = grid.named.name == "regular";
  if (!grid.regular && grid.named.name != "rectilinear") {
    return node.bad("chunk grid \"" + grid.named.name + "\" is not known", errc::unsupported_chunk_grid);
  }
  const Json* list = grid.named.configuration.find(grid.regular ? "chunk_shape" : "chunk_shapes");
  if (!list || !list->as_array() || list->as_array()->size() < rank) {
    return node.bad("`chunk_grid` must give chunk lengths for every dimension");
  }
  return grid;
}

inline Result<std::vector<ChunkRun>> read_dimension(const NodeReader& node, const Grid& grid, std::size_t i,
                                                    std::uint64_t length) {
  const Json& item = grid.lengths()[i];
  if (grid.regular && !item.as_int()) return node.bad("a chunk length must be a number");
  auto runs = read_runs(item, length);
  if (!runs) return node.bad("an item of `chunk_shapes` must be a list of lengths and of [length, count]");
  return *std::move(runs);
}

inline Result<void> read_chunk_counts(const NodeReader& node, NodeOutline& out) {
  const auto grid = read_grid(node, out.shape.size());
  if (!grid) return grid.error();
  for (std::size_t i = 0; i != out.shape.size(); ++i) {
    auto runs = read_dimension(node, *grid, i, out.shape[i]);
    if (!runs) return std::move(runs).error();
    std::uint64_t count = 0, uncovered = out.shape[i];
    for (const ChunkRun& run : *runs) {
      if (run.length == 0) return node.bad("a chunk length is 0");
      if (run.count > std::numeric_limits<std::uint32_t>::max() - count) {
        return node.bad("a dimension has more than 2^32 - 1 chunks", errc::unsupported_chunk_grid);
      }
      count += run.count;
      uncovered -= run.count > uncovered / run.length ? uncovered : run.count * run.length;
    }
    out.is_covered = out.is_covered && (grid->regular || uncovered == 0);
    out.num_chunks.push_back(static_cast<std::uint32_t>(count));
  }
  return {};
}

inline Result<void> read_chunk_edges(const NodeReader& node, const Grid& grid, ArrayMetadata& out) {
  const auto unsupported = [&](std::string hint) { return node.bad(std::move(hint), errc::unsupported_chunk_grid); };
  const Json* kind = grid.named.configuration.find("kind");
  if (!kind || *kind != Json("inline")) return unsupported("a rectilinear grid of another `kind` than \"inline\" cannot be read");
  for (const auto& [name, value] : *grid.named.configuration.as_object()) {
    if (name != "kind" && name != "chunk_shapes") return unsupported("`" + name + "` of a rectilinear grid is not known");
  }
  for (std::size_t i = 0; i != out.shape.size(); ++i) {
    auto runs = read_dimension(node, grid, i, out.shape[i]);
    if (!runs) return std::move(runs).error();
    auto edges = ChunkEdges::make(*runs);
    if (!edges) return node.bad(edges.error());
    if (edges->end() < out.shape[i]) {
      return node.bad("the chunks of dimension " + std::to_string(i) + " end at " + std::to_string(edges->end()) +
                      ", before the array does");
    }
    out.chunk_shape.push_back(std::max<std::uint64_t>(edges->longest(), 1));
    out.chunk_edges.push_back(*std::move(edges));
  }
  return {};
}

inline Result<void> read_chunk_shape(const NodeReader& node, ArrayMetadata& out) {
  const auto grid = read_grid(node, out.shape.size());
  if (!grid) return grid.error();
  if (grid->lengths().size() != out.shape.size()) return node.bad("the chunks and `shape` differ in rank");
  if (!grid->regular) return read_chunk_edges(node, *grid, out);
  auto lengths = node.lengths(grid->named.configuration.find("chunk_shape"), "chunk_shape");
  if (!lengths) return std::move(lengths).error();
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

VARVE_DECL std::vector<std::uint64_t> ArrayMetadata::shape_of_chunk(std::span<const std::uint32_t> index) const {
  if (is_regular()) return chunk_shape;
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i != rank(); ++i) out.push_back(chunk_edges[i].chunk(index[i]).length);
  return out;
}

VARVE_DECL bool ArrayMetadata::meets_chunk(std::span<const std::uint32_t> index) const {
  if (index.size() != rank()) return false;
  for (std::size_t i = 0; i != rank(); ++i) {
    const std::uint64_t count =
        is_regular() ? (shape[i] == 0 ? 0 : (shape[i] - 1) / chunk_shape[i] + 1) : chunk_edges[i].count_within(shape[i]);
    if (index[i] >= count) return false;
  }
  return true;
}

VARVE_DECL bool ArrayMetadata::shares_chunk(const ArrayMetadata& other, std::span<const std::uint32_t> index) const {
  if (index.size() != rank() || index.size() != other.rank()) return false;
  for (std::size_t i = 0; i != rank(); ++i) {
    for (const ArrayMetadata* array : {this, &other}) {
      if (!array->is_regular() && index[i] >= array->chunk_edges[i].count()) return false;
    }
    if (chunk(i, index[i]) != other.chunk(i, index[i])) return false;
  }
  return true;
}

VARVE_DECL bool ArrayMetadata::keeps_chunks(const ArrayMetadata& other) const {
  if (is_regular() || other.is_regular()) return is_regular() == other.is_regular() && chunk_shape == other.chunk_shape;
  return std::equal(chunk_edges.begin(), chunk_edges.end(), other.chunk_edges.begin(), other.chunk_edges.end(),
                    [](const ChunkEdges& here, const ChunkEdges& there) { return here.extends(there); });
}

VARVE_DECL std::vector<std::uint32_t> ArrayMetadata::chunk_counts() const {
  std::vector<std::uint32_t> counts;
  for (std::size_t i = 0; i != rank(); ++i) {
    const auto count = is_regular() ? chunk_count(shape[i], chunk_shape[i]).value_or(0U)
                                    : static_cast<std::uint32_t>(chunk_edges[i].count_within(shape[i]));
    counts.push_back(count);
  }
  return counts;
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

VARVE_DECL std::string chunks_text(const ArrayMetadata& metadata) {
  if (metadata.is_regular()) return detail::lengths_text(metadata.chunk_shape);
  Json::Array edges;
  for (const ChunkEdges& dimension : metadata.chunk_edges) edges.push_back(dimension.json());
  return Json(std::move(edges)).text();
}

VARVE_DECL std::string array_json(const ArrayMetadata& metadata) {
  const std::vector<std::byte> zero(size_of(metadata.data_type));
  const auto& fill = metadata.fill_value.empty() ? zero : metadata.fill_value;
  std::string out = "{\n  \"zarr_format\": 3,\n  \"node_type\": \"array\",\n  \"shape\": ";
  out += detail::lengths_text(metadata.shape);
  ((out += ",\n  \"data_type\": \"") += name_of(metadata.data_type)) += "\"";
  out += ",\n  \"chunk_grid\": {\"name\": ";
  out += metadata.is_regular() ? "\"regular\", \"configuration\": {\"chunk_shape\": "
                               : "\"rectilinear\", \"configuration\": {\"kind\": \"inline\", \"chunk_shapes\": ";
  out += chunks_text(metadata);
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

namespace detail {

/// The same text with a chunk added to each dimension of its rectilinear grid that the chunks do not cover.
inline Result<std::string> cover(std::string_view zarr_json, std::span<const std::uint64_t> shape) {
  const auto node = NodeReader::open(zarr_json, "zarr.json");
  if (!node) return node.error();
  auto json = node->json("chunk_grid");
  auto grid = read_grid(*node, shape.size());
  if (!grid) return std::move(grid).error();
  Json::Array dimensions = grid->lengths();
  for (std::size_t i = 0; i != shape.size(); ++i) {
    if (!dimensions[i].as_array()) continue;  // one length is repeated as often as need be
    auto runs = read_dimension(*node, *grid, i, shape[i]);
    if (!runs) return std::move(runs).error();
    const auto edges = ChunkEdges::make(*runs);
    if (!edges) return node->bad(edges.error());
    if (edges->end() >= shape[i]) continue;
    Json::Array longer = *dimensions[i].as_array();
    longer.push_back(Json(shape[i] - edges->end()));
    dimensions[i] = Json(std::move(longer));
  }
  const auto replaced = [](const Json& object, std::string_view name, Json value) {
    Json::Object members = *object.as_object();
    for (auto& [known, old] : members) {
      if (known == name) old = std::move(value);
    }
    return Json(std::move(members));
  };
  Json configuration = replaced(grid->named.configuration, "chunk_shapes", Json(std::move(dimensions)));
  return with_member(zarr_json, "chunk_grid", replaced(*json, "configuration", std::move(configuration)).text(), "zarr.json");
}

}  // namespace detail

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
  if (checked->is_covered) return changed;
  auto covered = detail::cover(*changed, shape);
  if (!covered) return covered;
  const auto counted = outline(*covered, "zarr.json");
  if (!counted) return counted.error();
  return covered;
}

}  // namespace varve::inline v0::zarr
