// SPDX-License-Identifier: Apache-2.0
#include <varve/zarr/metadata.hpp>

#include <varve/codec/default.hpp>
#include <varve/zarr/json.hpp>

#include "support/doctest.hpp"

namespace zarr = varve::zarr;
namespace codec = varve::codec;
using varve::errc;
using Shape = std::vector<std::uint64_t>;

namespace {

/// As zarr-python writes it, with white space and members in its order.
constexpr std::string_view array_text = R"({
  "shape": [
    731,
    90
  ],
  "data_type": "float32",
  "chunk_grid": {
    "name": "regular",
    "configuration": {
      "chunk_shape": [
        100,
        90
      ]
    }
  },
  "chunk_key_encoding": {
    "name": "default",
    "configuration": {
      "separator": "/"
    }
  },
  "fill_value": "NaN",
  "codecs": [
    {
      "name": "bytes",
      "configuration": {
        "endian": "little"
      }
    },
    {
      "name": "zstd",
      "configuration": {
        "level": 0,
        "checksum": false
      }
    }
  ],
  "attributes": {
    "units":  "K",
    "big": 123456789012345678901234567890
  },
  "dimension_names": [
    "time",
    null
  ],
  "zarr_format": 3,
  "node_type": "array",
  "storage_transformers": []
})";

/// `array_text` with one member changed; without it if `value` is empty.
std::string changed(std::string_view name, std::string_view value) {
  if (!value.empty()) return zarr::with_member(array_text, name, value, "test").value();
  std::string out = "{";
  const auto members = zarr::parse_members(array_text, "test").value();
  for (const auto& member : members) {
    if (member.name == name) continue;
    if (out.size() > 1) out += ',';
    varve::append_json_string(out, member.name);
    (out += ':') += member.value;
  }
  return out + "}";
}

template <class T>
errc code_of(const varve::Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().key() == "/t2m");
  CHECK_FALSE(result.error().hint().empty());
  return result.error().code();
}

}  // namespace

TEST_CASE("zarr/metadata: the zarr.json of an array is read whole") {
  const auto array = zarr::parse_array(array_text, "/t2m").value();
  CHECK(array.shape == Shape{731, 90});
  CHECK(array.chunk_shape == Shape{100, 90});
  CHECK(array.data_type == zarr::DataType::float32);
  CHECK(zarr::fill_value_text(array.fill_value, array.data_type) == "\"NaN\"");
  CHECK(array.codecs == std::vector{codec::bytes(), codec::zstd(0)});
  CHECK(array.dimension_names == zarr::DimensionNames{"time", std::nullopt});
  CHECK(array.chunk_key_encoding == zarr::ChunkKeyEncoding{});
  CHECK(array.attributes == "{\n    \"units\":  \"K\",\n    \"big\": 123456789012345678901234567890\n  }");
  CHECK(codec::Default::compile(array.codecs, array.layout()));
  CHECK(array.layout().fill_value == array.fill_value);
}

TEST_CASE("zarr/metadata: variants that Zarr v3 allows are read") {
  CHECK(zarr::parse_array(changed("attributes", ""), "/t2m").value().attributes == "{}");
  CHECK(zarr::parse_array(changed("dimension_names", ""), "/t2m").value().dimension_names == std::nullopt);
  CHECK(zarr::parse_array(changed("dimension_names", "null"), "/t2m").value().dimension_names == std::nullopt);
  CHECK(zarr::parse_array(changed("dimension_names", R"(["", "x"])"), "/t2m").value().dimension_names ==
        zarr::DimensionNames{std::nullopt, "x"});
  CHECK(zarr::parse_array(changed("storage_transformers", ""), "/t2m"));
  CHECK(zarr::parse_array(changed("storage_transformers", R"([{"name":"x","must_understand":false}])"), "/t2m"));
  CHECK(zarr::parse_array(changed("codecs", R"(["bytes"])"), "/t2m").value().codecs == std::vector{codec::Spec{"bytes"}});
  CHECK(zarr::parse_array(changed("data_type", R"({"name": "float32"})"), "/t2m"));
  CHECK(zarr::parse_array(changed("extension", R"({"name": "x", "must_understand": false})"), "/t2m"));
  const auto large = zarr::parse_array(changed("fill_value", "100000000000000000000"), "/t2m").value();
  CHECK(zarr::fill_value_text(large.fill_value, large.data_type) == "100000002004087734272.0");
  const auto dotted = zarr::parse_array(changed("chunk_key_encoding", R"({"name":"v2"})"), "/t2m").value();
  CHECK(dotted.chunk_key_encoding == zarr::ChunkKeyEncoding{"v2", '.'});
  const auto custom =
      zarr::parse_array(changed("chunk_key_encoding", R"({"name":"default","configuration":{"separator":"."}})"), "/t2m");
  CHECK(custom.value().chunk_key_encoding.separator == '.');
}

TEST_CASE("zarr/metadata: errors name the node and what is wrong with it") {
  struct Case { const char* member; const char* value; errc code; };
  for (const auto& [member, value, code] :
       {Case{"zarr_format", "2", errc::bad_metadata}, Case{"zarr_format", "", errc::bad_metadata},
        Case{"node_type", R"("table")", errc::bad_metadata}, Case{"node_type", "", errc::bad_metadata},
        Case{"shape", "", errc::bad_metadata}, Case{"shape", "[1.5, 2]", errc::bad_metadata},
        Case{"shape", "[-1, 2]", errc::bad_metadata}, Case{"shape", "[1]", errc::bad_metadata},
        Case{"shape", "3", errc::bad_metadata}, Case{"data_type", "", errc::bad_metadata},
        Case{"data_type", "3", errc::bad_metadata}, Case{"data_type", R"("r16")", errc::unsupported_data_type},
        Case{"data_type", R"({"name":"numpy.datetime64","configuration":{"unit":"s"}})", errc::unsupported_data_type},
        Case{"chunk_grid", "", errc::bad_metadata}, Case{"chunk_grid", "{}", errc::bad_metadata},
        Case{"chunk_grid", R"({"name":"hexagonal"})", errc::unsupported_chunk_grid},
        Case{"chunk_grid", R"({"name":"rectilinear","configuration":{"chunk_shapes":[[731],[90]]}})",
             errc::unsupported_chunk_grid},
        Case{"chunk_grid", R"({"name":"regular","configuration":{"chunk_shape":[0,90]}})", errc::bad_metadata},
        Case{"chunk_grid", R"({"name":"regular","configuration":{"chunk_shape":[100]}})", errc::bad_metadata},
        Case{"chunk_grid", R"({"name":"regular"})", errc::bad_metadata},
        Case{"fill_value", "", errc::bad_metadata}, Case{"fill_value", "null", errc::bad_metadata},
        Case{"fill_value", "\"x\"", errc::bad_metadata}, Case{"codecs", "", errc::bad_metadata},
        Case{"codecs", "{}", errc::bad_metadata}, Case{"codecs", "[3]", errc::bad_metadata},
        Case{"dimension_names", R"(["a"])", errc::bad_metadata}, Case{"dimension_names", "[1, 2]", errc::bad_metadata},
        Case{"dimension_names", "\"a\"", errc::bad_metadata}, Case{"attributes", "[]", errc::bad_metadata},
        Case{"storage_transformers", R"([{"name":"x"}])", errc::bad_metadata},
        Case{"storage_transformers", "{}", errc::bad_metadata}, Case{"extension", "{}", errc::bad_metadata},
        Case{"extension", R"({"must_understand": true})", errc::bad_metadata}, Case{"extension", "3", errc::bad_metadata},
        Case{"chunk_key_encoding", "3", errc::bad_metadata},
        Case{"chunk_key_encoding", R"({"name":"default","configuration":{"separator":"//"}})", errc::bad_metadata},
        Case{"shape", "[18446744073709551615, 90]", errc::unsupported_chunk_grid}}) {
    INFO(std::string(member) << " = " << std::string(value));
    CHECK(code_of(zarr::parse_array(changed(member, value), "/t2m")) == code);
  }
  CHECK(code_of(zarr::parse_array(zarr::group_json(), "/t2m")) == errc::not_an_array);
  CHECK(code_of(zarr::parse_group(array_text, "/t2m")) == errc::not_a_group);
  for (std::size_t kept = 0; kept != array_text.size(); ++kept) {
    CHECK(code_of(zarr::parse_array(array_text.substr(0, kept), "/t2m")) == errc::bad_metadata);
    CHECK(code_of(zarr::outline(array_text.substr(0, kept), "/t2m")) == errc::bad_metadata);
  }
}

TEST_CASE("zarr/metadata: an outline needs neither codecs nor a data type") {
  const auto outline = zarr::outline(array_text, "/t2m").value();
  CHECK(outline.is_array);
  CHECK(outline.shape == Shape{731, 90});
  CHECK(outline.num_chunks == std::vector<std::uint32_t>{8, 1});
  CHECK(outline.dimension_names == zarr::DimensionNames{"time", std::nullopt});
  CHECK(zarr::outline(changed("codecs", R"("whatever")"), "/t2m").value() == outline);
  CHECK(zarr::outline(changed("data_type", R"("string")"), "/t2m").value() == outline);
  CHECK(zarr::outline(changed("extension", "7"), "/t2m").value() == outline);
  CHECK_FALSE(zarr::outline(zarr::group_json(), "/").value().is_array);
  const auto scalar = changed("shape", "[]");
  CHECK(zarr::outline(scalar, "/t2m").value().num_chunks.empty());  // a longer chunk shape is forgiven
}

TEST_CASE("zarr/metadata: chunks are counted in regular and rectilinear grids") {
  const auto count = [](std::string_view shape, std::string_view grid) {
    std::string text = zarr::with_member(changed("shape", shape), "chunk_grid", grid, "test").value();
    return zarr::outline(text, "/t2m");
  };
  using Counts = std::vector<std::uint32_t>;
  const auto regular = [](std::string chunks) {
    return R"({"name":"regular","configuration":{"chunk_shape":)" + chunks + "}}";
  };
  const auto rectilinear = [](std::string chunks) {
    return R"({"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":)" + chunks + "}}";
  };
  CHECK(count("[6, 0]", regular("[4, 3]")).value().num_chunks == Counts{2, 0});
  CHECK(count("[6, 5]", regular("[0, 3]")).value().num_chunks == Counts{0, 2});
  CHECK(count("[4294967295, 1]", regular("[1, 1]")).value().num_chunks == Counts{4294967295U, 1});
  CHECK(code_of(count("[4294967296, 1]", regular("[1, 1]"))) == errc::unsupported_chunk_grid);
  CHECK(code_of(count("[1099511627776, 1]", regular("[1, 1]"))) == errc::unsupported_chunk_grid);
  CHECK(code_of(count("[18446744073709551615, 1]", regular("[2, 1]"))) == errc::unsupported_chunk_grid);
  CHECK(code_of(count("[6, 5]", regular("[4]"))) == errc::bad_metadata);
  CHECK(code_of(count("[6, 5]", regular("[4, -3]"))) == errc::bad_metadata);
  CHECK(code_of(count("[6, 5]", regular("[4, [3, 1]]"))) == errc::bad_metadata);
  CHECK(count("[10, 6]", rectilinear("[[1, 2, 3, 4], [[2, 3]]]")).value().num_chunks == Counts{4, 3});
  CHECK(count("[10, 6]", rectilinear("[[4, [2, 3]], 4]")).value().num_chunks == Counts{4, 2});
  CHECK(code_of(count("[10, 6]", rectilinear("[[[1, 4294967295], 1], [6]]"))) == errc::unsupported_chunk_grid);
  CHECK(code_of(count("[10, 6]", rectilinear("[[0], [6]]"))) == errc::bad_metadata);
  CHECK(code_of(count("[10, 6]", rectilinear("[[[1]], [6]]"))) == errc::bad_metadata);
  CHECK(code_of(count("[10, 6]", rectilinear("[[10]]"))) == errc::bad_metadata);
}

TEST_CASE("zarr/metadata: what is written is read back equal") {
  zarr::ArrayMetadata array;
  array.shape = {4, 0, 7};
  array.chunk_shape = {2, 1, 7};
  array.data_type = zarr::DataType::complex64;
  array.codecs = codec::complete({codec::transpose({2, 1, 0}), codec::blosc({.cname = "lz4"})}, 8);
  array.dimension_names = zarr::DimensionNames{"a\"b", std::nullopt, "é"};
  array.attributes = "{ \"x\" : 1.50 }";
  const auto back = zarr::parse_array(zarr::array_json(array), "/x").value();
  CHECK(back.shape == array.shape);
  CHECK(back.chunk_shape == array.chunk_shape);
  CHECK(back.data_type == array.data_type);
  CHECK(back.fill_value == std::vector<std::byte>(8));
  CHECK(back.codecs == array.codecs);
  CHECK(back.dimension_names == array.dimension_names);
  CHECK(back.attributes == array.attributes);
  CHECK(zarr::array_json(back) == zarr::array_json(array));

  zarr::ArrayMetadata scalar;
  scalar.data_type = zarr::DataType::boolean;
  scalar.codecs = {codec::Spec{"bytes"}};
  CHECK(zarr::parse_array(zarr::array_json(scalar), "/x").value().shape.empty());
}

TEST_CASE("zarr/metadata: groups keep their attributes as they were written") {
  CHECK(zarr::parse_group(zarr::group_json("{\"a\": [1,  2]}"), "/g").value().attributes == "{\"a\": [1,  2]}");
  CHECK(zarr::parse_group(zarr::group_json(), "/g").value().attributes == "{}");
  CHECK(zarr::parse_group(R"({"zarr_format":3,"node_type":"group","consolidated_metadata":null})", "/g"));
  CHECK(code_of(zarr::parse_group(R"({"zarr_format":3,"node_type":"group","members":{}})", "/t2m")) == errc::bad_metadata);
  CHECK(zarr::attributes_of(array_text, "/t2m").value().starts_with("{\n    \"units\":  \"K\""));
  CHECK(code_of(zarr::attributes_of("{}", "/t2m")) == errc::bad_metadata);
}

TEST_CASE("zarr/metadata: new attributes and shapes leave every other byte of the text") {
  const auto text = changed("vendor", R"({"must_understand": false,  "x": 1})");
  const auto attributes = zarr::with_attributes(text, R"({"units":"C"})").value();
  CHECK(attributes == zarr::with_member(text, "attributes", R"({"units":"C"})", "test").value());
  CHECK(zarr::attributes_of(attributes, "/t2m").value() == R"({"units":"C"})");
  const auto shape = zarr::with_shape(text, Shape{800, 90}).value();
  CHECK(zarr::outline(shape, "/t2m").value().shape == Shape{800, 90});
  CHECK(zarr::with_shape(shape, Shape{731, 90}).value() ==
        zarr::with_member(text, "shape", "[731, 90]", "test").value());
  CHECK(zarr::with_attributes(changed("attributes", ""), "{}"));

  for (const char* bad : {"", "[]", "{", "{\"a\":NaN}"}) {
    const auto refused = zarr::with_attributes(text, bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::invalid_argument);
  }
  const auto zero = zarr::with_member(text, "chunk_grid", R"({"name":"regular","configuration":{"chunk_shape":[0,90]}})", "test").value();
  CHECK(zarr::outline(zarr::with_shape(zero, Shape{800, 90}).value(), "/t2m").value().num_chunks == std::vector<std::uint32_t>{0, 1});
  CHECK(zarr::with_shape(text, Shape{800}).error().code() == errc::invalid_argument);
  CHECK(zarr::with_shape(zarr::group_json(), Shape{}).error().code() == errc::invalid_argument);
  CHECK(zarr::with_shape(text, Shape{1ULL << 50, 90}).error().code() == errc::unsupported_chunk_grid);
}

TEST_CASE("zarr/metadata: a rectilinear grid is read in all its spellings") {
  const auto read = [](std::string_view shape, std::string chunks, std::string more = "") {
    const auto grid = R"({"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":)" + chunks + more + "}}";
    return zarr::parse_array(zarr::with_member(changed("shape", shape), "chunk_grid", grid, "test").value(), "/t2m");
  };
  const auto array = read("[10, 6]", "[[1, 2, 3, 4], [[2, 3]]]").value();
  CHECK_FALSE(array.is_regular());
  CHECK(array.chunk_shape == Shape{4, 2});
  CHECK(array.chunk(0, 2) == zarr::ChunkEdge{2, 3, 3});
  using Index = std::vector<std::uint32_t>;
  CHECK(array.shape_of_chunk(Index{3, 1}) == Shape{4, 2});
  CHECK(array.shape_of_chunk(Index{0, 2}) == Shape{1, 2});
  CHECK(array.chunk_counts() == std::vector<std::uint32_t>{4, 3});
  CHECK(read("[10, 6]", "[4, [[3, 2]]]").value().chunk_counts() == std::vector<std::uint32_t>{3, 2});
  CHECK(read("[10, 6]", "[4, [6]]").value().chunk_edges == read("[10, 6]", "[[[4, 3]], [6]]").value().chunk_edges);

  const auto longer = read("[3, 0]", "[[2, 2, 2], [5]]").value();  // chunks that hold nothing yet
  CHECK(longer.chunk_counts() == std::vector<std::uint32_t>{2, 0});
  CHECK_FALSE(longer.meets_chunk(Index{2, 0}));
  CHECK(read("[3, 0]", "[[3], []]").value().chunk_shape == Shape{3, 1});

  const auto endless = read("[4294967295, 6]", "[[[1, 4294967295]], [6]]").value();
  CHECK(endless.chunk(0, 4294967294U) == zarr::ChunkEdge{4294967294U, 4294967294U, 1});

  CHECK(code_of(read("[10, 6]", "[[4, 5], [6]]")) == errc::bad_metadata);
  CHECK(code_of(read("[10, 6]", "[[4, 0, 6], [6]]")) == errc::bad_metadata);
  CHECK(code_of(read("[10, 6]", "[[10, [4, 0]], [6]]")) == errc::bad_metadata);
  CHECK(code_of(read("[10, 6]", "[0, [6]]")) == errc::bad_metadata);
  CHECK(code_of(read("[10, 6]", "[-1, [6]]")) == errc::bad_metadata);
  CHECK(code_of(read("[10, 6]", "[\"auto\", [6]]")) == errc::bad_metadata);
  CHECK(code_of(read("[10, 6]", "[[10], [6], [1]]")) == errc::bad_metadata);
  CHECK(code_of(read("[10, 6]", "[[[9223372036854775807, 3]], [6]]")) == errc::bad_metadata);
  CHECK(code_of(read("[10, 6]", "[[[1, 4294967296]], [6]]")) == errc::unsupported_chunk_grid);
  CHECK(code_of(read("[10, 6]", "[[10], [6]]", R"(,"encoded_chunk_shapes":[[10],[8]])")) == errc::unsupported_chunk_grid);
}

TEST_CASE("zarr/metadata: a new shape adds a chunk to a rectilinear grid that does not cover it") {
  const auto grid = R"({"configuration":{"chunk_shapes":[[4,[2,3]],[[3,2]]],"kind":"inline"},"name":"rectilinear"})";
  const auto text = zarr::with_member(changed("shape", "[10, 6]"), "chunk_grid", grid, "test").value();
  const auto resized = [&](Shape shape) { return zarr::with_shape(text, shape).value(); };
  const auto with = [&](std::string shape, std::string chunks) {
    const auto wanted = R"({"configuration":{"chunk_shapes":)" + chunks + R"(,"kind":"inline"},"name":"rectilinear"})";
    return zarr::with_member(zarr::with_member(text, "shape", shape, "test").value(), "chunk_grid", wanted, "test").value();
  };
  CHECK(resized({3, 6}) == with("[3, 6]", "[[4,[2,3]],[[3,2]]]"));
  CHECK(resized({17, 6}) == with("[17, 6]", "[[4,[2,3],7],[[3,2]]]"));
  CHECK(resized({11, 7}) == with("[11, 7]", "[[4,[2,3],1],[[3,2],1]]"));
  CHECK(zarr::outline(resized({17, 6}), "/t2m").value().num_chunks == std::vector<std::uint32_t>{5, 2});
  const auto full = zarr::with_member(text, "chunk_grid", R"({"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":[[[1,4294967295]],[6]]}})", "test").value();
  CHECK(zarr::with_shape(full, Shape{1ULL << 33, 6}).error().code() == errc::unsupported_chunk_grid);
  const auto even = zarr::with_member(text, "chunk_grid", R"({"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":[4,[6]]}})", "test").value();
  const auto none = zarr::with_member(text, "chunk_grid", R"({"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":[0,[]]}})", "test").value();
  CHECK(zarr::outline(zarr::with_shape(none, Shape{99, 6}).value(), "/t2m").value().num_chunks == std::vector<std::uint32_t>{0, 1});
  CHECK(zarr::outline(zarr::with_shape(even, Shape{99, 6}).value(), "/t2m").value().num_chunks == std::vector<std::uint32_t>{25, 1});
}
