// SPDX-License-Identifier: Apache-2.0
// Bodies of posix.hpp.
#pragma once

#include <varve/core/content_hash.hpp>
#include <varve/core/environment.hpp>
#include <varve/storage/posix.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace varve::inline v0::storage::posix {

namespace detail {

VARVE_DECL std::string errno_name(int code) {
  constexpr std::pair<int, std::string_view> names[] = {
      {EACCES, "EACCES"},   {EPERM, "EPERM"},     {EROFS, "EROFS"},         {ENOSPC, "ENOSPC"},   {EDQUOT, "EDQUOT"},
      {EIO, "EIO"},         {ENOENT, "ENOENT"},   {ENOTDIR, "ENOTDIR"},     {EISDIR, "EISDIR"},   {EEXIST, "EEXIST"},
      {ELOOP, "ELOOP"},     {EMFILE, "EMFILE"},   {ENFILE, "ENFILE"},       {ENOMEM, "ENOMEM"},   {EBUSY, "EBUSY"},
      {ESTALE, "ESTALE"},   {EINVAL, "EINVAL"},   {ENOTEMPTY, "ENOTEMPTY"}, {EXDEV, "EXDEV"},     {EMLINK, "EMLINK"},
      {ENOLCK, "ENOLCK"},   {EFBIG, "EFBIG"},     {ENAMETOOLONG, "ENAMETOOLONG"},
      {ETIMEDOUT, "ETIMEDOUT"}, {EOPNOTSUPP, "EOPNOTSUPP"}, {ENOSYS, "ENOSYS"}};
  for (const auto& [value, name] : names) {
    if (value == code) return std::string(name);
  }
  return "errno " + std::to_string(code);
}

VARVE_DECL std::uint64_t random_word() {
  std::array<std::uint8_t, 8> bytes{};
  varve::detail::system_random(bytes);
  std::uint64_t word = 0;
  for (const std::uint8_t byte : bytes) word = word << 8 | byte;
  return word;
}

VARVE_DECL std::string identity(const FileInfo& info) {
  std::array<char, 96> text{};
  const int size = std::snprintf(text.data(), text.size(), "%llx-%llx-%llx.%llx-",
                                 static_cast<unsigned long long>(info.inode),
                                 static_cast<unsigned long long>(info.size),
                                 static_cast<unsigned long long>(info.seconds),
                                 static_cast<unsigned long long>(info.nanoseconds));
  return std::string(text.data(), static_cast<std::size_t>(size));
}

VARVE_DECL FileInfo info_of(const struct stat& status) {
  FileInfo info;
  info.inode = static_cast<std::uint64_t>(status.st_ino);
  info.size = static_cast<std::uint64_t>(status.st_size);
  info.seconds = status.st_mtim.tv_sec;
  info.nanoseconds = status.st_mtim.tv_nsec;
  info.regular = S_ISREG(status.st_mode);
  info.folder = S_ISDIR(status.st_mode);
  return info;
}

VARVE_DECL std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

VARVE_DECL int open_retried(const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

VARVE_DECL Result<void> write_all(const File& file, ByteView bytes, std::string_view key) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.fd(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return system_error(errno, "write object", key);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

/// A new file for writing under a staged name; the folders above it are made when that turns out to be needed.
VARVE_DECL Result<File> create(const std::string& name, std::string_view key) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY;
  int fd = open_retried(name, flags, 0666);
  if (fd < 0 && errno == ENOENT) {
    const Result<void> made = make_folders(folder_of(name), key);
    if (!made) return made.error();
    fd = open_retried(name, flags, 0666);
  }
  if (fd < 0) return system_error(errno, "create object", key);
  return File(fd);
}

/// Sets the file's time to now with a random part below the millisecond: kernels count time in ticks of milliseconds,
/// and an inode that is used again within one of them must not look like the file before it.
VARVE_DECL Result<void> stamp(const File& file, std::string_view key) {
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  now.tv_nsec = now.tv_nsec / 1'000'000 * 1'000'000 + static_cast<long>(random_word() % 1'000'000);
  const struct timespec times[2] = {now, now};
  if (::futimens(file.fd(), times) != 0) return system_error(errno, "write object", key);
  return {};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

struct FolderEntry {
  std::string name;  // of a folder, with a slash behind it
  FileInfo info;
};

/// The entries of a folder that `wanted(name, is_folder)` names, in the order of their bytes. A folder that is gone is
/// empty.
template <class Wanted>
Result<std::vector<FolderEntry>> entries(const std::string& path, std::string_view key, const Wanted& wanted) {
  std::vector<FolderEntry> found;
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (!folder) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return found;
    return system_error(errno, "list objects", key);
  }
  for (;;) {
    errno = 0;
    const struct dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) {
      if (errno != 0) return system_error(errno, "list objects", key);
      break;
    }
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entry->d_type == DT_REG && !wanted(name, false)) continue;  // spares a system call
    struct stat status {};
    if (::fstatat(::dirfd(folder.get()), entry->d_name, &status, 0) != 0) {
      if (errno == ENOENT || errno == ELOOP) continue;  // removed meanwhile, or a dangling link
      return system_error(errno, "list objects", key);
    }
    const FileInfo info = info_of(status);
    if (info.folder) name += '/';
    if ((info.folder || info.regular) && wanted(name, info.folder)) found.push_back({std::move(name), info});
  }
  std::sort(found.begin(), found.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return found;
}

constexpr int deepest_folder = 64;  // a link to a folder above itself must not be followed for ever

VARVE_DECL Result<void> list_folder(const std::string& root, const std::string& below, int depth, const Walk& walk,
                                    ListPage& page) {
  const auto wanted = [&](const std::string& name, bool folder) {
    const std::string key = below + name;
    if (folder) {
      const bool leads_on = key.starts_with(walk.prefix) || walk.prefix.starts_with(key);
      return leads_on && (walk.after.starts_with(key) || key > walk.after);
    }
    return !is_staged_name(name) && key.starts_with(walk.prefix) && key > walk.after;
  };
  auto found = entries(root + "/" + below, below, wanted);
  if (!found) return std::move(found).error();
  for (FolderEntry& entry : *found) {
    if (page.next) break;
    std::string key = below + entry.name;
    if (entry.info.folder) {
      if (depth == deepest_folder) continue;
      auto listed = list_folder(root, key, depth + 1, walk, page);
      if (!listed) return listed;
    } else if (page.objects.size() == walk.most) {
      page.next = page.objects.back().key;
    } else {
      page.objects.push_back({std::move(key), entry.info.size, entry.info.modified()});
    }
  }
  return {};
}

VARVE_DECL Result<void> collect_staged(const std::string& folder, int depth, Timestamp before,
                                       std::vector<std::string>& paths) {
  // A folder with a staged name belongs to an update that may still be under way; see ExclusiveRename.
  const auto wanted = [](const std::string& name, bool is_folder) {
    return is_folder ? !is_staged_name(std::string_view(name).substr(0, name.size() - 1)) : is_staged_name(name);
  };
  auto found = entries(folder, folder, wanted);
  if (!found) return std::move(found).error();
  for (FolderEntry& entry : *found) {
    const std::string path = folder + "/" + entry.name;
    if (!entry.info.folder) {
      if (entry.info.modified() < before) paths.push_back(path);
    } else if (depth != deepest_folder) {
      auto collected = collect_staged(path.substr(0, path.size() - 1), depth + 1, before, paths);
      if (!collected) return collected;
    }
  }
  return {};
}

}  // namespace detail

VARVE_DECL int File::close() {
  if (fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0 || errno == EINTR) return 0;
  return errno;
}

VARVE_DECL Error system_error(int code, std::string doing, std::string_view key) {
  errc kind = errc::io_error;
  if (code == ENOSPC || code == EDQUOT) kind = errc::no_space;
  if (code == EACCES || code == EPERM || code == EROFS) kind = errc::denied;
  constexpr int passing[] = {EINTR, EAGAIN, EMFILE, ENFILE, ENOMEM, EBUSY, ESTALE, ETIMEDOUT, ENOLCK};
  const bool retryable = std::find(std::begin(passing), std::end(passing), code) != std::end(passing);
  return Error(kind, std::move(doing), std::string(key)).from_backend(detail::errno_name(code), retryable);
}

VARVE_DECL bool is_staged_name(std::string_view name) {
  const std::size_t last = name.find_last_not_of("0123456789");
  return last != name.npos && name[last] == '#' && last + 1 != name.size();
}

VARVE_DECL Result<void> check_key(std::string_view key, std::string_view doing) {
  std::string_view rest = key;
  bool good = key.find('\0') == key.npos;
  while (good) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    good = !segment.empty() && segment != "." && segment != "..";
    if (segment.size() == rest.size()) {
      good = good && !is_staged_name(segment);
      break;
    }
    rest.remove_prefix(segment.size() + 1);
  }
  if (good) return {};
  return Error(errc::invalid_key, std::string(doing), std::string(key),
               "a key is relative, without empty, `.` or `..` segments, and does not end in `#` and digits");
}

VARVE_DECL std::string staged_name(const std::string& path) {
  return path + "#" + std::to_string(detail::random_word());
}

VARVE_DECL VersionTag version_of(const FileInfo& info, ByteView content) {
  VersionTag version{detail::identity(info)};
  if (info.size > hashed_bytes) return version;
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), content_hash(content), 16).ptr;
  version.text.append(digits.data(), end);
  return version;
}

VARVE_DECL bool may_have_version(const FileInfo& info, const VersionTag& version) {
  return info.regular && version.text.starts_with(detail::identity(info));
}

VARVE_DECL Result<std::optional<File>> open_to_read(const std::string& path, std::string_view key) {
  // O_NONBLOCK matters to a pipe alone, on which an open would wait for its writer.
  const int fd = detail::open_retried(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (fd >= 0) return std::optional<File>(File(fd));
  if (errno == ENOENT || errno == ENOTDIR) return std::optional<File>();
  return system_error(errno, "read object", key);
}

VARVE_DECL Result<FileInfo> inspect(const File& file, std::string_view key) {
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return system_error(errno, "read object", key);
  return detail::info_of(status);
}

VARVE_DECL Result<std::size_t> read_at(const File& file, std::uint64_t offset, MutableByteView buffer,
                                       std::string_view key) {
  std::size_t done = 0;
  if (offset > static_cast<std::uint64_t>(INT64_MAX)) return done;
  while (done != buffer.size()) {
    const ssize_t got =
        ::pread(file.fd(), buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EISDIR) break;
    if (got < 0) return system_error(errno, "read object", key);
    done += static_cast<std::size_t>(got);
  }
  return done;
}

VARVE_DECL Result<std::optional<VersionTag>> version_at(const std::string& path, std::string_view key) {
  auto file = open_to_read(path, key);
  if (!file) return std::move(file).error();
  if (!*file) return std::optional<VersionTag>();
  auto info = inspect(**file, key);
  if (!info) return std::move(info).error();
  if (!info->regular) return std::optional<VersionTag>();
  Bytes content(info->size > hashed_bytes ? 0 : static_cast<std::size_t>(info->size));
  auto size = read_at(**file, 0, content, key);
  if (!size) return std::move(size).error();
  return std::optional<VersionTag>(version_of(*info, ByteView(content).first(*size)));
}

VARVE_DECL Result<bool> has_version(const std::string& path, const VersionTag& version, std::string_view key) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return system_error(errno, "read object", key);
  }
  if (!may_have_version(detail::info_of(status), version)) return false;
  auto now = version_at(path, key);
  if (!now) return std::move(now).error();
  return *now == version;
}

VARVE_DECL Staged::~Staged() {
  if (!staged_path.empty()) ::unlink(staged_path.c_str());
}

VARVE_DECL Result<void> make_folders(const std::string& path, std::string_view key) {
  if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return {};
  if (errno != ENOENT || path.find('/') == path.npos || path == "/") return system_error(errno, "create folder for", key);
  auto above = make_folders(detail::folder_of(path), key);
  if (!above) return above;
  if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return {};
  return system_error(errno, "create folder for", key);
}

VARVE_DECL Result<Staged> stage(const std::string& path, ByteView bytes, std::string_view key) {
  std::string name = staged_name(path);
  auto file = detail::create(name, key);
  if (!file) return std::move(file).error();
  Staged staged(path, std::move(name), std::string(key), {});
  auto done = detail::write_all(*file, bytes, key);
  if (done) done = detail::stamp(*file, key);
  if (!done) return std::move(done).error();
  auto info = inspect(*file, key);
  if (!info) return std::move(info).error();
  staged.version = version_of(*info, bytes);
  if (const int code = file->close(); code != 0) return system_error(code, "write object", key);
  return staged;
}

VARVE_DECL Result<void> move_over(Staged& staged) {
  if (::rename(staged.staged_path.c_str(), staged.final_path.c_str()) != 0) {
    return system_error(errno, "write object", staged.object_key);
  }
  // Between two names of one file `rename` does nothing: the staged one is then left for the destructor.
  if (!staged.linked) staged.staged_path.clear();
  return {};
}

VARVE_DECL Result<bool> move_if_absent(Staged& staged) {
  if (::link(staged.staged_path.c_str(), staged.final_path.c_str()) == 0) return true;
  const int code = errno;
  struct stat ours {};
  struct stat theirs {};
  switch (code) {
    case EEXIST:
      // A network file system may run the request twice, and report the failure of the second run.
      if (::stat(staged.staged_path.c_str(), &ours) != 0 || ::stat(staged.final_path.c_str(), &theirs) != 0) return false;
      return ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
    case EPERM:
    case EOPNOTSUPP:
    case ENOSYS:
    case EMLINK: break;
    default: return system_error(code, "create object", staged.object_key);
  }
#if defined(RENAME_NOREPLACE)
  if (::renameat2(AT_FDCWD, staged.staged_path.c_str(), AT_FDCWD, staged.final_path.c_str(), RENAME_NOREPLACE) == 0) {
    staged.staged_path.clear();
    return true;
  }
  if (errno == EEXIST) return false;
#endif
  return Error(errc::unsupported_operation, "create object", staged.object_key,
               "the file system has neither hard links nor a rename that refuses to replace")
      .from_backend(detail::errno_name(code), false);
}

VARVE_DECL Result<std::optional<Staged>> stage_link(const std::string& from, const std::string& path,
                                                    std::string_view key) {
  std::string name = staged_name(path);
  int code = ::link(from.c_str(), name.c_str()) == 0 ? 0 : errno;
  if (code == ENOENT) {
    // Either there is no such object, or no folder for the copy yet.
    if (::access(from.c_str(), F_OK) != 0) return std::optional<Staged>();
    auto made = make_folders(detail::folder_of(path), key);
    if (!made) return std::move(made).error();
    code = ::link(from.c_str(), name.c_str()) == 0 ? 0 : errno;
  }
  if (code == ENOENT || code == ENOTDIR) return std::optional<Staged>();
  if (code == 0) {
    Staged staged(path, std::move(name), std::string(key), {});
    staged.linked = true;
    auto version = version_at(staged.staged_path, key);
    if (!version) return std::move(version).error();
    if (!*version) return std::optional<Staged>();
    staged.version = **std::move(version);
    return std::optional<Staged>(std::move(staged));
  }
  if (code != EPERM && code != EXDEV && code != EMLINK && code != EOPNOTSUPP && code != ENOSYS) {
    return system_error(code, "copy object", key);
  }
  auto file = open_to_read(from, key);
  if (!file) return std::move(file).error();
  if (!*file) return std::optional<Staged>();
  auto info = inspect(**file, key);
  if (!info) return std::move(info).error();
  if (!info->regular) return std::optional<Staged>();
  Bytes content(static_cast<std::size_t>(info->size));
  auto size = read_at(**file, 0, content, key);
  if (!size) return std::move(size).error();
  content.resize(*size);
  auto staged = stage(path, content, key);
  if (!staged) return std::move(staged).error();
  staged->version = version_of(*info, content);
  return std::optional<Staged>(*std::move(staged));
}

VARVE_DECL Result<bool> remove(const std::string& path, std::string_view key) {
  if (::unlink(path.c_str()) == 0) return true;
  const int code = errno;
  if (code == ENOENT || code == ENOTDIR || code == EISDIR) return false;
  struct stat status {};
  if (code == EPERM && ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return false;
  return system_error(code, "delete object", key);
}

VARVE_DECL Result<void> sync_folder_of(const std::string& path, std::string_view key) {
  const File folder(detail::open_retried(detail::folder_of(path), O_RDONLY | O_DIRECTORY));
  if (!folder) return system_error(errno, "make durable", key);
  // Some file systems cannot sync a folder because they never cache one.
  if (::fsync(folder.fd()) != 0 && errno != EINVAL) return system_error(errno, "make durable", key);
  return {};
}

VARVE_DECL Result<ListPage> list(const std::string& root, const Walk& walk) {
  ListPage page;
  auto listed = detail::list_folder(root, "", 0, walk, page);
  if (!listed) return std::move(listed).error();
  return page;
}

VARVE_DECL Result<std::vector<std::string>> staged_files(const std::string& root, Timestamp before) {
  std::vector<std::string> paths;
  auto collected = detail::collect_staged(root, 0, before, paths);
  if (!collected) return std::move(collected).error();
  return paths;
}

}  // namespace varve::inline v0::storage::posix
