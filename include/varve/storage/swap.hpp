// SPDX-License-Identifier: Apache-2.0
// How Local replaces an object only while it still has the version that the writer has read. POSIX has no such call: a
// `rename` replaces whatever is there. Between looking and renaming a writer may be stopped for an hour, so a lease that
// runs out is no answer: the sleeper wakes up and renames. Both ways here hold however a writer is killed or stopped.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/posix.hpp>

#include <concepts>
#include <cstdint>
#include <string>

namespace varve::inline v0::storage {

/// How a try to replace an object ended. `busy`: another writer is at it; try again soon.
enum class Swapped : std::uint8_t { yes, outdated, busy };

/// A way to compare and swap. `swap(root, staged, base)` gives the staged file its final name if the object there has
/// version `base`, and never otherwise. It does not wait. `holder(root)` says in words who keeps it busy.
template <class S>
concept FileSwap = std::move_constructible<S> &&
    requires(const S& policy, const std::string& root, posix::Staged& staged, const VersionTag& base) {
      { policy.swap(root, staged, base) } -> std::same_as<Result<Swapped>>;
      { policy.holder(root) } -> std::same_as<std::string>;
    };

/// A kernel lock on an open file description (`F_OFD_SETLK`) of `<root>/.varve.lock#0`, held from the look at the version
/// to the rename. The lock is the kernel's, so its state cannot be wrong:
///   - a writer that is killed, at any instruction, releases it when its descriptors are closed, after its last system
///     call; a rename that has begun is complete by then;
///   - a writer that is stopped keeps it for as long as it sleeps. Others wait, and fail with an error that names the
///     process. Nobody ever takes the lock away, so the sleeper cannot overwrite what it has not seen;
///   - threads of one process exclude each other too, since each try opens the file for itself;
///   - descriptors are closed on exec, and the lock is released before they are closed, so children do not keep it.
/// It holds among all machines for which such locks are coherent: a local file system, NFSv4, Lustre with `-o flock`,
/// GPFS, CephFS. It does not hold where locks are local to each machine (NFS with `nolock` or `local_lock`, Lustre with
/// `localflock`), nor against a whole machine that is suspended until the file server has given its locks away:
/// use ExclusiveRename there. The lock file must not be deleted while writers run.
/// The reference takes no lock. Its writes are detected unless they fall between the look and the rename, microseconds
/// apart.
struct KernelLock {
  VARVE_DECL Result<Swapped> swap(const std::string& root, posix::Staged& staged, const VersionTag& base) const;
  VARVE_DECL std::string holder(const std::string& root) const;
};
static_assert(FileSwap<KernelLock>);

/// For file systems whose locks are not coherent. It needs what POSIX asks of `rename` alone: a folder is not moved onto
/// one that holds something, and a name is moved once. To replace an object of version v by a file, a writer
///   1. makes a folder of its own, holding the file under a name of its own;
///   2. claims v: renames the folder to `<object>#<digits of v>`, which fails while another claim of v stands there;
///   3. reads the object. If it does not have version v, the claim came late: the writer takes it back, and has lost;
///   4. publishes: renames the file from the claim over the object, which empties the claim.
/// Whoever finds a claim in his way lists it, checks that the object still has version v, and publishes it himself.
/// Why this holds: an object of version v changes only by step 4 of a claim of v, and such a claim stands alone. Thus
/// once a claim has been seen and after that the object with version v, the object keeps that version until just this
/// claim is published; steps 3 and 4 may be an hour apart. Each claimed file has a name that is never used again, so a
/// publication that comes late finds no such name and changes nothing: a sleeper who wakes up cannot overwrite. Versions
/// do not come back: they hold the inode and a random part of the time.
/// A writer killed after step 2 leaves a claim that the next one publishes: an update without an acknowledgement, which
/// may happen, as any other. One killed between 1 and 2 leaves a small folder that is in nobody's way and stays.
/// What it asks: that a client that has changed a folder sees there what others have changed before (NFS does: the
/// reply to the rename carries the folder's new state). What it does not give: an order among waiting writers.
struct ExclusiveRename {
  VARVE_DECL Result<Swapped> swap(const std::string& root, posix::Staged& staged, const VersionTag& base) const;
  VARVE_DECL std::string holder(const std::string& root) const;
};
static_assert(FileSwap<ExclusiveRename>);

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/impl/swap.ipp>
#endif
