// SPDX-License-Identifier: Apache-2.0
// Damages a repository in a folder: damage_repository FOLDER NAME. Without arguments it lists what there is, one line
// each: the name, the kind that verify calls it, what the key in the finding begins with, and whether it takes a deep look.
#include <varve/storage/local.hpp>

#include "support/damages.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

int main(int count, char** arguments) try {
  const auto& damages = support::damages();
  if (count != 3) {
    for (const support::SeededDamage& damage : damages) {
      std::printf("%s\t%s\t%s\t%d\n", damage.name.c_str(), std::string(varve::format::name_of(damage.kind)).c_str(),
                  damage.object.c_str(), damage.deep ? 1 : 0);
    }
    return 0;
  }
  const auto damage = std::find_if(damages.begin(), damages.end(), [&](const auto& d) { return d.name == arguments[2]; });
  if (damage == damages.end()) return 2;
  damage->inflict(support::Objects::of(varve::storage::Local(arguments[1])));
  return 0;
} catch (const std::exception& failed) {
  std::fprintf(stderr, "%s\n", failed.what());
  return 1;
}
