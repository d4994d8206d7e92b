// SPDX-License-Identifier: Apache-2.0
// doctest as every test includes it.
#pragma once

#include <doctest/doctest.h>
