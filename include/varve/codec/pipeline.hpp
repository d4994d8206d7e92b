// SPDX-License-Identifier: Apache-2.0
// Pipeline: the codecs of one array, ready to run. zarr.json lists them in the order of encoding: any number that
// rearrange elements (transpose), one that makes bytes of them (bytes, sharding_indexed), any number from bytes to
// bytes. The last of these decodes straight into the destination where nothing has to be rearranged.
#pragma once

#include <varve/codec/bytes.hpp>
#include <varve/codec/codec.hpp>
#include <varve/codec/plan.hpp>
#include <varve/codec/scratch.hpp>
#include <varve/codec/sharding.hpp>
#include <varve/codec/strided.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace varve::inline v0::codec {

/// Made by `Set::compile`. Const calls come from several threads at once, each with its own Scratch; they allocate
/// nothing of their own once the buffers in Scratch have grown to the size of a chunk.
/// Errors of decoding are `errc::corrupt` without a key: the caller knows which object the bytes came from.
template <class... Codecs>
class Pipeline {
 public:
  /// Compiles specs for chunks of a layout; see Set::compile.
  static Result<Pipeline> compile(std::span<const Spec> specs, const ChunkLayout& layout) {
    return compile(specs, layout, 0);
  }

  const std::vector<Spec>& specs() const { return specs_; }
  const ChunkLayout& layout() const { return plan_.layout; }
  /// Bytes of a decoded chunk.
  std::size_t plain_size() const { return plan_.plain_size; }
  /// Bytes of an encoded chunk, if it is the same for all.
  std::optional<std::size_t> encoded_size() const { return sizes_.back(); }
  /// Whether encoded and decoded bytes are the same: such a chunk may be read straight into its destination.
  bool is_identity() const { return steps_.empty() && !shard_ && plan_.is_identity(); }
  /// The shape of the inner chunks of a shard, of which a part can be decoded alone; empty if there are none.
  std::span<const std::uint64_t> inner_chunk_shape() const {
    if (!shard_ || plan_.transposed) return {};
    return shard_->grid.chunk_shape;
  }

  /// Replaces `encoded` by the encoded form of `plain`: elements in C order and native byte order. The two do not
  /// overlap. Errors: `errc::invalid_argument` for a wrong length and for bools that are neither 0 nor 1.
  Result<void> encode(ByteView plain, varve::Bytes& encoded, Scratch& scratch) const;

  /// Fills all of `plain`. The two do not overlap.
  Result<void> decode(ByteView encoded, MutableByteView plain, Scratch& scratch) const;

  /// Fills `part` with the box of the chunk at `offset`, in C order. Of a shard only the inner chunks that the box meets
  /// are decoded; any other chunk is decoded whole. Errors: also `errc::out_of_bounds`, `errc::invalid_argument`.
  Result<void> decode_part(ByteView encoded, std::span<const std::uint64_t> offset,
                           std::span<const std::uint64_t> shape, MutableByteView part, Scratch& scratch) const;

  /// The same into memory of any strides, in bytes; `out` is the address of the box's first element.
  Result<void> decode_strided(ByteView encoded, std::span<const std::uint64_t> offset,
                              std::span<const std::uint64_t> shape, std::byte* out, Strides strides,
                              Scratch& scratch) const;

 private:
  Pipeline() = default;
  /// Stands first, so that a set without codecs is a type too; no pipeline holds one.
  using Step = std::variant<std::monostate, Codecs...>;

  /// What `sharding_indexed` was compiled to.
  struct Shard {
    detail::ShardGrid grid;
    Pipeline inner;
    Pipeline index;
    std::size_t index_size = 0;
    bool index_at_start = false;
  };

  static Result<Pipeline> compile(std::span<const Spec> specs, const ChunkLayout& layout, int depth);
  static Result<Step> make_step(const Spec& spec);
  static Result<std::shared_ptr<const Shard>> make_shard(const Spec& spec, const detail::Plan& plan, int depth);
  Result<void> add_step(const Spec& spec);

  Result<ByteView> undo_steps(ByteView encoded, const MutableByteView* direct, varve::Bytes& a,
                              varve::Bytes& b) const;
  Result<void> encode_shard(ByteView stored, varve::Bytes& encoded, Scratch& scratch) const;
  Result<void> decode_shard(ByteView shard, std::span<const std::uint64_t> offset, std::span<const std::uint64_t> shape,
                            std::byte* out, Strides strides, Scratch& scratch) const;

  std::vector<Spec> specs_;
  detail::Plan plan_;
  std::shared_ptr<const Shard> shard_;              // null where `bytes` makes the bytes
  std::vector<Step> steps_;                         // in the order of encoding
  std::vector<std::optional<std::size_t>> sizes_;   // bytes before each step and after the last, where always the same
  std::size_t limit_ = 0;                           // of bytes between steps whose number varies
};

}  // namespace varve::inline v0::codec

#include <varve/codec/impl/pipeline.hpp>
#include <varve/codec/impl/shard.hpp>
