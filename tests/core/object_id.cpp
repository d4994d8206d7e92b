#include <varve/core/object_id.hpp>

#include "support/doctest.hpp"

#include <unordered_set>

using varve::ChunkId;
using varve::errc;
using varve::NodeId;
using varve::SnapshotId;

namespace {

template <class Id>
Id filled(std::uint8_t first, std::uint8_t step) {
  Id id;
  for (auto& byte : id.bytes) {
    byte = first;
    first = static_cast<std::uint8_t>(first + step);
  }
  return id;
}

}  // namespace

TEST_CASE("core/object_id: texts are those of the format") {
  CHECK(varve::initial_snapshot_id.to_string() == "1CECHNKREP0F1RSTCMT0");
  CHECK(filled<ChunkId>(0, 1).to_string() == "000G40R40M30E209185G");
  CHECK(filled<ChunkId>(0, 0).to_string() == "00000000000000000000");
  CHECK(filled<ChunkId>(0xff, 0).to_string() == "ZZZZZZZZZZZZZZZZZZZG");
  CHECK(filled<NodeId>(0, 1).to_string() == "000G40R40M30E");
  CHECK(filled<NodeId>(0xff, 0).to_string() == "ZZZZZZZZZZZZY");
}

TEST_CASE("core/object_id: every id reads back from its text") {
  for (unsigned i = 0; i != 256; ++i) {
    const auto id = filled<ChunkId>(static_cast<std::uint8_t>(i), 37);
    CHECK(ChunkId::parse(id.to_string()).value() == id);
    const auto node = filled<NodeId>(static_cast<std::uint8_t>(i), 91);
    CHECK(NodeId::parse(node.to_string()).value() == node);
  }
}

TEST_CASE("core/object_id: reading is lenient as the reference is, and gives the canonical id") {
  for (const char* text : {"1cechnkrep0f1rstcmt0", "ICECHNKREPOF1RSTCMT0", "LCECHNKREP0FlRSTCMTo", "1CECHNKREP0F1RSTCMT1",
                           "1CECHNKREP0F1RSTCMTF"}) {
    CAPTURE(text);
    const auto id = SnapshotId::parse(text);
    REQUIRE(id);
    CHECK(*id == varve::initial_snapshot_id);
    CHECK(id->to_string() == "1CECHNKREP0F1RSTCMT0");
  }
  CHECK(SnapshotId::parse("1CECHNKREP0F1RSTCMTG").value() != varve::initial_snapshot_id);
}

TEST_CASE("core/object_id: text of another length or alphabet is refused by name") {
  for (const char* text : {"", "1CECHNKREP0F1RSTCMT", "1CECHNKREP0F1RSTCMT00", "UCECHNKREP0F1RSTCMT0", "1CECHNKREP-F1RSTCMT0",
                           "1CECHNKREP F1RSTCMT0", "1CECHNKREP\xc3\xa9" "1RSTCMT0"}) {
    CAPTURE(text);
    const auto id = SnapshotId::parse(text);
    REQUIRE_FALSE(id);
    CHECK(id.error().code() == errc::invalid_id);
    CHECK(id.error().key() == text);
  }
}

TEST_CASE("core/object_id: ids order as unsigned bytes and can be hashed") {
  CHECK(filled<ChunkId>(0x7f, 0) < filled<ChunkId>(0x80, 0));
  CHECK(filled<ChunkId>(1, 0) > filled<ChunkId>(0, 1));
  std::unordered_set<NodeId> ids;
  for (unsigned i = 0; i != 256; ++i) ids.insert(filled<NodeId>(static_cast<std::uint8_t>(i), 1));
  CHECK(ids.size() == 256);
}
