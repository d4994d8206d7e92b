#include <varve/core/error.hpp>

#include "support/doctest.hpp"

#include <set>
#include <string>
#include <string_view>
#include <typeinfo>

using varve::Conflict;
using varve::ConflictKind;
using varve::errc;
using varve::Error;

TEST_CASE("core/error: the text says what was done to what, why it failed and what to do") {
  const Error error(errc::missing_object, "read manifest", "manifests/AB", "run verify");
  CHECK(std::string(error.what()) == "read manifest `manifests/AB`: missing object; run verify");
  CHECK(error.kind() == "missing_object");
  const Error from_store = Error(errc::throttled, "write chunk", "chunks/C").from_backend("503 SlowDown", true);
  CHECK(std::string(from_store.what()) == "write chunk `chunks/C`: throttled (503 SlowDown)");
  CHECK(from_store.retryable());
  CHECK(from_store.backend_code() == "503 SlowDown");
  CHECK(from_store.with_hint("wait").hint() == "wait");
  CHECK(from_store.with_hint("wait").retryable());
}

TEST_CASE("core/error: every code has a name of its own and an exception below Error") {
  std::set<std::string_view> names;
  int count = 0;
  for (int code = 0; code <= static_cast<int>(errc::timed_out); ++code, ++count) {
    const Error error(static_cast<errc>(code), "test");
    names.insert(error.kind());
    CHECK(error.kind() != "unknown");
    bool derived = false;
    try {
      error.raise();
    } catch (const Error& thrown) {
      derived = typeid(thrown) != typeid(Error);
      CHECK(thrown.code() == static_cast<errc>(code));
    }
    CHECK(derived);
  }
  CHECK(names.size() == static_cast<std::size_t>(count));
}

TEST_CASE("core/error: each family of codes is one type") {
  CHECK_THROWS_AS(Error(errc::branch_not_found, "").raise(), varve::NotFoundError);
  CHECK_THROWS_AS(Error(errc::tag_deleted, "").raise(), varve::AlreadyExistsError);
  CHECK_THROWS_AS(Error(errc::conflict, "").raise(), varve::ConflictError);
  CHECK_THROWS_AS(Error(errc::corrupt, "").raise(), varve::FormatError);
  CHECK_THROWS_AS(Error(errc::no_space, "").raise(), varve::StorageError);
  CHECK_THROWS_AS(Error(errc::read_only_session, "").raise(), varve::PermissionError);
  CHECK_THROWS_AS(Error(errc::invalid_key, "").raise(), varve::ValidationError);
  CHECK_THROWS_AS(Error(errc::timed_out, "").raise(), varve::InterruptedError);
}

TEST_CASE("core/error: a failed rebase lists every conflict") {
  Conflict conflict;
  conflict.kind = ConflictKind::chunk_double_update;
  conflict.path = "/t2m";
  conflict.snapshot = "1CECHNKREP0F1RSTCMT0";
  conflict.chunks = {{0, 1}, {0, 2}};
  conflict.reason = "not mergeable";
  const Error error = Error(errc::rebase_failed, "rebase").with_conflicts({conflict, conflict});
  CHECK(error.conflicts().size() == 2);
  CHECK(error.conflicts().front() == conflict);
  const std::string text = error.what();
  CHECK(text.find("chunk_double_update at /t2m against 1CECHNKREP0F1RSTCMT0, 2 chunk(s): not mergeable") != text.npos);
}

TEST_CASE("core/error: every kind of conflict has a name of its own") {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(ConflictKind::node_replaced); ++kind) {
    names.insert(name_of(static_cast<ConflictKind>(kind)));
  }
  CHECK(names.size() == static_cast<std::size_t>(ConflictKind::node_replaced) + 1);
  CHECK(names.count("unknown") == 0);
}
