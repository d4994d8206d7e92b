// SPDX-License-Identifier: Apache-2.0
// Chunk refs without chunks: very many, set, committed and looked up: see refs.cpp.
use std::sync::Arc;

use icechunk::{
    Repository, Store,
    format::{
        ChunkId, ChunkIndices, Path,
        manifest::{ChunkPayload, ChunkRef, VirtualChunkLocation, VirtualChunkRef},
    },
    session::Session,
};
use tokio::sync::RwLock;

use crate::{Backend, Failure, Given, Watch, main_branch, print, put_array, scattered};

struct Grid(Vec<u64>);
impl Grid {
    fn count(&self) -> u64 {
        self.0.iter().product()
    }
    fn index(&self, mut i: u64) -> ChunkIndices {
        let mut at = vec![0; self.0.len()];
        for k in (0..at.len()).rev() {
            (at[k], i) = ((i % self.0[k]) as u32, i / self.0[k]);
        }
        ChunkIndices(at)
    }
}

fn length_of(i: u64) -> u64 {
    16_384 + i % 1000
}

/// splitmix64
fn noise(i: u64) -> u64 {
    let i = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let i = (i ^ i >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let i = (i ^ i >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    i ^ i >> 31
}

fn native(i: u64, edition: u64) -> ChunkPayload {
    let mut id = [0u8; 12];
    id[..8].copy_from_slice(&noise(2 * i).to_le_bytes());
    id[8..].copy_from_slice(&(noise(2 * i + 1) ^ edition).to_le_bytes()[..4]);
    ChunkPayload::Ref(ChunkRef { id: ChunkId::new(id), offset: 0, length: length_of(i) })
}

fn virtual_ref(i: u64, edition: u64) -> Result<VirtualChunkRef, Failure> {
    let url = format!("s3://archive/model/year-{}/part-{}.nc", 1900 + i / 100_000, i / 1000);
    let location = VirtualChunkLocation::from_url(&url)?;
    Ok(VirtualChunkRef { location, offset: 8192 + i % 1000 * 20_000 + edition, length: length_of(i), checksum: None })
}

fn array_path() -> Result<Path, Failure> {
    Ok("/a".try_into()?)
}

/// One at a time, as the crate's public interface has it for native refs.
async fn set_native(session: &mut Session, grid: &Grid) -> Result<(), Failure> {
    let path = array_path()?;
    for i in 0..grid.count() {
        session.set_chunk_ref(path.clone(), grid.index(i), Some(native(i, 0))).await?;
    }
    Ok(())
}

/// A thousand at a time, which spares it looking the array up for each.
async fn set_virtual(session: Session, grid: &Grid) -> Result<Session, Failure> {
    let shared = Arc::new(RwLock::new(session));
    let store = Store::from_session(shared.clone()).await;
    for first in (0..grid.count()).step_by(1000) {
        let refs = (first..grid.count().min(first + 1000)).map(|i| Ok((grid.index(i), virtual_ref(i, 0)?)));
        store.set_virtual_refs(&array_path()?, false, refs.collect::<Result<Vec<_>, Failure>>()?).await?;
    }
    drop(store);
    Ok(Arc::try_unwrap(shared).map_err(|_| "the session is shared")?.into_inner())
}

pub async fn set_all(storage: Backend, given: &Given) -> Result<(), Failure> {
    let grid = Grid(given.numbers("grid"));
    let repo = Repository::create(storage).execute().await?;
    let session = Arc::new(RwLock::new(repo.writable_session("main").await?));
    let shape: Vec<u64> = grid.0.iter().map(|length| 64 * length).collect();
    put_array(&Store::from_session(session.clone()).await, "a", &shape, &vec![64; shape.len()], false).await?;
    session.write().await.commit("an array").execute().await?;

    let mut session = repo.writable_session("main").await?;
    let watch = Watch::start();
    if given.text("kind") == "virtual" {
        session = set_virtual(session, &grid).await?;
    } else {
        set_native(&mut session, &grid).await?;
    }
    session.commit("refs").execute().await?;
    print(grid.count(), watch.taken(), &[]);
    Ok(())
}

pub async fn set_one(storage: Backend, given: &Given, begun: &Watch) -> Result<(), Failure> {
    let grid = Grid(given.numbers("grid"));
    let (i, edition) = (grid.count() / 2, given.number("edition"));
    let payload = if given.text("kind") == "virtual" { ChunkPayload::Virtual(virtual_ref(i, edition)?) } else { native(i, edition) };
    let repo = Repository::open(storage).execute().await?;
    let mut session = repo.writable_session("main").await?;
    session.set_chunk_ref(array_path()?, grid.index(i), Some(payload)).await?;
    session.commit("one ref").execute().await?;
    print(1, begun.taken(), &[]);
    Ok(())
}

pub async fn find(storage: Backend, given: &Given, begun: Watch) -> Result<(), Failure> {
    let (grid, n, path) = (Grid(given.numbers("grid")), given.number("n"), array_path()?);
    let repo = Repository::open(storage).execute().await?;
    let session = repo.readonly_session(&main_branch()).await?;
    let length = async |k: u64| -> Result<u64, Failure> {
        let found = session.get_chunk_ref(&path, &grid.index(scattered(k, grid.count()))).await?;
        Ok(found.ok_or("a ref is missing")?.length())
    };
    let first = length(n).await?;
    if n == 1 {
        print(first, begun.taken(), &[]);
        return Ok(());
    }
    let (mut sum, watch) = (0, Watch::start());
    for k in 0..n {
        sum += length(k).await?;
    }
    print(sum, watch.taken(), &[]);
    Ok(())
}
