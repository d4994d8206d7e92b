// expect: ConflictPolicy needs conflict::Decision resolve_chunk(conflict::ChunkConflict&)
#include <varve/conflict/policy.hpp>

struct Larger {
  template <class Number>
  Number operator()(Number, Number ours, Number theirs) const {
    return ours < theirs ? theirs : ours;
  }
};

struct KeepLarger {
#if defined(VARVE_REPAIRED)
  varve::conflict::Decision resolve_chunk(varve::conflict::ChunkConflict& chunk) const { return chunk.merge(Larger()); }
#else
  void resolve_chunk(varve::conflict::ChunkConflict& chunk) const { (void)chunk.merge(Larger()); }
#endif
};

static_assert(varve::conflict::expect_conflict_policy<KeepLarger>());

int main() {}
