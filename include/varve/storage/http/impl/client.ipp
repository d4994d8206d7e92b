// SPDX-License-Identifier: Apache-2.0
// Bodies of client.hpp: the tries of a call, and reads that are hedged.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>
#include <varve/storage/http/client.hpp>
#include <varve/storage/http/impl/state.ipp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace varve::inline v0::storage::http {

namespace detail {

/// The error of a request whose tries are over.
struct Failure {
  const Request& request;
  errc code;
  const std::string& trouble;
  std::size_t tries;
  Clock::time_point begun;
  Error operator()(std::string_view why) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begun).count();
    std::string hint = std::string(why) + " after " + std::to_string(tries) + (tries == 1 ? " try in " : " tries in ");
    hint += std::to_string(seconds) + " s";
    return Error(code, request.method, request.url.text(), std::move(hint)).from_backend(trouble, true);
  }
};

/// See Response::unclear.
inline Response unclear_end(std::string trouble) {
  Response response;
  response.trouble = std::move(trouble);
  return response;
}

inline std::optional<Error> check_request(const Request& request) {
  for (const Field& field : request.fields) {
    for (const std::string* text : {&field.name, &field.value}) {
      for (const char c : *text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
          return Error(errc::invalid_argument, "send request", field.name, "a header field holds a control character");
        }
      }
    }
  }
  return std::nullopt;
}

/// "Retry-After: 3"; dates are not understood.
inline std::chrono::milliseconds retry_after(const Response& response, std::chrono::milliseconds most) {
  const std::string_view text = response.field("Retry-After");
  std::uint32_t seconds = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failed != std::errc() || end != text.data() + text.size()) return std::chrono::milliseconds(0);
  return std::min(most, std::chrono::milliseconds(std::chrono::seconds(seconds)));
}

}  // namespace detail

VARVE_DECL Awaitable<Result<Response>> Client::State::run(std::shared_ptr<State> state, Request request, const Service& service,
                                                          detail::Reading* reading) {
  State& self = *state;
  const Limits& limits = self.options.limits;
  auto route = self.route(request.url);
  if (!route) co_return std::move(route).error();
  detail::Host& host = *route->host;
  const auto begun = Clock::now();
  const auto deadline = begun + limits.operation;
  Backoff backoff;
  backoff.immediate = 1;
  backoff.initial = limits.first_pause;
  backoff.most = limits.longest_pause;
  std::size_t tries = 0;
  std::size_t retries = 0;
  bool fresh = false;
  bool renewed = false;
  bool redated = false;
  errc code = errc::unreachable;
  std::string trouble;
  const detail::Accept accept = reading == nullptr ? detail::Accept() : [reading](const Response& response) { return reading->accept(response); };

  for (;;) {
    if (const auto begins = host.begins(); begins > Clock::now()) {
      const auto pause = begins - Clock::now();
      self.counters.paused.fetch_add(std::chrono::nanoseconds(pause).count(), std::memory_order_relaxed);
      co_await sleep_for(pause);
    }
    const auto queued = Clock::now();
    Permit place = co_await host.places.take(1);
    const auto started = Clock::now();
    self.counters.queued.fetch_add(std::chrono::nanoseconds(started - queued).count(), std::memory_order_relaxed);

    Request one = request;
    if (reading != nullptr) {
      reading->prepare(one);
      if (reading->sink.filled() != 0) self.counters.resumed.fetch_add(1, std::memory_order_relaxed);
    }
    if (service.authorize) {
      auto allowed = co_await service.authorize(one);
      if (!allowed) co_return std::move(allowed).error();
    }
    if (auto wrong = detail::check_request(one)) co_return *std::move(wrong);
    detail::Attempted tried;
    const std::size_t before = reading == nullptr ? 0 : reading->sink.filled();
    co_await self.attempt(*route, one, accept, std::min(deadline, started + limits.attempt), fresh, tried);
    place = Permit();

    // A connection that the server was about to close as idle: once more on a new one, and that is no retry.
    if (!tried.exchange.response && tried.reused && !tried.exchange.begun && !tried.late && !fresh && request.repeat == Repeat::freely) {
      fresh = true;
      continue;
    }
    fresh = false;
    ++tries;

    std::chrono::milliseconds asked{0};
    if (tried.exchange.response && reading != nullptr && tried.exchange.response->succeeded() && reading->short_of_more()) {
      tried.exchange.response.reset();
      tried.exchange.trouble = "the server sent less than the object has";
    }
    if (tried.exchange.response) {
      Response& response = *tried.exchange.response;
      Verdict verdict = service.judge(response);
      if (verdict == Verdict::new_credentials && std::exchange(renewed, true)) verdict = Verdict::done;
      if (verdict == Verdict::new_date && std::exchange(redated, true)) verdict = Verdict::done;
      if (verdict == Verdict::done) {
        if (response.status < 500) {
          host.faster();
          self.refund(retries);
        }
        co_return std::move(response);
      }
      if (verdict == Verdict::new_credentials || verdict == Verdict::new_date) continue;
      trouble = std::to_string(response.status);
      code = errc::unreachable;
      if (verdict == Verdict::slower) {
        asked = detail::retry_after(response, limits.longest_pause);
        host.slower(started, asked);
        self.counters.throttled.fetch_add(1, std::memory_order_relaxed);
        code = errc::throttled;
      }
      // 429 is said before anything is done; 5xx may be said after.
      if (request.repeat == Repeat::if_not_applied && response.status >= 500) {
        co_return detail::unclear_end(std::move(trouble));
      }
    } else {
      self.counters.failures.fetch_add(1, std::memory_order_relaxed);
      trouble = tried.exchange.trouble;
      code = tried.late ? errc::timed_out : errc::unreachable;
      if (tried.hopeless) {
        co_return Error(*tried.hopeless, request.method, request.url.text()).from_backend(trouble, false);
      }
      if (request.repeat == Repeat::if_not_applied && tried.sent) {
        co_return detail::unclear_end(std::move(trouble));
      }
      // A read that has got further begins to count anew: a slow line is no outage.
      if (reading != nullptr && reading->sink.filled() > before) tries = 1;
    }

    const detail::Failure fail{request, code, trouble, tries, begun};
    if (tries >= limits.tries) co_return fail("given up");
    const auto pause = std::max<std::chrono::microseconds>(backoff.pause(tries + 1, self.options.environment), asked);
    if (Clock::now() + pause >= deadline) co_return fail("no time is left");
    if (!self.spend_retry()) co_return fail("the client's budget for retries is empty");
    ++retries;
    self.counters.retries.fetch_add(1, std::memory_order_relaxed);
    self.counters.paused.fetch_add(std::chrono::nanoseconds(pause).count(), std::memory_order_relaxed);
    co_await sleep_for(pause);
  }
}

VARVE_DECL Client::Client(ClientOptions options) : state_(std::make_shared<State>(std::move(options))) {}

VARVE_DECL Awaitable<Result<Response>> Client::send(Request request, const Service& service) {
  return State::run(state_, std::move(request), service, nullptr);
}

/// Two equal reads, the second after a while; the first to end well is the answer. `gather` ends both when one fails, so
/// the winner says that it failed.
struct Client::State::Hedge {
  std::shared_ptr<State> state;
  const Request& request;
  const Service& service;
  detail::Reading& first;
  detail::Reading& second;
  std::mutex mutex{};
  std::size_t started = 0;
  detail::Reading* winner = nullptr;
  std::optional<Result<Response>> result{};

  Awaitable<Result<void>> operator()() {
    detail::Reading* mine = &first;
    {
      const std::scoped_lock lock(mutex);
      if (started++ == 1) mine = &second;
    }
    if (mine == &second) {
      co_await sleep_for(*state->options.hedge);
      if (first.begun) co_return Result<void>();
      state->counters.hedged.fetch_add(1, std::memory_order_relaxed);
    }
    auto response = co_await run(state, request, service, mine);
    const std::scoped_lock lock(mutex);
    if (winner != nullptr || (!response && result)) co_return Result<void>();
    const bool won = response.has_value();
    result = std::move(response);
    if (!won) co_return Result<void>();
    winner = mine;
    co_return Error(errc::cancelled, "read twice");
  }
};

VARVE_DECL Awaitable<Result<Response>> Client::read(Request request, const Service& service, ReadOptions options) {
  const auto state = state_;
  detail::Reading reading(options);
  if (!state->options.hedge) {
    auto response = co_await State::run(state, std::move(request), service, &reading);
    if (response && response->succeeded()) reading.finish(*response);
    co_return response;
  }
  ReadOptions apart = options;
  Bytes buffer;
  if (options.into) {
    buffer.resize(options.into->size());
    apart.into = MutableByteView(buffer);
  }
  detail::Reading again(apart);
  State::Hedge both{state, request, service, reading, again};
  static_cast<void>(co_await gather(2, both));
  if (!both.result) co_return Error(errc::cancelled, request.method, request.url.text());
  if (*both.result && (*both.result)->succeeded()) {
    both.winner->finish(**both.result);
    if (both.winner == &again && options.into) std::copy_n(buffer.begin(), (*both.result)->filled, options.into->begin());
  }
  co_return *std::move(both.result);
}

VARVE_DECL ClientCounts Client::counts() const {
  const detail::Counters& now = state_->counters;
  ClientCounts out;
  out.requests = now.requests.load(std::memory_order_relaxed);
  out.retries = now.retries.load(std::memory_order_relaxed);
  out.throttled = now.throttled.load(std::memory_order_relaxed);
  out.failures = now.failures.load(std::memory_order_relaxed);
  out.connections = now.connections.load(std::memory_order_relaxed);
  out.resumed = now.resumed.load(std::memory_order_relaxed);
  out.hedged = now.hedged.load(std::memory_order_relaxed);
  out.bytes_sent = now.bytes_sent.load(std::memory_order_relaxed);
  out.bytes_received = now.bytes_received.load(std::memory_order_relaxed);
  out.queued = std::chrono::nanoseconds(now.queued.load(std::memory_order_relaxed));
  out.paused = std::chrono::nanoseconds(now.paused.load(std::memory_order_relaxed));
  return out;
}

VARVE_DECL const ClientOptions& Client::options() const { return state_->options; }

VARVE_DECL std::size_t Client::concurrency() const {
  const std::scoped_lock lock(state_->mutex);
  std::size_t least = state_->options.connections;
  for (const auto& [key, host] : state_->hosts) least = std::min(least, host->concurrency());
  return least;
}

}  // namespace varve::inline v0::storage::http
