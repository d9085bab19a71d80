package store

import (
	"context"
	"encoding/json"
	"io/fs"
	"time"
)

// Schema is what a module (code that a practice needs beside its pack) keeps in the database: tables of its own beside those of
// the cases, with the same promises. A dump, a restore and a move take them along.
type Schema struct {
	// Module is its name, lower-case letters; each of its tables is named module_….
	Module string
	// Migrations holds the folders migrations/sqlite and migrations/postgres with files of the same numbers, as goose reads them.
	Migrations fs.FS
	// Tables are in the order in which they are dumped and restored.
	Tables []Table
}

// Table describes a table of a module.
type Table struct {
	Name string
	// Key is how many of the first columns make the primary key.
	Key int
	// Columns are "name:kind name:kind …", kind t for text, i for integers (instants are microseconds, truths 0 and 1), b for bytes.
	// None is ever NULL. If the first is named region, each row is of a region, and may lie with its cases on another machine.
	Columns string
	// File is "hash bytes": the columns that hold the SHA-256 and the length of an uploaded file. No backup is made, and none taken in, without
	// it. "": the table has no files.
	File string
}

// Modules reaches the tables of modules. Statements are constant texts with ? for each parameter, the same for all databases, and
// name the tables of one module only.
type Modules interface {
	// Read runs a query and calls each for every row.
	Read(ctx context.Context, each func(Scan) error, query string, args ...any) error
	// View lets do read from one state of the database.
	View(ctx context.Context, do func(Reader) error) error
	// Update runs do in one transaction, as if nobody else wrote meanwhile. When it returns nil, all of it is durable; an error
	// of do leaves nothing. do may be run more than once and must give the same again. Keep it short: others wait. ErrBusy, ErrFull.
	Update(ctx context.Context, do func(Writer) error) error
	// ModuleLeaf returns what a module has written a leaf of, with its salt. ErrNotFound.
	ModuleLeaf(ctx context.Context, region, module, name string, no int64) (ModuleLeaf, error)
}

// ModuleLeaf is something that a module has done and that anybody shall be able to check: a list taken, a draw announced. It
// stays as it is beside the module's own rows, and its leaf stands in the log.
type ModuleLeaf struct {
	Region string // "" for what is of no region
	Module string
	Name   string // with No unique within module and region
	No     int64
	At     time.Time // kept to the microsecond
	Data   json.RawMessage
	// Salt keeps what the data says from those who see only the log. Nil stands for a fresh one; 16 zero bytes for what is public,
	// so that anybody can compute the leaf.
	Salt []byte
}

// Scan reads the columns of a row. A column of an instant is read by [At].
type Scan func(dest ...any) error

// Into reads a row into variables; they stay as they are where there is no row.
func Into(dest ...any) func(Scan) error {
	return func(sc Scan) error { return sc(dest...) }
}

// One keeps what scan makes of a row; *to stays as it is where there is no row.
func One[T any](to **T, scan func(Scan) (T, error)) func(Scan) error {
	return func(sc Scan) error {
		one, err := scan(sc)
		*to = &one
		return err
	}
}

// List appends what scan makes of each row.
func List[T any](to *[]T, scan func(Scan) (T, error)) func(Scan) error {
	return func(sc Scan) error {
		one, err := scan(sc)
		*to = append(*to, one)
		return err
	}
}

// Column appends the only column of each row.
func Column[T any](to *[]T) func(Scan) error {
	return List(to, func(sc Scan) (one T, err error) {
		err = sc(&one)
		return one, err
	})
}

// Reader reads within a transaction.
type Reader interface {
	Read(each func(Scan) error, query string, args ...any) error
}

// Writer reads and writes within a transaction. A row has a value for each column of its table, in their order: string, int64 or
// []byte, as the kind says.
type Writer interface {
	Reader
	// Exec runs a statement and returns how many rows it changed.
	Exec(query string, args ...any) (int64, error)
	// Add writes rows that must be new: ErrConflict if one with the key is there.
	Add(table string, rows ...[]any) error
	// Keep writes rows; those whose key is there stay as they are.
	Keep(table string, rows ...[]any) error
	// Put writes rows, in place of those with the same key.
	Put(table string, rows ...[]any) error
	// Leaf writes the leaf of something that the module does in this transaction. ErrConflict if there is one of that name and number.
	Leaf(l ModuleLeaf) error
	// Drop removes rows by the values of the key's columns.
	Drop(table string, keys ...[]any) error
}
