// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/http/conditional_write.hpp>

#include <varve/async/block_on.hpp>

#include "support/doctest.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace varve;
using namespace varve::storage::http;

namespace {

/// What a step of a script does to our write on its way.
enum class Fate { clear, request_lost, response_lost, late, busy, count };
/// What others do meanwhile: they note what they replace and what that replaced, as varve does; or the version alone,
/// as it does where it has not read the object; or nothing, as the reference. Or they write the very bytes that we
/// write.
enum class Others { nothing, noting, silent, noting_twice, brief, brief_after_noting, equal_bytes, count };

struct Step {
  Others before = Others::nothing;
  Fate fate = Fate::clear;
  Others after = Others::nothing;
};

Response answer(int status) {
  Response response;
  response.status = status;
  return response;
}

/// A store of one object that conditions are kept by, and a network that does what the script says.
class World {
 public:
  World(PutCondition::Kind kind, std::vector<Step> script, bool base_known) : script_(std::move(script)) {
    if (kind == PutCondition::Kind::matches) {
      now_.present = true;
      now_.version.text = "base";
      if (base_known) now_.write_id = "of base";
      condition_ = PutCondition::if_version(now_.version);
    } else {
      condition_ = PutCondition::if_absent();
    }
    note_ = note_of(now_);
  }

  Result<PutOutcome> run() {
    ConditionalWrite write;
    write.key = "repo";
    write.condition = condition_;
    write.write_id = "ours";
    write.pause.immediate = 1000;
    write.rounds = 5;
    write.send = [this] { return send(); };
    write.look = [this] { return look(); };
    write.version_of = [](const Response&) { return own_version(); };
    write.error_of = [](const Response&) { return Error(errc::io_error, "write"); };
    write.note = note_;
    return block_on(write_conditionally(write));
  }

  /// Whatever is still on its way arrives.
  void settle() {
    while (late_ != 0) {
      --late_;
      apply();
    }
  }

  std::size_t applied = 0;  ///< how often our write was put in place
  std::size_t sent = 0;
  std::size_t looks = 0;

  static VersionTag own_version() {
    VersionTag version;
    version.text = "own";
    return version;
  }
  const Look& now() const { return now_; }

 private:
  bool holds() const {
    if (condition_.kind == PutCondition::Kind::absent) return !now_.present;
    return now_.present && now_.version == condition_.version;
  }
  bool apply() {
    if (!holds()) return false;
    now_.present = true;
    now_.version = own_version();
    now_.write_id = "ours";
    now_.replaced = VersionTag{note_};
    ++applied;
    return true;
  }
  static std::string note_of(const Look& replaced) {
    if (!replaced.present) return std::string(no_version);
    std::string note = replaced.version.text;
    if (!replaced.write_id.empty()) note += '=' + replaced.write_id;
    if (replaced.replaced) note += ',' + replaced.replaced->text;
    return note;
  }
  /// Somebody replaces what is there.
  void other(std::optional<std::string> note, std::string version = {}) {
    ++others_;
    now_.present = true;
    now_.version.text = version.empty() ? "other " + std::to_string(others_) : version;
    now_.write_id = note ? "theirs " + std::to_string(others_) : "";
    now_.replaced.reset();
    if (note) now_.replaced = VersionTag{*note};
  }
  void act(Others what) {
    const auto version = [&] { return now_.present ? now_.version.text : std::string(no_version); };
    switch (what) {
      case Others::noting:
        other(note_of(now_));
        break;
      case Others::silent:
        other(std::nullopt);
        break;
      case Others::noting_twice:
        other(note_of(now_));
        other(note_of(now_));
        break;
      case Others::brief:
        other(version());
        break;
      case Others::brief_after_noting:
        other(note_of(now_));
        other(version());
        break;
      case Others::equal_bytes:
        other(note_of(now_), own_version().text);
        other(note_of(now_));
        break;
      default:
        break;
    }
  }

  Awaitable<Result<Response>> send() {
    const Step step = sent < script_.size() ? script_[sent] : Step();
    ++sent;
    settle();
    act(step.before);
    Response response;
    response.trouble = "connection reset";
    switch (step.fate) {
      case Fate::clear:
        response = answer(apply() ? 200 : 412);
        break;
      case Fate::response_lost:
        apply();
        break;
      case Fate::late:
        ++late_;
        break;
      case Fate::busy:
        response = answer(409);
        break;
      default:
        break;
    }
    act(step.after);
    co_return response;
  }
  Awaitable<Result<Look>> look() {
    ++looks;
    co_return now_;
  }

  std::vector<Step> script_;
  std::string note_;
  PutCondition condition_;
  Look now_;
  std::size_t others_ = 0;
  std::size_t late_ = 0;
};

/// Runs a script and checks that the answer is true. Returns what it was: 'w'ritten, 'l'ost or 'u'nknown.
char check(PutCondition::Kind kind, const std::vector<Step>& script, bool base_known) {
  World world(kind, script, base_known);
  const auto outcome = world.run();
  world.settle();
  CHECK(world.applied <= 1);
  if (!outcome) {
    CHECK(outcome.error().code() == errc::unreachable);
    return 'u';
  }
  CHECK(outcome->written == (world.applied == 1));
  if (outcome->written) CHECK(outcome->version == World::own_version());
  return outcome->written ? 'w' : 'l';
}

constexpr PutCondition::Kind kinds[] = {PutCondition::Kind::absent, PutCondition::Kind::matches};

char one(Fate fate, Others after, PutCondition::Kind kind = PutCondition::Kind::matches, bool base_known = true) {
  Step step;
  step.fate = fate;
  step.after = after;
  return check(kind, {step}, base_known);
}

}  // namespace

TEST_CASE("storage_network/conditional_write: clear answers are believed without a look") {
  for (const auto kind : kinds) {
    World free(kind, {}, true);
    CHECK(free.run().value().written);
    CHECK(free.sent == 1);
    CHECK(free.looks == 0);
    Step taken;
    taken.before = Others::silent;
    World lost(kind, {taken}, true);
    CHECK_FALSE(lost.run().value().written);
    CHECK(lost.sent == 1);
    CHECK(lost.looks == 0);
  }
}

TEST_CASE("storage_network/conditional_write: a lost response is no conflict, a lost request is sent again") {
  for (const auto kind : kinds) {
    CHECK(one(Fate::response_lost, Others::nothing, kind) == 'w');
    CHECK(one(Fate::request_lost, Others::nothing, kind) == 'w');
    CHECK(one(Fate::busy, Others::nothing, kind) == 'w');
    CHECK(one(Fate::busy, Others::silent, kind) == 'l');
  }
}

TEST_CASE("storage_network/conditional_write: a request that arrives late is applied once") {
  Step late;
  late.fate = Fate::late;
  World world(PutCondition::Kind::matches, {late}, true);
  CHECK(world.run().value().written);
  CHECK(world.sent == 2);
  CHECK(world.applied == 1);
}

TEST_CASE("storage_network/conditional_write: what a successor notes tells whether ours was ever in place") {
  for (const auto kind : kinds) {
    CHECK(one(Fate::request_lost, Others::noting, kind) == 'l');
    CHECK(one(Fate::response_lost, Others::noting, kind) == 'w');
  }
  for (const bool base_known : {true, false}) {
    CHECK(one(Fate::response_lost, Others::noting_twice, PutCondition::Kind::matches, base_known) == 'w');
    CHECK(one(Fate::request_lost, Others::noting_twice, PutCondition::Kind::matches, base_known) == 'l');
    CHECK(one(Fate::request_lost, Others::brief, PutCondition::Kind::matches, base_known) == 'l');
  }
}

TEST_CASE("storage_network/conditional_write: equal bytes of another writer are not ours") {
  CHECK(one(Fate::request_lost, Others::equal_bytes) == 'l');
  CHECK(one(Fate::response_lost, Others::equal_bytes) == 'w');
}

TEST_CASE("storage_network/conditional_write: what nobody can tell is an error that says so") {
  CHECK(one(Fate::request_lost, Others::silent) == 'u');
  CHECK(one(Fate::response_lost, Others::silent) == 'u');
  CHECK(one(Fate::response_lost, Others::brief) == 'u');
  CHECK(one(Fate::request_lost, Others::brief_after_noting) == 'u');
  Step step;
  step.fate = Fate::response_lost;
  step.after = Others::silent;
  const auto outcome = World(PutCondition::Kind::matches, {step}, true).run();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().backend_code() == "outcome unknown");
  CHECK(outcome.error().key() == "repo");
  CHECK_FALSE(outcome.error().retryable());
}

TEST_CASE("storage_network/conditional_write: whatever the network and others do, the answer is true") {
  std::vector<Step> steps;
  for (const Others before : {Others::nothing, Others::noting, Others::silent, Others::brief}) {
    for (int fate = 0; fate != static_cast<int>(Fate::count); ++fate) {
      for (int after = 0; after != static_cast<int>(Others::count); ++after) {
        Step step;
        step.before = before;
        step.fate = static_cast<Fate>(fate);
        step.after = static_cast<Others>(after);
        steps.push_back(step);
      }
    }
  }
  std::set<char> seen;
  for (const auto kind : kinds) {
    for (const bool base_known : {true, false}) {
      for (const Step& first : steps) {
        for (const Step& second : steps) seen.insert(check(kind, {first, second}, base_known));
      }
    }
  }
  CHECK(seen == std::set<char>{'w', 'l', 'u'});
  std::mt19937 random(7);
  for (int run = 0; run != 5000; ++run) {
    std::vector<Step> script;
    for (int i = 0; i != 5; ++i) {
      Step step = steps[random() % steps.size()];
      if (random() % 3 != 0) step.before = step.after = Others::nothing;  // else most end in the first round
      script.push_back(step);
    }
    check(kinds[run % 2], script, run % 4 < 2);
  }
}

TEST_CASE("storage_network/conditional_write: the rounds are bounded, and then the outcome is an error") {
  Step lost;
  lost.fate = Fate::request_lost;
  World world(PutCondition::Kind::matches, std::vector<Step>(100, lost), true);
  const auto outcome = world.run();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code() == errc::unreachable);
  CHECK(outcome.error().retryable());
  CHECK(world.sent == 5);
}

TEST_CASE("storage_network/conditional_write: other answers and failing looks are errors, never conflicts") {
  ConditionalWrite write;
  write.key = "k";
  write.condition = PutCondition::if_absent();
  write.write_id = "ours";
  write.pause.immediate = 1000;
  write.version_of = [](const Response&) { return VersionTag(); };
  write.error_of = [](const Response& response) {
    return Error(errc::denied, "write", std::to_string(response.status));
  };
  std::vector<int> statuses;
  write.send = [&]() -> Awaitable<Result<Response>> {
    const int status = statuses.back();
    statuses.pop_back();
    co_return answer(status);
  };
  write.look = []() -> Awaitable<Result<Look>> { co_return Error(errc::throttled, "look"); };

  statuses = {403};
  CHECK(block_on(write_conditionally(write)).error().code() == errc::denied);
  statuses = {404};  // for a creation that is no lost race
  CHECK(block_on(write_conditionally(write)).error().code() == errc::denied);
  statuses = {0};
  CHECK(block_on(write_conditionally(write)).error().code() == errc::throttled);
  statuses = {409};
  CHECK(block_on(write_conditionally(write)).error().code() == errc::throttled);
  write.send = []() -> Awaitable<Result<Response>> { co_return Error(errc::unreachable, "connect"); };
  CHECK(block_on(write_conditionally(write)).error().code() == errc::unreachable);
}

TEST_CASE("storage_network/conditional_write: an answer without a version is looked up") {
  ConditionalWrite write;
  write.condition = PutCondition::if_absent();
  write.write_id = "ours";
  write.version_of = [](const Response&) { return VersionTag(); };
  write.error_of = [](const Response&) { return Error(errc::io_error, "write"); };
  write.send = []() -> Awaitable<Result<Response>> { co_return answer(200); };
  write.look = []() -> Awaitable<Result<Look>> {
    Look seen;
    seen.present = true;
    seen.write_id = "ours";
    seen.version.text = "v";
    co_return seen;
  };
  const auto outcome = block_on(write_conditionally(write)).value();
  CHECK(outcome.written);
  CHECK(outcome.version.text == "v");
}

TEST_CASE("storage_network/conditional_write: a lineage is noted as far as it is known, and not too long") {
  Lineages lineages;
  const auto version = [](int i) { return VersionTag{"version-" + std::to_string(i)}; };
  CHECK(lineages.note("repo", PutCondition::if_absent()) == no_version);
  CHECK(lineages.note("repo", PutCondition::if_version(version(0))) == "version-0");
  lineages.remember("repo", version(0), "id-0", "none");
  CHECK(lineages.note("repo", PutCondition::if_version(version(0))) == "version-0=id-0,none");
  CHECK(lineages.note("repo", PutCondition::if_version(version(1))) == "version-1");
  CHECK(lineages.note("other", PutCondition::if_version(version(0))) == "version-0");
  for (int i = 1; i != 100; ++i) {
    const std::string note = lineages.note("repo", PutCondition::if_version(version(i - 1)));
    lineages.remember("repo", version(i), "id-" + std::to_string(i), note);
  }
  CHECK(lineages.note("repo", PutCondition::if_version(version(90))).starts_with("version-90=id-90,version-89=id-89,"));
  CHECK(lineages.note("repo", PutCondition::if_version(version(50))) == "version-50");
  const std::string note = lineages.note("repo", PutCondition::if_version(version(99)));
  CHECK(note.starts_with("version-99=id-99,version-98=id-98,"));
  CHECK(note.size() <= 900);
  CHECK(note.size() > 800);
  CHECK_FALSE(note.ends_with(','));
  for (int i = 0; i != 1000; ++i) lineages.remember(std::to_string(i), version(i), "id", "");
  CHECK(lineages.note("999", PutCondition::if_version(version(999))) == "version-999=id");
  lineages.remember("999", version(1), "", "");
  CHECK(lineages.note("999", PutCondition::if_version(version(999))) == "version-999=id");
}

TEST_CASE("storage_network/conditional_write: write ids are UUIDs, each another") {
  std::set<std::string> ids;
  for (int i = 0; i != 100; ++i) {
    const std::string id = new_write_id(Environment());
    CHECK(id.size() == 36);
    CHECK(id[14] == '4');
    CHECK((id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-'));
    ids.insert(id);
  }
  CHECK(ids.size() == 100);
}
