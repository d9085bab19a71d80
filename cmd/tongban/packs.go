package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/packs"
)

type packCommand struct {
	Check packCheckCommand `cmd:"" help:"Prove packs. Exit 0 if all hold; 1 if not, with file, line and remedy on standard error."`
	List  packListCommand  `cmd:"" help:"List the built-in packs and those of --packs."`
}
