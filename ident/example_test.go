package ident_test

import (
	"errors"
	"fmt"

	"github.com/tongban/tongban/ident"
)

// What people type is put into the stored form first; a wrong character is
// named by its place.
func ExampleParseCreditCode() {
	code, err := ident.ParseCreditCode("91350100m000100y43")
	fmt.Println(code, err)

	_, err = ident.ParseCreditCode("91350100M000100Y4Z")
	var fault *ident.Fault
	if errors.As(err, &fault) {
		fmt.Println("character", fault.Pos, "is", fault.Got)
	}
	// Output:
	// 91350100M000100Y43 <nil>
	// character 18 is Z
}
