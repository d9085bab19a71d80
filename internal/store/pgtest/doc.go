// Package pgtest gives tests a real, throwaway PostgreSQL. It is for tests
// only and is never linked into the product.
//
// Start hands out a fresh database on a server that all tests of one test
// binary share; it trades durability for speed, and lies in memory where there
// is room. From hands out a copy of one that was filled once. New starts a
// server of the test's own, which can be stopped, killed and restarted, with
// PostgreSQL's own durability unless told otherwise.
//
// A server listens on a Unix socket in a private temporary folder and on
// nothing else, so it meets no other server on the machine. It runs as an
// unprivileged user: the one who runs the test, or, for root, postgres or
// nobody, because PostgreSQL refuses to run as root. It ends with the test
// binary, also when that is killed.
//
// PostgreSQL's programs are looked for on PATH, then in
// /usr/lib/postgresql/*/bin, the newest first. Where there are none, the test
// is skipped with a word on what to do; in a full run (TONGBAN_TEST_FULL=1, as
// `make test` sets) it fails. In a short run (go test -short) it is skipped.
package pgtest
