// SPDX-License-Identifier: Apache-2.0
// Bodies of conditional_write.hpp.
#pragma once

#include <varve/storage/http/conditional_write.hpp>
#include <varve/storage/http/digest.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::http {

namespace detail {

inline bool holds(const PutCondition& condition, const Look& seen) {
  if (condition.kind == PutCondition::Kind::absent) return !seen.present;
  return seen.present && seen.version == condition.version;
}

inline PutOutcome done(VersionTag version) {
  PutOutcome outcome;
  outcome.written = true;
  outcome.version = std::move(version);
  return outcome;
}

/// One object that was replaced, as a note has it.
struct Replaced {
  std::string_view version;
  std::string_view write_id;  // empty if the writer of the note did not know it
};

/// Takes the first entry off a note.
inline Replaced next_replaced(std::string_view& note) {
  const std::string_view one = note.substr(0, note.find(','));
  note.remove_prefix(std::min(note.size(), one.size() + 1));
  const std::size_t equals = std::min(one.rfind('='), one.size());
  return Replaced{one.substr(0, equals), one.substr(std::min(equals + 1, one.size()))};
}

/// What the notes of others tell of a write with an unclear end; `nullopt` if nothing.
inline std::optional<PutOutcome> judge_by_notes(const ConditionalWrite& write, const Look& seen) {
  if (!seen.present || !seen.replaced) return std::nullopt;
  const std::string own_note = write.note.empty() ? replaced_by(write.condition) : write.note;
  std::string_view own = own_note;
  const Replaced base = next_replaced(own);
  std::optional<PutOutcome> outcome;
  bool replaced_by_another = true;  // the object that we see has an id that is not ours
  for (std::string_view note = seen.replaced->text; !note.empty();) {
    const Replaced one = next_replaced(note);
    if (one.write_id == write.write_id) {
      VersionTag version;
      version.text = one.version;
      return done(std::move(version));
    }
    const bool same =
        one.version == base.version && (one.write_id.empty() || base.write_id.empty() || one.write_id == base.write_id);
    if (same && replaced_by_another && !outcome) outcome = PutOutcome();
    replaced_by_another = !one.write_id.empty();
  }
  return outcome;
}

inline Error unknown_outcome(const ConditionalWrite& write) {
  return Error(
             errc::unreachable, "write object", write.key,
             "the response was lost and the object has been replaced since, so it is not known whether this write was "
             "ever in place; read the object to see whether it builds on this write")
      .from_backend("outcome unknown", false);
}

}  // namespace detail

VARVE_DECL Awaitable<Result<PutOutcome>> write_conditionally(const ConditionalWrite& write) {
  const auto deadline = std::chrono::steady_clock::now() + write.limit;
  bool unclear = false;
  std::string trouble;
  for (std::size_t round = 0; round != write.rounds; ++round) {
    if (round != 0) {
      if (std::chrono::steady_clock::now() >= deadline) break;
      const auto pause = write.pause.pause(round, write.environment);
      if (pause.count() != 0) co_await sleep_for(pause);
    }
    auto sent = co_await write.send();
    if (!sent) co_return std::move(sent).error();
    if (sent->unclear()) {
      unclear = true;
      trouble = sent->trouble;
    } else {
      const Answer answer = write.answer(*sent, write.condition.kind);
      if (answer == Answer::failed) co_return write.error_of(*sent);
      if (answer == Answer::refused && !unclear) co_return PutOutcome();
      if (answer == Answer::written) {
        VersionTag version = write.version_of(*sent);
        if (!version.text.empty()) co_return detail::done(std::move(version));
        unclear = true;  // it was done, but as what has to be looked up, and somebody may replace it meanwhile
      }
      trouble = std::to_string(sent->status);
    }
    auto seen = co_await write.look();
    if (!seen) co_return std::move(seen).error();
    if (seen->present && seen->write_id == write.write_id) co_return detail::done(std::move(seen->version));
    const auto noted = detail::judge_by_notes(write, *seen);
    if (noted && noted->written) co_return *noted;
    if (detail::holds(write.condition, *seen)) continue;
    if (!unclear) co_return PutOutcome();
    if (noted) co_return *noted;
    co_return detail::unknown_outcome(write);
  }
  co_return Error(errc::unreachable, "write object", write.key,
                  "the object was not replaced by anybody, but a write that was sent may still arrive")
      .from_backend(std::move(trouble), true);
}

VARVE_DECL std::string new_write_id(const Environment& environment) {
  std::array<std::uint8_t, 16> random{};
  environment.random(random);
  random[6] = static_cast<std::uint8_t>((random[6] & 0x0FU) | 0x40U);
  random[8] = static_cast<std::uint8_t>((random[8] & 0x3FU) | 0x80U);
  std::string text = hex(std::as_bytes(std::span<const std::uint8_t>(random)));
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

VARVE_DECL void Lineages::remember(std::string_view key, const VersionTag& version, std::string_view write_id,
                                   std::string_view replaced) {
  constexpr std::size_t most_keys = 64;      // a repository has one such object in use, and a few that it creates once
  constexpr std::size_t most_versions = 16;  // callers who share a store may replace different ones at a time
  if (write_id.empty() || version.text.empty()) return;
  Line line;
  line.version = version;
  line.write_id = write_id;
  line.replaced = replaced;
  const std::scoped_lock lock(mutex_);
  if (lines_.size() >= most_keys && lines_.find(key) == lines_.end()) lines_.clear();
  std::vector<Line>& lines = lines_[std::string(key)];
  std::erase_if(lines, [&](const Line& old) { return old.version == version; });
  if (lines.size() == most_versions) lines.erase(lines.begin());
  lines.push_back(std::move(line));
}

VARVE_DECL std::string Lineages::note(std::string_view key, const PutCondition& condition) const {
  constexpr std::size_t most_bytes = 900;  // S3 takes 2 KiB of metadata: a dozen predecessors
  std::string note = replaced_by(condition);
  if (condition.kind != PutCondition::Kind::matches) return note;
  const std::scoped_lock lock(mutex_);
  const auto at = lines_.find(key);
  if (at == lines_.end()) return note;
  const auto line = std::find_if(at->second.begin(), at->second.end(),
                                 [&](const Line& one) { return one.version == condition.version; });
  if (line == at->second.end()) return note;
  note += '=' + line->write_id;
  if (!line->replaced.empty()) note += ',' + line->replaced;
  if (note.size() > most_bytes) {
    const std::size_t end = note.rfind(',', most_bytes);
    if (end != std::string::npos) note.resize(end);
  }
  return note;
}

}  // namespace varve::inline v0::storage::http
