// SPDX-License-Identifier: Apache-2.0
// A whole field of float32, written and read at once: see field.cpp. The crate stores bytes; chunks are cut, encoded and
// laid out here, sixteen at once.
use std::{cell::RefCell, io::Read, sync::Arc};

use bytes::Bytes;
use icechunk::{Repository, Store, format::ByteRange};
use tokio::sync::RwLock;

use crate::{Backend, Failure, Given, Watch, each, main_branch, print, put_array};

thread_local! {
    static COMPRESSOR: RefCell<zstd::bulk::Compressor<'static>> = RefCell::new(zstd::bulk::Compressor::new(3).expect("memory"));
    static DECOMPRESSOR: RefCell<zstd::bulk::Decompressor<'static>> = RefCell::new(zstd::bulk::Decompressor::new().expect("memory"));
}

#[derive(Clone)]
struct Layout {
    shape: Vec<u64>,
    chunks: Vec<u64>,
}

impl Layout {
    fn new(given: &Given) -> Layout {
        Layout { shape: given.numbers("shape"), chunks: given.numbers("chunks") }
    }
    fn count(&self) -> usize {
        self.shape.iter().product::<u64>() as usize
    }
    fn chunk_count(&self) -> u64 {
        (self.shape.iter().product::<u64>()) / self.chunks.iter().product::<u64>()
    }
    fn chunk_bytes(&self) -> usize {
        self.chunks.iter().product::<u64>() as usize * 4
    }
    fn chunk_at(&self, mut i: u64) -> Vec<u64> {
        let mut at = vec![0; self.shape.len()];
        for k in (0..at.len()).rev() {
            let count = self.shape[k] / self.chunks[k];
            (at[k], i) = (i % count, i / count);
        }
        at
    }
    fn key(&self, i: u64) -> String {
        let at: Vec<String> = self.chunk_at(i).iter().map(u64::to_string).collect();
        format!("f/c/{}", at.join("/"))
    }
    /// Calls `row(at, in_chunk)` for each run of a chunk's last dimension: element offsets in the array and in the chunk.
    fn rows(&self, i: u64, mut row: impl FnMut(usize, usize)) {
        let first: Vec<u64> = self.chunk_at(i).iter().zip(&self.chunks).map(|(at, chunk)| at * chunk).collect();
        let last = self.shape.len() - 1;
        for in_chunk in (0..self.chunk_bytes() as u64 / 4).step_by(self.chunks[last] as usize) {
            let (mut rest, mut stride, mut at) = (in_chunk / self.chunks[last], self.shape[last], first[last]);
            for k in (0..last).rev() {
                at += (first[k] + rest % self.chunks[k]) * stride;
                rest /= self.chunks[k];
                stride *= self.shape[k];
            }
            row(at as usize, in_chunk as usize);
        }
    }
    fn row_bytes(&self) -> usize {
        self.chunks[self.chunks.len() - 1] as usize * 4
    }
}

#[derive(Clone, Copy)]
struct Destination(*mut f32);
unsafe impl Send for Destination {}
unsafe impl Sync for Destination {}

impl Destination {
    /// Lays one chunk out; chunks do not overlap.
    fn scatter(self, layout: &Layout, i: u64, chunk: &[u8]) {
        layout.rows(i, |at, in_chunk| {
            let from = &chunk[in_chunk * 4..][..layout.row_bytes()];
            unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), self.0.add(at) as *mut u8, from.len()) }
        });
    }
}

pub async fn read(storage: Backend, given: &Given, begun: &Watch) -> Result<(), Failure> {
    let zstd = given.text("codec") == "zstd";
    let layout = Arc::new(Layout::new(given));
    let repo = Repository::open(storage).execute().await?;
    let session = repo.readonly_session(&main_branch()).await?;
    let store = Arc::new(Store::from_session(Arc::new(RwLock::new(session))).await);
    let mut values: Vec<f32> = Vec::with_capacity(layout.count());
    let destination = Destination(values.as_mut_ptr());
    let shared = layout.clone();
    each(layout.chunk_count(), 16, move |i| {
        let (store, layout) = (store.clone(), shared.clone());
        async move {
            let stored = store.get(&layout.key(i), &ByteRange::ALL).await?;
            if zstd {
                let plain = DECOMPRESSOR.with_borrow_mut(|one| one.decompress(&stored, layout.chunk_bytes()))?;
                destination.scatter(&layout, i, &plain);
            } else {
                destination.scatter(&layout, i, &stored);
            }
            Ok(())
        }
    })
    .await?;
    unsafe { values.set_len(layout.count()) };
    let taken = begun.taken();
    let mut sum = 0u64;
    for part in values.chunks(values.len() / 16) {
        let of_part = part.iter().fold(0u64, |sum, value| sum.wrapping_mul(31).wrapping_add(value.to_bits() as u64));
        sum = sum.wrapping_mul(31).wrapping_add(of_part);
    }
    print(sum, taken, &[]);
    Ok(())
}

pub async fn write(storage: Backend, given: &Given) -> Result<(), Failure> {
    let zstd = given.text("codec") == "zstd";
    let layout = Arc::new(Layout::new(given));
    let mut values = vec![0u8; layout.count() * 4];
    std::fs::File::open(given.text("raw"))?.read_exact(&mut values)?;
    let values = Arc::new(values);
    let watch = Watch::start();
    let repo = Repository::create(storage).execute().await?;
    let session = Arc::new(RwLock::new(repo.writable_session("main").await?));
    let store = Arc::new(Store::from_session(session.clone()).await);
    put_array(&store, "f", &layout.shape, &layout.chunks, zstd).await?;
    let shared = layout.clone();
    each(layout.chunk_count(), 16, move |i| {
        let (store, layout, values) = (store.clone(), shared.clone(), values.clone());
        async move {
            let mut chunk = vec![0u8; layout.chunk_bytes()];
            layout.rows(i, |at, in_chunk| {
                chunk[in_chunk * 4..][..layout.row_bytes()].copy_from_slice(&values[at * 4..][..layout.row_bytes()]);
            });
            if zstd {
                chunk = COMPRESSOR.with_borrow_mut(|one| one.compress(&chunk))?;
            }
            Ok(store.set(&layout.key(i), Bytes::from(chunk)).await?)
        }
    })
    .await?;
    session.write().await.commit("written").execute().await?;
    print(layout.chunk_count(), watch.taken(), &[]);
    Ok(())
}
