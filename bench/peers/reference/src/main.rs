// SPDX-License-Identifier: Apache-2.0
// The reference's side of the comparison, through its Rust crate: the workloads and the output of ../../varve_peer.cpp.
//   reference_peer WORKLOAD STORE [name=value...]
mod commits;
mod field;
mod refs;

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
use icechunk::{
    ObjectStorage, Repository, Storage, Store,
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
        self.text(name).parse().unwrap_or_else(|_| panic!("{name}= is no number"))
    }
    fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("{name}= is missing"))
    }
    /// Numbers with commas between.
    fn numbers(&self, name: &str) -> Vec<u64> {
        self.text(name).split(',').map(|one| one.parse().unwrap_or_else(|_| panic!("{name}= is no list of numbers"))).collect()
    }
}

async fn backend(place: &str) -> Result<Backend, Failure> {
    if place.starts_with("http://") {
        return Ok(new_http_storage(place, Some([("allow_http".into(), "true".into())].into()), None)?);
    }
    if place == "memory" {
        return Ok(Arc::new(ObjectStorage::new_in_memory().await?));
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
    fn taken(&self) -> Taken {
        let wall = self.0.elapsed().as_secs_f64();
        Taken { wall, cpu: cpu_seconds() - self.1 }
    }
}

#[derive(Clone, Copy)]
struct Taken {
    wall: f64,
    cpu: f64,
}

fn print(answer: u64, taken: Taken, each: &[f64]) {
    println!("{}", json!({"answer": answer, "wall": taken.wall, "cpu": taken.cpu, "rss_mb": peak_megabytes(), "each": each}));
}

/// The k-th of `count` things in an order without locality, as in varve_peer.
fn scattered(k: u64, count: u64) -> u64 {
    k * 2_654_435_761 % count
}

fn main_branch() -> VersionInfo {
    VersionInfo::BranchTipRef("main".into())
}

/// The root group and one array of float32, with zstd or as it is.
async fn put_array(store: &Store, name: &str, shape: &[u64], chunks: &[u64], zstd: bool) -> Result<(), Failure> {
    store.set("zarr.json", Bytes::from(json!({"zarr_format": 3, "node_type": "group", "attributes": {}}).to_string())).await?;
    let mut codecs = vec![json!({"name": "bytes", "configuration": {"endian": "little"}})];
    if zstd {
        codecs.push(json!({"name": "zstd", "configuration": {"level": 3, "checksum": false}}));
    }
    let array = json!({"zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "float32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0.0, "codecs": codecs, "attributes": {}});
    store.set(&format!("{name}/zarr.json"), Bytes::from(array.to_string())).await?;
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
    let length = store.get("a/c/0/0", &ByteRange::ALL).await?.len() as u64;
    print(length, watch.taken(), &[]);
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
            let chunk = scattered(i, side * side);
            let bytes = store.get(&format!("a/c/{}/{}", chunk / side, chunk % side), &ByteRange::ALL).await?;
            sum.fetch_add(bytes.len() as u64, Relaxed);
            Ok(())
        }
    })
    .await?;
    print(total.load(Relaxed), watch.taken(), &[]);
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
        "reads" => reads(storage, &given).await,
        "read_field" => field::read(storage, &given, &watch).await,
        "write_field" => field::write(storage, &given).await,
        "prepare_commits" => commits::prepare(storage, given.number("n"), &given).await.map(|_| ()),
        "writes" => commits::writes(storage, &given).await,
        "commits" => commits::commits(storage, &given, words[2] == "memory", watch).await,
        "tasks" => commits::tasks(storage, &given).await,
        "history" => commits::history(storage, &watch).await,
        "collect" => commits::collect(storage, &watch).await,
        "diff" => commits::diff(storage, &given).await,
        "set_refs" => refs::set_all(storage, &given).await,
        "set_one_ref" => refs::set_one(storage, &given, &watch).await,
        "find_refs" => refs::find(storage, &given, watch).await,
        other => Err(format!("there is no workload {other}").into()),
    }
}
