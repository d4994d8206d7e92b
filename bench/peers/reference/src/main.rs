// SPDX-License-Identifier: Apache-2.0
// The reference's side of the comparison, through its Rust crate: the workloads and the output of ../../varve_peer.cpp.
//   reference_peer WORKLOAD STORE [name=value...]
use std::{
    collections::HashMap,
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use bytes::Bytes;
use futures::TryStreamExt;
use icechunk::{
    ObjectStorage, Repository, Storage, Store,
    conflicts::basic_solver::BasicConflictSolver,
    format::ByteRange,
    repository::VersionInfo,
    storage::{S3Credentials, S3Options, S3StaticCredentials, new_http_storage, new_s3_storage},
};
use serde_json::json;
use tokio::sync::RwLock;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Backend = Arc<dyn Storage + Send + Sync>;

struct Given(HashMap<String, String>);
impl Given {
    fn number(&self, name: &str) -> u64 {
        self.0.get(name).and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name}= is missing"))
    }
}

async fn backend(place: &str) -> Result<Backend, Failure> {
    if place.starts_with("http://") {
        return Ok(new_http_storage(place, Some([("allow_http".into(), "true".into())].into()), None)?);
    }
    let Some(prefix) = place.strip_prefix("s3:") else {
        return Ok(Arc::new(ObjectStorage::new_local_filesystem(std::path::Path::new(place)).await?));
    };
    let options = S3Options::default()
        .with_region("us-east-1")
        .with_endpoint_url(env::var("BENCH_S3_ENDPOINT")?)
        .with_allow_http(true)
        .with_force_path_style(true);
    let credentials = S3Credentials::Static(S3StaticCredentials {
        access_key_id: env::var("BENCH_S3_KEY")?,
        secret_access_key: env::var("BENCH_S3_SECRET")?,
        session_token: None,
        expires_after: None,
    });
    Ok(new_s3_storage(options, env::var("BENCH_S3_BUCKET")?, Some(prefix.into()), Some(credentials), vec![], vec![], None)?)
}

fn cpu_seconds() -> f64 {
    let used = unsafe {
        let mut out: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut out);
        out
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    seconds(used.ru_utime) + seconds(used.ru_stime)
}
/// Not getrusage's: that begins with the peak of the process which started this one.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

struct Watch(Instant, f64);
impl Watch {
    fn start() -> Watch {
        Watch(Instant::now(), cpu_seconds())
    }
    fn print(&self, answer: u64, each: &[f64]) {
        let wall = self.0.elapsed().as_secs_f64();
        print_figures(answer, wall, cpu_seconds() - self.1, each);
    }
}
fn print_figures(answer: u64, wall: f64, cpu: f64, each: &[f64]) {
    println!("{}", json!({"answer": answer, "wall": wall, "cpu": cpu, "rss_mb": peak_megabytes(), "each": each}));
}

fn main_branch() -> VersionInfo {
    VersionInfo::BranchTipRef("main".into())
}

async fn put_array(store: &Store, length: u64) -> Result<(), Failure> {
    store.set("zarr.json", Bytes::from(json!({"zarr_format": 3, "node_type": "group", "attributes": {}}).to_string())).await?;
    let array = json!({"zarr_format": 3, "node_type": "array", "shape": [length], "data_type": "float32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1024]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0.0, "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}], "attributes": {}});
    store.set("a/zarr.json", Bytes::from(array.to_string())).await?;
    Ok(())
}

/// Calls `work(i)` for every i below n, `at_once` of them at a time.
async fn each<Work, Done>(n: u64, at_once: u64, work: Work) -> Result<(), Failure>
where
    Work: Fn(u64) -> Done + Clone + Send + 'static,
    Done: Future<Output = Result<(), Failure>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = Vec::new();
    for _ in 0..at_once {
        let (work, next) = (work.clone(), next.clone());
        workers.push(tokio::spawn(async move {
            loop {
                let i = next.fetch_add(1, Relaxed);
                if i >= n {
                    return Ok::<(), Failure>(());
                }
                work(i).await?;
            }
        }));
    }
    for worker in workers {
        worker.await??;
    }
    Ok(())
}

async fn cold(storage: Backend, watch: &Watch) -> Result<(), Failure> {
    let repo = Repository::open(storage).execute().await?;
    let session = repo.readonly_session(&main_branch()).await?;
    let store = Store::from_session(Arc::new(RwLock::new(session))).await;
    watch.print(store.get("a/c/0/0", &ByteRange::ALL).await?.len() as u64, &[]);
    Ok(())
}

const FIELD_SHAPE: [usize; 3] = [1024, 512, 512];
const FIELD_CHUNK: usize = 64;

#[derive(Clone, Copy)]
struct Destination(*mut f32);
unsafe impl Send for Destination {}
unsafe impl Sync for Destination {}

impl Destination {
    /// Lays one chunk out; chunks do not overlap.
    fn scatter(self, at: [usize; 3], chunk: &[u8]) {
        for row in 0..FIELD_CHUNK * FIELD_CHUNK {
            let (z, y) = (at[0] * FIELD_CHUNK + row / FIELD_CHUNK, at[1] * FIELD_CHUNK + row % FIELD_CHUNK);
            let to = (z * FIELD_SHAPE[1] + y) * FIELD_SHAPE[2] + at[2] * FIELD_CHUNK;
            let from = &chunk[row * FIELD_CHUNK * 4..][..FIELD_CHUNK * 4];
            unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), self.0.add(to) as *mut u8, from.len()) }
        }
    }
}

async fn read_field(storage: Backend, given: &Given, watch: &Watch) -> Result<(), Failure> {
    let zstd = given.0.get("codec").is_some_and(|codec| codec == "zstd");
    let repo = Repository::open(storage).execute().await?;
    let session = repo.readonly_session(&main_branch()).await?;
    let store = Arc::new(Store::from_session(Arc::new(RwLock::new(session))).await);
    let count: usize = FIELD_SHAPE.iter().product();
    let grid = FIELD_SHAPE.map(|extent| extent / FIELD_CHUNK);
    let mut values: Vec<f32> = Vec::with_capacity(count);
    let destination = Destination(values.as_mut_ptr());
    each(grid.iter().product::<usize>() as u64, 16, move |i| {
        let store = store.clone();
        async move {
            let i = i as usize;
            let at = [i / (grid[1] * grid[2]), i / grid[2] % grid[1], i % grid[2]];
            let stored = store.get(&format!("f/c/{}/{}/{}", at[0], at[1], at[2]), &ByteRange::ALL).await?;
            if zstd {
                destination.scatter(at, &zstd::bulk::decompress(&stored, FIELD_CHUNK.pow(3) * 4)?);
            } else {
                destination.scatter(at, &stored);
            }
            Ok(())
        }
    })
    .await?;
    unsafe { values.set_len(count) };
    let (wall, cpu) = (watch.0.elapsed().as_secs_f64(), cpu_seconds() - watch.1);
    let mut sum = 0u64;
    for slab in values.chunks(FIELD_CHUNK * FIELD_SHAPE[1] * FIELD_SHAPE[2]) {
        let part = slab.iter().fold(0u64, |part, value| part.wrapping_mul(31).wrapping_add(value.to_bits() as u64));
        sum = sum.wrapping_mul(31).wrapping_add(part);
    }
    print_figures(sum, wall, cpu, &[]);
    Ok(())
}

async fn reads(storage: Backend, given: &Given) -> Result<(), Failure> {
    let (n, side) = (given.number("n"), given.number("side"));
    let repo = Repository::open(storage).execute().await?;
    let session = repo.readonly_session(&main_branch()).await?;
    let store = Arc::new(Store::from_session(Arc::new(RwLock::new(session))).await);
    store.get("a/c/0/0", &ByteRange::ALL).await?;
    let total = Arc::new(AtomicU64::new(0));
    let sum = total.clone();
    let watch = Watch::start();
    each(n, given.number("at_once"), move |i| {
        let (store, sum) = (store.clone(), sum.clone());
        async move {
            let chunk = i * 2_654_435_761 % (side * side);
            let bytes = store.get(&format!("a/c/{}/{}", chunk / side, chunk % side), &ByteRange::ALL).await?;
            sum.fetch_add(bytes.len() as u64, Relaxed);
            Ok(())
        }
    })
    .await?;
    watch.print(total.load(Relaxed), &[]);
    Ok(())
}

async fn writes(storage: Backend, given: &Given) -> Result<(), Failure> {
    let n = given.number("n");
    let repo = prepare_commits(storage, given).await?;
    let session = Arc::new(RwLock::new(repo.writable_session("main").await?));
    let store = Arc::new(Store::from_session(session.clone()).await);
    let chunk = Bytes::from(1.5f32.to_le_bytes().repeat(1024));
    let watch = Watch::start();
    each(n, given.number("at_once"), move |i| {
        let (store, chunk) = (store.clone(), chunk.clone());
        async move { Ok(store.set(&format!("a/c/{i}"), chunk).await?) }
    })
    .await?;
    session.write().await.commit("written").execute().await?;
    watch.print(n, &[]);
    Ok(())
}

async fn prepare_commits(storage: Backend, given: &Given) -> Result<Repository, Failure> {
    let repo = Repository::create(storage).execute().await?;
    let session = Arc::new(RwLock::new(repo.writable_session("main").await?));
    put_array(&Store::from_session(session.clone()).await, given.number("n") * 1024).await?;
    session.write().await.commit("an array").execute().await?;
    Ok(repo)
}

async fn commits(storage: Backend, given: &Given, watch: &Watch) -> Result<(), Failure> {
    let (n, first) = (given.number("n"), given.number("first"));
    let repo = Repository::open(storage).execute().await?;
    let chunk = Bytes::from(((first + 1) as f32).to_le_bytes().repeat(1024));
    let solver = BasicConflictSolver::default();
    let mut each = Vec::new();
    for i in first..first + n {
        let one = Instant::now();
        let session = Arc::new(RwLock::new(repo.writable_session("main").await?));
        Store::from_session(session.clone()).await.set(&format!("a/c/{i}"), chunk.clone()).await?;
        session.write().await.commit("a step").rebase(&solver, 10_000).execute().await?;
        each.push(one.elapsed().as_secs_f64());
    }
    watch.print(n, &each);
    Ok(())
}

async fn history(storage: Backend) -> Result<(), Failure> {
    let repo = Repository::open(storage).execute().await?;
    let watch = Watch::start();
    let snapshots: Vec<_> = repo.ancestry(&main_branch()).await?.try_collect().await?;
    watch.print(snapshots.len() as u64, &[]);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let watch = Watch::start();
    let words: Vec<String> = env::args().collect();
    if words.len() < 3 {
        return Err("reference_peer WORKLOAD STORE [name=value...]; run.py knows the workloads".into());
    }
    let given = Given(words[3..].iter().filter_map(|one| one.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect());
    let storage = backend(&words[2]).await?;
    match words[1].as_str() {
        "cold" => cold(storage, &watch).await,
        "read_field" => read_field(storage, &given, &watch).await,
        "reads" => reads(storage, &given).await,
        "writes" => writes(storage, &given).await,
        "prepare_commits" => prepare_commits(storage, &given).await.map(|_| ()),
        "commits" => commits(storage, &given, &watch).await,
        "history" => history(storage).await,
        other => Err(format!("there is no workload {other}").into()),
    }
}
