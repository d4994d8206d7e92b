// SPDX-License-Identifier: Apache-2.0
// cat, export, import.
#include "boxes.hpp"
#include "frame.hpp"
#include "npy.hpp"
#include "progress.hpp"
#include "refspec.hpp"
#include "values.hpp"

#include <varve/codec/zstd.hpp>
#include <varve/zarr/chunk_key.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <set>

namespace varve::cli {

namespace {

constexpr std::uint64_t piece_bytes = 64 << 20;

struct Options {
  std::string url, path, ref = "main", box, file, message;
  std::vector<std::string> metadata;
  std::string chunks, dimensions;
  int level = 3;
  bool compressed = true;
};

/// An array of a session, or what its path may have meant.
zarr::ArrayMetadata array_of(const Session& session, const std::string& path) {
  if (!session.exists(path)) {
    std::vector<std::string> arrays;
    for (const NodeInfo& node : session.nodes("/")) {
      if (node.kind == NodeKind::array) arrays.push_back(node.path.text());
    }
    throw Error(errc::node_not_found, "open array", path,
                suggestion(path.starts_with('/') ? path : "/" + path, arrays));
  }
  return session.array(path);
}

/// Writes a file beside its place and puts it there once it is whole.
class NewFile {
 public:
  explicit NewFile(std::filesystem::path path)
      : path_(std::move(path)), part_(path_.string() + ".part"), file_(part_, std::ios::binary) {}
  ~NewFile() {
    std::error_code ignored;
    if (!done_) std::filesystem::remove(part_, ignored);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view text) { file_.write(text.data(), static_cast<std::streamsize>(text.size())); }
  void write(ByteView bytes) { write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())); }
  void finish() {
    file_.close();
    if (!file_) throw Error(errc::io_error, "write file", path_.string());
    std::filesystem::rename(part_, path_);
    done_ = true;
  }

 private:
  std::filesystem::path path_, part_;
  std::ofstream file_;
  bool done_ = false;
};

/// Reads a box piece by piece.
void read_pieces(const Session& session, const std::string& path, const zarr::ArrayMetadata& array, const BoxN& box,
                 Progress& progress, const std::function<void(ByteView, const BoxN&)>& take) {
  const std::size_t size = zarr::size_of(array.data_type);
  const std::uint64_t total = count_of(box.shape) * size;
  std::uint64_t done = 0;
  for_each_piece(box, array.chunk_shape, piece_bytes / size, [&](const BoxN& piece) {
    const Bytes elements = session.read(path, piece);
    take(elements, piece);
    progress.show(done += elements.size(), total);
  });
}

void write_csv(const Session& session, const std::string& path, const zarr::ArrayMetadata& array, const BoxN& box,
               Progress& progress, const std::function<void(std::string_view)>& write) {
  // A piece ends within a line where its last dimension is cut: then the line goes on with the next one.
  bool more = false;
  std::uint64_t column = 0;
  read_pieces(session, path, array, box, progress, [&](ByteView elements, const BoxN& piece) {
    const std::size_t rank = box.shape.size();
    if (rank < 2 || piece.shape.back() == box.shape.back()) {
      const bool new_slice = rank >= 3 && piece.offset[rank - 2] == box.offset[rank - 2];
      write(csv(elements, array.data_type, piece.shape, more && new_slice));
    } else {
      if (column == 0 && more && rank >= 3 && piece.offset[rank - 2] == box.offset[rank - 2]) write("\n");
      std::string text = csv(elements, array.data_type, {piece.shape.back(), 1}, false);
      std::replace(text.begin(), text.end(), '\n', ',');
      column += piece.shape.back();
      if (column == box.shape.back()) {
        text.back() = '\n';
        column = 0;
      }
      write(text);
    }
    more = true;
  });
}

void cat(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  const Session session = repo.read(resolve(repo, given.ref));
  const auto array = array_of(session, given.path);
  const BoxN box = parse_box(given.box, array.shape);
  if (frame.json) {
    const Bytes elements = session.read(given.path, box);
    std::string text = "{\"path\":" + Json(Path::parse(given.path).value().text()).text() +
                       ",\"data_type\":" + Json(zarr::name_of(array.data_type)).text() +
                       ",\"offset\":" + json_list(box.offset).text() + ",\"shape\":" + json_list(box.shape).text() +
                       ",\"values\":";
    frame.line(text + json_values(elements, array.data_type, box.shape) + "}");
    return;
  }
  Progress progress("reading");
  write_csv(session, given.path, array, box, progress, [](std::string_view text) { std::cout << text; });
}

void export_array(const Session& session, const Options& given, const Frame& frame) {
  const auto array = array_of(session, given.path);
  const BoxN box = parse_box(given.box, array.shape);
  const bool is_npy = given.file.ends_with(".npy");
  if (!is_npy && !given.file.ends_with(".csv")) throw usage("`" + given.file + "` ends in neither .npy nor .csv");
  NewFile file(given.file);
  {
    Progress progress("exporting");
    if (is_npy) {
      file.write(npy_header(array.data_type, box.shape));
      read_pieces(session, given.path, array, box, progress,
                  [&](ByteView elements, const BoxN&) { file.write(elements); });
    } else {
      write_csv(session, given.path, array, box, progress, [&](std::string_view text) { file.write(text); });
    }
  }
  file.finish();
  if (frame.json) {
    return frame.answer(Json::Object{{"file", given.file},
                                     {"snapshot", session.snapshot_id().to_string()},
                                     {"path", given.path},
                                     {"shape", json_list(box.shape)},
                                     {"data_type", zarr::name_of(array.data_type)}});
  }
  frame.line("wrote " + given.file + ": " + std::string(zarr::name_of(array.data_type)) + " " + list_text(box.shape));
}

/// Where a chunk of an array lies in plain Zarr.
std::string plain_chunk_key(const zarr::StoreKey& key, const zarr::ChunkKeyEncoding& encoding) {
  const bool is_v2 = encoding.name == "v2";
  std::string name = is_v2 ? "" : "c";
  for (const std::uint32_t coordinate : key.index) {
    if (!name.empty()) name += encoding.separator;
    name += std::to_string(coordinate);
  }
  if (name.empty()) name = "0";
  return key.path.is_root() ? name : key.path.text().substr(1) + "/" + name;
}

void export_hierarchy(const Session& session, const Options& given, const Frame& frame) {
  namespace fs = std::filesystem;
  const fs::path folder(given.file);
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    throw Error(errc::prefix_not_empty, "export hierarchy", given.file,
                "choose a folder that is empty or not there yet");
  }
  const auto write = [&](const std::string& key, ByteView bytes) {
    const fs::path path = folder / key;
    fs::create_directories(path.parent_path());
    NewFile file(path);
    file.write(bytes);
    file.finish();
  };
  std::uint64_t count = 0, total = 0, bytes = 0;
  const auto nodes = session.nodes("/");
  std::map<std::string, std::vector<std::string>> chunks;
  for (const NodeInfo& node : nodes) {
    if (node.kind != NodeKind::array) continue;
    auto keys = session.chunk_keys(node.path);
    total += keys.size();
    chunks.emplace(node.path.text(), std::move(keys));
  }
  {
    Progress progress("exporting", Progress::Unit::objects);
    std::mutex mutex;
    for (const NodeInfo& node : nodes) {
      if (node.kind != NodeKind::array) continue;
      // Only the spelling of keys is asked of the metadata: a type that varve does not read is exported all the same.
      const auto array = zarr::parse_array(*node.zarr_json, node.path.text());
      session.get_all(chunks[node.path.text()], [&](const std::string& key, ByteView value) {
        write(
            plain_chunk_key(zarr::parse_key(key).value(), array ? array->chunk_key_encoding : zarr::ChunkKeyEncoding()),
            value);
        const std::scoped_lock lock(mutex);
        bytes += value.size();
        progress.show(++count, total);
      });
    }
  }
  // Metadata goes last: a part of an export is not taken for all of it.
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    write(zarr::metadata_key(node->path),
          ByteView(reinterpret_cast<const std::byte*>(node->zarr_json->data()), node->zarr_json->size()));
  }
  if (frame.json) {
    return frame.answer(Json::Object{{"folder", given.file},
                                     {"snapshot", session.snapshot_id().to_string()},
                                     {"nodes", nodes.size()},
                                     {"chunks", count},
                                     {"bytes", bytes}});
  }
  frame.line("wrote " + std::to_string(nodes.size()) + " nodes and " + std::to_string(count) + " chunks, " +
             size_text(bytes) + ", to " + given.file);
}

void export_to(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  const Session session = repo.read(resolve(repo, given.ref));
  if (!given.path.empty()) return export_array(session, given, frame);
  if (!given.box.empty()) throw usage("--box needs --array");
  export_hierarchy(session, given, frame);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

/// Chunks of about four megabytes, cut along the first dimensions.
std::vector<std::uint64_t> default_chunks(std::vector<std::uint64_t> shape, std::size_t item_size) {
  std::uint64_t size = item_size;
  for (std::size_t axis = shape.size(); axis != 0; --axis) {
    std::uint64_t& length = shape[axis - 1];
    length = std::max<std::uint64_t>(1, std::min(length, std::max<std::uint64_t>(1, (4 << 20) / size)));
    size *= length;
  }
  return shape;
}

void import(const Options& given, const Frame& frame) {
  NpyFile file(given.file);
  const Repo repo = Repo::open(given.url);
  resolve_branch(repo, given.ref);
  const Session session = repo.write(given.ref);
  const std::size_t size = zarr::size_of(file.data_type());
  const bool is_new = !session.exists(given.path);
  if (is_new) {
    if (!given.box.empty()) array_of(session, given.path);  // says that there is none
    AnyArrayOptions options;
    options.data_type = std::string(zarr::name_of(file.data_type()));
    options.shape = file.shape();
    for (const std::string& length : split(given.chunks)) {
      const std::uint64_t chunk = std::strtoull(length.c_str(), nullptr, 10);
      if (chunk == 0) throw usage("--chunks is a list of lengths such as 1,90,180");
      options.chunks.push_back(chunk);
    }
    if (options.chunks.empty()) options.chunks = default_chunks(options.shape, size);
    if (given.compressed) options.codecs = {codec::zstd(given.level)};
    for (std::string& name : split(given.dimensions)) options.dimension_names.emplace_back(std::move(name));
    session.create_array(given.path, options);
  } else if (!given.chunks.empty() || !given.dimensions.empty()) {
    throw usage("the array is there already: --chunks and --dimensions are for a new one");
  }
  const auto array = session.array(given.path);
  const BoxN box = parse_box(given.box, array.shape);
  if (array.data_type != file.data_type()) {
    throw Error(errc::type_mismatch, "import", given.file,
                "it has " + std::string(zarr::name_of(file.data_type())) + ", the array " +
                    std::string(zarr::name_of(array.data_type)));
  }
  if (box.shape != file.shape()) {
    throw Error(errc::shape_mismatch, "import", given.file,
                "it is " + list_text(file.shape()) + ", what it would replace is " + list_text(box.shape));
  }
  {
    Progress progress("importing");
    std::uint64_t done = 0;
    const std::uint64_t total = count_of(box.shape) * size;
    for_each_piece(box, array.chunk_shape, piece_bytes / size, [&](const BoxN& piece) {
      Bytes elements(count_of(piece.shape) * size);
      file.read(elements);
      session.write(given.path, piece, elements);
      progress.show(done += elements.size(), total);
    });
  }
  const std::string message =
      given.message.empty() ? "import " + std::filesystem::path(given.file).filename().string() + " as " + given.path
                            : given.message;
  const SnapshotId id = session.commit(message, parse_pairs(given.metadata));
  if (frame.json) {
    return frame.answer(Json::Object{{"snapshot", id.to_string()},
                                     {"branch", given.ref},
                                     {"path", given.path},
                                     {"created", is_new},
                                     {"shape", json_list(box.shape)},
                                     {"data_type", zarr::name_of(array.data_type)}});
  }
  frame.line((is_new ? "created " : "wrote into ") + frame.paint(Style::name, given.path) + ": " +
             std::string(zarr::name_of(array.data_type)) + " " + list_text(box.shape) + ", committed to " + given.ref +
             " as " + frame.paint(Style::id, id.to_string()));
}

}  // namespace

void add_arrays(CLI::App& app, Frame& frame) {
  const auto given = std::make_shared<Options>();
  const auto add_box = [&](CLI::App* added) {
    added->add_option("--box", given->box, "A part: a range or an index for each dimension, such as 0:2,5,:");
  };
  auto* added = command(app, frame, "cat", "Print the values of an array, or a box of it, as CSV",
                        "  varve cat ./ocean /sst --box 0,:,10:20\n  varve cat ./ocean /sst --ref v1 --json");
  url_of(added, given->url);
  added->add_option("PATH", given->path, "The array")->required();
  added->add_option("--ref", given->ref, "The version: REF, by default main");
  add_box(added);
  added->callback([=, &frame] { cat(*given, frame); });

  added = command(app, frame, "export", "Write a version as plain Zarr v3 to a folder, or an array as .npy or .csv",
                  "  varve export ./ocean ocean.zarr --ref v1\n  varve export ./ocean sst.npy --array /sst --box 0:10");
  url_of(added, given->url);
  added->add_option("FILE", given->file, "A folder for all; FILE.npy or FILE.csv for an array")->required();
  added->add_option("--array", given->path, "The array; without one, the whole hierarchy is written");
  added->add_option("--ref", given->ref, "The version: REF, by default main");
  add_box(added);
  added->callback([=, &frame] { export_to(*given, frame); });

  added =
      command(app, frame, "import", "Write a .npy file into an array, which is created if it is not there, and commit",
              "  varve import ./ocean sst.npy /sst --chunks 1,90,180 --dimensions time,lat,lon -m 'first year'\n"
              "  varve import ./ocean day.npy /sst --box 0 --branch dev");
  url_of(added, given->url);
  added->add_option("FILE", given->file, "The .npy file")->required();
  added->add_option("PATH", given->path, "The array")->required();
  add_box(added);
  added->add_option("--branch", given->ref, "The branch to commit to, by default main");
  added->add_option("-m,--message", given->message, "The message of the commit");
  added->add_option("--metadata", given->metadata, "Metadata of the commit")->type_name("NAME=VALUE");
  added->add_option("--chunks", given->chunks, "Chunk lengths of a new array, by default for about 4 MiB a chunk");
  added->add_option("--dimensions", given->dimensions, "Dimension names of a new array");
  auto* level =
      added->add_option("--level", given->level, "zstd level of a new array's chunks")->check(CLI::Range(1, 22));
  added->add_flag("!--uncompressed", given->compressed, "Store the elements of a new array as they are")
      ->excludes(level);
  added->callback([=, &frame] { import(*given, frame); });
}

}  // namespace varve::cli
