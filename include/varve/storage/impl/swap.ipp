// SPDX-License-Identifier: Apache-2.0
// Bodies of swap.hpp.
#pragma once

#include <varve/storage/swap.hpp>
#include <varve/storage/impl/posix.ipp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace varve::inline v0::storage {

namespace posix::detail {

inline constexpr const char* lock_name = "/.varve.lock#0";

/// The lock, released before its descriptor is closed: a child that was forked meanwhile has a copy of that, and would
/// keep the lock as long as it lives.
class HeldLock {
 public:
  explicit HeldLock(File file) : file_(std::move(file)) {}
  HeldLock(HeldLock&&) = default;
  HeldLock& operator=(HeldLock&&) = delete;
  ~HeldLock() {
    if (file_) set(F_UNLCK);
  }
  bool set(short type) {
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    return ::fcntl(file_.fd(), F_OFD_SETLK, &range) == 0;
  }
  const File& file() const { return file_; }

 private:
  File file_;
};

/// Writes down who holds the lock, for the error of those who wait too long. Only for people, so it may fail.
VARVE_DECL void sign(const File& file) {
  std::array<char, 96> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::array<char, 128> text{};
  const int size = std::snprintf(text.data(), text.size(), "process %ld on %s\n", static_cast<long>(::getpid()), host.data());
  const ssize_t written = ::pwrite(file.fd(), text.data(), static_cast<std::size_t>(size), 0);
  static_cast<void>(written);
}

VARVE_DECL std::string claim_name(const std::string& path, const VersionTag& version) {
  return path + "#" + std::to_string(content_hash(as_bytes(version.text)));
}

/// The path of the file in a claim; `nullopt` if there is no claim or it has been published.
VARVE_DECL Result<std::optional<std::string>> claimed_file(const std::string& claim, std::string_view key) {
  auto found = entries(claim, key, [](const std::string&, bool folder) { return !folder; });
  if (!found) return std::move(found).error();
  if (found->empty()) return std::optional<std::string>();
  return std::optional<std::string>(claim + "/" + found->front().name);
}

/// Publishes the claim of `version` that stands in the way, if it is still to be published.
VARVE_DECL Result<void> help(const std::string& claim, const Staged& staged, const VersionTag& version) {
  // The order matters: first the file is seen, then the version.
  auto file = claimed_file(claim, staged.object_key);
  if (!file) return std::move(file).error();
  if (!*file) return {};
  auto current = has_version(staged.final_path, version, staged.object_key);
  if (!current) return std::move(current).error();
  if (!*current) return {};
  if (::rename((*file)->c_str(), staged.final_path.c_str()) == 0 || errno == ENOENT) return {};
  return system_error(errno, "write object", staged.object_key);
}

}  // namespace posix::detail

VARVE_DECL Result<Swapped> KernelLock::swap(const std::string& root, posix::Staged& staged,
                                            const VersionTag& base) const {
  const std::string path = root + posix::detail::lock_name;
  posix::detail::HeldLock lock(posix::File(posix::detail::open_retried(path, O_RDWR | O_CREAT | O_NOCTTY, 0666)));
  if (!lock.file()) return posix::system_error(errno, "lock", staged.object_key);
  if (!lock.set(F_WRLCK)) {
    if (errno == EAGAIN || errno == EACCES || errno == EINTR) return Swapped::busy;
    return posix::system_error(errno, "lock", staged.object_key)
        .with_hint("the file system has no locks on open files; use storage::ExclusiveRename");
  }
  posix::detail::sign(lock.file());
  auto current = posix::has_version(staged.final_path, base, staged.object_key);
  if (!current) return std::move(current).error();
  if (!*current) return Swapped::outdated;
  auto moved = posix::move_over(staged);
  if (!moved) return std::move(moved).error();
  return Swapped::yes;
}

VARVE_DECL std::string KernelLock::holder(const std::string& root) const {
  const std::string path = root + posix::detail::lock_name;
  auto file = posix::open_to_read(path, path);
  std::array<std::byte, 128> text{};
  if (!file || !*file) return "another process";
  const auto size = posix::read_at(**file, 0, text, path);
  std::string name(as_text(ByteView(text).first(size.value_or(0U))));
  name.resize(std::min(name.find('\n'), name.size()));
  return name.empty() ? "another process" : name;
}

VARVE_DECL Result<Swapped> ExclusiveRename::swap(const std::string&, posix::Staged& staged,
                                                 const VersionTag& base) const {
  const std::string& key = staged.object_key;
  const std::string claim = posix::detail::claim_name(staged.final_path, base);
  const std::string own = posix::staged_name(staged.final_path);
  const std::string name = own.substr(own.rfind('/'));
  if (::mkdir(own.c_str(), 0777) != 0) return posix::system_error(errno, "write object", key);
  const std::string before = std::exchange(staged.staged_path, own + name);
  int code = ::rename(before.c_str(), staged.staged_path.c_str()) == 0 ? 0 : errno;
  if (code != 0) {
    staged.staged_path = before;
    ::rmdir(own.c_str());
    return posix::system_error(code, "write object", key);
  }
  code = ::rename(own.c_str(), claim.c_str()) == 0 ? 0 : errno;
  // A network file system may run the request twice, and report the failure of the second run.
  if (code != 0 && ::access((claim + name).c_str(), F_OK) == 0) code = 0;
  if (code != 0) {
    const int moved_back = ::rename(staged.staged_path.c_str(), before.c_str());
    if (moved_back == 0) staged.staged_path = before;
    ::rmdir(own.c_str());
    if (code != EEXIST && code != ENOTEMPTY) return posix::system_error(code, "write object", key);
    auto helped = posix::detail::help(claim, staged, base);
    if (!helped) return std::move(helped).error();
    auto current = posix::has_version(staged.final_path, base, key);
    if (!current) return std::move(current).error();
    return *current ? Swapped::busy : Swapped::outdated;
  }

  staged.staged_path = claim + name;
  auto current = posix::has_version(staged.final_path, base, key);
  if (!current) return std::move(current).error();
  if (!*current) {
    // The name can only be gone because another has published the claim, which is also why the version has changed.
    const bool taken_back = ::unlink(std::exchange(staged.staged_path, {}).c_str()) == 0;
    ::rmdir(claim.c_str());
    return taken_back ? Swapped::outdated : Swapped::yes;
  }
  // From here on others may publish it too: no such name means that one of them did.
  code = ::rename(staged.staged_path.c_str(), staged.final_path.c_str()) == 0 ? 0 : errno;
  if (code != 0 && code != ENOENT) {
    // It cannot be taken back, since another may be publishing it: the next writer will, or fail likewise.
    staged.staged_path.clear();
    return posix::system_error(code, "write object", key);
  }
  staged.staged_path.clear();
  ::rmdir(claim.c_str());
  return Swapped::yes;
}

VARVE_DECL std::string ExclusiveRename::holder(const std::string&) const { return "another process"; }

}  // namespace varve::inline v0::storage
