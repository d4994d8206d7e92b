# SPDX-License-Identifier: Apache-2.0
# Reads ctest's LastTest.log and prints `passed failed skipped`: cases for doctest and pytest programs, one for any other
# test. A program that ends without its summary is one failure. A line `skipped: <why>` is one skipped case.
function end_test() {
  if (!open) return
  open = 0
  if (!ok && failures == 0) failures = 1
  if (ok && cases == 0 && skips == 0) cases = 1
  if (said < cases) cases -= said; else cases = 0  # doctest counts a case that says so as passed
  passed += cases; failed += failures; skipped += skips
}
/^[0-9]+\/[0-9]+ Testing: / { end_test(); open = 1; ok = 0; cases = failures = skips = said = 0 }
/^\[doctest\] test cases:/ {
  match($0, /[0-9]+ passed/); cases += substr($0, RSTART, RLENGTH) + 0
  match($0, /[0-9]+ failed/); failures += substr($0, RSTART, RLENGTH) + 0
}
/^(=+ )?[0-9]+ (passed|failed|skipped|error).* in [0-9.]+s/ {
  for (i = 1; i < NF; i++) {
    if ($(i + 1) ~ /^passed/) cases += $i
    if ($(i + 1) ~ /^(failed|error)/) failures += $i
    if ($(i + 1) ~ /^skipped/) skips += $i
  }
}
/^skipped: / { skips++; said++ }
/^Test Passed\./ { ok = 1 }
END { end_test(); print passed + 0, failed + 0, skipped + 0 }
