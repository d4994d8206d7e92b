// SPDX-License-Identifier: Apache-2.0
// Bodies of credentials.hpp.
#pragma once

#include <varve/async/single_flight.hpp>
#include <varve/storage/s3/credentials.hpp>
#include <varve/storage/s3/impl/sources.ipp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::s3 {

VARVE_DECL std::optional<std::string> process_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

VARVE_DECL http::Limits credential_limits() {
  http::Limits limits;
  limits.connect = std::chrono::milliseconds(1'000);
  limits.stall = std::chrono::milliseconds(5'000);
  limits.attempt = std::chrono::milliseconds(10'000);
  limits.operation = std::chrono::milliseconds(20'000);
  limits.tries = 3;
  return limits;
}

/// What was fetched last, and how to fetch again.
struct CredentialsProvider::State {
  using Shared = std::shared_ptr<const Credentials>;

  State(FetchCredentials how, const Options& options)
      : fetch(std::move(how)), environment(options.environment), refresh_before(options.refresh_before) {}
  explicit State(Credentials who) : held(std::make_shared<const Credentials>(std::move(who))) {}

  /// Under the lock: what is held, if it need not be fetched.
  Shared fresh() const {
    if (!held || !fetch) return held;
    if (stale) return nullptr;
    return !renew_at || environment.now() < *renew_at ? held : nullptr;
  }
  /// Under the lock: what is held, if it still holds although it should be fetched.
  Shared usable() const {
    if (!held || stale || !held->expires || environment.now() >= *held->expires) return nullptr;
    return held;
  }
  void keep(Shared made) {
    const std::scoped_lock lock(mutex);
    const Timestamp now = environment.now();
    held = std::move(made);
    stale = false;
    fetched = now;
    renew_at.reset();
    if (!held->expires) return;
    // Credentials that live shorter than the margin are fetched at half of their time, not at each use.
    renew_at = std::max(*held->expires - refresh_before, now + (*held->expires - now) / 2);
  }

  /// What is held, fetched first if need be.
  static Awaitable<Result<Shared>> get(std::shared_ptr<State> state) {
    {
      const std::scoped_lock lock(state->mutex);
      if (auto held_now = state->fresh()) co_return held_now;
    }
    auto renew = [&state]() -> Awaitable<Result<Shared>> {
      {
        const std::scoped_lock lock(state->mutex);
        if (auto held_now = state->fresh()) co_return held_now;  // somebody fetched them meanwhile
      }
      auto made = co_await state->fetch();
      if (!made) co_return std::move(made).error();
      auto shared = std::make_shared<const Credentials>(*std::move(made));
      state->keep(shared);
      co_return shared;
    };
    auto made = co_await state->flights.run(0, renew);
    if (made) co_return made;
    const std::scoped_lock lock(state->mutex);
    const auto old = state->usable();
    if (!old) co_return made;
    // They hold for some minutes more. The next try comes soon, but not with each request of these minutes.
    state->renew_at = state->environment.now() + std::chrono::seconds(10);
    co_return old;
  }

  FetchCredentials fetch;  // empty: never
  Environment environment{};
  std::chrono::seconds refresh_before{0};
  SingleFlight<int, Shared> flights;
  mutable std::mutex mutex;
  Shared held;
  bool stale = false;
  Timestamp fetched{};
  std::optional<Timestamp> renew_at;
};

VARVE_DECL Awaitable<Result<std::shared_ptr<const Credentials>>> CredentialsProvider::get() const {
  return State::get(state_);
}

VARVE_DECL std::shared_ptr<const Credentials> CredentialsProvider::current() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->fresh();
}

VARVE_DECL bool CredentialsProvider::expire() const {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->fetch) return false;
  // Of many requests that were under way with the old ones, the first to fail fetches new ones for all.
  const Timestamp now = state_->environment.now();
  if (now - state_->fetched >= std::chrono::seconds(5) || now < state_->fetched) state_->stale = true;
  return true;
}

namespace detail {

using Source = Awaitable<Found> (*)(const Sources&);

/// One source, or the first of several that is configured.
inline FetchCredentials fetch_from(CredentialsOptions options, std::vector<Source> list, std::string hint) {
  auto sources = std::make_shared<const Sources>(std::move(options));
  return [sources, list = std::move(list), hint = std::move(hint)]() -> Awaitable<Result<Credentials>> {
    for (const Source source : list) {
      auto found = co_await source(*sources);
      if (!found) co_return std::move(found).error();
      if (*found) co_return **std::move(found);
    }
    co_return no_credentials("find credentials", hint);
  };
}

}  // namespace detail

VARVE_DECL CredentialsProvider CredentialsProvider::custom(FetchCredentials fetch, Options options) {
  return CredentialsProvider(std::make_shared<State>(std::move(fetch), options));
}

VARVE_DECL CredentialsProvider CredentialsProvider::fixed(Credentials credentials) {
  return CredentialsProvider(std::make_shared<State>(std::move(credentials)));
}

VARVE_DECL CredentialsProvider CredentialsProvider::fixed(std::string access_key, std::string secret_key,
                                                          std::string session_token) {
  Credentials who;
  who.access_key = std::move(access_key);
  who.secret_key = std::move(secret_key);
  who.session_token = std::move(session_token);
  return fixed(std::move(who));
}

VARVE_DECL CredentialsProvider CredentialsProvider::anonymous() { return fixed(Credentials()); }

VARVE_DECL CredentialsProvider CredentialsProvider::chain(Options options) {
  std::vector<detail::Source> sources;
  sources.push_back(detail::from_variables);
  sources.push_back(detail::from_profiles);
  sources.push_back(detail::from_web_identity);
  sources.push_back(detail::from_container);
  sources.push_back(detail::from_instance);
  return custom(detail::fetch_from(options, std::move(sources),
                                   "none in the environment, in a profile, by web identity, from a container's or an "
                                   "instance's service; for public data ask for anonymous access"),
                options);
}

VARVE_DECL CredentialsProvider CredentialsProvider::environment(Options options) {
  std::vector<detail::Source> sources(1, detail::from_variables);
  return custom(detail::fetch_from(options, std::move(sources), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
                options);
}

VARVE_DECL CredentialsProvider CredentialsProvider::profile(Options options) {
  std::vector<detail::Source> sources(1, detail::from_profiles);
  return custom(detail::fetch_from(options, std::move(sources), "the profile has no keys and no role"), options);
}

VARVE_DECL CredentialsProvider CredentialsProvider::web_identity(Options options) {
  std::vector<detail::Source> sources(1, detail::from_web_identity);
  return custom(detail::fetch_from(options, std::move(sources), "set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE"),
                options);
}

VARVE_DECL CredentialsProvider CredentialsProvider::container(Options options) {
  std::vector<detail::Source> sources(1, detail::from_container);
  return custom(detail::fetch_from(options, std::move(sources),
                                   "set AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI"),
                options);
}

VARVE_DECL CredentialsProvider CredentialsProvider::instance(Options options) {
  std::vector<detail::Source> sources(1, detail::from_instance);
  return custom(detail::fetch_from(options, std::move(sources),
                                   "no metadata service answered, or the instance has no role, or it is turned off"),
                options);
}

VARVE_DECL std::optional<std::string> find_region(const CredentialsOptions& options) {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = options.variable(name)) return region;
  }
  const Profiles profiles = read_profiles(options.variable);
  const std::string name =
      !options.profile.empty() ? options.profile : options.variable("AWS_PROFILE").value_or("default");
  const auto at = profiles.find(name);
  if (at == profiles.end()) return std::nullopt;
  const std::string region = detail::value_of(at->second, "region");
  if (region.empty()) return std::nullopt;
  return region;
}

}  // namespace varve::inline v0::storage::s3
