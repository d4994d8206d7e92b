// SPDX-License-Identifier: Apache-2.0
// Bodies of memory.hpp.
#pragma once

#include <varve/core/memory.hpp>

#include <cerrno>
#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace varve::inline v0::detail {

VARVE_DECL void populate([[maybe_unused]] MutableByteView buffer) {
#if defined(MADV_POPULATE_WRITE)
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(buffer.data());
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t last = (begin + buffer.size()) / page * page;
  if (first >= last) return;
  const int before = errno;  // older kernels refuse, and the buffer serves all the same
  static_cast<void>(::madvise(buffer.data() + (first - begin), last - first, MADV_POPULATE_WRITE));
  errno = before;
#endif
}

}  // namespace varve::inline v0::detail
