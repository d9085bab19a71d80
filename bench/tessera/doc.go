// Package tessera compares the evidence log with the POSIX log of transparency-dev/tessera, in a module of its own, so that
// another log does not stand in our go.mod. `make bench` runs it after the benchmarks of the main module.
package tessera
