# SPDX-License-Identifier: Apache-2.0
"""Two writers of different implementations in one chunk. test_histories has the whole matrix; this is what only varve
does, a policy that merges what the chunks hold."""
import numpy as np
import pytest

import kinds
import reference
from varve_tool import VarveError, native


@pytest.mark.parametrize("chain", ["plain", "zstd_crc", "transposed_gzip", "shards_start", "blosc_zstd_bitshuffle"])
@pytest.mark.parametrize("data_type", ["uint8", "int16", "uint64", "float16", "float64"])
def test_a_merge_of_what_python_and_varve_wrote(varve, folder, data_type, chain):
    rng = np.random.default_rng(11)
    base, theirs, ours = (rng.integers(0, 99, kinds.SHAPE).astype(native(data_type))
                          for _ in range(3))
    varve.create(folder)
    session = varve.writer()
    codecs = kinds.chains(native(data_type).itemsize)[chain]
    session.create_array("/a", data_type, kinds.SHAPE, kinds.CHUNKS, codecs=codecs)
    session.write("/a", base)
    session.commit("base")

    late = varve.writer()
    late.write("/a", ours[2:10, 3:], (2, 3))
    session = reference.reopen(folder).writable_session("main")
    reference.open_array(session, "a")[:9] = theirs[:9]
    session.commit("theirs")
    with pytest.raises(VarveError) as refused:
        late.commit("ours")
    assert refused.value.kind == "conflict"
    late.rebase("larger")
    late.commit("both")

    # Every chunk was written by both, so each element is the larger of what the two saw.
    seen_by_us, seen_by_them = base.copy(), base.copy()
    seen_by_us[2:10, 3:] = ours[2:10, 3:]
    seen_by_them[:9] = theirs[:9]
    expected = np.maximum(seen_by_us, seen_by_them)
    assert reference.same(reference.read(reference.reopen(folder).readonly_session("main"), "a"), expected)
    assert reference.same(varve.reader().read("/a"), expected)


@pytest.mark.parametrize("policy", ["fail", "ours", "theirs"])
def test_a_side_is_picked_chunk_by_chunk(varve, folder, policy):
    varve.create(folder)
    session = varve.writer()
    session.create_array("/a", "int32", (8,), (2,))
    session.write("/a", np.zeros(8, "int32"))
    session.commit("base")
    late = varve.writer()
    late.write("/a", np.full(4, 1, "int32"), (0,))
    session = reference.reopen(folder).writable_session("main")
    reference.open_array(session, "a")[2:6] = 2
    session.commit("theirs")
    if policy == "fail":
        with pytest.raises(VarveError) as refused:
            late.commit("ours", rebase_tries=3, policy=policy)
        assert refused.value.kind == "rebase_failed"
        assert [(c["kind"], c["path"], c["chunks"]) for c in refused.value.conflicts] == [
            ("chunk_double_update", "/a", [[1]])]
        assert late.info()["has_changes"]
        late.rebase("ours")
        late.commit("ours after all")
    else:
        late.commit("ours", rebase_tries=3, policy=policy)
    found = reference.read(reference.reopen(folder).readonly_session("main"), "a")
    shared = 2 if policy == "theirs" else 1
    assert found.tolist() == [1, 1, shared, shared, 2, 2, 0, 0]
