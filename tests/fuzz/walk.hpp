// SPDX-License-Identifier: Apache-2.0
// Walks over everything that the readers of the format room show of a file, as the fuzz targets and
// tests/format/hostile.cpp do with bytes that nobody vouches for. Whether a file is accepted or refused, no read may
// leave its bytes; what is accepted must agree with itself.
#pragma once

#include <varve/format/file.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/format/metadata.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/format/transaction_log.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace walk {

/// Ends the program where an accepted file contradicts itself.
inline void insist(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "walk: %s\n", what);
  std::abort();
}

/// Reads every byte, so that a sanitizer sees a view that reaches outside.
class Touch {
 public:
  void operator()(varve::ByteView bytes) {
    for (const std::byte byte : bytes) sum_ = sum_ * 31 + static_cast<std::size_t>(byte);
  }
  void operator()(std::string_view text) { (*this)(varve::as_bytes(text)); }
  ~Touch() {
    volatile std::size_t sink = sum_;
    static_cast<void>(sink);
  }

 private:
  std::size_t sum_ = 0;
};

/// Whether an error is one that foreign bytes may cause, and names the file.
inline void insist_format_error(const varve::Error& error) {
  insist(error.code() == varve::errc::corrupt || error.code() == varve::errc::unsupported_format,
         "bytes were refused with another error than a FormatError");
  insist(!error.key().empty(), "the error does not name the object");
}

/// Each returns whether the file was accepted.
inline bool snapshot(varve::ByteView body, std::uint8_t version) {
  using namespace varve::format;
  const auto view = SnapshotView::open(body, version, "snapshots/hostile");
  if (!view) return insist_format_error(view.error()), false;
  Touch touch;
  touch(view->message());
  if (const auto metadata = view->metadata(); !metadata) insist_format_error(metadata.error());
  for (std::size_t i = 0; i != view->manifest_count(); ++i) touch(view->manifest(i).id.to_string());
  std::size_t budget = 4096;  // what is shared among nodes is read again for each
  for (std::size_t i = 0; i != view->node_count() && budget != 0; ++i, --budget) {
    const NodeView node = view->node(i);
    touch(node.path());
    touch(node.zarr_json().substr(0, 4096));
    insist(view->find(node.path()).has_value(), "a node is not found by its path");
    for (std::size_t k = 0; k != node.rank() && budget > 1; ++k, --budget) touch(std::to_string(node.dimension(k).num_chunks));
    for (std::size_t k = 0; k != node.dimension_name_count() && budget > 1; ++k, --budget) {
      touch(node.dimension_name(k).value_or("").substr(0, 4096));
    }
    for (std::size_t k = 0; k != node.manifest_ref_count() && budget > 1; ++k, --budget) {
      const ManifestRefView ref = node.manifest_ref(k);
      touch(ref.id().to_string());
      std::vector<std::uint32_t> index;
      for (std::size_t c = 0; c != ref.rank(); ++c) index.push_back(ref.extent(c).first);
      static_cast<void>(ref.covers(index));
    }
  }
  static_cast<void>(view->find(varve::NodeId{}));
  static_cast<void>(view->lower_bound("/m"));
  return true;
}

inline bool manifest(varve::ByteView body) {
  using namespace varve::format;
  const auto view = ManifestView::open(body, "manifests/hostile");
  if (!view) return insist_format_error(view.error()), false;
  const bool checked = view->check().has_value();
  Touch touch;
  touch(view->location_dictionary());
  std::size_t budget = 512;  // each compressed location costs a decoder
  std::vector<std::uint32_t> index;
  for (std::size_t i = 0; i != view->array_count() && budget != 0; ++i, --budget) {
    const auto id = view->array_id(i);
    const auto refs = view->array(i);
    insist(!checked || (id && refs), "a checked manifest has a damaged array");
    if (!id || !refs) continue;
    const auto found = view->find(*id);
    insist(!checked || (found && *found), "an array of a checked manifest is not found");
    for (std::size_t k = 0; k != refs->size() && budget > 1; ++k, --budget) {
      const auto read = refs->index(k, index);
      const auto ref = refs->ref(k);
      insist(!checked || (read && ref), "a checked manifest has a damaged chunk ref");
      if (ref) {
        touch(ref->inline_bytes.first(std::min<std::size_t>(ref->inline_bytes.size(), 4096)));
        if (ref->kind == ChunkRefKind::virtual_location) {
          if (const auto location = full_location(*ref, "manifests/hostile"); location) touch(*location);
        }
        touch(ref->checksum_etag);
      }
      if (!read) continue;
      const auto by_index = refs->find(index);
      insist(!checked || (by_index && *by_index), "a chunk ref of a checked manifest is not found");
    }
  }
  return checked;
}

inline bool transaction_log(varve::ByteView body) {
  using namespace varve::format;
  const auto view = TransactionLogView::open(body, "transactions/hostile");
  if (!view) return insist_format_error(view.error()), false;
  const NodeIdsView lists[] = {view->new_groups(),     view->new_arrays(),     view->deleted_groups(),
                               view->deleted_arrays(), view->updated_arrays(), view->updated_groups()};
  for (const NodeIdsView& ids : lists) {
    for (std::size_t i = 0; i != ids.size(); ++i) insist(ids.contains(ids[i]), "a node id is not found");
  }
  std::vector<std::uint32_t> index;
  for (std::size_t i = 0; i != view->updated_array_count(); ++i) {
    const UpdatedChunksView chunks = view->updated_chunks(i);
    insist(view->find_updated_chunks(chunks.id()).has_value(), "an array with updated chunks is not found");
    for (std::size_t k = 0; k != chunks.size(); ++k) {
      chunks.index(k, index);
      insist(view->contains_chunk(chunks.id(), index), "an updated chunk is not found");
    }
  }
  Touch touch;
  for (std::size_t i = 0; i != std::min<std::size_t>(view->move_count(), 4096); ++i) touch(view->move(i).to);
  if (view->move_count() < 4096) {
    if (const auto data = view->copy(); data) {
      const auto encoded = encode_transaction_log(*data);
      insist(encoded.has_value(), "a transaction log is accepted and cannot be written");
      const auto again = TransactionLogView::open(*encoded, "transactions/hostile");
      insist(again.has_value(), "a transaction log that was written is refused");
    }
  }
  return true;
}

inline bool repo_info(varve::ByteView body) {
  using namespace varve::format;
  const auto info = decode_repo_info(body, "repo");
  if (!info) return insist_format_error(info.error()), false;
  const auto encoded = encode_repo_info(*info);
  if (!encoded) {  // what can be read and not written is a mistake of its writer, not of the bytes
    insist(encoded.error().code() == varve::errc::invalid_argument, "repo info is refused with a strange error");
    return true;
  }
  const auto again = decode_repo_info(*encoded, "repo");
  insist(again.has_value(), "repo info that was written is refused");
  const auto twice = encode_repo_info(*again);
  insist(twice && *twice == *encoded, "repo info changes when it is written again");
  return true;
}

inline bool flexbuffer(varve::ByteView bytes) {
  const auto value = varve::format::decode_flexbuffer(bytes, "value");
  if (!value) return insist_format_error(value.error()), false;
  const auto encoded = varve::format::encode_flexbuffer(*value);
  insist(encoded.has_value(), "a value is accepted and cannot be written");
  const auto again = varve::format::decode_flexbuffer(*encoded, "value");
  insist(again.has_value(), "a value that was written is refused");
  const auto twice = varve::format::encode_flexbuffer(*again);
  insist(twice && *twice == *encoded, "a value changes when it is written again");
  return true;
}

inline bool messagepack(varve::ByteView bytes) {
  const auto value = varve::format::decode_messagepack(bytes, "value");
  if (!value) insist_format_error(value.error());
  return value.has_value();
}

inline bool file(varve::ByteView stored) {
  using namespace varve::format;
  bool accepted = false;
  for (const FileType type : {FileType::snapshot, FileType::manifest, FileType::transaction_log, FileType::repo_info}) {
    const auto opened = open_file(stored, type, "hostile");
    if (!opened) {
      insist_format_error(opened.error());
      continue;
    }
    insist(!accepted, "one file is of two types");
    accepted = true;
    const auto again = open_file(seal_file(opened->body, type), type, "hostile");
    insist(again && again->body == opened->body, "a body changes in its envelope");
  }
  return accepted;
}

}  // namespace walk
