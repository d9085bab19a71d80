package credit

import (
	"errors"
	"io"
	"strconv"

	"github.com/tongban/tongban/internal/sheet"
)

// spool is sheet's, with its errors as refusals.
func spool(in io.Reader, columns []sheet.Column) (*sheet.File, error) {
	f, err := sheet.Spool(in, columns)
	return f, refused(err)
}

// refused words what is wrong with a list as a whole.
func refused(err error) error {
	switch {
	case errors.Is(err, sheet.ErrFile):
		return refuse(CodeFile)
	case errors.Is(err, sheet.ErrEncoding):
		return refuse(CodeEncoding)
	case errors.Is(err, sheet.ErrLarge):
		return refuse(CodeLarge, strconv.Itoa(sheet.MaxFile>>20))
	}
	return err
}
