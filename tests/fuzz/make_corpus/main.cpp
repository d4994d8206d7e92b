// SPDX-License-Identifier: Apache-2.0
// Fills the corpus of each fuzz target from the real repositories of tests/data: a few files of each kind and
// repository, of all sizes; with forks, which no repository holds; and with zarr.json of both chunk grids. Run by make_corpus.sh.
#include <varve/change/fork.hpp>
#include <varve/format/file.hpp>
#include <varve/format/generated/icechunk.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "support/data.hpp"

using varve::Bytes;
using varve::format::FileType;
namespace fb = varve::format::fb;

namespace {

struct Corpus {
  std::filesystem::path root;
  std::map<std::string, int> counts;

  void put(const std::string& target, varve::ByteView bytes) {
    const auto folder = root / target;
    std::filesystem::create_directories(folder);
    std::string name = std::to_string(counts[target]++);
    name.insert(0, 3 - std::min<std::size_t>(3, name.size()), '0');
    std::ofstream(folder / name, std::ios::binary) << varve::as_text(bytes);
  }
};

const char* target_of(FileType type) {
  switch (type) {
    case FileType::snapshot: return "snapshot";
    case FileType::manifest: return "manifest";
    case FileType::transaction_log: return "transaction_log";
    case FileType::repo_info: return "repo_info";
  }
  return "";
}

/// Forks of both directions with everything that a change set can hold, without their checksums.
void put_forks(Corpus& corpus) {
  using varve::ChunkPayload;
  using varve::format::NodeKind;
  const auto id = [](std::uint8_t number) { return varve::NodeId{{number}}; };
  const auto path = [](const char* text) { return varve::Path::parse(text).value(); };
  const std::string array = R"({"zarr_format":3,"node_type":"array","shape":[9],"chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2]}}})";
  const std::string group = R"({"zarr_format":3,"node_type":"group"})";
  varve::Fork fork;
  fork.branch = "main";
  for (const auto direction : {varve::Fork::Direction::out, varve::Fork::Direction::back}) {
    fork.direction = direction;
    const auto put = [&] {
      const Bytes bytes = varve::encode_fork(fork);
      corpus.put("fork", varve::ByteView(bytes).first(bytes.size() - 8));
    };
    put();
    fork.changes.delete_node(path("/d"), id(1), NodeKind::array);
    if (!fork.changes.new_path(id(2))) {
      static_cast<void>(fork.changes.add_node(path("/n"), id(2), NodeKind::array, array));
      static_cast<void>(fork.changes.add_node(path("/a/g"), id(3), NodeKind::group, group));
    }
    put();
    fork.changes.update_node(id(4), path("/u"), NodeKind::array, array);
    const std::uint32_t rows[] = {0, 1, 3, 4};
    const ChunkPayload payloads[] = {ChunkPayload::erased(), ChunkPayload::inlined(varve::as_bytes("inline")),
                                     ChunkPayload::native({}, 0, 300),
                                     ChunkPayload::virtual_location("s3://bucket/key", 4, 500, "tag", 1700000000)};
    for (std::size_t i = 0; i != 4; ++i) fork.changes.set_chunk(id(2), std::span(&rows[i], 1), payloads[i]);
    fork.changes.set_chunk(id(5), {}, payloads[2]);
    fork.found = {{id(4), 17}};
    put();
  }
}

/// Arrays of both grids, with all that a zarr.json can say.
void put_zarr_json(Corpus& corpus) {
  for (const char* grid : {R"("regular","configuration":{"chunk_shape":[2,3]})",
                           R"("rectilinear","configuration":{"kind":"inline","chunk_shapes":[[2,[3,2],5],4]})",
                           R"("rectilinear","configuration":{"kind":"inline","chunk_shapes":[[[1,4294967295]],[7,1]]})"}) {
    corpus.put("zarr_json", varve::as_bytes(R"({"zarr_format":3,"node_type":"array","shape":[9,8],"data_type":"int16","chunk_grid":{"name":)" +
                                            std::string(grid) + R"(},"chunk_key_encoding":"default","fill_value":-1,"codecs":["bytes"],)" +
                                            R"("dimension_names":["x",null],"attributes":{"a":[1.5,"b"]}})"));
  }
  corpus.put("zarr_json", varve::as_bytes(R"({"zarr_format":3,"node_type":"group","attributes":{}})"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: make_corpus FOLDER\n"), 2;
  Corpus corpus{argv[1], {}};
  put_forks(corpus);
  put_zarr_json(corpus);
  for (const char* repository : {"features-v2", "sst-v1", "sst-v2"}) {
    std::map<FileType, std::map<std::size_t, const support::RealFile*>> by_size;
    const auto files = support::real_files(std::string(repository));
    for (const auto& file : files) by_size[file.type].emplace(file.stored.size(), &file);
    for (const auto& [type, sizes] : by_size) {
      const std::size_t step = std::max<std::size_t>(1, sizes.size() / 4);
      std::size_t i = 0;
      for (const auto& [size, file] : sizes) {
        if (i++ % step != 0) continue;
        const Bytes body = varve::format::open_file(file->stored, type, file->key).value().body;
        corpus.put(target_of(type), body);
        if (i == 1) corpus.put("file", file->stored);
        if (type != FileType::snapshot) continue;
        for (const auto* item : *flatbuffers::GetRoot<fb::Snapshot>(body.data())->metadata()) {
          corpus.put("metadata", std::as_bytes(std::span(item->value()->data(), item->value()->size())));
        }
      }
    }
  }
  return 0;
}
