// SPDX-License-Identifier: Apache-2.0
#include <varve/format/location_dictionary.hpp>

#include <varve/format/manifest.hpp>
#include <varve/format/manifest_builder.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::ManifestId;
using varve::NodeId;

namespace {

std::string url(std::uint32_t i) { return "s3://bucket/model/run-2026/temperature." + std::to_string(i * 7919 % 100'003) + ".nc"; }

Bytes trained(std::size_t most, std::uint32_t count, std::string (*text)(std::uint32_t) = url) {
  LocationSample sample(most);
  for (std::uint32_t i = 0; i != count; ++i) {
    if (sample.draws()) sample.keep(text(i));
  }
  CHECK(sample.seen() == count);
  return sample.train(2048);
}

}  // namespace

TEST_CASE("format/location_dictionary: the same locations give the same dictionary, within its size") {
  const Bytes dictionary = trained(100, 5000);
  CHECK_FALSE(dictionary.empty());
  CHECK(dictionary.size() <= 2048);
  CHECK(trained(100, 5000) == dictionary);
}

TEST_CASE("format/location_dictionary: there is none for nothing, for a sample of nothing, or for short locations") {
  CHECK(trained(100, 0).empty());
  CHECK(trained(0, 5000).empty());
  CHECK(trained(100, 5000, [](std::uint32_t i) { return "m:" + std::to_string(i % 10); }).empty());
}

TEST_CASE("format/location_dictionary: a manifest gives back every location, and leaves long ones plain") {
  ManifestBuilder builder(ManifestId{}, 2000), plain(ManifestId{}, 2000);
  builder.compress_locations(trained(100, 2000), 3);
  const std::string longest = url(1) + std::string(longest_compressed_location - url(1).size(), 'x');
  const std::string longer = longest + "x";
  const auto location = [&](std::uint32_t i) { return i == 5 ? longest : i == 6 ? longer : url(i); };
  for (ManifestBuilder* each : {&builder, &plain}) {
    each->begin_array(NodeId{});
    for (std::uint32_t i = 0; i != 2000; ++i) {
      const std::string text = location(i);
      ChunkRef ref;
      ref.kind = ChunkRefKind::virtual_location;
      ref.location = text;
      ref.offset = i;
      ref.length = 1;
      each->add(std::vector<std::uint32_t>{i}, ref);
    }
    each->end_array();
  }
  const Bytes body = builder.finish().value();
  CHECK(body.size() < plain.finish().value().size());
  const auto view = ManifestView::open(body, "manifest").value();
  CHECK(view.check().has_value());
  CHECK_FALSE(view.location_dictionary().empty());
  const auto refs = view.array(0).value();
  for (std::uint32_t i = 0; i != 2000; ++i) {
    const ChunkRef ref = refs.ref(i).value();
    CHECK(full_location(ref, "manifest").value() == location(i));
    CHECK(ref.location.empty() == (i != 6));
  }

  // Into another manifest they go with its own dictionary, or plain.
  for (const bool packed : {true, false}) {
    ManifestBuilder next(ManifestId{}, 1);
    if (packed) next.compress_locations(trained(50, 300), 3);
    next.begin_array(NodeId{});
    next.add(std::vector<std::uint32_t>{9}, refs.ref(9).value());
    next.end_array();
    const Bytes again = next.finish().value();
    const auto ref = ManifestView::open(again, "manifest").value().array(0).value().ref(0).value();
    CHECK(ref.location.empty() == packed);
    CHECK(full_location(ref, "manifest").value() == url(9));
  }
}
