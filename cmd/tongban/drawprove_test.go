package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The office makes a key, names it in a plan, and proves by it what it adds to the seed; a proof of another key, or for another plan, is refused.
func TestDraw_prove_makes_what_a_draw_takes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, other := filepath.Join(dir, "office"), filepath.Join(dir, "other")
	public := strings.TrimSpace(does(t, "draw", "key", key))
	does(t, "draw", "key", other)
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 || len(public) != 64 {
		t.Errorf("the key %q lies open: %v, %v", public, info.Mode(), err)
	}
	if _, errs, code := cli(t, "draw", "key", key); code != 1 || !strings.Contains(errs, "exists already") {
		t.Errorf("written over: exit %d, %s", code, errs)
	}
	plan := func(title, key string) string {
		p := map[string]any{"title": title, "opens": "2026-11-25T02:00:00Z", "strata": []any{map[string]any{"id": "A", "count": 1}},
			"candidates": []any{map[string]any{"id": "c1", "stratum": "A"}, map[string]any{"id": "c2", "stratum": "A"}},
			"sources":    []any{map[string]any{"kind": "vrf", "name": "机关", "key": key}, map[string]any{"kind": "dice", "name": "企业", "rolls": 8, "faces": 6}}}
		text, err := json.Marshal(p)
		must(t, err)
		path := filepath.Join(dir, title)
		must(t, os.WriteFile(path, text, 0o600))
		return path
	}
	ours, next := plan("one", public), plan("two", public)
	proof := strings.TrimSpace(does(t, "draw", "prove", "--plan", ours, "--key", key))
	if again := strings.TrimSpace(does(t, "draw", "prove", "--plan", ours, "--key", key)); again != proof || len(proof) != 160 {
		t.Errorf("proofs %s and %s", proof, again)
	}
	run := func(plan, proof, out string) (string, int) {
		_, errs, code := cli(t, "draw", "run", "--plan", plan, "--seed", proof, "--seed", "1,2,3,4,5,6,1,2", "--at", "2026-11-25T03:00:00Z", "-o", filepath.Join(dir, out), "--lang", "en")
		return errs, code
	}
	if errs, code := run(ours, proof, "record"); code != 0 {
		t.Fatal(errs)
	}
	if out := does(t, "draw", "verify", filepath.Join(dir, "record"), "--lang", "en"); !strings.Contains(out, "holds") {
		t.Error(out)
	}
	if errs, code := run(next, proof, "record-2"); code != 1 {
		t.Errorf("the proof of another plan: exit %d, %s", code, errs)
	}
	changed, err := hex.DecodeString(proof)
	must(t, err)
	changed[79] ^= 1
	if errs, code := run(ours, hex.EncodeToString(changed), "record-3"); code != 1 {
		t.Errorf("a proof that was changed: exit %d, %s", code, errs)
	}
	bad := filepath.Join(dir, "bad")
	must(t, os.WriteFile(bad, []byte("secret"), 0o600))
	for name, c := range map[string]struct {
		plan, key string
		code      int
	}{"another key": {ours, other, 1}, "no key": {ours, bad, 2}, "no such file": {ours, filepath.Join(dir, "none"), 2}, "no plan": {bad, key, 1}} {
		if out, errs, code := cli(t, "draw", "prove", "--plan", c.plan, "--key", c.key); code != c.code || out != "" || errs == "" {
			t.Errorf("%s: exit %d, %s%s", name, code, out, errs)
		}
	}
}
