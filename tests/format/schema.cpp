// SPDX-License-Identifier: Apache-2.0
// The committed header of the schema is what the schema says today: its text where flatc is the version that made it,
// and on every version the slots, defaults and struct layouts in it.
#include <varve/format/generated/icechunk.hpp>

#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include "support/bytes.hpp"
#include "support/data.hpp"
#include "support/doctest.hpp"
#include "support/temp_dir.hpp"

namespace fb = varve::format::fb;

namespace {

/// What a command prints; empty if it cannot be run.
std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
  return ::pclose(pipe) == 0 ? text : std::string();
}

/// The lines that fix the format: offsets in vtables, defaults, required fields, sizes of structs, tags of unions.
std::multiset<std::string> layout_of(const std::string& header) {
  std::multiset<std::string> lines;
  std::istringstream text(header);
  for (std::string line; std::getline(text, line);) {
    line.erase(0, line.find_first_not_of(' '));
    for (std::size_t at = 0; (at = line.find("::flatbuffers")) != line.npos;) line.erase(at, 2);  // as newer flatc spells it
    line.erase(line.find_last_not_of(", ") + 1);
    const auto holds = [&](const char* part) { return line.find(part) != line.npos; };
    const bool enumerator = !line.empty() && std::isdigit(static_cast<unsigned char>(line.back())) != 0 && holds(" = ");
    if (enumerator || holds("GetField<") || holds("AddElement<") || holds("Required(") || holds("STRUCT_END(") ||
        holds("ALIGNED_STRUCT(")) {
      lines.insert(line);
    }
  }
  return lines;
}

}  // namespace

TEST_CASE("format/schema: the committed header is current") {
  const std::filesystem::path root = support::data_folder().parent_path().parent_path();
  const std::string committed(
      varve::as_text(support::read_file(root / "include/varve/format/generated/icechunk.hpp")));
  REQUIRE(layout_of(committed).size() > 300);
  const std::string version = output_of("flatc --version");
  if (version.empty()) {
    std::puts("skipped: no flatc here to make the header again");
    return;
  }
  const support::TempDir folder;
  const std::string made = folder.text() + "/icechunk.hpp";
  output_of("'" + (root / "cmake/generate_schema.sh").string() + "' '" + made + "'");
  REQUIRE(std::filesystem::exists(made));
  const std::string again(varve::as_text(support::read_file(made)));
  CHECK(layout_of(again) == layout_of(committed));
  if (version.find(" 2.0.8") != version.npos) CHECK(again == committed);
}

TEST_CASE("format/schema: slots, structs and tags are those of the specification") {
  const auto slot = [](int n) { return 4 + 2 * n; };
  CHECK(fb::Manifest::VT_COMPRESSION_ALGORITHM == slot(3));
  CHECK(fb::ChunkRef::VT_COMPRESSED_LOCATION == slot(8));
  CHECK(fb::Snapshot::VT_MANIFEST_FILES_V2 == slot(7));
  CHECK(fb::NodeSnapshot::VT_NODE_DATA == slot(4));
  CHECK(fb::ArrayNodeData::VT_SHAPE_V2 == slot(3));
  CHECK(fb::TransactionLog::VT_MOVED_NODES == slot(8));
  CHECK(fb::SnapshotInfo::VT_PRUNED_ANCESTOR_TX_LOGS == slot(5));
  CHECK(fb::Update::VT_BACKUP_PATH == slot(3));
  CHECK(fb::Repo::VT_DISABLED_FEATURE_FLAGS == slot(11));
  CHECK(sizeof(fb::ObjectId12) == 12);
  CHECK(sizeof(fb::ObjectId8) == 8);
  CHECK(sizeof(fb::ManifestFileInfo) == 32);
  CHECK(sizeof(fb::ChunkIndexRange) == 8);
  CHECK(sizeof(fb::DimensionShape) == 16);
  CHECK(static_cast<int>(fb::NodeData::Array) == 1);
  CHECK(static_cast<int>(fb::UpdateType::RepoStatusChanged) == 16);
}
