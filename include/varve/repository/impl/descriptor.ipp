// SPDX-License-Identifier: Apache-2.0
// Bodies of descriptor.hpp.
#pragma once

#include <varve/repository/descriptor.hpp>

#include <varve/codec/crc32c.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/objects.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace varve::inline v0::detail {

class DescriptorWriter {
 public:
  DescriptorWriter(Bytes& out, const VersionTag& version) : out_(out) {
    put(descriptor_magic);
    number(version.text.size());
    put(version.text);
  }
  void file(std::uint8_t kind, const std::array<std::uint8_t, 12>& id, std::uint8_t version, ByteView body) {
    out_.push_back(std::byte{kind});
    for (const std::uint8_t byte : id) out_.push_back(std::byte{byte});
    out_.push_back(std::byte{version});
    number(body.size());
    out_.insert(out_.end(), body.begin(), body.end());
  }
  void finish() { number(codec::crc32c_of(out_)); }

 private:
  void put(std::string_view text) {
    const ByteView bytes = as_bytes(text);
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void number(std::uint64_t value) {
    for (int i = 0; i != 8; ++i) out_.push_back(static_cast<std::byte>(value >> 8 * i & 255));
  }
  Bytes& out_;
};

/// Takes a descriptor apart; every method fails for good once the bytes are used up.
class DescriptorReader {
 public:
  explicit DescriptorReader(ByteView bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }
  std::optional<ByteView> take(std::uint64_t count) {
    if (count > rest_.size()) return std::nullopt;
    const ByteView taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::optional<std::uint64_t> number() {
    const auto bytes = take(8);
    if (!bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- != 0;) value = value << 8 | std::to_integer<std::uint64_t>((*bytes)[i]);
    return value;
  }
  std::optional<ByteView> sized() {
    const auto size = number();
    return size ? take(*size) : std::nullopt;
  }

 private:
  ByteView rest_;
};

inline Error bad_descriptor(std::string why) {
  return Error(errc::corrupt, "read open descriptor", {}, std::move(why) + "; make a new one with Repository::descriptor");
}

VARVE_DECL Result<void> learn_descriptor(Context& context, ByteView descriptor) {
  constexpr std::size_t sum_bytes = 8;
  if (descriptor.size() < sum_bytes) return bad_descriptor("it is cut off");
  const ByteView content = descriptor.first(descriptor.size() - sum_bytes);
  if (DescriptorReader(descriptor.subspan(content.size())).number() != codec::crc32c_of(content)) {
    return bad_descriptor("its checksum does not fit");
  }
  DescriptorReader reader(content);
  const auto magic = reader.take(descriptor_magic.size());
  if (!magic || as_text(*magic) != descriptor_magic) return bad_descriptor("it is none of this version of varve");
  const auto version = reader.sized();
  if (!version) return bad_descriptor("it is cut off");
  while (!reader.done()) {
    const auto head = reader.take(14);
    const auto body = head ? reader.sized() : std::nullopt;
    if (!body) return bad_descriptor("it is cut off");
    const auto kind = std::to_integer<std::uint8_t>((*head)[0]);
    if (kind == repo_record) {
      auto info = format::decode_repo_info(*body, "open descriptor");
      if (!info) return std::move(info).error();
      auto state = std::make_shared<RepoState>();
      state->info = *std::move(info);
      state->version.text = as_text(*version);
      context.learn(std::move(state));
      continue;
    }
    CacheKey key;
    key.kind = static_cast<CacheKind>(kind);
    for (std::size_t i = 0; i != key.id.size(); ++i) key.id[i] = std::to_integer<std::uint8_t>((*head)[i + 1]);
    if (key.kind != CacheKind::snapshot && key.kind != CacheKind::manifest) return bad_descriptor("it holds an unknown file");
    CacheEntry entry{std::make_shared<const Bytes>(body->begin(), body->end()), std::to_integer<std::uint8_t>((*head)[13])};
    if (key.kind == CacheKind::snapshot) {
      const auto view = format::SnapshotView::open(*entry.bytes, entry.version, "open descriptor");
      if (!view) return view.error();
    } else {
      const auto view = format::ManifestView::open(*entry.bytes, "open descriptor");
      if (!view) return view.error();
      if (auto checked = view->check(); !checked) return checked;
    }
    context.cache.insert(key, std::move(entry));
  }
  if (!context.known()) return bad_descriptor("it holds no state of `repo`");
  return Result<void>();
}

VARVE_DECL Awaitable<Result<Bytes>> make_descriptor(Context& context, std::shared_ptr<const RepoState> state,
                                                    SnapshotId id, std::uint64_t most_bytes) {
  auto info = format::encode_repo_info(state->info);
  if (!info) co_return std::move(info).error();
  const std::string name = format::snapshot_key(id);
  auto entry = co_await fetch_metadata(context, CacheKind::snapshot, id.bytes, name, format::FileType::snapshot);
  if (!entry) co_return std::move(entry).error();
  auto view = format::SnapshotView::open(*entry->bytes, entry->version, name);
  if (!view) co_return std::move(view).error();
  Bytes out;
  DescriptorWriter writer(out, state->version);
  writer.file(repo_record, {}, 2, *info);
  writer.file(static_cast<std::uint8_t>(CacheKind::snapshot), id.bytes, entry->version, *entry->bytes);
  for (std::size_t i = 0; i != view->manifest_count(); ++i) {
    const ManifestId manifest = view->manifest(i).id;
    auto file = co_await fetch_metadata(context, CacheKind::manifest, manifest.bytes, format::manifest_key(manifest),
                                        format::FileType::manifest);
    if (!file) co_return std::move(file).error();
    if (out.size() + file->bytes->size() > most_bytes) continue;
    writer.file(static_cast<std::uint8_t>(CacheKind::manifest), manifest.bytes, file->version, *file->bytes);
  }
  writer.finish();
  co_return out;
}

}  // namespace varve::inline v0::detail
