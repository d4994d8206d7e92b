// SPDX-License-Identifier: Apache-2.0
// Backend: what a type must do to hold a repository. Icechunk asks three things of a store: a write that the next read
// sees, an atomic conditional write for its one mutable object, and reads of a byte range.
// tests/storage/backend_suite.hpp checks the behaviour that a concept cannot.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/runtime.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// What a store says an object's content is: an ETag, a generation, a hash. Compared for equality only.
struct VersionTag {
  std::string text;
  friend bool operator==(const VersionTag&, const VersionTag&) = default;
};

/// What a read asks for.
struct GetOptions {
  std::optional<ByteRange> range;   ///< cut at the end of the object; the whole object without it
  std::optional<VersionTag> known;  ///< answers `unchanged`, without bytes, if the object still has this version
};

/// What a read found.
struct Fetched {
  enum class Status : std::uint8_t { found, missing, unchanged };
  Status status = Status::missing;
  Bytes bytes;
  VersionTag version;  ///< of the whole object, also when a range was read
};

/// Under which condition a write replaces what is there.
struct PutCondition {
  enum class Kind : std::uint8_t { always, absent, matches };
  Kind kind = Kind::always;
  VersionTag version;

  /// The object is immutable under a fresh random name; what is there, if anything, is the same.
  static PutCondition always() { return {}; }
  static PutCondition if_absent() { return {Kind::absent, {}}; }
  static PutCondition if_version(VersionTag version) { return {Kind::matches, std::move(version)}; }
};

/// How a write ended.
struct PutOutcome {
  bool written = false;  ///< false: the condition did not hold, and nothing was changed
  VersionTag version;    ///< of what was written
  std::optional<Timestamp> stored_at{};  ///< by the store's clock, to the second, if the store tells it without being asked
};

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;  ///< bytes
  Timestamp modified{};    ///< by the store's clock
};

/// A part of a listing; `next` goes into the call that continues it.
struct ListPage {
  std::vector<ObjectInfo> objects;
  std::optional<std::string> next;
};

/// How a copy ended.
enum class CopyOutcome : std::uint8_t { copied, version_differs, source_missing };

template <class S>
concept Readable = requires(S& store, std::string_view key, GetOptions options) {
  { store.get(key, options) } -> std::same_as<Awaitable<Result<Fetched>>>;
};
template <class S>
concept Writable = requires(S& store, std::string_view key, ByteView bytes, PutCondition condition) {
  { store.put(key, bytes, condition) } -> std::same_as<Awaitable<Result<PutOutcome>>>;
};
template <class S>
concept Listable = requires(S& store, std::string_view prefix, std::optional<std::string> next) {
  { store.list(prefix, next) } -> std::same_as<Awaitable<Result<ListPage>>>;
};
template <class S>
concept Removable = requires(S& store, std::span<const std::string> keys) {
  { store.remove(keys) } -> std::same_as<Awaitable<Result<void>>>;
};

/// A store of whole objects under `/`-separated keys, relative to the repository's root.
///   store.get(key, options)        the object's bytes and version; see GetOptions. A missing object is no error.
///   store.put(key, bytes, cond)    replaces the object, atomically for every reader, if the condition holds. When it
///                                  returns `written`, the next `get` of anybody sees it.
///   store.list(prefix, next)       objects whose keys start with `prefix`, in any order, a page at a time.
///   store.remove(keys)             deletes objects; a missing one is no error.
/// A store may also have, and is then asked for, instead of the general way through `get` and `put`:
///   store.read_into(key, first, buffer)   see `read_into` below
///   store.copy(from, to, version)         see `copy_if_version` below
///   store.size(key)                       see `object_size` below
///   store.check()                         see `check_store` below
///   store.is_folder()                     see `is_folder` below
/// Units: offsets and lengths are bytes from the start of the stored object, before any decoding.
/// Lifetime: keys, spans and views live until the call completes.
/// Overlap: calls may overlap freely, from any thread; each completes on the caller's executor.
/// Cancellation: `get` and `list` are total. `put`, `copy` and `remove` are terminal: once cancelled, they may have
/// happened or not.
/// Errors: `errc::unreachable`, `throttled`, `io_error`, `no_space` after the backend's own retries, `denied`.
template <class S>
concept Backend = std::move_constructible<S> && Readable<S> && Writable<S> && Listable<S> && Removable<S>;

/// Reports the first requirement that `S` misses, in one line, before deeper errors appear.
template <class S>
consteval bool expect_backend() {
  static_assert(std::move_constructible<S>, "Backend must be move constructible: it is passed by value");
  static_assert(Readable<S>, "Backend needs Awaitable<Result<Fetched>> get(std::string_view key, GetOptions)");
  static_assert(Writable<S>,
                "Backend needs Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView, PutCondition)");
  static_assert(Listable<S>,
                "Backend needs Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string>)");
  static_assert(Removable<S>, "Backend needs Awaitable<Result<void>> remove(std::span<const std::string> keys)");
  return true;
}

namespace detail {

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
// g++ 12 takes the frame of a coroutine for a type that other units see, and warns of stores in an anonymous namespace.
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

/// `read_into` of a store that has none of its own.
template <Backend Storage>
Awaitable<Result<std::optional<std::size_t>>> get_into(Storage& store, std::string_view key, std::uint64_t first,
                                                       MutableByteView buffer) {
  GetOptions options;
  options.range = ByteRange{first, first + buffer.size()};
  auto fetched = co_await store.get(key, options);
  if (!fetched) co_return std::move(fetched).error();
  if (fetched->status != Fetched::Status::found) co_return std::optional<std::size_t>();
  const std::size_t size = std::min(fetched->bytes.size(), buffer.size());
  std::copy_n(fetched->bytes.begin(), size, buffer.begin());
  co_return std::optional<std::size_t>(size);
}

/// `copy_if_version` of a store that has none of its own.
template <Backend Storage>
Awaitable<Result<CopyOutcome>> copy_through(Storage& store, std::string_view from, std::string_view to, VersionTag version) {
  auto fetched = co_await store.get(from, GetOptions());
  if (!fetched) co_return std::move(fetched).error();
  if (fetched->status == Fetched::Status::missing) co_return CopyOutcome::source_missing;
  if (fetched->version != version) co_return CopyOutcome::version_differs;
  auto put = co_await store.put(to, fetched->bytes, PutCondition::always());
  if (!put) co_return std::move(put).error();
  co_return CopyOutcome::copied;
}

/// `object_size` of a store that has none of its own.
template <Backend Storage>
Awaitable<Result<std::optional<ObjectInfo>>> size_in_listing(Storage& store, std::string_view key) {
  std::optional<std::string> next;
  do {
    auto page = co_await store.list(key, next);
    if (!page) co_return std::move(page).error();
    for (ObjectInfo& object : page->objects) {
      if (object.key == key) co_return std::optional<ObjectInfo>(std::move(object));
    }
    next = std::move(page->next);
  } while (next);
  co_return std::optional<ObjectInfo>();
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// `check_store` of a store that is known to hold what it promises.
inline Awaitable<Result<void>> trusted() { co_return Result<void>(); }

}  // namespace detail

/// Fills `buffer` from `first` on and returns how much of it the object filled; `nullopt` if there is no object.
template <Backend Storage>
Awaitable<Result<std::optional<std::size_t>>> read_into(Storage& store, std::string_view key, std::uint64_t first,
                                                        MutableByteView buffer) {
  if constexpr (requires { store.read_into(key, first, buffer); }) {
    return store.read_into(key, first, buffer);
  } else {
    return detail::get_into(store, key, first, buffer);
  }
}

/// Copies `from` to `to`, if `from` still has `version`.
template <Backend Storage>
Awaitable<Result<CopyOutcome>> copy_if_version(Storage& store, std::string_view from, std::string_view to,
                                               VersionTag version) {
  if constexpr (requires { store.copy(from, to, version); }) {
    return store.copy(from, to, std::move(version));
  } else {
    return detail::copy_through(store, from, to, std::move(version));
  }
}

/// The size and age of an object; `nullopt` if there is none.
template <Backend Storage>
Awaitable<Result<std::optional<ObjectInfo>>> object_size(Storage& store, std::string_view key) {
  if constexpr (requires { store.size(key); }) {
    return store.size(key);
  } else {
    return detail::size_in_listing(store, key);
  }
}

/// Whether the store can be trusted with commits; asked once, before a repository is created on it. A store whose
/// conditional writes are known to hold does without.
/// Errors: `errc::unsupported_operation` with what it does wrong.
template <Backend Storage>
Awaitable<Result<void>> check_store(Storage& store) {
  if constexpr (requires { store.check(); }) {
    return store.check();
  } else {
    return detail::trusted();
  }
}

/// Whether the objects are files of a folder: the reference replaces those without conditions, and configures it so.
template <Backend Storage>
bool is_folder(const Storage& store) {
  if constexpr (requires { store.is_folder(); }) return store.is_folder();
  return false;
}

/// Lends the repository's threads to a store that blocks, such as Local; others do without.
template <Backend Storage>
void use_runtime(Storage& store, const Runtime& runtime) {
  if constexpr (requires { store.use_runtime(runtime); }) store.use_runtime(runtime);
}

}  // namespace varve::inline v0
