// SPDX-License-Identifier: Apache-2.0
// Operation: the requests a store answers, as the decorators count, delay and fail them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace varve::inline v0::storage {

enum class Operation : std::uint8_t { get, read_into, put, copy, list, remove, size };

inline constexpr std::size_t operation_count = 7;

constexpr std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::get: return "get";
    case Operation::read_into: return "read_into";
    case Operation::put: return "put";
    case Operation::copy: return "copy";
    case Operation::list: return "list";
    case Operation::remove: return "remove";
    case Operation::size: return "size";
  }
  return "unknown";
}

}  // namespace varve::inline v0::storage
