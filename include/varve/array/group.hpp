// SPDX-License-Identifier: Apache-2.0
// Group: a node that holds groups and arrays, with attributes of its own.
#pragma once

#include <varve/array/any_array.hpp>
#include <varve/array/array.hpp>
#include <varve/array/nodes.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// A handle; copies mean the same group, as the session sees it at each call. Thread-safe. What is in memory has no
/// `async_` twin, here as in Session. Children are named relative to the group, "a/b" reaching further down; a name
/// with a leading slash counts from the root.
template <class Codecs, class State>
class Group {
 public:
  template <class T, std::size_t Rank>
  using ArrayType = Array<T, Rank, Codecs, State>;
  using AnyArrayType = AnyArray<Codecs, State>;

  /// The root group. In a repository without any node it exists all the same, and is stored with the first node.
  /// Errors: `errc::not_a_group` if the root is an array.
  static Result<Group> root(std::shared_ptr<State> state) {
    auto node = state->find_node(Path());
    if (!node) return std::move(node).error();
    if (*node && (*node)->kind != NodeKind::group) {
      return Error(errc::not_a_group, "open group", "/", "the node is an array");
    }
    return Group(std::move(state), Path());
  }

  /// Creates a group and those above it that are missing. Errors: `errc::node_exists`; `errc::not_a_group` below an
  /// array; `errc::invalid_argument` if `attributes` are not the text of a JSON object.
  static Result<Group> create(std::shared_ptr<State> state, Path path, std::string attributes = "{}") {
    auto text = zarr::with_attributes(zarr::group_json(), attributes);
    if (!text) return std::move(text).error();
    auto node = detail::create_with_parents(*state, path, NodeKind::group, *std::move(text));
    if (!node) return std::move(node).error();
    return Group(std::move(state), std::move(path));
  }

  /// Errors: `errc::node_not_found`, `errc::not_a_group`.
  static Result<Group> open(std::shared_ptr<State> state, Path path) {
    if (path.is_root()) return root(std::move(state));
    auto node = detail::find_of_kind(*state, path, NodeKind::group, "open group");
    if (!node) return std::move(node).error();
    return Group(std::move(state), std::move(path));
  }

  const Path& path() const { return path_; }

  /// The text of a JSON object, as it was written.
  std::string attributes() const {
    if (is_unstored_root()) return "{}";
    const auto node = detail::find_of_kind(*state_, path_, NodeKind::group, "read attributes").value();
    return zarr::attributes_of(*node.zarr_json, path_.text()).value();
  }
  /// Replaces the attributes by the text of another JSON object.
  Awaitable<Result<void>> async_set_attributes(std::string text) const {
    return guarded(set_attributes(*this, std::move(text)));
  }
  void set_attributes(std::string text) const { block_on(async_set_attributes(std::move(text))).value(); }

  /// The nodes directly below, sorted by path.
  std::vector<NodeInfo> children() const {
    auto below = nodes();
    std::erase_if(below, [&](const NodeInfo& node) { return node.path.parent() != path_; });
    return below;
  }
  /// All nodes below, without the group itself, sorted by path as raw bytes.
  std::vector<NodeInfo> nodes() const {
    auto all = state_->nodes(path_).value();
    std::erase_if(all, [&](const NodeInfo& node) { return node.path == path_; });
    return all;
  }
  bool contains(std::string_view name) const { return state_->find_node(below(name)).value().has_value(); }

  /// See `create` above.
  Group create_group(std::string_view name, std::string attributes = "{}") const {
    return create(state_, below(name), std::move(attributes)).value();
  }
  Group open_group(std::string_view name) const { return open(state_, below(name)).value(); }

  /// See Array::create and Array::open.
  template <zarr::Element T, std::size_t Rank>
  ArrayType<T, Rank> create_array(std::string_view name, const ArrayOptions<T, Rank>& options) const {
    return ArrayType<T, Rank>::create(state_, below(name), options).value();
  }
  template <zarr::Element T, std::size_t Rank>
  ArrayType<T, Rank> open_array(std::string_view name) const {
    return ArrayType<T, Rank>::open(state_, below(name)).value();
  }
  /// The same with element type and rank known at run time only.
  AnyArrayType create_array(std::string_view name, const AnyArrayOptions& options) const {
    return AnyArrayType::create(state_, below(name), options).value();
  }
  AnyArrayType open_array(std::string_view name) const { return AnyArrayType::open(state_, below(name)).value(); }

  /// Deletes a node and everything below it. Errors: `errc::node_not_found`.
  void remove(std::string_view name) const { state_->delete_node(below(name)).value(); }

 private:
  Group(std::shared_ptr<State> state, Path path)
      : state_(std::move(state)), path_(std::move(path)), turns_(detail::Turns::of(state_.get())) {}

  Path below(std::string_view name) const {
    if (name.starts_with('/') || path_.is_root()) return Path::parse(name).value();
    return Path::parse(path_.text() + "/" + std::string(name)).value();
  }
  bool is_unstored_root() const {
    if (!path_.is_root()) return false;
    const auto node = state_->find_node(path_);
    return node && !*node;
  }

  static Awaitable<Result<void>> set_attributes(Group group, std::string text) {
    if (group.is_unstored_root()) {
      auto created = create(group.state_, group.path_, text);
      if (created) co_return Result<void>();
      // Another thread of the session may have been faster.
      if (created.error().code() != errc::node_exists) co_return std::move(created).error();
    }
    co_return co_await detail::set_attributes(group.state_, group.turns_, group.path_, NodeKind::group,
                                              std::move(text));
  }

  std::shared_ptr<State> state_;
  Path path_;
  std::shared_ptr<detail::Turns> turns_;
};

}  // namespace varve::inline v0
