// Package tongban is the root of the Tongban 通办 module. It holds no product
// code: the programs and packages lie in the folders below it, and
// ARCHITECTURE.md is the map. What stands here is the test of the house
// itself (arch_*_test.go): who may import whom, which calls are forbidden
// where, and how large things may grow.
package tongban
