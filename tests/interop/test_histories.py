# SPDX-License-Identifier: Apache-2.0
"""Random histories of one repository, in which varve and the reference take turns and must agree with a plain model. A
failure names its seed and the fewest steps found that still fail.

    run_python test_histories.py --seed 7 --steps 2000
    run_python test_histories.py --seed 7 --only 3,17,42
"""
import shutil
import time

import pytest

from history_operations import OPERATIONS, RandomHistory

SEEDS = [1, 2, 3]
CHECK_EVERY = 100


class Failure(Exception):
    def __init__(self, did, why):
        super().__init__(f"{type(why).__name__}: {why}")
        self.did = did  # step number -> what it did
        self.alike = (type(why), str(why)[:25])  # what a failure of fewer steps must share


def play(folder, seed, steps):
    """Runs the steps and compares everything. Returns how often each operation ran; raises a Failure."""
    shutil.rmtree(folder, ignore_errors=True)
    did, history = {}, None
    try:
        history = RandomHistory(str(folder), seed)
        fresh = set(history.snapshots)
        for count, number in enumerate(steps, start=1):
            did[number] = "failed"
            did[number] = history.step(number)
            if count % CHECK_EVERY == 0:
                history.check((history.snapshots.keys() - fresh) | set(history.branches.values()))
                fresh = set(history.snapshots)
        history.check(history.snapshots)
        history.verify()
        return history.done
    except Exception as why:
        raise Failure(did, why) from why
    finally:
        try:
            if history is not None:
                history.close()
        except Exception:
            pass  # varve ended before, and that is the failure


def shrink(folder, seed, failure, seconds=60):
    """The same failure with as many steps left out as the time allows."""
    until, steps = time.monotonic() + seconds, list(failure.did)
    size = max(1, len(steps) // 2)
    while size and time.monotonic() < until:
        at, smaller = 0, False
        while at < len(steps) and time.monotonic() < until:
            rest = steps[:at] + steps[at + size :]
            try:
                play(folder, seed, rest)
                at += size
            except Failure as found:
                if found.alike == failure.alike:
                    failure, steps, smaller = found, list(found.did), True
                else:
                    at += size
        size = size // 2 if not smaller or size > 1 else size
    return failure


def replay(folder, seed, steps):
    try:
        return play(folder, seed, steps)
    except Failure as failure:
        first = failure
    failure = shrink(folder.with_name("shrink"), seed, first)
    lines = [f"  {number}: {what}" for number, what in failure.did.items()]
    only = ",".join(map(str, failure.did))
    pytest.fail("\n".join([f"seed {seed}, step {list(first.did)[-1]}: {str(first)[:300]}", *lines, str(failure),
                           f"replay: run_python test_histories.py --seed {seed} --only {only}"]), pytrace=False)


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", metafunc.config.getoption("seed") or SEEDS)


def test_both_sides_agree_with_the_model(tmp_path, seed, request):
    only = request.config.getoption("only")
    if only:
        replay(tmp_path / "repository", seed, [int(number) for number in only.split(",")])
        return
    steps = request.config.getoption("steps")
    done = replay(tmp_path / "repository", seed, list(range(steps)))
    if steps >= 500:
        missing = OPERATIONS.keys() - done.keys()
        assert len(done) >= 25, f"too few kinds of operations: {sorted(missing)} never ran"
