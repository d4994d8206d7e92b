// SPDX-License-Identifier: Apache-2.0
// Ways to damage a repository, each with what `verify` must say of it. They work on any repository that has what
// `patient` of tests/repository/verify.cpp has, whoever wrote it.
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/core/bytes.hpp>
#include <varve/format/damage.hpp>
#include <varve/storage/backend.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// The objects of a store, without its type.
struct Objects {
  std::function<varve::Bytes(const std::string&)> get;
  std::function<void(const std::string&, varve::ByteView)> put;
  std::function<void(const std::string&)> remove;
  std::function<std::set<std::string>(const std::string&)> list;

  template <class Storage>
  static Objects of(Storage store) {
    using namespace varve;
    Objects objects;
    objects.get = [store](const std::string& key) mutable { return block_on(store.get(key, GetOptions())).value().bytes; };
    objects.put = [store](const std::string& key, ByteView bytes) mutable { block_on(store.put(key, bytes, PutCondition::always())).value(); };
    objects.remove = [store](const std::string& key) mutable { block_on(store.remove(std::vector{key})).value(); };
    objects.list = [store](const std::string& prefix) mutable {
      std::set<std::string> keys;
      std::optional<std::string> next;
      do {
        auto page = block_on(store.list(prefix, next)).value();
        for (const ObjectInfo& object : page.objects) keys.insert(object.key);
        next = page.next;
      } while (next);
      return keys;
    };
    return objects;
  }
};

struct SeededDamage {
  std::string name;
  std::function<void(const Objects&)> inflict;
  varve::format::Damage kind;
  std::string object;  ///< what the key in the finding begins with
  bool deep = false;   ///< only a deep verification finds it
};

/// All of them. Each is inflicted on a repository of its own.
const std::vector<SeededDamage>& damages();

}  // namespace support
