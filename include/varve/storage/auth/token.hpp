// SPDX-License-Identifier: Apache-2.0
// Tokens: the text that proves to Google Cloud or Azure who asks. They are short-lived, so a cache keeps one, fetches
// the next before it expires, and lets one caller fetch while the others wait.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/single_flight.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage::auth {

struct AccessToken {
  std::string text;                  ///< what follows "Bearer "
  std::optional<Timestamp> expires;  ///< never without it
};

/// Fetches a fresh token. A program passes its own where varve does not know the way. It may be called from any of the
/// threads that ask the store, though never twice at once, and lives as long as the store.
using TokenFunction = std::function<Awaitable<Result<AccessToken>>()>;

/// The one token of a store. Thread-safe.
class TokenCache {
 public:
  /// A token is replaced `early` before it expires, or half its life before, if that is shorter.
  TokenCache(TokenFunction fetch, Environment environment,
             std::chrono::seconds early = std::chrono::seconds(240))
      : fetch_(std::move(fetch)), environment_(std::move(environment)), early_(early) {}

  /// A token that has not expired. One that is due to be replaced is still given out when no new one can be had.
  /// Errors: those of the function that fetches.
  Awaitable<Result<std::string>> get();

  /// Forgets the token, which the store has refused. Does nothing without one.
  void refused();

 private:
  struct Kept {
    AccessToken token;
    std::optional<Timestamp> replace_at;
  };
  using Shared = std::shared_ptr<const Kept>;

  Shared kept() const {
    const std::scoped_lock lock(mutex_);
    return kept_;
  }
  Awaitable<Result<Shared>> renew();
  struct Renewal {
    TokenCache& cache;
    Awaitable<Result<Shared>> operator()() const { return cache.renew(); }
  };

  TokenFunction fetch_;
  Environment environment_;
  std::chrono::seconds early_;
  mutable std::mutex mutex_;
  Shared kept_;
  SingleFlight<int, Shared> flight_;
};

/// Whether a text can follow "Bearer " in a field: what a token holds is nobody's business here, what ends a field is.
inline bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// The environment variable `name`; empty if it is not set.
VARVE_DECL std::string variable(const char* name);

/// The content of a small file of credentials. Errors: `errc::invalid_argument` if it cannot be read or is larger than
/// 1 MiB; the content is never part of the error.
VARVE_DECL Result<std::string> read_secret_file(const std::string& path, std::string_view doing);

}  // namespace varve::inline v0::storage::auth

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/auth/impl/token.ipp>
#endif
