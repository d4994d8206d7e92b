#include <varve/storage/local.hpp>

#include "backend_suite.hpp"
#include "support/temp_dir.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using support::TempDir;
using varve::storage::BasicLocal;
using varve::storage::Durability;
using varve::storage::ExclusiveRename;
using varve::storage::KernelLock;

// Local among processes: writers that count in one object while some of them are killed and others stopped, at moments
// drawn from a seed. Each writer appends one byte to a file of its own after each acknowledged increment, so the count
// must be what all have acknowledged, and at most one more for each writer that was killed in the middle of one.
namespace {

/// The text of the count, repeated: a torn object would hold two numbers.
std::string body_of(std::uint64_t count) {
  std::string body;
  for (int i = 0; i != 500; ++i) body += std::to_string(count) + ",";
  return body;
}

/// The count in an object; nothing if it is torn.
std::optional<std::uint64_t> count_of(std::string_view body) {
  std::uint64_t count = 0;
  std::from_chars(body.data(), body.data() + body.size(), count);
  if (body_of(count) != body) return std::nullopt;
  return count;
}

enum Exit { finished = 0, torn_object = 10, store_failed = 11, log_failed = 12, threw = 13 };

/// What a child process does: `increments` acknowledged increments, each written down.
template <class Swap>
Exit write_on(const std::filesystem::path& root, const std::filesystem::path& log, int increments) {
  typename BasicLocal<Swap>::Options options;
  options.durability = Durability::none;
  BasicLocal<Swap> store(root, options);
  const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return log_failed;
  for (int done = 0; done != increments;) {
    const auto before = varve::block_on(store.get("repo", {}));
    if (!before) return store_failed;
    const auto count = count_of(varve::as_text(before->bytes));
    if (!count) return torn_object;
    const std::string next = body_of(*count + 1);
    auto condition = varve::PutCondition::if_version(before->version);
    const auto put = varve::block_on(store.put("repo", varve::as_bytes(next), std::move(condition)));
    if (!put) return store_failed;
    if (!put->written) continue;
    if (::write(fd, "+", 1) != 1) return log_failed;
    ++done;
  }
  return finished;
}

template <class Swap>
pid_t start(const std::filesystem::path& root, const std::filesystem::path& log, int increments) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  Exit code = threw;
  try {
    code = write_on<Swap>(root, log, increments);
  } catch (...) {
  }
  ::_exit(code);
}

/// Waits for the end of a child and tells how it ended.
int join(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// One history: some writers finish their increments, though they are stopped now and then; others are killed, running
/// or stopped.
template <class Swap>
void run_history(std::uint64_t seed) {
  CAPTURE(seed);
  constexpr int steady_count = 3;
  constexpr int increments = 60;
  constexpr int rounds = 15;
  const TempDir folder;
  const auto root = folder.path() / "r";
  typename BasicLocal<Swap>::Options options;
  options.durability = Durability::none;
  BasicLocal<Swap> store(root, options);
  support::put(store, "repo", varve::as_bytes(body_of(0)), varve::PutCondition::if_absent());

  std::mt19937_64 random(seed);
  const auto pause = [&](std::uint64_t most) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % most));
  };
  std::vector<std::filesystem::path> logs;
  const auto new_log = [&] {
    logs.push_back(folder.path() / ("log" + std::to_string(logs.size())));
    return logs.back();
  };
  std::vector<pid_t> steady;
  for (int i = 0; i != steady_count; ++i) steady.push_back(start<Swap>(root, new_log(), increments));
  std::uint64_t killed = 0;
  for (int round = 0; round != rounds; ++round) {
    const pid_t victim = start<Swap>(root, new_log(), 1'000'000);
    pause(6000);
    const pid_t sleeper = steady[random() % steady.size()];
    ::kill(sleeper, SIGSTOP);
    if (random() % 2 == 0) ::kill(victim, SIGSTOP);
    pause(6000);
    ::kill(victim, SIGKILL);
    const int status = join(victim);
    CHECK(WIFSIGNALED(status));
    if (WIFSIGNALED(status)) ++killed;
    pause(round % 5 == 0 ? 30'000 : 2000);
    ::kill(sleeper, SIGCONT);
    CHECK(count_of(varve::as_text(support::get(store, "repo").bytes)).has_value());
  }
  for (const pid_t writer : steady) {
    const int status = join(writer);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == finished);
  }

  const auto count = count_of(varve::as_text(support::get(store, "repo").bytes));
  REQUIRE(count);
  std::uint64_t acknowledged = 0;
  for (const auto& log : logs) {
    std::error_code none;
    const auto size = std::filesystem::file_size(log, none);
    if (!none) acknowledged += size;
  }
  CHECK(acknowledged >= steady_count * increments);
  CHECK(*count >= acknowledged);
  CHECK(*count <= acknowledged + killed);
  // Nothing that a killed writer left is in the way.
  const auto last = support::get(store, "repo");
  const auto put = support::put(store, "repo", varve::as_bytes("end"), varve::PutCondition::if_version(last.version));
  if (!put.written) {
    // A killed writer had claimed this version: it has been published on the way, and the next try is free.
    const auto helped = support::get(store, "repo");
    CHECK(count_of(varve::as_text(helped.bytes)) == *count + 1);
    CHECK(support::put(store, "repo", varve::as_bytes("end"), varve::PutCondition::if_version(helped.version)).written);
  }
  CHECK(support::keys_below(store, "") == std::vector<std::string>{"repo"});
}

}  // namespace

TEST_CASE_TEMPLATE("storage/local_processes: no acknowledged write is lost when writers are killed and stopped", Swap,
                   KernelLock, ExclusiveRename) {
  for (std::uint64_t seed = 1; seed != 4; ++seed) run_history<Swap>(seed);
}
