#include <varve/storage/local.hpp>

#include "backend_suite.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using support::TempDir;
using varve::errc;
using varve::storage::BasicLocal;
using varve::storage::Durability;
using varve::storage::ExclusiveRename;
using varve::storage::KernelLock;
using varve::storage::Local;

namespace {

template <class Swap>
void suite_of() {
  std::vector<std::unique_ptr<TempDir>> folders;
  support::backend_suite([&] {
    folders.push_back(std::make_unique<TempDir>());
    typename BasicLocal<Swap>::Options options;
    options.durability = Durability::none;
    return BasicLocal<Swap>(folders.back()->path() / "not" / "yet", options);
  });
}

std::size_t files_below(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("storage/local: with a kernel lock it behaves as a backend") { suite_of<KernelLock>(); }

TEST_CASE("storage/local: with exclusive renames it behaves as a backend") { suite_of<ExclusiveRename>(); }

TEST_CASE_TEMPLATE("storage/local: a durable store leaves the objects, and nothing else but its lock", Swap, KernelLock,
                   ExclusiveRename) {
  const TempDir folder;
  BasicLocal<Swap> store(folder.path() / "r");
  auto version = support::put(store, "repo", support::bytes_of("0"), varve::PutCondition::if_absent()).version;
  for (int i = 1; i != 6; ++i) {
    const std::string text = std::to_string(i);
    const std::string backup = "overwritten/repo." + text;
    CHECK(varve::block_on(store.copy("repo", backup, version)).value() == varve::CopyOutcome::copied);
    const auto put = support::put(store, "repo", varve::as_bytes(text), varve::PutCondition::if_version(version));
    CHECK(put.written);
    version = put.version;
  }
  CHECK(support::keys_below(store, "").size() == 6);
  CHECK(varve::as_text(support::get(store, "overwritten/repo.5").bytes) == "4");
  const std::size_t locks = std::filesystem::exists(folder.path() / "r" / ".varve.lock#0") ? 1 : 0;
  CHECK(files_below(folder.path()) == 6 + locks);
}

TEST_CASE("storage/local: handles on one folder, also by another spelling, are one store") {
  const TempDir folder;
  Local one(folder.path() / "a" / ".." / "r" / "");
  Local other(folder.path() / "r");
  CHECK(one.root() == other.root());
  support::put(one, "k", support::bytes_of("v"));
  CHECK(support::get(other, "k").bytes == support::bytes_of("v"));
}

TEST_CASE("storage/local: keys that could leave the folder or meet a staged file are refused") {
  const TempDir folder;
  Local store(folder.path() / "r");
  using namespace std::string_view_literals;
  for (const std::string_view key : {"/etc/passwd"sv, "../x"sv, "a/../../x"sv, "a/.."sv, "."sv, "a//b"sv, "a/"sv, "a\0b"sv,
                                     "repo#17"sv, "chunks/A#0"sv, ""sv}) {
    CAPTURE(key);
    const auto read = varve::block_on(store.get(key, {}));
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == errc::invalid_key);
    varve::Bytes buffer(1);
    CHECK(varve::block_on(store.read_into(key, 0, buffer)).error().code() == errc::invalid_key);
    CHECK(varve::block_on(store.put(key, buffer, varve::PutCondition::always())).error().code() == errc::invalid_key);
    CHECK(varve::block_on(store.put(key, buffer, varve::PutCondition::if_version({"1"}))).error().code() == errc::invalid_key);
    CHECK(varve::block_on(store.copy("a", key, {"1"})).error().code() == errc::invalid_key);
    CHECK(varve::block_on(store.copy(key, "a", {"1"})).error().code() == errc::invalid_key);
    CHECK(varve::block_on(store.size(key)).error().code() == errc::invalid_key);
    const std::vector<std::string> keys{std::string(key)};
    CHECK(varve::block_on(store.remove(keys)).error().code() == errc::invalid_key);
  }
  CHECK_FALSE(std::filesystem::exists(folder.path() / "r"));
}

TEST_CASE("storage/local: a folder, a pipe and a missing root hold no object") {
  const TempDir folder;
  Local store(folder.path() / "r");
  CHECK(support::get(store, "repo").status == varve::Fetched::Status::missing);
  CHECK(support::keys_below(store, "").empty());
  support::put(store, "a/b", support::bytes_of("v"));
  CHECK(support::get(store, "a").status == varve::Fetched::Status::missing);
  varve::Bytes buffer(1);
  CHECK_FALSE(varve::block_on(store.read_into("a", 0, buffer)).value());
  const std::vector<std::string> keys{"a"};
  CHECK(varve::block_on(store.remove(keys)));
  CHECK(support::get(store, "a/b").status == varve::Fetched::Status::found);
  REQUIRE(::mkfifo((folder.path() / "r" / "pipe").c_str(), 0600) == 0);
  CHECK(support::get(store, "pipe").status == varve::Fetched::Status::missing);
  CHECK_FALSE(varve::block_on(store.read_into("pipe", 0, buffer)).value());
  CHECK(support::keys_below(store, "") == std::vector<std::string>{"a/b"});
  const auto over = varve::block_on(store.put("a", buffer, varve::PutCondition::always()));
  REQUIRE_FALSE(over);
  CHECK(over.error().code() == errc::io_error);
  CHECK(files_below(folder.path()) == 1);
}

TEST_CASE("storage/local: a root that is a file cannot be written") {
  const TempDir folder;
  std::ofstream(folder.path() / "file") << "no folder";
  Local store(folder.path() / "file");
  CHECK(support::get(store, "repo").status == varve::Fetched::Status::missing);
  const auto put = varve::block_on(store.put("repo", varve::as_bytes("x"), varve::PutCondition::if_absent()));
  REQUIRE_FALSE(put);
  CHECK(put.error().code() == errc::io_error);
  CHECK(put.error().backend_code() == "ENOTDIR");
  CHECK(put.error().key() == "repo");
}

TEST_CASE("storage/local: what the system refuses has the name of its errno") {
  const TempDir folder;
  Local store(folder.path());
  const auto full = varve::storage::posix::system_error(ENOSPC, "write object", "chunks/A");
  CHECK(full.code() == errc::no_space);
  CHECK(full.backend_code() == "ENOSPC");
  CHECK(full.key() == "chunks/A");
  CHECK_FALSE(full.retryable());
  CHECK(varve::storage::posix::system_error(EDQUOT, "", "").code() == errc::no_space);
  for (const int code : {EACCES, EPERM, EROFS}) CHECK(varve::storage::posix::system_error(code, "", "").code() == errc::denied);
  CHECK(varve::storage::posix::system_error(EIO, "", "").code() == errc::io_error);
  CHECK(varve::storage::posix::system_error(EMFILE, "", "").retryable());
  CHECK(varve::storage::posix::system_error(9999, "", "").backend_code() == "errno 9999");
  const auto put = varve::block_on(store.put(std::string(300, 'x'), {}, varve::PutCondition::always()));
  REQUIRE_FALSE(put);
  CHECK(put.error().backend_code() == "ENAMETOOLONG");
}

TEST_CASE("storage/local: a write that fails half-way leaves nothing behind") {
  const TempDir folder;
  Local store(folder.path());
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  struct rlimit small = before;
  small.rlim_cur = 1000;
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const varve::Bytes big = support::noise(5000, 1);
  const auto put = varve::block_on(store.put("chunks/A", big, varve::PutCondition::always()));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(put);
  CHECK(put.error().code() == errc::io_error);
  CHECK(put.error().backend_code() == "EFBIG");
  CHECK(files_below(folder.path()) == 0);
}

TEST_CASE("storage/local: a folder without permission is denied") {
  if (::geteuid() == 0) return;  // root may write everywhere
  const TempDir folder;
  Local store(folder.path() / "r");
  support::put(store, "a/b", support::bytes_of("v"));
  ::chmod((folder.path() / "r" / "a").c_str(), 0500);
  const auto put = varve::block_on(store.put("a/c", varve::as_bytes("x"), varve::PutCondition::always()));
  ::chmod((folder.path() / "r" / "a").c_str(), 0700);
  REQUIRE_FALSE(put);
  CHECK(put.error().code() == errc::denied);
}

TEST_CASE("storage/local: listings leave staged files out, and old ones are removed on request") {
  const TempDir folder;
  Local store(folder.path());
  support::put(store, "chunks/A", support::bytes_of("v"));
  for (const char* name : {"repo#1", "chunks/A#18446744073709551615"}) std::ofstream(folder.path() / name) << "half";
  std::ofstream(folder.path() / "x#y") << "an object";
  CHECK(support::keys_below(store, "") == std::vector<std::string>{"chunks/A", "x#y"});
  const auto now = varve::Environment().now();
  CHECK(varve::block_on(store.remove_orphans(now - std::chrono::hours(1))).value() == 0);
  CHECK(varve::block_on(store.remove_orphans(now + std::chrono::hours(1))).value() == 2);
  CHECK(files_below(folder.path()) == 2);
}

TEST_CASE("storage/local: a page continues after its last key, in byte order") {
  const TempDir folder;
  Local store(folder.path());
  std::vector<std::string> expected;
  for (const char* key : {"a", "a-b", "a.d/x", "a/b/c", "a/b0", "a0", "b"}) {
    if (std::string_view(key) != "a") expected.emplace_back(key);
  }
  for (const std::string& key : expected) support::put(store, key, {});
  std::vector<std::string> seen;
  std::string after;
  for (;;) {
    const auto page = varve::storage::posix::list(store.root(), {"", after, 2}).value();
    for (const auto& object : page.objects) seen.push_back(object.key);
    if (!page.next) break;
    CHECK(page.objects.size() == 2);
    after = *page.next;
  }
  CHECK(seen == expected);
}

TEST_CASE("storage/local: links are followed, but not round in circles") {
  const TempDir folder;
  Local store(folder.path() / "r");
  support::put(store, "chunks/A", support::bytes_of("v"));
  std::filesystem::create_directory(folder.path() / "elsewhere");
  std::ofstream(folder.path() / "elsewhere" / "B") << "far";
  std::filesystem::create_symlink(folder.path() / "elsewhere", folder.path() / "r" / "manifests");
  std::filesystem::create_symlink("nowhere", folder.path() / "r" / "dangling");
  CHECK(support::keys_below(store, "") == std::vector<std::string>{"chunks/A", "manifests/B"});
  CHECK(varve::as_text(support::get(store, "manifests/B").bytes) == "far");
  std::filesystem::create_symlink(".", folder.path() / "r" / "chunks" / "self");
  CHECK(support::keys_below(store, "chunks/").size() < 100);
}

TEST_CASE("storage/local: a backup keeps its content when the object is replaced, and shares its file until then") {
  const TempDir folder;
  Local store(folder.path());
  const auto first = support::put(store, "repo", support::bytes_of("one"), varve::PutCondition::if_absent());
  CHECK(varve::block_on(store.copy("repo", "overwritten/x", first.version)).value() == varve::CopyOutcome::copied);
  CHECK(std::filesystem::hard_link_count(folder.path() / "repo") == 2);
  CHECK(support::put(store, "repo", support::bytes_of("two"), varve::PutCondition::if_version(first.version)).written);
  CHECK(std::filesystem::hard_link_count(folder.path() / "repo") == 1);
  CHECK(varve::as_text(support::get(store, "overwritten/x").bytes) == "one");
}

TEST_CASE_TEMPLATE("storage/local: a replacement by somebody who takes no lock is noticed", Swap, KernelLock,
                   ExclusiveRename) {
  const TempDir folder;
  BasicLocal<Swap> store(folder.path());
  const auto first = support::put(store, "repo", support::bytes_of("one"), varve::PutCondition::if_absent());
  std::ofstream(folder.path() / "repo#1") << "two";
  std::filesystem::rename(folder.path() / "repo#1", folder.path() / "repo");
  CHECK_FALSE(support::put(store, "repo", support::bytes_of("three"), varve::PutCondition::if_version(first.version)).written);
  CHECK(varve::as_text(support::get(store, "repo").bytes) == "two");
}

TEST_CASE("storage/local: content that was changed in place, at the same time and size, has another version") {
  const TempDir folder;
  Local store(folder.path());
  const auto first = support::put(store, "repo", support::bytes_of("one"), varve::PutCondition::if_absent());
  struct stat before {};
  REQUIRE(::stat((folder.path() / "repo").c_str(), &before) == 0);
  std::ofstream(folder.path() / "repo", std::ios::in | std::ios::out) << "ONE";
  const struct timespec times[2] = {before.st_mtim, before.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, (folder.path() / "repo").c_str(), times, 0) == 0);
  CHECK(support::get(store, "repo").version != first.version);
  CHECK_FALSE(support::put(store, "repo", support::bytes_of("two"), varve::PutCondition::if_version(first.version)).written);
}

TEST_CASE("storage/local: a file that is cut while it is read gives what is left") {
  const TempDir folder;
  Local store(folder.path());
  support::put(store, "k", support::noise(3 << 20, 1));
  std::filesystem::resize_file(folder.path() / "k", 100);
  varve::Bytes buffer(3 << 20);
  CHECK(*varve::block_on(store.read_into("k", 0, buffer)).value() == 100);
  CHECK(support::get(store, "k", varve::ByteRange{50, 1000}).bytes.size() == 50);
}

TEST_CASE("storage/local: a writer that waits too long says who is in its way, and has changed nothing") {
  const TempDir folder;
  Local::Options options;
  options.wait_limit = std::chrono::milliseconds(30);
  Local store(folder.path(), options);
  const auto first = support::put(store, "repo", support::bytes_of("one"), varve::PutCondition::if_absent());
  CHECK(support::put(store, "repo", support::bytes_of("one"), varve::PutCondition::if_version(first.version)).written);
  const auto second = support::get(store, "repo");
  const varve::storage::posix::File file(::open((folder.path() / ".varve.lock#0").c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(file);
  struct flock range {};
  range.l_type = F_WRLCK;
  REQUIRE(::fcntl(file.fd(), F_OFD_SETLK, &range) == 0);
  const auto put = varve::block_on(store.put("repo", varve::as_bytes("two"), varve::PutCondition::if_version(second.version)));
  REQUIRE_FALSE(put);
  CHECK(put.error().code() == errc::unreachable);
  CHECK(put.error().retryable());
  CHECK(put.error().hint().find("process " + std::to_string(::getpid())) != std::string::npos);
  CHECK(varve::as_text(support::get(store, "repo").bytes) == "one");
  CHECK(files_below(folder.path()) == 2);
  range.l_type = F_UNLCK;
  REQUIRE(::fcntl(file.fd(), F_OFD_SETLK, &range) == 0);
  CHECK(support::put(store, "repo", support::bytes_of("two"), varve::PutCondition::if_version(second.version)).written);
}
