# SPDX-License-Identifier: Apache-2.0
"""varve and icechunk on one repository of one bucket: taking turns, at the same time, and with conflicts. The server
comes from tests/services/with."""
import concurrent.futures
import contextlib
import datetime
import email.utils
import hashlib
import hmac
import http.client
import http.server
import itertools
import json
import os
import pathlib
import subprocess
import threading
import time
import urllib.parse
import uuid

import icechunk
import numpy as np
import pytest
import zarr

import kinds
import reference
from varve_tool import Varve, VarveError

pytestmark = pytest.mark.skipif("VARVE_TEST_S3_ENDPOINT" not in os.environ,
                                reason="no S3 server: run by tests/services/with minio --")
PROGRAM = pathlib.Path(os.environ["VARVE_EXAMPLES"]) / "varve"
NUMBERS = itertools.count(1)
WRITERS = 4  # of each side
STEPS = 8


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    """Of both sides, before any process starts."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", os.environ.get("VARVE_TEST_S3_KEY", ""))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", os.environ.get("VARVE_TEST_S3_SECRET", ""))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def url(credentials):
    """Where a repository goes; nothing is there yet."""
    query = urllib.parse.urlencode({"endpoint": os.environ["VARVE_TEST_S3_ENDPOINT"],
                                    "region": os.environ["VARVE_TEST_S3_REGION"]})
    return f"s3://{os.environ['VARVE_TEST_S3_BUCKET']}/python-{os.getpid()}-{next(NUMBERS)}?{query}"


@pytest.fixture
def varve(credentials):
    with Varve() as tool:
        yield tool


def python_history(url, branch="main"):
    return [(s.id, s.message) for s in reference.reopen(url).ancestry(branch=branch)]


def varve_history(varve, branch="main"):
    return [(s["id"], s["message"]) for s in varve.ask("ancestry", branch=branch)]


def check_both(varve, url, path, expected):
    """A fresh look from each side: the values, and the same history."""
    assert reference.same(reference.read(reference.reopen(url).readonly_session("main"), path), expected)
    assert reference.same(varve.reader().read("/" + path), expected)
    assert python_history(url) == varve_history(varve)


def test_a_clone_goes_to_a_bucket_and_back(varve, url, tmp_path):
    def clone(*words):
        done = subprocess.run([PROGRAM, "cp", *map(str, words), "--json"], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    here, back = str(tmp_path / "here"), str(tmp_path / "back")
    session = reference.create(here).writable_session("main")
    root = zarr.group(session.store)
    root.create_array("a", shape=(600,), chunks=(200,), dtype="i4")[...] = np.arange(600)
    session.commit("on a folder")
    assert clone(here, url)["changed"]
    assert not clone(here, url)["changed"]
    expected = np.arange(600, dtype="i4")
    varve.open(url)
    check_both(varve, url, "a", expected)
    session = reference.reopen(url).writable_session("main")
    reference.open_array(session, "/a")[300:] = 7
    session.commit("on the bucket")
    expected[300:] = 7
    assert clone(url, back)["changed"]
    assert python_history(url) == python_history(back)
    assert reference.same(reference.read(reference.reopen(back).readonly_session("main"), "a"), expected)
    with Varve() as there:
        report = there.ask("verify", folder=back, deep=True)
    assert [finding for finding in report["findings"] if finding["severity"] != "note"] == []


@pytest.mark.parametrize("creator", ["varve", "python"])
def test_taking_turns(varve, url, creator):
    expected = np.zeros((8, 6), "int32")
    if creator == "varve":
        varve.create(url)
        session = varve.writer()
        session.create_array("/a", "int32", expected.shape, (2, 3))
        session.commit("array")
    else:
        repository = reference.create(url)
        session = repository.writable_session("main")
        text = reference.zarr_json("int32", expected.shape, (2, 3), kinds.chains(4)["zstd_crc"], 0)
        reference.set_key(session, "a/zarr.json", text)
        session.commit("array")
        varve.open(url)
    check_both(varve, url, "a", expected)

    python = reference.reopen(url)  # stays open, and so does varve's: each must notice what the other did
    for turn in range(8):
        expected[turn % 8] = turn + 1
        if turn % 2:
            session = python.writable_session("main")
            reference.open_array(session, "a")[turn % 8] = turn + 1
            session.commit(f"Python's turn {turn}")
        else:
            session = varve.writer()
            session.write("/a", expected[turn % 8 : turn % 8 + 1], (turn % 8, 0))
            session.commit(f"varve's turn {turn}")
        check_both(varve, url, "a", expected)
        assert reference.same(reference.read(python.readonly_session("main"), "a"), expected)
    assert len(python_history(url)) == 10


def test_refs_of_one_side_are_refs_of_the_other(varve, url):
    varve.create(url)
    session = varve.writer()
    session.create_group("/g")
    first = session.commit("group")
    python = reference.reopen(url)
    python.create_tag("by-python", snapshot_id=first)
    varve.ask("create_tag", name="by-varve", snapshot=first)
    python.create_branch("python", snapshot_id=first)
    varve.ask("create_branch", name="varve", snapshot=first)
    assert sorted(varve.ask("list_tags")) == sorted(python.list_tags()) == ["by-python", "by-varve"]
    assert sorted(varve.ask("list_branches")) == sorted(python.list_branches()) == ["main", "python", "varve"]
    assert varve.ask("lookup_tag", name="by-python") == python.lookup_tag("by-varve") == first
    python.delete_branch("varve")
    varve.ask("delete_branch", name="python")
    python.delete_tag("by-varve")
    varve.ask("delete_tag", name="by-python")
    assert sorted(varve.ask("list_branches")) == sorted(python.list_branches()) == ["main"]
    assert sorted(varve.ask("list_tags")) == sorted(python.list_tags()) == []
    with pytest.raises(VarveError):
        varve.ask("create_tag", name="by-varve", snapshot=first)  # a deleted tag never comes back
    with pytest.raises(icechunk.IcechunkError):
        python.create_tag("by-python", snapshot_id=first)


@pytest.mark.parametrize("first", ["varve", "python"])
def test_whoever_comes_second_is_told(varve, url, first):
    varve.create(url)
    session = varve.writer()
    session.create_array("/a", "int32", (8,), (2,))
    session.commit("base")
    python = reference.reopen(url)
    ours, theirs = varve.writer(), python.writable_session("main")
    ours.write("/a", np.full(4, 1, "int32"), (0,))
    reference.open_array(theirs, "a")[2:6] = 2  # the chunk [1] is written by both
    if first == "python":
        theirs.commit("Python was first")
        with pytest.raises(VarveError) as refused:
            ours.commit("varve")
        assert refused.value.kind == "conflict"
        with pytest.raises(VarveError) as refused:
            ours.rebase()
        assert refused.value.kind == "rebase_failed"
        assert [(c["kind"], c["path"], c["chunks"]) for c in refused.value.conflicts] == [
            ("chunk_double_update", "/a", [[1]])]
        ours.rebase("ours")
        ours.commit("varve after all")
        expected = [1, 1, 1, 1, 2, 2, 0, 0]
    else:
        ours.commit("varve was first")
        with pytest.raises(icechunk.ConflictError):
            theirs.commit("Python")
        with pytest.raises(icechunk.RebaseFailedError) as refused:
            theirs.rebase(icechunk.ConflictDetector())
        assert [(c.path, c.conflicted_chunks) for c in refused.value.conflicts] == [("/a", [[1]])]
        theirs.rebase(icechunk.BasicConflictSolver(on_chunk_conflict=icechunk.VersionSelection.UseOurs))
        theirs.commit("Python after all")
        expected = [1, 1, 2, 2, 2, 2, 0, 0]
    check_both(varve, url, "a", np.array(expected, "int32"))


def test_both_sides_at_the_same_time(varve, url):
    """Writers of both sides commit cells of one array, each a row of its own, while readers of both look on."""
    varve.create(url)
    session = varve.writer()
    session.create_array("/grid", "int32", (2 * WRITERS, STEPS), (1, 1))
    session.commit("grid")
    start = threading.Barrier(2 * WRITERS + 2)
    done = threading.Event()

    def value(row, step):
        return 1000 * row + step + 1

    def varve_writer(row):
        ids = []
        with Varve() as tool:
            tool.open(url)
            start.wait()
            for step in range(STEPS):
                own = tool.writer()
                own.write("/grid", np.array([[value(row, step)]], "int32"), (row, step))
                ids.append(own.commit(f"varve {row} {step}", rebase_tries=1000))
                own.end()
        return ids

    def python_writer(row):
        ids = []
        repository = reference.reopen(url)
        start.wait()
        for step in range(STEPS):
            own = repository.writable_session("main")
            reference.open_array(own, "grid")[row, step] = value(row, step)
            ids.append(own.commit(f"python {row} {step}", rebase_with=icechunk.ConflictDetector(), rebase_tries=1000))
        return ids

    def looks(read):
        """Cells fill from the left, and what was seen once stays."""
        seen, count = np.zeros((2 * WRITERS, STEPS), "int32"), 0
        start.wait()
        while not done.is_set():
            now = read()
            assert (now[seen != 0] == seen[seen != 0]).all()
            assert ((now != 0).astype(int) == np.sort(now != 0, axis=1)[:, ::-1].astype(int)).all()
            seen, count = now, count + 1
        return count

    def varve_reader():
        with Varve() as tool:
            tool.open(url)

            def read():
                own = tool.reader()
                values = own.read("/grid").copy()
                own.end()
                return values

            return looks(read)

    def python_reader():
        repository = reference.reopen(url)
        return looks(lambda: np.asarray(reference.read(repository.readonly_session("main"), "grid")))

    with concurrent.futures.ThreadPoolExecutor(2 * WRITERS + 2) as pool:
        readers = [pool.submit(varve_reader), pool.submit(python_reader)]
        writers = [pool.submit(varve_writer if row % 2 else python_writer, row) for row in range(2 * WRITERS)]
        try:
            acknowledged = [id for writer in writers for id in writer.result(timeout=600)]
        finally:
            done.set()
        assert all(reader.result(timeout=120) > 0 for reader in readers)

    expected = np.array([[value(row, step) for step in range(STEPS)] for row in range(2 * WRITERS)], "int32")
    check_both(varve, url, "grid", expected)
    history = python_history(url)
    assert len(history) == 2 * WRITERS * STEPS + 2
    assert set(acknowledged) <= {id for id, _ in history}
    assert len(set(acknowledged)) == len(acknowledged) == 2 * WRITERS * STEPS


def head(key):
    """The fields of an object of the bucket, asked for with a signature of version 4."""
    endpoint = urllib.parse.urlsplit(os.environ["VARVE_TEST_S3_ENDPOINT"])
    region, path = os.environ["VARVE_TEST_S3_REGION"], f"/{os.environ['VARVE_TEST_S3_BUCKET']}/{key}"
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{date[:8]}/{region}/s3/aws4_request"
    fields = {"host": endpoint.netloc, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": date}
    canonical = "\n".join(["HEAD", path, "", *(f"{name}:{value}" for name, value in fields.items()), "", ";".join(fields),
                           "UNSIGNED-PAYLOAD"])
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    secret = ("AWS4" + os.environ["VARVE_TEST_S3_SECRET"]).encode()
    for part in [*scope.split("/"), text]:
        secret = hmac.digest(secret, part.encode(), "sha256")
    fields["authorization"] = (f"AWS4-HMAC-SHA256 Credential={os.environ['VARVE_TEST_S3_KEY']}/{scope},"
                               f"SignedHeaders={';'.join(fields)},Signature={secret.hex()}")
    connection = http.client.HTTPConnection(endpoint.netloc)
    connection.request("HEAD", path, headers=fields)
    answer = connection.getresponse()
    assert answer.status == 200
    return {name.lower(): value for name, value in answer.getheaders()}


def test_both_sides_say_in_the_same_place_who_wrote(varve, url):
    """So that each recovers from a response that was lost as the other does."""
    key = urllib.parse.urlsplit(url).path.strip("/") + "/repo"
    varve.create(url)
    ids = [head(key)["x-amz-meta-icechunkwriteid"]]
    session = reference.reopen(url).writable_session("main")
    reference.set_key(session, "zarr.json", b'{"zarr_format":3,"node_type":"group","attributes":{}}')
    session.commit("root")
    ids.append(head(key)["x-amz-meta-icechunkwriteid"])
    session = varve.writer()
    session.create_group("/g")
    session.commit("group")
    ids.append(head(key)["x-amz-meta-icechunkwriteid"])
    assert len({uuid.UUID(id) for id in ids}) == 3


def test_transactions_of_either_side_run_again_until_they_land(varve, url):
    """A counter: whoever misses what another has counted loses a count."""
    counts = 12
    varve.create(url)
    writer = varve.writer()
    writer.create_array("/counter", "int32", (4,), (4,), fill_value=0)
    writer.commit("a counter")
    python = reference.reopen(url)

    def ours():
        with Varve() as tool:
            tool.open(url)
            return sum(tool.ask("count", path="/counter", message="ours")["runs"] for _ in range(counts))

    def theirs():
        """`transaction` of the reference lands changes on top of others', and leaves it to its user to run them again."""
        runs = landed = 0
        while landed != counts:
            runs += 1
            try:
                with python.transaction("main", message="theirs", rebase_with=icechunk.ConflictDetector()) as store:
                    counter = zarr.open_array(store, path="counter")
                    counter[0] += 1
                landed += 1
            except (icechunk.ConflictError, icechunk.RebaseFailedError):
                continue
        return runs

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work) for work in (ours, theirs, ours, theirs)]
        runs = [one.result(timeout=300) for one in running]
    assert sum(runs) > 4 * counts  # they were in each other's way
    check_both(varve, url, "counter", np.array([4 * counts, 0, 0, 0], "int32"))
    messages = [message for _, message in python_history(url)]
    assert messages.count("ours") == messages.count("theirs") == 2 * counts


@contextlib.contextmanager
def clock_off_by(seconds):
    """The server of the environment, with another time in its answers. Yields its address."""
    behind = urllib.parse.urlsplit(os.environ["VARVE_TEST_S3_ENDPOINT"])

    class Proxy(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPConnection(behind.netloc)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() in ("date", "last-modified"):
                    value = email.utils.format_datetime(
                        email.utils.parsedate_to_datetime(value) + datetime.timedelta(seconds=seconds), usegmt=True)
                if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", answer.getheader("Content-Length", "0") if self.command == "HEAD" else len(content))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = pass_on

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@pytest.mark.parametrize("seconds, refused", [(550, False), (700, True), (-700, True)])
def test_neither_commits_by_a_clock_that_is_not_the_store_s(varve, url, seconds, refused):
    session = reference.create(url).writable_session("main")
    reference.set_key(session, "zarr.json", b'{"zarr_format":3,"node_type":"group","attributes":{}}')
    session.commit("a root")
    before = python_history(url)
    with clock_off_by(seconds) as endpoint:
        there = url.replace(urllib.parse.quote_plus(os.environ["VARVE_TEST_S3_ENDPOINT"]), urllib.parse.quote_plus(endpoint))
        assert there != url
        varve.open(there)
        writer = varve.writer()
        writer.create_group("/ours")
        session = reference.reopen(there).writable_session("main")
        reference.set_key(session, "theirs/zarr.json", b'{"zarr_format":3,"node_type":"group","attributes":{}}')
        if refused:
            with pytest.raises(VarveError) as ours:
                writer.commit("by a wrong clock")
            assert ours.value.kind == "clock_skew"
            with pytest.raises(icechunk.IcechunkError) as theirs:
                session.commit("by a wrong clock")
            assert "timestamp" in str(theirs.value).lower()
        else:
            writer.commit("by a clock that is right enough")
            session.commit("by a clock that is right enough", rebase_with=icechunk.ConflictDetector())
    assert len(python_history(url)) == len(before) + (0 if refused else 2)
    varve.open(url)
    writer = varve.writer()
    writer.create_group("/later")
    writer.commit("by the right clock")
    assert python_history(url) == varve_history(varve)


def test_chunks_of_a_hundred_megabytes_go_in_parts(varve, url, tmp_path):
    length = (105 << 20) + 7
    values = np.random.default_rng(7).integers(0, 256, length, "uint8")
    np.save(tmp_path / "values.npy", values)

    def run(*words):
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    varve.create(url)
    run("import", url, tmp_path / "values.npy", "/ours", "--chunks", length, "--uncompressed", "-m", "ours")
    python = reference.reopen(url)
    assert reference.same(reference.read(python.readonly_session("main"), "ours"), values)
    session = python.writable_session("main")
    text = reference.zarr_json("uint8", (length,), (length,), [{"name": "bytes"}], 0)
    reference.set_key(session, "theirs/zarr.json", text)
    reference.open_array(session, "theirs")[:] = values[::-1]
    session.commit("theirs")
    run("export", url, tmp_path / "theirs.npy", "--array", "/theirs")
    assert reference.same(np.load(tmp_path / "theirs.npy"), values[::-1])
    for path in "/ours", "/theirs":
        (chunk,) = varve.reader().list_chunks(path).values()
        fields = head(urllib.parse.urlsplit(url).path.strip("/") + f"/chunks/{chunk['where']}")
        assert int(fields["content-length"]) == length
        parts = fields["etag"].strip('"').partition("-")[2]
        assert int(parts) > 1, fields["etag"]
