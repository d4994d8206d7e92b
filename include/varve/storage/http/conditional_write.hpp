// SPDX-License-Identifier: Apache-2.0
// write_conditionally: a conditional write over a network that loses responses. A write whose response was lost may
// have been applied; sent again it is refused by its own first half, and taken for a lost race. So each write carries
// an id of its own into the object's metadata, and after an unclear end the object itself is asked who wrote it.
//
// What may be answered when the object was written by somebody else meanwhile:
//  - Every answer so far was clear: we lost. Nothing of ours was applied.
//  - Some answer was unclear: ours may have been applied and then replaced. `written = false` promises that nothing was
//    changed, and a caller who counts on that writes its change a second time; `written = true` loses the change if it
//    was never applied. A conditional write therefore also notes what it replaces: version and id, and those that its
//    predecessor had noted, as far as the writer knows them from having read it. If our id is among what was replaced,
//    we won. If the version that we wanted to replace was replaced by another write, ours was never there, nor can it
//    come late: we lost. Otherwise nobody can tell, and that is an error, `errc::unreachable`, whose backend code is
//    "outcome unknown"; it takes a writer who notes nothing, such as the reference, in the moment between write and
//    look.
// Versions alone would not do: on S3 they are hashes, and two writers may well replace "4" by an equal "5".
// A commit copes with all three: it names a random backup in each new `repo`, and looks for that name among the updates
// that it reads afterwards, also after an error; see session/repo_object.hpp.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/sleep.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/http/message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0::storage::http {

/// The name, within a service's prefix for metadata of users, of the id of a conditional write: the reference's own, so
/// that each side sees what the other wrote.
inline constexpr std::string_view write_id_name = "icechunkwriteid";
/// The name of what a conditional write replaced: "version=id,version=id,...", newest first, without the ids that the
/// writer does not know. A write that created an object replaced `no_version`.
inline constexpr std::string_view replaced_name = "varvereplaced";
inline constexpr std::string_view no_version = "none";

/// What is under the key now.
struct Look {
  bool present = false;
  VersionTag version;
  std::string write_id;                ///< of the write that put it there; empty if it has none
  std::optional<VersionTag> replaced;  ///< what that write noted as replaced, if it says so
};

/// What a clear response to a conditional write means.
enum class Answer : std::uint8_t {
  written,
  refused,  ///< the condition does not hold
  busy,     ///< another write was under way: nothing was changed, whether the condition holds is open
  failed,   ///< something else is wrong
};

/// 2xx is written, 412 is refused, as is 404 where a version was asked for; 409 is busy.
inline Answer answer_of(const Response& response, PutCondition::Kind kind) {
  if (response.succeeded()) return Answer::written;
  if (response.status == 412) return Answer::refused;
  if (response.status == 404 && kind == PutCondition::Kind::matches) return Answer::refused;
  if (response.status == 409) return Answer::busy;
  return Answer::failed;
}

/// One conditional write and how a service does it. The callables are called one at a time.
struct ConditionalWrite {
  std::string key;         ///< for errors
  PutCondition condition;  ///< not `always`
  std::string write_id;    ///< see new_write_id
  std::string note{};      ///< what it notes as replaced; empty: `replaced_by(condition)`
  /// Sends the write once, with `Repeat::if_not_applied`, with the condition, the id and the note.
  std::function<Awaitable<Result<Response>>()> send;
  /// Asks for the object's version and metadata. It is repeated as any read, and an error of it is the write's error.
  std::function<Awaitable<Result<Look>>()> look;
  std::function<VersionTag(const Response&)> version_of;  ///< of a write that was done; empty: look for it
  std::function<Error(const Response&)> error_of;         ///< of an answer that failed
  std::function<Answer(const Response&, PutCondition::Kind)> answer = answer_of;
  std::size_t rounds = 8;                    ///< writes that are sent at most
  std::chrono::milliseconds limit{600'000};  ///< after this no write is sent again
  Backoff pause{0, std::chrono::milliseconds(50), std::chrono::milliseconds(5'000)};  ///< between rounds
  Environment environment{};                                                          ///< draws the pauses' lengths
};

/// Sends the write until it is clear whether it was done. `written` is false only if the condition did not hold and
/// nothing was changed.
/// Errors: `errc::unreachable` if the outcome stays unknown, which the hint says; those of `send`, `look`, `error_of`.
/// Cancellation: terminal; the write may have happened or not.
VARVE_DECL Awaitable<Result<PutOutcome>> write_conditionally(const ConditionalWrite& write);

/// A fresh random id: 32 hexadecimal digits in the groups of a UUID of version 4.
VARVE_DECL std::string new_write_id(const Environment& environment);

/// The note of a writer who knows of the object only its version.
inline std::string replaced_by(const PutCondition& condition) {
  return condition.kind == PutCondition::Kind::matches ? condition.version.text : std::string(no_version);
}

/// What a store remembers of the objects that it has read or written under a condition, a few in number, so that the
/// writes that replace them can note it. Thread-safe.
class Lineages {
 public:
  /// The object has, or had, this version; `write_id` put it there and noted `replaced`. Nothing without an id.
  void remember(std::string_view key, const VersionTag& version, std::string_view write_id, std::string_view replaced);
  /// The note for a write: the version of its condition, and what is remembered of that.
  std::string note(std::string_view key, const PutCondition& condition) const;

 private:
  struct Line {
    VersionTag version;
    std::string write_id, replaced;
  };
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Line>, std::less<>> lines_;  // of a key the last few versions, newest last
};

}  // namespace varve::inline v0::storage::http

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/http/impl/conditional_write.ipp>
#endif
