# Counts the tests in the output of `swift test`, says which failed and which were skipped and why.
# A test with many cases counts once. A run that ended without its summary (a crash) counts as one failure, and so does,
# with rig=required, a test on real hypervisors that was skipped for want of them.

{ gsub(/\033\[[0-9;]*m/, "") }
/ Test run with / { finished = 1; next }
/^[^A-Za-z"]+ Test .* recorded a known issue/ { known = known "\n  " $0 }
/^[^A-Za-z"]+ Test .* passed after / { passed++ }
/^[^A-Za-z"]+ Test .* failed after / {
    failed++
    sub(/^[^A-Za-z"]+ Test /, "")
    failures = failures "\n  " $0
}
/^[^A-Za-z"]+ Test .* skipped(\.|: ".*")$/ {
    skipped++
    sub(/^[^A-Za-z"]+ Test /, "")
    skips = skips "\n  " $0
    if (rig == "required" && /"no rig: /) {
        failed++
        failures = failures "\n  " $0
    }
}
END {
    if (!finished || (status != 0 && failed == 0)) {
        failed++
        failures = failures "\n  the run ended before its end (status " status ")"
    }
    if (skipped) print "Skipped, and why:" skips
    if (known) print "Known to fall short:" known
    if (failed) print "Failed:" failures
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit (failed || status != 0) ? 1 : 0
}
