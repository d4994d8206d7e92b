# SPDX-License-Identifier: Apache-2.0
"""What the example quickstart leaves behind opens in xarray, and holds what it says."""
import os
import pathlib
import shutil
import subprocess

import numpy as np
import xarray

import reference

DATA = pathlib.Path(__file__).parent.parent / "data"


def test_xarray_opens_what_quickstart_leaves(tmp_path):
    folder = tmp_path / "sst"
    shutil.copytree(DATA / "sst-v2", folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    folder.chmod(0o755)
    before = reference.reopen(folder)
    main = before.lookup_branch("main")
    program = pathlib.Path(os.environ["VARVE_EXAMPLES"]) / "quickstart"
    said = subprocess.run([program, folder], stdout=subprocess.PIPE, text=True, timeout=600, check=True).stdout
    assert "Jan" in said and "Warmest" in said

    repository = reference.reopen(folder)
    assert repository.lookup_branch("main") == main
    dataset = xarray.open_zarr(repository.readonly_session("climate").store, consolidated=False)
    sst = dataset["surface_temperature"].values
    assert sst.shape == (24, 18, 432)
    expected = sst.reshape(2, 12, 18, 432).astype("float32")
    expected = expected[0] / np.float32(2) + expected[1] / np.float32(2)
    expected[0], expected[1] = 290, 295
    climatology = dataset["climatology"]
    assert climatology.dims == ("month", "latitude", "longitude")
    assert climatology.dtype == np.float32
    assert climatology.attrs == {"units": "K", "long_name": "mean of each calendar month"}
    np.testing.assert_array_equal(climatology.values, expected)

    # The example ends with Warmest: where both wrote, the larger value of each element.
    assert np.all(dataset["front"].values == 300)

    history = list(repository.ancestry(branch="climate"))
    first = next(s for s in history if s.message == "a climatology of twelve months")
    assert first.metadata == {"author": "quickstart"}
    january = xarray.open_zarr(repository.readonly_session(snapshot_id=first.id).store, consolidated=False)["climatology"]
    assert not np.any(january.values[0] == 290)
    assert repository.lookup_tag("two-years") in {s.id for s in history}

    # And Python goes on from there.
    session = repository.writable_session("climate")
    reference.open_array(session, "front")[...] = 1
    session.commit("Python was here")
    assert np.all(reference.read(reference.reopen(folder).readonly_session("climate"), "front") == 1)
