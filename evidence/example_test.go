package evidence_test

import (
	"fmt"

	"github.com/tongban/tongban/evidence"
)

// Whoever holds the salt and the data can compute the leaf that the log shows.
func ExampleSuite_Entry() {
	salt := [evidence.SaltBytes]byte{1, 2, 3}
	leaf := evidence.Standard.Entry(salt, []byte(`{"case":"610502-20261124-000001","entry":1}`)).Leaf()
	fmt.Println(leaf == evidence.Standard.Entry(salt, []byte(`{"case":"610502-20261124-000001","entry":2}`)).Leaf())
	fmt.Println(len(leaf.String()))
	// Output:
	// false
	// 64
}

// logFiles is a log as a client reads it.
type logFiles map[string][]byte

func (f logFiles) ReadTile(t evidence.Tile) ([]byte, error) { return f[t.Path()], nil }

// Whoever holds a leaf checks that it stands in the log, and that the log has only been added to.
func ExampleCheckInclusion() {
	older := evidence.EmptyTree()
	files := logFiles{}
	tree := older
	for day := range 2 {
		older = tree
		var tiles []evidence.TileBody
		var err error
		tree, tiles, err = evidence.Grow(tree, files, []evidence.Hash{{byte(day), 1}, {byte(day), 2}, {byte(day), 3}})
		if err != nil {
			fmt.Println(err)
		}
		for _, t := range tiles {
			files[t.Path()] = t.Body
		}
	}
	proof, err := evidence.ProveInclusion(tree, files, 4)
	fmt.Println(len(proof), err)
	fmt.Println(evidence.CheckInclusion(tree, 4, evidence.Hash{1, 2}.Leaf(), proof))
	fmt.Println(evidence.CheckInclusion(tree, 4, evidence.Hash{1, 9}.Leaf(), proof))
	growth, err := evidence.ProveGrowth(tree, files, older.Size)
	fmt.Println(evidence.CheckGrowth(older, tree, growth), err)
	// Output:
	// 2 <nil>
	// <nil>
	// evidence: the proof does not hold: leaf 4 in a log of 6
	// <nil> <nil>
}
