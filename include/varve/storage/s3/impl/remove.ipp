// SPDX-License-Identifier: Apache-2.0
// How S3 removes objects: many with one request, or one by one.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/storage/s3/impl/state.ipp>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0::storage {

inline Awaitable<Result<void>> S3::State::remove_one(const std::string& key) {
  auto response = co_await send(request("DELETE", key), service);
  if (!response) co_return std::move(response).error();
  if (response->succeeded() || s3::detail::says_missing(*response)) co_return Result<void>();
  co_return s3::detail::error_of(*response, "remove object", key);
}

/// One of the workers that remove one by one.
struct S3::State::Remover {
  State& state;
  std::span<const std::string> keys;
  std::atomic<std::size_t>& next;

  Awaitable<Result<void>> operator()() const {
    for (std::size_t i = next++; i < keys.size(); i = next++) {
      auto removed = co_await state.remove_one(keys[i]);
      if (!removed) co_return std::move(removed).error();
    }
    co_return Result<void>();
  }
};

/// False if the server does not know the operation.
inline Awaitable<Result<bool>> S3::State::remove_batch(std::span<const std::string> keys) {
  std::string body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Quiet>true</Quiet>";
  for (const std::string& key : keys) body += "<Object><Key>" + s3::detail::xml_text(key) + "</Key></Object>";
  body += "</Delete>";
  http::Request made = request("POST", std::string_view());
  made.url.add("delete", "");
  made.set("Content-Type", "application/xml");
  attach(made, as_bytes(body), true);
  auto response = co_await send(std::move(made), service);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) {
    const auto failure = s3::detail::parse_failure(response->body);
    const bool unknown = response->status == 501 || response->status == 405 || failure.code == "NotImplemented";
    if (unknown) co_return false;
    co_return s3::detail::error_of(*response, "remove objects", keys.front());
  }
  pugi::xml_document document;
  if (!s3::detail::parse_xml(document, response->body) || !document.child("DeleteResult")) {
    co_return Error(errc::io_error, "remove objects", keys.front(), "the answer tells nothing of what was removed")
        .from_backend(std::to_string(response->status), false);
  }
  for (const pugi::xml_node& entry : document.child("DeleteResult").children("Error")) {
    const std::string code(s3::detail::text_of(entry, "Code"));
    if (code == "NoSuchKey" || code == "NoSuchVersion") continue;
    const errc kind = s3::detail::one_of(code, {"AccessDenied", "AccessForbidden"})  ? errc::denied
                      : s3::detail::one_of(code, {"SlowDown", "ServiceUnavailable"}) ? errc::throttled
                      : code == "InternalError"                                      ? errc::unreachable
                                                                                     : errc::io_error;
    co_return Error(kind, "remove object", std::string(s3::detail::text_of(entry, "Key")),
                    std::string(s3::detail::text_of(entry, "Message")))
        .from_backend("200 " + code, kind == errc::throttled || kind == errc::unreachable);
  }
  co_return true;
}

inline Awaitable<Result<void>> S3::State::remove_many(std::span<const std::string> keys) {
  constexpr std::size_t most = 1000;
  std::vector<std::string> batch;
  std::vector<std::string> singly;
  std::size_t at = 0;
  while (at != keys.size() && !removes_singly) {
    const std::size_t begin = at;
    batch.clear();
    for (; at != keys.size() && batch.size() != most; ++at) {
      // XML has no way to write these characters.
      const auto unwritable = [](char letter) {
        return static_cast<unsigned char>(letter) < 0x20 && letter != '\t' && letter != '\n' && letter != '\r';
      };
      const bool single = std::any_of(keys[at].begin(), keys[at].end(), unwritable);
      (single ? singly : batch).push_back(keys[at]);
    }
    if (batch.empty()) continue;
    auto removed = co_await remove_batch(batch);
    if (!removed) co_return std::move(removed).error();
    if (*removed) continue;
    removes_singly = true;
    at = begin;
  }
  singly.insert(singly.end(), keys.begin() + static_cast<std::ptrdiff_t>(at), keys.end());
  std::atomic<std::size_t> next = 0;
  Remover remover{*this, singly, next};
  const std::size_t workers = std::min<std::size_t>(singly.size(), 16);
  co_return co_await gather(workers, remover);
}

}  // namespace varve::inline v0::storage
