// SPDX-License-Identifier: Apache-2.0
// What a verification finds, collected from several threads, and how it opens a file without stopping at its envelope.
#pragma once

#include <varve/repository/verify.hpp>

#include <varve/format/file.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

VARVE_DECL std::string_view name_of(Severity severity) {
  constexpr std::string_view names[] = {"note", "warning", "error"};
  return names[static_cast<std::size_t>(severity)];
}

VARVE_DECL std::string_view name_of(Repair repair) {
  constexpr std::string_view names[] = {"none", "restore_repo", "rewrite_repo", "rebuild_log", "mend_branch", "move_branch", "delete_tag", "collect"};
  return names[static_cast<std::size_t>(repair)];
}

namespace detail {

/// Thread-safe. Lists the first findings of each kind and counts the others.
class Findings {
 public:
  explicit Findings(std::size_t most_of_each_kind) : most_(most_of_each_kind) {}

  void add(Finding finding) {
    const std::scoped_lock lock(mutex_);
    std::uint64_t& sum = finding.severity == Severity::error     ? report_.errors
                         : finding.severity == Severity::warning ? report_.warnings
                                                                 : report_.notes;
    ++sum;
    if (report_.counts[finding.kind]++ < most_) report_.findings.push_back(std::move(finding));
  }
  /// Adds to one of the report's counts.
  void count(std::uint64_t VerifyReport::*what, std::uint64_t by = 1) {
    const std::scoped_lock lock(mutex_);
    report_.*what += by;
  }
  /// Once, at the end.
  VerifyReport take() {
    std::stable_sort(report_.findings.begin(), report_.findings.end(), [](const Finding& a, const Finding& b) {
      return std::tie(b.severity, a.object, a.path, a.index) < std::tie(a.severity, b.object, b.path, b.index);
    });
    return std::move(report_);
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  VerifyReport report_;
};

/// Findings about one object.
class ObjectFindings {
 public:
  ObjectFindings(Findings& all, std::string object) : all_(all), object_(std::move(object)) {}

  const std::string& object() const { return object_; }
  /// For the findings that follow.
  void set_repair(Repair repair) { repair_ = repair; }
  Repair repair() const { return repair_; }

  void error(Damage kind, std::string what, std::string_view path = {}, std::vector<std::uint32_t> index = {}) {
    add(Severity::error, kind, std::move(what), path, std::move(index));
  }
  void warning(Damage kind, std::string what, std::string_view path = {}, std::vector<std::uint32_t> index = {}) {
    add(Severity::warning, kind, std::move(what), path, std::move(index));
  }
  void note(Damage kind, std::string what, std::string_view path = {}) { add(Severity::note, kind, std::move(what), path, {}); }
  void add(Severity severity, Damage kind, std::string what, std::string_view path, std::vector<std::uint32_t> index) {
    all_.add(Finding{kind, severity, object_, std::string(path), std::move(index), std::move(what), repair_});
  }
  void flaws(const format::Flaws& flaws, Severity severity) {
    for (const format::Flaw& flaw : flaws) add(severity, flaw.damage, flaw.what, {}, {});
  }

 private:
  Findings& all_;
  std::string object_;
  Repair repair_ = Repair::none;
};

/// Takes a file out of its envelope, or says what is wrong with that.
inline std::optional<format::File> open_envelope(ByteView stored, format::FileType type, ObjectFindings& findings) {
  constexpr std::array<unsigned char, 12> magic{0x49, 0x43, 0x45, 0xf0, 0x9f, 0xa7, 0x8a, 0x43, 0x48, 0x55, 0x4e, 0x4b};
  constexpr std::size_t type_at = 37, compression_at = 38;
  auto file = format::open_file(stored, type, findings.object());
  if (file) {
    if (stored[compression_at] == std::byte{0}) {
      const Repair otherwise = findings.repair();
      if (otherwise == Repair::restore_repo) findings.set_repair(Repair::rewrite_repo);
      if (otherwise == Repair::move_branch) findings.set_repair(Repair::mend_branch);
      if (otherwise == Repair::delete_tag) findings.set_repair(Repair::none);
      findings.warning(Damage::uncompressed_file, "it is stored uncompressed, which the reference refuses to read");
      findings.set_repair(otherwise);
    }
    return *std::move(file);
  }
  const auto as_magic = [](unsigned char a, std::byte b) { return std::byte{a} == b; };
  Damage kind = Damage::damaged_compression;
  if (stored.size() < format::file_header_size) {
    kind = Damage::truncated_file;
  } else if (!std::equal(magic.begin(), magic.end(), stored.begin(), as_magic)) {
    kind = Damage::foreign_file;
  } else if (file.error().code() == errc::unsupported_format) {
    kind = Damage::unsupported_version;
  } else if (stored[type_at] != static_cast<std::byte>(type)) {
    kind = Damage::wrong_file_type;
  } else if (type == format::FileType::repo_info && stored[type_at - 1] == std::byte{1}) {
    kind = Damage::unsupported_version;
  }
  findings.error(kind, file.error().hint());
  return std::nullopt;
}

/// What a view says of a body that it cannot open.
inline void add_refusal(ObjectFindings& findings, const Error& error) {
  findings.error(error.code() == errc::unsupported_format ? Damage::unsupported_version : Damage::damaged_contents, error.hint());
}

}  // namespace detail

}  // namespace varve::inline v0
