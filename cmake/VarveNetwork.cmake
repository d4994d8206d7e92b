# SPDX-License-Identifier: Apache-2.0
# Which headers and bodies belong to varve::network: the stores that are reached over it, and what those are made of, in
# the folders of include/varve/storage. <varve/varve.hpp> leaves them out.
set(VARVE_NETWORK_FILES
    "^varve/storage/((impl/)?(s3|gcs|azure|http|redirect|any|probe)\\.|[^/]+/([^/]+\\.hpp|[^/]+/.*)$)")
