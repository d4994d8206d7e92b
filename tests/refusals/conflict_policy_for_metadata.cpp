// expect: ConflictPolicy needs conflict::Decision resolve_metadata(conflict::MetadataConflict&)
#include <varve/conflict/policy.hpp>

struct KeepTheirs {
#if defined(VARVE_REPAIRED)
  varve::conflict::Decision resolve_metadata(varve::conflict::MetadataConflict&) const {
    return varve::conflict::Decision::theirs;
  }
#else
  bool resolve_metadata(varve::conflict::MetadataConflict&) const { return true; }
#endif
};

static_assert(varve::conflict::expect_conflict_policy<KeepTheirs>());

int main() {}
