// SPDX-License-Identifier: Apache-2.0
// Everything that a program needs to compose a repository and work with it: stores in memory and in a local folder and
// their decorators, all codecs, caches and conflict policies. Not here is what needs a network or an optional library:
// include it by its name.
#pragma once

#include <varve/array/any_array.hpp>
#include <varve/array/array.hpp>
#include <varve/array/group.hpp>
#include <varve/array/store.hpp>
#include <varve/cache/lru.hpp>
#include <varve/cache/none.hpp>
#include <varve/codec/default.hpp>
#include <varve/conflict/all.hpp>
#include <varve/conflict/attributes.hpp>
#include <varve/conflict/grow.hpp>
#include <varve/conflict/merge.hpp>
#include <varve/core/version.hpp>
#include <varve/fwd.hpp>
#include <varve/repository/clone.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/latency.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/metrics.hpp>
