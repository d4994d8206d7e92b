// SPDX-License-Identifier: Apache-2.0
// What is behind engine.hpp.
#pragma once

#include "engine.hpp"

#include <varve/repository/repository.hpp>
#include <varve/storage/any.hpp>

namespace varve::cli {

struct Repo::Impl {
  Repository<storage::Any> repository;
};
struct Session::Impl {
  Repository<storage::Any>::SessionType session;
};

}  // namespace varve::cli
