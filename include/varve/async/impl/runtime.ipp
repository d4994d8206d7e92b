// SPDX-License-Identifier: Apache-2.0
// Bodies of runtime.hpp.
#pragma once

#include <varve/async/runtime.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <pthread.h>

namespace varve::inline v0 {

namespace detail {

VARVE_DECL std::atomic<unsigned>& fork_count() {
  static std::atomic<unsigned> count = [] {
    ::pthread_atfork(nullptr, nullptr, [] { fork_count().fetch_add(1); });
    return 0U;
  }();
  return count;
}

VARVE_DECL unsigned fork_generation() { return fork_count().load(std::memory_order_acquire); }

VARVE_DECL bool& this_thread_may_block() {
  static thread_local bool may_block = false;
  return may_block;
}

}  // namespace detail

struct Runtime::State {
  State() = default;
  explicit State(std::size_t count) : parallelism(count), executor(context.get_executor()) {
    for (std::size_t i = 0; i != count; ++i) {
      threads.emplace_back([this] {
        detail::this_thread_may_block() = true;
        context.run();
      });
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    work.reset();
    context.stop();
    for (std::thread& thread : threads) thread.join();
  }

  std::size_t parallelism = 1;
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::optional<asio::any_io_executor> executor;
  std::vector<std::thread> threads;
};

VARVE_DECL Runtime::Runtime(std::size_t threads)
    : state_(threads == 0 ? std::make_shared<State>() : std::make_shared<State>(threads)) {}

VARVE_DECL Runtime::Runtime(asio::any_io_executor executor, std::size_t threads) : state_(std::make_shared<State>()) {
  state_->parallelism = std::max<std::size_t>(threads, 1);
  state_->executor = std::move(executor);
}

VARVE_DECL std::size_t Runtime::parallelism() const { return state()->parallelism; }

VARVE_DECL std::optional<asio::any_io_executor> Runtime::executor() const { return state()->executor; }

VARVE_DECL std::shared_ptr<Runtime::State> Runtime::shared() {
  // One slot for each generation of forks. The parent's runtime, whose threads a child does not have, is leaked in the
  // child: joining it would wait for ever.
  struct Slot {
    unsigned generation;
    std::shared_ptr<State> state;
  };
  struct Owner {
    std::atomic<Slot*> slot = nullptr;
    ~Owner() {
      Slot* const last = slot.exchange(nullptr);
      if (last != nullptr && last->generation == detail::fork_generation()) delete last;
    }
  };
  static Owner owner;
  const unsigned generation = detail::fork_generation();
  Slot* current = owner.slot.load(std::memory_order_acquire);
  while (current == nullptr || current->generation != generation) {
    const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
    auto made = std::make_unique<Slot>(Slot{generation, std::make_shared<State>(threads)});
    if (owner.slot.compare_exchange_strong(current, made.get(), std::memory_order_acq_rel)) current = made.release();
  }
  return current->state;
}

}  // namespace varve::inline v0
