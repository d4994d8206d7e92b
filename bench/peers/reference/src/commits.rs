// SPDX-License-Identifier: Apache-2.0
// Commits of one small chunk each, one after the other and at once, and walks over what they leave: see commits.cpp.
use std::{
    num::{NonZeroU16, NonZeroUsize},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use futures::TryStreamExt;
use icechunk::{
    Repository, Store,
    conflicts::basic_solver::BasicConflictSolver,
    ops::gc::{GCConfig, garbage_collect},
    repository::VersionInfo,
};
use tokio::sync::RwLock;

use crate::{Backend, Failure, Given, Watch, each, main_branch, print, put_array};

/// A repository with an array of `n` chunks that nobody has written yet.
pub async fn prepare(storage: Backend, n: u64, given: &Given) -> Result<Repository, Failure> {
    let width = given.number("chunk") / 4;
    let repo = Repository::create(storage).execute().await?;
    let session = Arc::new(RwLock::new(repo.writable_session("main").await?));
    put_array(&Store::from_session(session.clone()).await, "a", &[n * width], &[width], false).await?;
    session.write().await.commit("an array").execute().await?;
    Ok(repo)
}

fn chunk_of(value: u64, given: &Given) -> Bytes {
    Bytes::from((value as f32).to_le_bytes().repeat(given.number("chunk") as usize / 4))
}

async fn count_commits(repo: &Repository) -> Result<u64, Failure> {
    let snapshots: Vec<_> = repo.ancestry(&main_branch()).await?.try_collect().await?;
    Ok(snapshots.len() as u64 - 2)
}

pub async fn writes(storage: Backend, given: &Given) -> Result<(), Failure> {
    let n = given.number("n");
    let repo = prepare(storage, n, given).await?;
    let session = Arc::new(RwLock::new(repo.writable_session("main").await?));
    let store = Arc::new(Store::from_session(session.clone()).await);
    let chunk = chunk_of(1, given);
    let watch = Watch::start();
    each(n, given.number("at_once"), move |i| {
        let (store, chunk) = (store.clone(), chunk.clone());
        async move { Ok(store.set(&format!("a/c/{i}"), chunk).await?) }
    })
    .await?;
    session.write().await.commit("written").execute().await?;
    print(n, watch.taken(), &[]);
    Ok(())
}

/// One commit of one chunk in a session of its own, rebased as often as it takes; the seconds it took.
async fn step(repo: &Repository, i: u64, chunk: &Bytes) -> Result<f64, Failure> {
    let one = Instant::now();
    let session = Arc::new(RwLock::new(repo.writable_session("main").await?));
    Store::from_session(session.clone()).await.set(&format!("a/c/{i}"), chunk.clone()).await?;
    session.write().await.commit("a step").rebase(&BasicConflictSolver::default(), 10_000).execute().await?;
    Ok(one.elapsed().as_secs_f64())
}

pub async fn commits(storage: Backend, given: &Given, in_memory: bool, begun: Watch) -> Result<(), Failure> {
    let (n, first) = (given.number("n"), given.number("first"));
    let (repo, watch) = if in_memory {
        (prepare(storage, n, given).await?, Watch::start())
    } else {
        (Repository::open(storage).execute().await?, begun)
    };
    let chunk = chunk_of(first + 1, given);
    let mut each = Vec::new();
    for i in first..first + n {
        each.push(step(&repo, i, &chunk).await?);
    }
    let taken = watch.taken();
    print(if in_memory { count_commits(&repo).await? } else { n }, taken, &each);
    Ok(())
}

pub async fn tasks(storage: Backend, given: &Given) -> Result<(), Failure> {
    let (writers, n) = (given.number("tasks"), given.number("n"));
    let repo = Arc::new(prepare(storage, writers * n, given).await?);
    let watch = Watch::start();
    let mut running = Vec::new();
    for writer in 0..writers {
        let (repo, chunk) = (repo.clone(), chunk_of(writer + 1, given));
        running.push(tokio::spawn(async move {
            let mut each = Vec::new();
            for i in writer * n..(writer + 1) * n {
                each.push(step(&repo, i, &chunk).await?);
            }
            Ok::<_, Failure>(each)
        }));
    }
    let mut each = Vec::new();
    for task in running {
        each.extend(task.await??);
    }
    let taken = watch.taken();
    print(count_commits(&repo).await?, taken, &each);
    Ok(())
}

pub async fn history(storage: Backend, begun: &Watch) -> Result<(), Failure> {
    let repo = Repository::open(storage).execute().await?;
    let found = count_commits(&repo).await?;
    print(found, begun.taken(), &[]);
    Ok(())
}

pub async fn diff(storage: Backend, given: &Given) -> Result<(), Failure> {
    let repo = Repository::open(storage).execute().await?;
    let snapshots: Vec<_> = repo.ancestry(&main_branch()).await?.try_collect().await?;
    let from = VersionInfo::SnapshotId(snapshots[given.number("n") as usize].id.clone());
    let watch = Watch::start();
    let found = repo.diff(&from, &main_branch()).await?;
    let taken = watch.taken();
    print(found.updated_chunks.values().map(|chunks| chunks.len() as u64).sum(), taken, &[]);
    Ok(())
}

/// With the limits that its Python API begins with.
pub async fn collect(storage: Backend, begun: &Watch) -> Result<(), Failure> {
    let repo = Repository::open(storage).execute().await?;
    let age = (SystemTime::now() + Duration::from_secs(3600)).into();
    let small = |n| NonZeroU16::new(n).unwrap();
    let bytes = |n| NonZeroUsize::new(n).unwrap();
    let (snapshots, fetches, deletes, failures) = (small(50), small(500), small(10), small(50));
    let config =
        GCConfig::clean_all(age, age, None, snapshots, bytes(512 << 20), bytes(4 << 30), fetches, deletes, failures, None, false);
    let done = garbage_collect(repo.asset_manager().clone(), &config, None, 100).await?;
    print(done.chunks_deleted, begun.taken(), &[]);
    Ok(())
}
