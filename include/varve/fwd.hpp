// SPDX-License-Identifier: Apache-2.0
// Names without definitions, for headers that pass a repository on: its policies, and an alias with the usual ones for
// each store. A header that includes this alone costs nothing to compile.
#pragma once

namespace varve::inline v0 {

namespace storage {
struct KernelLock;
class Memory;
template <class Swap>
class BasicLocal;
using Local = BasicLocal<KernelLock>;
}  // namespace storage

namespace codec {
struct Blosc;
struct Crc32c;
struct Gzip;
struct Zstd;
template <class... Codecs>
struct Set;
using Default = Set<Zstd, Gzip, Blosc, Crc32c>;
}  // namespace codec

namespace cache {
class Lru;
struct None;
}  // namespace cache

namespace conflict {
struct Fail;
struct Ours;
struct Theirs;
}  // namespace conflict

template <class Storage, class Codecs, class CacheType, class Conflicts>
class Repository;
template <class Storage, class Codecs, class CacheType, class Conflicts>
class Session;

/// A repository in memory, and one in a local folder, with every codec, a cache of what was read last, and a rebase that
/// fails where writes overlap.
using MemoryRepository = Repository<storage::Memory, codec::Default, cache::Lru, conflict::Fail>;
using LocalRepository = Repository<storage::Local, codec::Default, cache::Lru, conflict::Fail>;

}  // namespace varve::inline v0
