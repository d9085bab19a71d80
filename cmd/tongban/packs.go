package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/walk"
	"github.com/tongban/tongban/packs"
	"github.com/tongban/tongban/workday"
)

type packCommand struct {
	Check  packCheckCommand  `cmd:"" help:"Prove packs. Exit 0 if all hold; 1 if not, with file, line and remedy on standard error."`
	List   packListCommand   `cmd:"" help:"List the built-in packs and those of --packs."`
	Schema packSchemaCommand `cmd:"" help:"Print the JSON Schema of a kind of file, for editors."`
	Load   packLoadCommand   `cmd:"" help:"Prove packs and load them beside those that run: new cases begin with them, without a restart."`
}

type packCheckCommand struct {
	Dirs []string `arg:"" help:"Packs, or folders of packs." type:"existingdir"`
	Walk bool     `default:"true" negatable:"" help:"Also play the pack's scenario through the API on virtual time (some seconds)."`
}

// Run proves each pack and prints what is wrong with any.
func (c packCheckCommand) Run(w *world) error {
	proved, wrong, err := proveAll(w, c.Dirs)
	if err != nil {
		return err
	}
	for _, p := range proved {
		failed := c.play(w, p)
		if wrong += failed; failed == 0 {
			if _, err := fmt.Fprintln(w.out, p.pack.ID, p.pack.Version, "holds, by the law of", p.pack.LimitsOn); err != nil {
				return err
			}
		}
	}
	if wrong > 0 {
		return errNo
	}
	return nil
}

// play runs the scenario of a proved pack, prints what went otherwise than it says, and counts it. A scenario that could
// not be played is one failure, and does not keep the other packs from being checked.
func (c packCheckCommand) play(w *world, p provedPack) int {
	if !c.Walk || p.pack.Walk == nil {
		return 0
	}
	report, err := walk.Run(w.ctx, walk.Options{Pack: p.pack, Schemas: module.Schemas(), Modules: modulesOf(p.pack)})
	for _, f := range report.Failures() {
		fmt.Fprintf(w.err, "%s/%v\n", p.dir, f)
	}
	if err != nil {
		fmt.Fprintf(w.err, "%s/walk.yaml: the scenario cannot be played: %v; mend the act that is named, or check without it: --no-walk\n", p.dir, err)
		return len(report.Failures()) + 1
	}
	return len(report.Failures())
}

type packListCommand struct {
	packsFlag
	JSON bool `name:"json" help:"Print all of it as JSON."`
}

// listedPack is a pack as JSON.
type listedPack struct {
	ID       string        `json:"id"`
	Version  string        `json:"version"`
	Name     caseflow.Text `json:"name"`
	Region   string        `json:"region,omitempty"`
	City     caseflow.Text `json:"city"`
	LimitsOn workday.Date  `json:"limitsOn"` // the day whose law its limits were taken from
	Items    []listedItem  `json:"items"`
}

type listedItem struct {
	ID   caseflow.ItemID `json:"id"`
	Name caseflow.Text   `json:"name"`
	Kind string          `json:"kind"`
}

func listed(list []*pack.Pack) []listedPack {
	out := make([]listedPack, len(list))
	for i, p := range list {
		out[i] = listedPack{p.ID, p.Version, p.Name, p.Region, p.City, p.LimitsOn, make([]listedItem, len(p.Items))}
		for j, it := range p.Items {
			out[i].Items[j] = listedItem{it.ID, it.Name, it.Kind}
		}
	}
	return out
}

// Run lists packs with their practice and items.
func (c packListCommand) Run(w *world) error {
	list, err := readPacks(c.Packs, w.now)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(w.out)
		enc.SetIndent("", "  ")
		return enc.Encode(listed(list))
	}
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", p.ID, p.Version, p.City.ZH, p.Name.ZH)
		for _, it := range p.Items {
			fmt.Fprintf(&b, "  %s\t%s\n", it.ID, it.Name.ZH)
		}
	}
	_, err = fmt.Fprint(w.out, b.String())
	return err
}

type packSchemaCommand struct {
	Name string `arg:"" optional:"" help:"pack, item, form, rules or walk; without it the names are listed."`
}

// Run prints a schema, or the names of all.
func (c packSchemaCommand) Run(w *world) error {
	if c.Name == "" {
		_, err := fmt.Fprintln(w.out, strings.Join(pack.SchemaNames, "\n"))
		return err
	}
	text, err := pack.Schema(c.Name)
	if errors.Is(err, pack.ErrNoSuch) {
		return usageError(fmt.Sprintf("no kind of file is called %.40q: %s", c.Name, strings.Join(pack.SchemaNames, ", ")))
	}
	if err != nil {
		return err
	}
	_, err = w.out.Write(text)
	return err
}

// schemas serves the same to editors, at an address that stays: /schemas/item.schema.json.
func schemas(mux *http.ServeMux) {
	mux.HandleFunc("GET /schemas/{file}", func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutSuffix(r.PathValue("file"), ".schema.json")
		text, err := pack.Schema(name)
		if !ok || err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/schema+json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(text) // #nosec G705 -- a schema of the program itself, served as JSON; a write error has nobody to be told
	})
}

// eachPack reads the files of the built-in packs and those of the folders.
func eachPack(folders []string, visit func(name string, sealed *pack.Sealed) error) error {
	entries, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		return fmt.Errorf("built-in packs: %w", err)
	}
	read := func(name string, fsys fs.FS) error {
		sealed, problems := pack.Seal(fsys)
		if len(problems) > 0 {
			return doesNotHold(name, problems)
		}
		return visit(name, sealed)
	}
	for _, e := range entries {
		sub, err := fs.Sub(packs.FS, e.Name())
		if err != nil {
			return err
		}
		if err := read(e.Name(), sub); err != nil {
			return err
		}
	}
	more, err := packDirs(folders)
	if err != nil {
		return err
	}
	for _, dir := range more {
		if err := read(dir, os.DirFS(dir)); err != nil {
			return err
		}
	}
	return nil
}

func doesNotHold(name string, problems []pack.Problem) error {
	errs := make([]error, len(problems))
	for i, problem := range problems {
		errs[i] = problem
	}
	return fmt.Errorf("pack %s does not hold:\n%w", name, errors.Join(errs...))
}

// readPacks loads and proves the built-in packs and those of the folders.
func readPacks(folders []string, now func() time.Time) (list []*pack.Pack, err error) {
	err = eachPack(folders, func(name string, sealed *pack.Sealed) error {
		p, problems := sealed.Check(today(now))
		if len(problems) > 0 {
			return doesNotHold(name, problems)
		}
		list = append(list, p)
		return nil
	})
	return list, err
}

// modulesOf are all modules, for a walk of a pack.
func modulesOf(p *pack.Pack) func(*sqlstore.Store, *hall.Hall) ([]api.Module, error) {
	return func(st *sqlstore.Store, h *hall.Hall) ([]api.Module, error) {
		list, err := module.Open(module.Parts{Store: st, Hall: h, Now: h.Now, Packs: func() []*pack.Pack { return []*pack.Pack{p} }})
		var forPrograms []api.Module
		for _, m := range list {
			forPrograms = append(forPrograms, m)
		}
		return forPrograms, err
	}
}
