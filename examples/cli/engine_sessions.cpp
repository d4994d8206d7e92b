// SPDX-License-Identifier: Apache-2.0
#include "engine_impl.hpp"

#include <varve/async/for_each.hpp>

namespace varve::cli {

Session Repo::read(SnapshotId version) const {
  return Session(std::make_shared<Session::Impl>(Session::Impl{impl_->repository.readonly_session(version)}));
}
Session Repo::write(const std::string& branch) const {
  return Session(std::make_shared<Session::Impl>(Session::Impl{impl_->repository.writable_session(branch)}));
}

SnapshotId Session::snapshot_id() const { return impl_->session.snapshot_id(); }
std::vector<NodeInfo> Session::nodes(std::string_view below) const { return impl_->session.nodes(below); }
bool Session::exists(std::string_view path) const { return impl_->session.exists(path); }

zarr::ArrayMetadata Session::array(std::string_view path) const {
  const auto array = impl_->session.open_array(path);
  return zarr::parse_array(array.zarr_json(), array.path().text()).value();
}
Bytes Session::read(std::string_view path, const BoxN& box) const {
  return impl_->session.open_array(path).read_bytes(box);
}
void Session::create_array(std::string_view path, const AnyArrayOptions& options) const {
  impl_->session.root().create_array(path, options);
}
void Session::write(std::string_view path, const BoxN& box, ByteView elements) const {
  impl_->session.open_array(path).write_bytes(box, elements);
}

std::vector<std::string> Session::chunk_keys(const Path& array) const {
  return impl_->session.store().list_prefix(array.is_root() ? "c" : array.text().substr(1) + "/c");
}
void Session::get_all(const std::vector<std::string>& keys,
                      const std::function<void(const std::string&, ByteView)>& take) const {
  const auto store = impl_->session.store();
  const auto work = [&](std::size_t i) -> Awaitable<Result<void>> {
    auto value = co_await store.async_get(keys[i]);
    if (!value) co_return std::move(value).error();
    if (*value) take(keys[i], **value);
    co_return Result<void>();
  };
  const Runtime runtime;
  block_on(guarded(for_each(runtime, keys.size(), 32, work))).value();
}

SnapshotId Session::commit(const std::string& message, const Metadata& metadata) const {
  CommitOptions options;
  options.metadata = metadata;
  options.rebase_tries = 100;
  return impl_->session.commit(message, std::move(options));
}
SnapshotId Session::amend(const std::string& message, const Metadata& metadata) const {
  CommitOptions options;
  options.metadata = metadata;
  options.amend = true;
  options.allow_empty = true;
  return impl_->session.commit(message, std::move(options));
}

}  // namespace varve::cli
