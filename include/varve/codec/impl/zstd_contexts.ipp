// SPDX-License-Identifier: Apache-2.0
// The contexts in which zstd works, for chunks and for metadata files.
#pragma once

#include <memory>
#include <new>

#include <zstd.h>

namespace varve::inline v0::codec {

namespace detail {

/// Contexts cost hundreds of kilobytes to set up; each thread keeps one.
struct ZstdContexts {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> compress;
  std::unique_ptr<ZSTD_DCtx, Free> decompress;

  static ZSTD_CCtx& compressor() {
    auto& context = of_thread().compress;
    if (!context) context.reset(ZSTD_createCCtx());
    if (!context) throw std::bad_alloc();
    return *context;
  }
  static ZSTD_DCtx& decompressor() {
    auto& context = of_thread().decompress;
    if (!context) context.reset(ZSTD_createDCtx());
    if (!context) throw std::bad_alloc();
    return *context;
  }

 private:
  static ZstdContexts& of_thread() {
    thread_local ZstdContexts contexts;
    return contexts;
  }
};

}  // namespace detail

}  // namespace varve::inline v0::codec
