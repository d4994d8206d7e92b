// SPDX-License-Identifier: Apache-2.0
// FunctionRef: a callable that somebody else keeps, whatever its type: what takes one is compiled once, not once for each
// lambda. As std::function_ref of C++26, for lvalues only, since nothing here would keep a temporary alive.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace varve::inline v0 {

template <class Signature>
class FunctionRef;

template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class Callable>
    requires(!std::same_as<std::remove_const_t<Callable>, FunctionRef> && std::is_invocable_r_v<R, Callable&, Args...>)
  FunctionRef(Callable& callable)
      : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* target, Args... args) -> R { return (*static_cast<Callable*>(target))(std::forward<Args>(args)...); }) {}

  R operator()(Args... args) const { return call_(callable_, std::forward<Args>(args)...); }

 private:
  void* callable_;
  R (*call_)(void*, Args...);
};

}  // namespace varve::inline v0
