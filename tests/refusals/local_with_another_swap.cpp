// expect: BasicLocal needs a FileSwap: Result<Swapped> swap(root, staged, base) const
#include <varve/storage/local.hpp>

struct Swap {
#if defined(VARVE_REPAIRED)
  varve::Result<varve::storage::Swapped> swap(const std::string&, varve::storage::posix::Staged&,
                                              const varve::VersionTag&) const;
#endif
  std::string holder(const std::string&) const;
};
std::string root_of(const varve::storage::BasicLocal<Swap>& store) { return store.root(); }
