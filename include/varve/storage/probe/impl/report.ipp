// SPDX-License-Identifier: Apache-2.0
// Bodies of report.hpp.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>
#include <varve/storage/probe/report.hpp>
#include <varve/storage/probe/impl/races.ipp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace varve::inline v0::storage {

namespace any {

/// What a check found: empty, or what is wrong.
using Finding = Result<std::string>;

struct Prober {
  erased::Handle store;
  ProbeOptions options;
  std::string folder;
  ProbeReport report{};

  std::string key(std::string_view name) const { return folder + std::string(name); }

  Awaitable<void> check(ProbeNeed need, std::string name, Awaitable<Finding> work) {
    Finding finding = co_await std::move(work);
    ProbeCheck done;
    done.name = std::move(name);
    done.need = need;
    done.passed = finding && finding->empty();
    if (!done.passed) done.detail = finding ? *finding : std::string(finding.error().what());
    report.checks.push_back(std::move(done));
  }

  Awaitable<Result<Fetched>> get(std::string_view name, std::optional<ByteRange> range = {},
                                 std::optional<VersionTag> known = {}) {
    GetOptions how;
    how.range = range;
    how.known = std::move(known);
    const std::string full = key(name);
    ++report.requests;
    co_return co_await store.get(full, how);
  }
  Awaitable<Result<PutOutcome>> put(std::string_view name, std::string_view text,
                                    PutCondition condition = PutCondition::always()) {
    const std::string full = key(name);
    ++report.requests;
    co_return co_await store.put(full, as_bytes(text), std::move(condition));
  }

  Awaitable<Finding> content_is(std::string_view name, std::string_view expected, std::string_view when) {
    auto read = co_await get(name);
    if (!read) co_return std::move(read).error();
    if (read->status == Fetched::Status::found && as_text(read->bytes) == expected) co_return std::string();
    co_return std::string(when) + ", a read saw " +
        (read->status == Fetched::Status::found ? "other bytes" : "no object");
  }

  Awaitable<Finding> write_and_read() {
    for (int i = 0; i != 8; ++i) {
      const std::string text = "content " + std::to_string(i);
      auto written = co_await put("seen", text);
      if (!written) co_return std::move(written).error();
      auto read = co_await get("seen");
      if (!read) co_return std::move(read).error();
      if (read->status != Fetched::Status::found)
        co_return std::string("an object was missing after it had been written");
      if (as_text(read->bytes) != text) co_return std::string("a read after a write saw older or other bytes");
      if (read->version != written->version)
        co_return std::string("a read has another version than the write before it");
      if (read->version.text.empty()) co_return std::string("objects have no versions");
    }
    co_return std::string();
  }

  Awaitable<Finding> ranges() {
    auto written = co_await put("range", "0123456789");
    if (!written) co_return std::move(written).error();
    struct Case {
      ByteRange range;
      std::string_view expected;
    };
    constexpr std::array<Case, 5> cases{
        {{{2, 5}, "234"}, {{0, 1}, "0"}, {{8, 100}, "89"}, {{10, 20}, ""}, {{0, 10}, "0123456789"}}};
    for (const Case& one : cases) {
      auto read = co_await get("range", one.range);
      if (!read) co_return std::move(read).error();
      if (read->status != Fetched::Status::found || as_text(read->bytes) != one.expected) {
        co_return "bytes " + std::to_string(one.range.first) + " to " + std::to_string(one.range.last) +
            " of ten were not what was written";
      }
      if (read->version != written->version)
        co_return std::string("a part of an object has another version than the whole");
    }
    co_return std::string();
  }

  Awaitable<Finding> empty_object() {
    auto written = co_await put("empty", "");
    if (!written) co_return std::move(written).error();
    auto read = co_await get("empty", ByteRange{0, 4});
    if (!read) co_return std::move(read).error();
    if (read->status != Fetched::Status::found || !read->bytes.empty())
      co_return std::string("an empty object was not empty");
    co_return std::string();
  }

  Awaitable<Finding> missing() {
    auto read = co_await get("none");
    if (!read) co_return std::move(read).error();
    if (read->status != Fetched::Status::missing) co_return std::string("an object that nobody wrote was found");
    co_return std::string();
  }

  Awaitable<Finding> revalidation() {
    auto first = co_await put("known", "first");
    if (!first) co_return std::move(first).error();
    auto second = co_await put("known", "second");
    if (!second) co_return std::move(second).error();
    auto changed = co_await get("known", std::nullopt, first->version);
    if (!changed) co_return std::move(changed).error();
    if (changed->status != Fetched::Status::found || as_text(changed->bytes) != "second") {
      co_return std::string("a changed object was said to be unchanged");
    }
    co_return std::string();
  }

  Awaitable<Finding> not_sent_again() {
    auto first = co_await put("same", "first");
    if (!first) co_return std::move(first).error();
    auto same = co_await get("same", std::nullopt, first->version);
    if (!same) co_return std::move(same).error();
    if (same->status != Fetched::Status::unchanged) co_return std::string("an unchanged object was sent again");
    co_return std::string();
  }

  Awaitable<Finding> own_versions() {
    std::set<std::string> versions;
    for (int i = 0; i != 3; ++i) {
      auto written = co_await put("equal", "equal bytes");
      if (!written) co_return std::move(written).error();
      versions.insert(written->version.text);
    }
    if (versions.size() != 3)
      co_return std::string("equal bytes have equal versions, so that A, B, A looks like no change");
    co_return std::string();
  }

  Awaitable<Finding> create() {
    PutCondition absent = PutCondition::if_absent();
    auto first = co_await put("created", "first", absent);
    if (!first) co_return std::move(first).error();
    if (!first->written) co_return std::string("a new object was refused");
    auto second = co_await put("created", "second", absent);
    if (!second) co_return std::move(second).error();
    if (second->written) co_return std::string("an object that exists was created a second time");
    co_return co_await content_is("created", "first", "after a creation that was refused");
  }

  Awaitable<Finding> update() {
    auto first = co_await put("updated", "first");
    if (!first) co_return std::move(first).error();
    PutCondition from_first = PutCondition::if_version(first->version);
    auto second = co_await put("updated", "second", from_first);
    if (!second) co_return std::move(second).error();
    if (!second->written) co_return std::string("an update of the current version was refused");
    auto read = co_await get("updated");
    if (!read) co_return std::move(read).error();
    if (as_text(read->bytes) != "second" || read->version != second->version) {
      co_return std::string("after an update, a read saw something else");
    }
    auto stale = co_await put("updated", "stale", from_first);
    if (!stale) co_return std::move(stale).error();
    if (stale->written) co_return std::string("an update of an older version was made");
    co_return co_await content_is("updated", "second", "after an update that was refused");
  }

  Awaitable<Finding> update_missing() {
    auto other = co_await put("other", "other");
    if (!other) co_return std::move(other).error();
    PutCondition from_other = PutCondition::if_version(other->version);
    auto put_missing = co_await put("never", "never", from_other);
    if (!put_missing) co_return std::move(put_missing).error();
    if (put_missing->written) co_return std::string("an object that is not there was updated");
    auto read = co_await get("never");
    if (!read) co_return std::move(read).error();
    if (read->status != Fetched::Status::missing)
      co_return std::string("an update that was refused left an object behind");
    co_return std::string();
  }

  /// Races for one new object, or for one update.
  Awaitable<Finding> race(bool creating) {
    std::size_t several = 0;
    std::size_t lost = 0;
    std::size_t without = 0;
    std::size_t wrong = 0;
    std::string trouble;
    for (std::size_t round = 0; round != options.rounds; ++round) {
      const std::string name = (creating ? "race/create-" : "race/update-") + std::to_string(round);
      Race race{store, key(name), PutCondition::if_absent()};
      if (!creating) {
        auto base = co_await put(name, "base of " + name);
        if (!base) co_return std::move(base).error();
        race.condition = PutCondition::if_version(base->version);
      }
      auto raced = co_await gather(options.runtime, options.writers, race);
      if (!raced) co_return std::move(raced).error();
      ++report.races;
      report.requests += options.writers;
      auto read = co_await get(name);
      if (!read) co_return std::move(read).error();
      const std::string_view now = as_text(read->bytes);
      if (race.winners.size() > 1) {
        ++several;
        lost += race.winners.size() - 1;
      } else if (race.winners.size() == 1 && (read->status != Fetched::Status::found || now != race.winners.front())) {
        ++wrong;
      } else if (race.winners.empty() && race.unclear == 0) {
        ++without;
      }
      if (!race.trouble.empty()) trouble = race.trouble;
    }
    const std::string of_all = " of " + std::to_string(options.rounds) + " races among " +
                               std::to_string(options.writers) + " writers";
    if (several != 0) {
      co_return "in " + std::to_string(several) + of_all + " more than one writer was told that it had won; " +
          std::to_string(lost) + " writes were lost";
    }
    if (wrong != 0) co_return "in " + std::to_string(wrong) + of_all + " the object is not the winner's";
    if (without != 0) co_return "in " + std::to_string(without) + of_all + " nobody won";
    if (!trouble.empty())
      report.checks.push_back({"writers that lose a race are told so", ProbeNeed::extra, false, trouble});
    co_return std::string();
  }

  Awaitable<Finding> count() {
    auto base = co_await put("counter", "0");
    if (!base) co_return std::move(base).error();
    Counter counter{store, key("counter"), options.updates, 40 * options.updates * options.writers};
    auto counted = co_await gather(options.runtime, options.writers, counter);
    if (!counted) co_return std::move(counted).error();
    report.requests += 2 * options.updates * options.writers;
    auto read = co_await get("counter");
    if (!read) co_return std::move(read).error();
    const auto now = Counter::number(read->bytes);
    const std::uint64_t acknowledged = counter.acknowledged;
    // Updates whose end is unclear may have been made; they were not acknowledged.
    if (!now || *now < acknowledged || *now > acknowledged + counter.unclear) {
      co_return "of " + std::to_string(acknowledged) + " acknowledged updates of a counter, " +
          (now ? std::to_string(*now) : std::string("none")) + " are there";
    }
    if (acknowledged != options.updates * options.writers) {
      co_return "only " + std::to_string(acknowledged) + " of " + std::to_string(options.updates * options.writers) +
          " updates of a counter came through: " + counter.trouble;
    }
    co_return std::string();
  }

  Awaitable<Finding> versions_fit() {
    const std::string first = Overwriting::content(0);
    auto base = co_await put("overwritten", first);
    if (!base) co_return std::move(base).error();
    Overwriting overwriting{store, key("overwritten"), options.overwrites};
    overwriting.written[base->version.text] = 0;
    auto done = co_await gather(options.runtime, 5, overwriting);
    if (!done) co_return std::move(done).error();
    report.requests += overwriting.observed.size() + options.overwrites;
    const std::size_t wrong = overwriting.mismatches();
    if (wrong != 0) {
      co_return "while an object was overwritten, " + std::to_string(wrong) + " of " +
          std::to_string(overwriting.observed.size()) + " reads had the version of other bytes";
    }
    if (!overwriting.torn.empty()) co_return overwriting.torn;
    co_return overwriting.trouble;
  }

  Awaitable<Result<std::set<std::string>>> keys_below(std::string prefix) {
    std::set<std::string> keys;
    std::optional<std::string> next;
    do {
      ++report.requests;
      auto page = co_await store.list(prefix, next);
      if (!page) co_return std::move(page).error();
      for (ObjectInfo& object : page->objects) keys.insert(std::move(object.key));
      next = std::move(page->next);
    } while (next);
    co_return keys;
  }

  Awaitable<Finding> list() {
    std::set<std::string> expected;
    for (const char* name : {"list/a", "list/a b", "list/b/c", "list/d=e&f"}) {
      auto written = co_await put(name, name);
      if (!written) co_return std::move(written).error();
      expected.insert(key(name));
    }
    auto listed = co_await keys_below(key("list/"));
    if (!listed) co_return std::move(listed).error();
    if (*listed != expected) co_return std::string("a listing did not hold what had been written");
    auto part = co_await keys_below(key("list/a"));
    if (!part) co_return std::move(part).error();
    if (part->size() != 2) co_return std::string("a listing below a part of a name did not hold what begins with it");
    co_return std::string();
  }

  Awaitable<Finding> remove() {
    std::vector<std::string> keys;
    for (const char* name : {"remove/1", "remove/2", "remove/3"}) {
      auto written = co_await put(name, name);
      if (!written) co_return std::move(written).error();
      keys.push_back(key(name));
    }
    keys.push_back(key("remove/none"));
    report.requests += keys.size();
    auto removed = co_await store.remove(keys);
    if (!removed) co_return std::move(removed).error();
    auto read = co_await get("remove/1");
    if (!read) co_return std::move(read).error();
    if (read->status != Fetched::Status::missing)
      co_return std::string("an object was found after it had been deleted");
    auto left = co_await keys_below(key("remove/"));
    if (!left) co_return std::move(left).error();
    if (!left->empty()) co_return std::string("objects were listed after they had been deleted");
    co_return std::string();
  }

  Awaitable<Finding> copy() {
    auto first = co_await put("copy/from", "first");
    if (!first) co_return std::move(first).error();
    const std::string from = key("copy/from");
    const std::string to = key("copy/to");
    const std::string never = key("copy/never");
    auto copied = co_await store.copy(from, to, first->version);
    if (!copied) co_return std::move(copied).error();
    if (*copied != CopyOutcome::copied) co_return std::string("a copy of the current version was not made");
    std::string finding;
    auto content = co_await content_is("copy/to", "first", "after a copy");
    if (!content || !content->empty()) co_return content;
    auto second = co_await put("copy/from", "second");
    if (!second) co_return std::move(second).error();
    auto stale = co_await store.copy(from, never, first->version);
    if (!stale) co_return std::move(stale).error();
    if (*stale != CopyOutcome::version_differs)
      co_return std::string("a copy of an older version was made from newer bytes");
    co_return std::string();
  }

  Awaitable<Finding> size() {
    auto written = co_await put("size", "seven b");
    if (!written) co_return std::move(written).error();
    const std::string full = key("size");
    auto found = co_await store.size(full);
    if (!found) co_return std::move(found).error();
    if (!*found || (*found)->size != 7) co_return std::string("the size of an object is wrong");
    const auto age = options.environment.now() - (*found)->modified;
    if (std::chrono::abs(age) > std::chrono::hours(1)) {
      co_return "the store's clock differs from this one by " +
          std::to_string(std::chrono::duration_cast<std::chrono::minutes>(std::chrono::abs(age)).count()) + " minutes";
    }
    co_return std::string();
  }

  Awaitable<Result<void>> clean_up() {
    auto left = co_await keys_below(folder);
    if (!left) co_return std::move(left).error();
    const std::vector<std::string> keys(left->begin(), left->end());
    report.requests += keys.size() / 100 + 1;
    co_return co_await store.remove(keys);
  }

  Awaitable<Finding> cleaned_up() {
    auto cleaned = co_await clean_up();
    if (!cleaned) co_return "delete " + folder + " yourself: " + cleaned.error().what();
    co_return std::string();
  }

  Awaitable<Result<ProbeReport>> run() {
    auto first = co_await get("none");
    if (!first) co_return std::move(first).error();
    co_await check(ProbeNeed::reads, "an object that is not there is missing", missing());
    auto tried = co_await put("writable", "writable");
    if (!tried) {
      const std::string why = tried.error().what();
      report.checks.push_back({"objects can be written", ProbeNeed::commits, false, why});
      if (tried.error().code() == errc::unsupported_operation)
        co_return report;  // a read-only store: nothing to clean up
    } else {
      co_await check(ProbeNeed::reads, "a read sees the write before it, with its version", write_and_read());
      co_await check(ProbeNeed::reads, "ranges are cut at the end of an object", ranges());
      co_await check(ProbeNeed::reads, "an empty object is an object", empty_object());
      co_await check(ProbeNeed::commits, "a changed object is sent", revalidation());
      co_await check(ProbeNeed::commits, "an object is created only once", create());
      co_await check(ProbeNeed::commits, "an update needs the current version", update());
      co_await check(ProbeNeed::commits, "what is not there cannot be updated", update_missing());
      co_await check(ProbeNeed::commits, "of many creators at once one wins", race(true));
      co_await check(ProbeNeed::commits, "of many updaters at once one wins", race(false));
      co_await check(ProbeNeed::commits, "no acknowledged update is lost", count());
      co_await check(ProbeNeed::commits, "bytes come with their own version while they change", versions_fit());
      co_await check(ProbeNeed::upkeep, "a listing holds what was written", list());
      co_await check(ProbeNeed::upkeep, "what was deleted is gone", remove());
      co_await check(ProbeNeed::upkeep, "a copy is of the version that was asked for", copy());
      co_await check(ProbeNeed::upkeep, "size and age of an object are right", size());
      co_await check(ProbeNeed::extra, "an unchanged object is not sent again", not_sent_again());
      co_await check(ProbeNeed::extra, "each write has a version of its own", own_versions());
    }
    co_await check(ProbeNeed::extra, "the probe's objects are deleted", cleaned_up());
    co_return std::move(report);
  }
};

VARVE_DECL Awaitable<Result<ProbeReport>> run_probe(erased::Handle store, ProbeOptions options) {
  if (options.rounds == 0 || options.writers < 2 || options.updates == 0 || options.overwrites == 0) {
    co_return Error(errc::invalid_argument, "probe store", {}, "there are at least two writers, and one of all else");
  }
  std::array<std::uint8_t, 8> random{};
  options.environment.random(random);
  std::string folder = ".varve-probe-";
  for (const std::uint8_t byte : random) {
    folder += "0123456789abcdef"[byte >> 4];
    folder += "0123456789abcdef"[byte & 15];
  }
  folder += '/';
  Prober prober{std::move(store), std::move(options), std::move(folder)};
  co_return co_await prober.run();
}

inline std::string_view name_of(ProbeNeed need) {
  switch (need) {
    case ProbeNeed::reads: return "reads  ";
    case ProbeNeed::commits: return "commits";
    case ProbeNeed::upkeep: return "upkeep ";
    case ProbeNeed::extra: return "extra  ";
  }
  return "unknown";
}

}  // namespace any

VARVE_DECL bool ProbeReport::passed(ProbeNeed need) const {
  bool any_of_it = false;
  for (const ProbeCheck& check : checks) {
    if (check.need != need) continue;
    if (!check.passed) return false;
    any_of_it = true;
  }
  return any_of_it;
}

VARVE_DECL std::string ProbeReport::table() const {
  std::string text;
  for (const ProbeCheck& check : checks) {
    text += check.passed ? "  ok  " : (check.need == ProbeNeed::extra ? "  --  " : " FAIL ");
    text += any::name_of(check.need);
    text += "  " + check.name;
    if (!check.detail.empty()) text += ": " + check.detail;
    text += '\n';
  }
  text += "trusted for reads: ";
  text += trusted_for_reads() ? "yes" : "NO";
  text += ", for commits: ";
  text += trusted_for_commits() ? "yes" : "NO";
  text += ", for upkeep: ";
  text += trusted_for_upkeep() ? "yes" : "NO";
  return text + " (" + std::to_string(races) + " races, about " + std::to_string(requests) + " requests)\n";
}

VARVE_DECL Result<void> ProbeReport::require_commits() const {
  if (trusted_for_commits()) return {};
  std::string why;
  for (const ProbeCheck& check : checks) {
    const bool needed = check.need == ProbeNeed::reads || check.need == ProbeNeed::commits;
    if (needed && !check.passed) why += (why.empty() ? "" : "; ") + check.name + " - " + check.detail;
  }
  return Error(errc::unsupported_operation, "trust the store with commits", {},
               "commits could be lost: " + (why.empty() ? std::string("nothing was checked") : why));
}

}  // namespace varve::inline v0::storage
