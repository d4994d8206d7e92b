#include <varve/storage/memory.hpp>

#include "backend_suite.hpp"

using varve::storage::Memory;

TEST_CASE("storage/memory: behaves as a backend") {
  support::backend_suite([] { return Memory(); });
}

TEST_CASE("storage/memory: copies of a handle are one store, two handles are two") {
  Memory first;
  Memory copy = first;
  Memory other;
  support::put(first, "k", support::bytes_of("v"));
  CHECK(support::get(copy, "k").bytes == support::bytes_of("v"));
  CHECK(support::get(other, "k").status == varve::Fetched::Status::missing);
  const Memory moved = std::move(first);
  support::put(copy, "k", support::bytes_of("w"));
  Memory again = moved;
  CHECK(support::get(again, "k").bytes == support::bytes_of("w"));
}

TEST_CASE("storage/memory: an object knows when it was written") {
  Memory store;
  const auto before = varve::Environment().now();
  support::put(store, "k", support::bytes_of("v"));
  const auto object = varve::block_on(varve::object_size(store, "k")).value();
  REQUIRE(object);
  CHECK(object->modified >= before);
  CHECK(object->modified <= varve::Environment().now());
}
