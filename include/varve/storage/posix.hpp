// SPDX-License-Identifier: Apache-2.0
// What Local and its ways to replace an object are made of: single system calls on files, with errors as values.
// A file that holds an object is never written after it has its name, so whoever has opened it reads one version.
// Names that end in `#` and digits are never objects: staged files and locks have such names, and both varve and the
// reference leave them out of listings.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::posix {

/// A file descriptor, closed with its owner.
class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() { close(); }

  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  /// 0, or the errno of a late failure: on network file systems it is the close that reports a full disk.
  VARVE_DECL int close();

 private:
  int fd_ = -1;
};

/// The error of a system call that failed with `code`, an errno: `errc::no_space`, `denied` or `io_error`, with the
/// name of the errno as the store's own code.
VARVE_DECL Error system_error(int code, std::string doing, std::string_view key);

/// Refuses what cannot be an object of a folder: an empty key, an absolute one, `.` and `..`, empty segments, NUL, and
/// names that are kept for staged files.
VARVE_DECL Result<void> check_key(std::string_view key, std::string_view doing);

/// Whether a file of that name is staged or a lock: it ends in `#` and digits.
VARVE_DECL bool is_staged_name(std::string_view name);

/// A name beside `path` that nobody else uses: `path` with `#` and random digits.
VARVE_DECL std::string staged_name(const std::string& path);

/// Which file this is, and of which content. The inode and the time tell most replacements apart without a read, the
/// hash of a small file's content the rest.
struct FileInfo {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  bool regular = false;
  bool folder = false;
  Timestamp modified() const {
    return Timestamp(std::chrono::seconds(seconds) + std::chrono::microseconds(nanoseconds / 1000));
  }
};

/// Files up to this size have a hash of their content in their version.
inline constexpr std::uint64_t hashed_bytes = 1 << 20;

/// The version of a file whose content is `content`; for a larger one than `hashed_bytes` the content is not looked at.
VARVE_DECL VersionTag version_of(const FileInfo& info, ByteView content);

/// Whether the file has the inode, size and time of `version`.
VARVE_DECL bool may_have_version(const FileInfo& info, const VersionTag& version);

/// Opens a file for reading; `nullopt` if there is none.
VARVE_DECL Result<std::optional<File>> open_to_read(const std::string& path, std::string_view key);

VARVE_DECL Result<FileInfo> inspect(const File& file, std::string_view key);

/// Fills `buffer` from `offset` on; returns less than its size if the file ends before.
VARVE_DECL Result<std::size_t> read_at(const File& file, std::uint64_t offset, MutableByteView buffer,
                                       std::string_view key);

/// The version of the object at `path`, or `nullopt` if there is none.
VARVE_DECL Result<std::optional<VersionTag>> version_at(const std::string& path, std::string_view key);

/// Whether the object at `path` has `version`; reads it only if its inode, size and time do not tell.
VARVE_DECL Result<bool> has_version(const std::string& path, const VersionTag& version, std::string_view key);

/// A complete file under a staged name, removed with its owner unless it has been given its final name.
class Staged {
 public:
  Staged() = default;
  Staged(std::string path, std::string name, std::string key, VersionTag tag)
      : final_path(std::move(path)), staged_path(std::move(name)), object_key(std::move(key)), version(std::move(tag)) {}
  Staged(Staged&& other) noexcept
      : final_path(std::move(other.final_path)),
        staged_path(std::exchange(other.staged_path, {})),
        object_key(std::move(other.object_key)),
        version(std::move(other.version)),
        linked(other.linked) {}
  Staged& operator=(Staged&&) = delete;
  VARVE_DECL ~Staged();

  std::string final_path;
  std::string staged_path;  ///< empty once it has moved
  std::string object_key;
  VersionTag version;
  bool linked = false;  ///< it shares its file with another name
};

/// Writes `bytes` to a staged file beside `path`, and makes the folders above it if there are none.
VARVE_DECL Result<Staged> stage(const std::string& path, ByteView bytes, std::string_view key);

/// Gives the staged file its final name, whatever has it now.
VARVE_DECL Result<void> move_over(Staged& staged);

/// Gives the staged file its final name unless something has it; false in that case.
VARVE_DECL Result<bool> move_if_absent(Staged& staged);

/// Gives the file at `from` a staged name beside `path` too, or copies it where links are not possible; `nullopt` if
/// there is no file. The version in the result is that of the file.
VARVE_DECL Result<std::optional<Staged>> stage_link(const std::string& from, const std::string& path,
                                                    std::string_view key);

/// Deletes the file; false if there was none.
VARVE_DECL Result<bool> remove(const std::string& path, std::string_view key);

/// Makes names in the folder that holds `path` durable.
VARVE_DECL Result<void> sync_folder_of(const std::string& path, std::string_view key);

/// The folder `path` and those above it, made if there are none.
VARVE_DECL Result<void> make_folders(const std::string& path, std::string_view key);

/// What a walk over a folder leaves out, and where it goes on.
struct Walk {
  std::string_view prefix;
  std::string_view after;  ///< the last key of the page before, or empty
  std::size_t most = 0;    ///< objects of a page
};

/// A page of the objects below `root`, in the order of their keys' bytes.
VARVE_DECL Result<ListPage> list(const std::string& root, const Walk& walk);

/// The paths of files below `root` with staged names, last changed before `before`.
VARVE_DECL Result<std::vector<std::string>> staged_files(const std::string& root, Timestamp before);

}  // namespace varve::inline v0::storage::posix

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/impl/posix.ipp>
#endif
