// Package bench measures what the project promises in figures, each as a ratio within one run, so that it means the same
// on any machine. `make bench` prints the machine with them.
//
//   - BenchmarkCases: complete cases that are durable, on SQLite and on PostgreSQL, beside the bare durable transactions
//     of one row that the same database and driver manage in the same run.
//   - BenchmarkLatency: how long a command and the desk's pages take in a store of 10,000 and 100,000 cases, and of
//     1,000,000 with TONGBAN_BENCH_LONG=1.
//   - BenchmarkBytes: how much of an SQLite database a complete case takes, by table and index.
//   - BenchmarkCalendar: how long it takes until every open clock is counted again under a new calendar, stored: 20,000 of them,
//     1,000,000 with TONGBAN_BENCH_LONG=1.
//   - BenchmarkDraw: a draw of 3 % from 300,000 objects in 4 strata beside PostgreSQL's ORDER BY sha256(…) LIMIT in the same run, the whole way to
//     the published record, and verifying it.
//   - BenchmarkPairing: two of 6,122 inspectors for each of 9,000 objects under all constraints.
//   - BenchmarkEvidence: complete cases with the evidence log and without, in turns.
//   - BenchmarkCovered: how long after a command was acknowledged a checkpoint is shown that covers it, at 1,000 a second, with witnesses and without.
//   - BenchmarkInclusion: proofs that a leaf is in the log beside golang.org/x/mod/sumdb/tlog.
//   - BenchmarkProgram: cold start, memory at rest and size of the real program.
//
// The figure for working days stands beside them in package workday (BenchmarkAdd); the comparisons with DBOS and with the log of Tessera in the
// nested modules bench/dbos and bench/tessera, which keep another engine and another log out of our go.mod.
//
// Everything runs as in production: rights, evidence leaves, projections, messages, and a flush to the disk before a command
// is acknowledged. Only the network is left out.
package bench
