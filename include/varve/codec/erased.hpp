// SPDX-License-Identifier: Apache-2.0
// ErasedPipeline: a pipeline without the set of codecs that it was compiled from, for what is compiled once for all sets:
// merges and verifications, which no reader of a chunk waits for. Reads and writes of arrays use Pipeline itself.
#pragma once

#include <varve/codec/codec.hpp>
#include <varve/codec/scratch.hpp>
#include <varve/codec/spec.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/result.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace varve::inline v0::codec {

/// See Pipeline. Copies share what has been compiled.
class ErasedPipeline {
 public:
  template <class Pipeline>
  static ErasedPipeline of(Pipeline pipeline) {
    return ErasedPipeline(std::make_shared<const HeldPipeline<Pipeline>>(std::move(pipeline)));
  }

  std::size_t plain_size() const { return held_->plain_size(); }
  Result<void> encode(ByteView plain, varve::Bytes& encoded, Scratch& scratch) const {
    return held_->encode(plain, encoded, scratch);
  }
  Result<void> decode(ByteView encoded, MutableByteView plain, Scratch& scratch) const {
    return held_->decode(encoded, plain, scratch);
  }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual std::size_t plain_size() const = 0;
    virtual Result<void> encode(ByteView plain, varve::Bytes& encoded, Scratch& scratch) const = 0;
    virtual Result<void> decode(ByteView encoded, MutableByteView plain, Scratch& scratch) const = 0;
  };
  template <class Pipeline>
  struct HeldPipeline final : Held {
    explicit HeldPipeline(Pipeline compiled) : pipeline(std::move(compiled)) {}
    std::size_t plain_size() const override { return pipeline.plain_size(); }
    Result<void> encode(ByteView plain, varve::Bytes& encoded, Scratch& scratch) const override {
      return pipeline.encode(plain, encoded, scratch);
    }
    Result<void> decode(ByteView encoded, MutableByteView plain, Scratch& scratch) const override {
      return pipeline.decode(encoded, plain, scratch);
    }
    Pipeline pipeline;
  };

  explicit ErasedPipeline(std::shared_ptr<const Held> held) : held_(std::move(held)) {}

  std::shared_ptr<const Held> held_;
};

/// What `Set::compile` is without the set.
using ErasedCompile = Result<ErasedPipeline> (*)(std::span<const Spec>, const ChunkLayout&);

/// Errors: those of Set::compile.
template <class Codecs>
Result<ErasedPipeline> compile_erased(std::span<const Spec> specs, const ChunkLayout& layout) {
  auto pipeline = Codecs::compile(specs, layout);
  if (!pipeline) return std::move(pipeline).error();
  return ErasedPipeline::of(*std::move(pipeline));
}

}  // namespace varve::inline v0::codec
