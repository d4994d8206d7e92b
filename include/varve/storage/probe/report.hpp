// SPDX-License-Identifier: Apache-2.0
// What a probe tries and what it finds; varve/storage/probe.hpp is what programs include.
#pragma once

#include <varve/async/runtime.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/storage/erased.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace varve::inline v0::storage {

/// What a failed check spoils.
enum class ProbeNeed : std::uint8_t {
  reads,    ///< nothing can be read from such a store
  commits,  ///< commits can be lost, or mixed up
  upkeep,   ///< backups, garbage collection and other work that lists, copies and deletes
  extra,    ///< nothing, but good to know
};

struct ProbeCheck {
  std::string name;
  ProbeNeed need = ProbeNeed::extra;
  bool passed = false;
  std::string detail;  ///< of a check that failed, what was seen
};

struct ProbeReport {
  std::vector<ProbeCheck> checks;
  std::uint64_t races = 0;     ///< objects that several writers raced for
  std::uint64_t requests = 0;  ///< asked of the store, about

  bool passed(ProbeNeed need) const;
  bool trusted_for_reads() const { return passed(ProbeNeed::reads); }
  /// Every check that a commit relies on passed, and there were some. A race that was not lost this time is no proof:
  /// more rounds find rarer faults.
  bool trusted_for_commits() const { return trusted_for_reads() && passed(ProbeNeed::commits); }
  bool trusted_for_upkeep() const { return passed(ProbeNeed::upkeep); }
  /// A line for each check, and one for the verdict.
  std::string table() const;
  /// `errc::unsupported_operation` for a store that is not trusted for commits, with the checks that failed as its
  /// hint.
  Result<void> require_commits() const;
};

/// How much is tried.
struct ProbeOptions {
  std::size_t rounds = 5;      ///< races for one object, of each kind
  std::size_t writers = 16;    ///< in one race, at once
  std::size_t updates = 4;     ///< of one counter by each writer
  std::size_t overwrites = 60;  ///< of an object while it is read
  Runtime runtime{};           ///< where writers run
  Environment environment{};   ///< names the folder of the probe

  /// Some 500 requests: finds servers that lose a tenth of all races, or more.
  static ProbeOptions quick() { return {}; }
  /// Some 15,000 requests: finds rare faults too.
  static ProbeOptions thorough() {
    ProbeOptions options;
    options.rounds = 30;
    options.writers = 48;
    options.updates = 20;
    options.overwrites = 2000;
    return options;
  }
};

namespace any {
VARVE_DECL Awaitable<Result<ProbeReport>> run_probe(erased::Handle store, ProbeOptions options);
}

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/probe/impl/report.ipp>
#endif
