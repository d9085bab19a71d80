package evidence_test

import (
	"fmt"

	"github.com/tongban/tongban/evidence"
)

// Whoever holds the salt and the data can compute the leaf that the log shows.
func ExampleLeaf() {
	salt := [evidence.SaltBytes]byte{1, 2, 3}
	leaf := evidence.Leaf(salt, []byte(`{"case":"610502-20261124-000001","entry":1}`))
	fmt.Println(leaf == evidence.Leaf(salt, []byte(`{"case":"610502-20261124-000001","entry":2}`)))
	fmt.Println(len(leaf.String()))
	// Output:
	// false
	// 64
}
