// SPDX-License-Identifier: Apache-2.0
// Bodies of token.hpp.
#pragma once

#include <varve/storage/auth/token.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace varve::inline v0::storage::auth {

VARVE_DECL Awaitable<Result<std::string>> TokenCache::get() {
  const Shared held = kept();
  const Timestamp now = environment_.now();
  if (held && (!held->replace_at || now < *held->replace_at)) co_return held->token.text;
  Renewal make{*this};
  auto renewed = co_await flight_.run(0, make);
  if (renewed) co_return (*renewed)->token.text;
  if (held && environment_.now() < *held->token.expires) co_return held->token.text;
  co_return std::move(renewed).error();
}

VARVE_DECL Awaitable<Result<TokenCache::Shared>> TokenCache::renew() {
  auto fetched = co_await fetch_();
  if (!fetched) co_return std::move(fetched).error();
  if (!is_token(fetched->text)) {
    co_return Error(errc::denied, "fetch access token", {}, "the answer holds no token that a request could carry");
  }
  auto fresh = std::make_shared<Kept>();
  fresh->token = *std::move(fetched);
  if (fresh->token.expires) {
    const auto life = std::max(*fresh->token.expires - environment_.now(), std::chrono::microseconds(0));
    fresh->replace_at = *fresh->token.expires - std::min<std::chrono::microseconds>(early_, life / 2);
  }
  const Shared shared = std::move(fresh);
  const std::scoped_lock lock(mutex_);
  kept_ = shared;
  co_return shared;
}

VARVE_DECL void TokenCache::refused() {
  const std::scoped_lock lock(mutex_);
  kept_ = nullptr;
}

VARVE_DECL std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

VARVE_DECL Result<std::string> read_secret_file(const std::string& path, std::string_view doing) {
  constexpr std::size_t most = std::size_t{1} << 20;
  std::ifstream file(path, std::ios::binary);
  std::string text(most + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto size = static_cast<std::size_t>(file.gcount());
  if (!file.is_open() || file.bad() || size == 0 || size > most) {
    return Error(errc::invalid_argument, std::string(doing), path, "the file cannot be read, is empty or too large");
  }
  text.resize(size);
  return text;
}

}  // namespace varve::inline v0::storage::auth
