// SPDX-License-Identifier: Apache-2.0
// Bodies of folder.hpp.
#pragma once

#include <varve/storage/folder.hpp>
#include <varve/storage/impl/posix.ipp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace varve::inline v0::storage {

VARVE_DECL Result<void> Folder::sync(std::string_view key) const {
  const std::scoped_lock lock(sync_->mutex);
  if (sync_->failed) return *sync_->failed;
  if (!sync_->folder) {
    sync_->folder = posix::File(posix::detail::open_retried(root_, O_RDONLY | O_DIRECTORY));
    if (!sync_->folder) return posix::system_error(errno, "make durable", key);
  }
  if (::syncfs(sync_->folder.fd()) == 0) return {};
  sync_->failed = posix::system_error(errno, "make durable", key)
                      .with_hint("writes since the last commit may be lost; open the repository again and repeat them");
  return *sync_->failed;
}

VARVE_DECL Result<Fetched> Folder::get(std::string_view key, const GetOptions& options) const {
  if (auto good = posix::check_key(key, "read object"); !good) return std::move(good).error();
  Fetched fetched;
  auto file = posix::open_to_read(path_of(key), key);
  if (!file) return std::move(file).error();
  if (!*file) return fetched;
  auto info = posix::inspect(**file, key);
  if (!info) return std::move(info).error();
  if (!info->regular) return fetched;
  if (options.known && posix::may_have_version(*info, *options.known)) {
    fetched.status = Fetched::Status::unchanged;
    fetched.version = *options.known;
    return fetched;
  }
  // A small file is read whole for its version; of a larger one just the range.
  const bool whole = info->size <= posix::hashed_bytes;
  const std::uint64_t last = std::min(options.range ? options.range->last : info->size, info->size);
  const std::uint64_t first = std::min(options.range ? options.range->first : 0, last);
  fetched.bytes.resize(static_cast<std::size_t>(whole ? info->size : last - first));
  auto size = posix::read_at(**file, whole ? 0 : first, fetched.bytes, key);
  if (!size) return std::move(size).error();
  fetched.bytes.resize(*size);  // somebody may have cut the file
  fetched.version = posix::version_of(*info, fetched.bytes);
  if (whole && options.range) {
    const ByteView all = fetched.bytes;
    const std::size_t begin = std::min(static_cast<std::size_t>(first), all.size());
    const std::size_t end = std::min(static_cast<std::size_t>(last), all.size());
    fetched.bytes = copy_bytes(all.subspan(begin, end - begin));
  }
  fetched.status = Fetched::Status::found;
  return fetched;
}

VARVE_DECL Result<std::optional<std::size_t>> Folder::read_into(std::string_view key, std::uint64_t first,
                                                              MutableByteView buffer) const {
  if (auto good = posix::check_key(key, "read object"); !good) return std::move(good).error();
  auto file = posix::open_to_read(path_of(key), key);
  if (!file) return std::move(file).error();
  if (!*file) return std::optional<std::size_t>();
  auto size = posix::read_at(**file, first, buffer, key);
  if (!size || *size != buffer.size() || buffer.empty()) {  // what fills the buffer is a file and need not be looked at
    auto info = posix::inspect(**file, key);
    if (!info) return std::move(info).error();
    if (!info->regular) return std::optional<std::size_t>();
  }
  if (!size) return std::move(size).error();
  return std::optional<std::size_t>(*size);
}

VARVE_DECL Result<PutOutcome> Folder::put(std::string_view key, ByteView bytes, PutCondition::Kind kind) const {
  if (auto good = posix::check_key(key, "write object"); !good) return std::move(good).error();
  auto staged = posix::stage(path_of(key), bytes, key);
  if (!staged) return std::move(staged).error();
  PutOutcome outcome;
  if (kind == PutCondition::Kind::always) {
    auto moved = posix::move_over(*staged);
    if (!moved) return std::move(moved).error();
    outcome.written = true;
  } else {
    if (durable()) {
      auto synced = sync(key);
      if (!synced) return std::move(synced).error();
    }
    auto moved = posix::move_if_absent(*staged);
    if (!moved) return std::move(moved).error();
    outcome.written = *moved;
    if (*moved && durable()) {
      auto synced = posix::sync_folder_of(staged->final_path, key);
      if (!synced) return std::move(synced).error();
    }
  }
  if (outcome.written) outcome.version = std::move(staged->version);
  return outcome;
}

VARVE_DECL Result<std::optional<posix::Staged>> Folder::prepare(std::string_view key, ByteView bytes,
                                                               const VersionTag& base) const {
  if (auto good = posix::check_key(key, "write object"); !good) return std::move(good).error();
  const std::string path = path_of(key);
  auto current = posix::has_version(path, base, key);
  if (!current) return std::move(current).error();
  if (!*current) return std::optional<posix::Staged>();
  auto staged = posix::stage(path, bytes, key);
  if (!staged) return std::move(staged).error();
  if (durable()) {
    auto synced = sync(key);
    if (!synced) return std::move(synced).error();
  }
  return std::optional<posix::Staged>(*std::move(staged));
}

VARVE_DECL Result<CopyOutcome> Folder::copy(std::string_view from, std::string_view to,
                                               const VersionTag& version) const {
  for (const std::string_view key : {from, to}) {
    if (auto good = posix::check_key(key, "copy object"); !good) return std::move(good).error();
  }
  auto staged = posix::stage_link(path_of(from), path_of(to), to);
  if (!staged) return std::move(staged).error();
  if (!*staged) return CopyOutcome::source_missing;
  if ((*staged)->version != version) return CopyOutcome::version_differs;
  auto moved = posix::move_over(**staged);
  if (!moved) return std::move(moved).error();
  return CopyOutcome::copied;
}

VARVE_DECL Result<void> Folder::remove(std::span<const std::string> keys) const {
  for (const std::string& key : keys) {
    if (auto good = posix::check_key(key, "delete object"); !good) return good;
  }
  for (const std::string& key : keys) {
    auto removed = posix::remove(path_of(key), key);
    if (!removed) return std::move(removed).error();
  }
  return {};
}

VARVE_DECL Result<std::optional<ObjectInfo>> Folder::size(std::string_view key) const {
  if (auto good = posix::check_key(key, "read size of object"); !good) return std::move(good).error();
  auto file = posix::open_to_read(path_of(key), key);
  if (!file) return std::move(file).error();
  if (!*file) return std::optional<ObjectInfo>();
  auto info = posix::inspect(**file, key);
  if (!info) return std::move(info).error();
  if (!info->regular) return std::optional<ObjectInfo>();
  ObjectInfo object;
  object.key = key;
  object.size = info->size;
  object.modified = info->modified();
  return std::optional<ObjectInfo>(std::move(object));
}

VARVE_DECL Result<std::size_t> Folder::remove_orphans(Timestamp before) const {
  auto paths = posix::staged_files(root_, before);
  if (!paths) return std::move(paths).error();
  std::size_t count = 0;
  for (const std::string& path : *paths) {
    auto removed = posix::remove(path, path);
    if (!removed) return std::move(removed).error();
    if (*removed) ++count;
  }
  return count;
}

VARVE_DECL Result<ListPage> Folder::list(std::string_view prefix, std::string_view after) const {
  return posix::list(root_, posix::Walk{prefix, after, page_size});
}

}  // namespace varve::inline v0::storage
