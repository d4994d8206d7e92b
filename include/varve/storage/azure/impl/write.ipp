// SPDX-License-Identifier: Apache-2.0
// Bodies of azure.hpp: writing. A blob comes into being by one request, Put Blob or Put Block List, and that one
// carries the condition and the id of the write.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>
#include <varve/storage/auth/date.hpp>
#include <varve/storage/azure/impl/store.ipp>
#include <varve/storage/http/conditional_write.hpp>

#include <algorithm>
#include <atomic>
#include <vector>

namespace varve::inline v0::storage {

namespace azure::detail {

/// What a clear response to a conditional write means. 412 is also how the service refuses to touch a leased blob.
inline http::Answer answer_of(const http::Response& response, PutCondition::Kind kind) {
  const std::string code = error_code(response);
  if (response.status == 409 && code == "BlobAlreadyExists") return http::Answer::refused;
  if (response.status == 412 && code.starts_with("Lease")) return http::Answer::failed;
  if (response.status == 404 && code == "ContainerNotFound") return http::Answer::failed;
  if (response.status == 409 && (code == "ContainerBeingDeleted" || code == "BlobImmutableDueToPolicy")) {
    return http::Answer::failed;
  }
  // Blocks that are gone: another list or blob was put under the name after they had been sent.
  if (response.status == 400 && code == "InvalidBlockList") return http::Answer::busy;
  return http::answer_of(response, kind);
}

}  // namespace azure::detail

namespace azure {

/// Sends one object.
struct Writer {
  Store& store;
  std::string_view key;
  ByteView bytes;
  const PutCondition& condition;
  std::string write_id;
  std::string note;                 // what it replaces, see http::Lineages
  std::vector<std::string> blocks;  // their ids, if the object is sent in blocks
  std::string list;                 // of them
  std::atomic<std::size_t> next_block = 0;

  bool conditional() const { return condition.kind != PutCondition::Kind::always; }

  /// A worker that sends blocks. Blocks have no conditions and may be sent twice.
  Awaitable<Result<void>> operator()() {
    const std::size_t size = store.options.block_bytes;
    for (std::size_t i = next_block++; i < blocks.size(); i = next_block++) {
      http::Request request = store.request("PUT", key);
      request.url.add("comp", "block").add("blockid", blocks[i]);
      request.body = bytes.subspan(i * size, std::min(size, bytes.size() - i * size));
      auto response = co_await store.client.send(std::move(request), store.service);
      if (!response) co_return std::move(response).error();
      if (!response->succeeded()) co_return store.error(*response, "write object", key);
    }
    co_return Result<void>();
  }

  /// Blocks that are not in a list yet belong to the name, not to the writer: ids that are random keep two apart.
  Awaitable<Result<void>> send_blocks() {
    const std::size_t size = store.options.block_bytes;
    const std::size_t count = (bytes.size() + size - 1) / size;
    if (count > 50'000) {
      co_return Error(errc::invalid_argument, "write object", std::string(key),
                      "a blob has up to 50,000 blocks: raise AzureOptions::block_bytes");
    }
    for (std::size_t i = 0; i != count; ++i) {
      std::string id = write_id + '-' + std::to_string(100'000 + i);  // ids of one blob are equally long
      blocks.push_back(http::base64(as_bytes(id)));
    }
    list = block_list(blocks);
    co_return co_await gather(std::min(store.options.parts_at_once, count), *this);
  }

  Awaitable<Result<http::Response>> commit() {
    http::Request request = store.request("PUT", key);
    if (blocks.empty()) {
      request.set("x-ms-blob-type", "BlockBlob");
      request.set("Content-Type", "application/octet-stream");
      request.body = bytes;
    } else {
      request.url.add("comp", "blocklist");
      request.set("Content-Type", "application/xml");
      request.set("x-ms-blob-content-type", "application/octet-stream");
      request.body = as_bytes(list);
    }
    if (conditional()) {
      if (condition.kind == PutCondition::Kind::absent) {
        request.set("If-None-Match", "*");
      } else {
        request.set("If-Match", condition.version.text);
      }
      request.set(Store::metadata_field(http::write_id_name), write_id);
      request.set(Store::metadata_field(http::replaced_name), note);
      request.repeat = http::Repeat::if_not_applied;
      request.expect_continue = request.body.size() > (std::size_t{256} << 10);
    }
    co_return co_await store.client.send(std::move(request), store.service);
  }

  Awaitable<Result<http::Look>> look() {
    http::Look seen;
    auto head = co_await store.head(key);
    if (!head) co_return std::move(head).error();
    if (Store::no_blob(*head)) co_return seen;
    if (!head->succeeded()) co_return store.error(*head, "read properties of object", key);
    seen.present = true;
    seen.version = Store::version_of(*head);
    seen.write_id = Store::noted(*head, http::write_id_name);
    const std::string_view replaced = Store::noted(*head, http::replaced_name);
    if (!replaced.empty()) seen.replaced = VersionTag{std::string(replaced)};
    co_return seen;
  }

  Awaitable<Result<PutOutcome>> write() {
    if (bytes.size() > store.options.single_put_bytes) {
      auto sent = co_await send_blocks();
      if (!sent) co_return std::move(sent).error();
    }
    if (conditional()) {
      note = store.lineages.note(key, condition);
      http::ConditionalWrite write;
      write.key = key;
      write.condition = condition;
      write.write_id = write_id;
      write.note = note;
      write.send = [this] { return commit(); };
      write.look = [this] { return look(); };
      write.version_of = Store::version_of;
      write.error_of = [this](const http::Response& response) { return store.error(response, "write object", key); };
      write.answer = detail::answer_of;
      write.environment = store.options.environment;
      write.limit = store.client.options().limits.operation;
      auto outcome = co_await http::write_conditionally(write);
      if (outcome && outcome->written) store.lineages.remember(key, outcome->version, write_id, note);
      co_return outcome;
    }
    auto response = co_await commit();
    if (!response) co_return std::move(response).error();
    if (!response->succeeded()) co_return store.error(*response, "write object", key);
    PutOutcome outcome;
    outcome.written = true;
    outcome.version = Store::version_of(*response);
    outcome.stored_at = auth::parse_http_date(response->field("Date"));
    co_return outcome;
  }
};

}  // namespace azure

VARVE_DECL Awaitable<Result<PutOutcome>> Azure::put(std::string_view key, ByteView bytes, PutCondition condition) {
  if (auto good = azure::Store::check_key(key, "write object"); !good) co_return std::move(good).error();
  // What cannot be an ETag is no blob's version.
  if (condition.kind == PutCondition::Kind::matches && !azure::Store::is_etag(condition.version))
    co_return PutOutcome();
  azure::Writer writer{*store_, key, bytes, condition, http::new_write_id(store_->options.environment), {}, {}, {}};
  co_return co_await writer.write();
}

VARVE_DECL Awaitable<Result<CopyOutcome>> Azure::copy(std::string_view from, std::string_view to, VersionTag version) {
  for (const std::string_view key : {from, to}) {
    if (auto good = azure::Store::check_key(key, "copy object"); !good) co_return std::move(good).error();
  }
  azure::Store& store = *store_;
  const bool possible = azure::Store::is_etag(version);
  http::Request request = store.request(possible ? "PUT" : "HEAD", possible ? to : from);
  if (possible) {
    http::Url source = store.request("GET", from).url;
    if (const auto* sas = std::get_if<azure::Sas>(&store.options.credentials)) source.query = sas->token;
    request.set("x-ms-copy-source", source.text());
    request.set("x-ms-source-if-match", version.text);
  }
  auto response = co_await store.client.send(std::move(request), store.service);
  if (!response) co_return std::move(response).error();
  if (response->status == 412) co_return CopyOutcome::version_differs;
  if (azure::Store::no_blob(*response)) co_return CopyOutcome::source_missing;
  if (!response->succeeded()) co_return store.error(*response, "copy object", from);
  if (!possible) co_return CopyOutcome::version_differs;
  // Within an account a small blob is there when the answer comes; the service may still do it later, and says so.
  std::string status(response->field("x-ms-copy-status"));
  const Backoff pauses{0, std::chrono::milliseconds(50), std::chrono::milliseconds(2'000)};
  for (std::size_t attempt = 1; status == "pending" && attempt != 60; ++attempt) {
    co_await sleep_for(pauses.pause(attempt, store.options.environment));
    auto head = co_await store.head(to);
    if (!head) co_return std::move(head).error();
    if (!head->succeeded()) co_return store.error(*head, "copy object", to);
    status = head->field("x-ms-copy-status");
  }
  if (status == "success") co_return CopyOutcome::copied;
  co_return Error(errc::io_error, "copy object", std::string(from), "the service did not finish the copy")
      .from_backend("copy " + status, true);
}

}  // namespace varve::inline v0::storage
