// SPDX-License-Identifier: Apache-2.0
// A store whose type has been erased: what the engine works on, a probe too, and what storage::Any is made of.
#pragma once

#include <varve/storage/backend.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace varve::inline v0::storage {

namespace erased {

/// What is erased: a store behind virtual functions.
struct Store {
  virtual ~Store() = default;
  virtual Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) = 0;
  virtual Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                                  MutableByteView buffer) = 0;
  virtual Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) = 0;
  virtual Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) = 0;
  virtual Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) = 0;
  virtual Awaitable<Result<void>> remove(std::span<const std::string> keys) = 0;
  virtual Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key) = 0;
  virtual Awaitable<Result<void>> check() = 0;
  virtual bool is_folder() const = 0;
  virtual void use_runtime(const Runtime& runtime) = 0;
};

/// A store of a known type; with a reference as `Held`, one that somebody else owns.
template <class Held>
struct StoreOf final : Store {
  explicit StoreOf(Held&& held) : store(std::forward<Held>(held)) {}

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) override {
    return store.get(key, std::move(options));
  }
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer) override {
    return v0::read_into(store, key, first, buffer);
  }
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) override {
    return store.put(key, bytes, std::move(condition));
  }
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) override {
    return copy_if_version(store, from, to, std::move(version));
  }
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) override {
    return store.list(prefix, std::move(next));
  }
  Awaitable<Result<void>> remove(std::span<const std::string> keys) override { return store.remove(keys); }
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key) override { return object_size(store, key); }
  Awaitable<Result<void>> check() override { return check_store(store); }
  bool is_folder() const override { return v0::is_folder(store); }
  void use_runtime(const Runtime& runtime) override { v0::use_runtime(store, runtime); }

  Held store;
};

/// A handle on some store; copies are the same. Thread-safe as far as what it holds is.
class Handle {
 public:
  template <class Storage>
    requires(!std::derived_from<std::remove_cvref_t<Storage>, Handle> && Backend<Storage>)
  explicit Handle(Storage store) : store_(std::make_shared<StoreOf<Storage>>(std::move(store))) {}
  explicit Handle(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  /// Lends `store`, which outlives the handle.
  template <Backend Storage>
  static Handle borrow(Storage& store) {
    return Handle(std::shared_ptr<Store>(std::make_shared<StoreOf<Storage&>>(store)));
  }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    return store_->get(key, std::move(options));
  }
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer) {
    return store_->read_into(key, first, buffer);
  }
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    return store_->put(key, bytes, std::move(condition));
  }
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) {
    return store_->copy(from, to, std::move(version));
  }
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) {
    return store_->list(prefix, std::move(next));
  }
  Awaitable<Result<void>> remove(std::span<const std::string> keys) { return store_->remove(keys); }
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key) { return store_->size(key); }
  Awaitable<Result<void>> check() { return store_->check(); }
  bool is_folder() const { return store_->is_folder(); }
  void use_runtime(const Runtime& runtime) { store_->use_runtime(runtime); }

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace erased

}  // namespace varve::inline v0::storage
