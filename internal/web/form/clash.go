package form

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// The fields of a page of a form that are no answers.
const (
	VersionField  = "version"  // Versions of the page's answers when the page was made
	AutosaveField = "autosave" // the page's script saves, and wants no page back
)

// Versions tells two states of the answers to questions apart, each answer by itself: what is saved on another page, or by the
// script of this one a moment ago, is no clash.
func Versions(fields []caseflow.Field, data Answers) string {
	list := make([]string, len(fields))
	for i := range fields {
		list[i] = version(data.At(fields[i].Name))
	}
	return strings.Join(list, ".")
}

// version is that of an answer. A question that was saved empty is as it was when nobody had come to it yet.
func version(v any) string {
	if Blank(v) {
		v = nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "" // what came out of JSON goes into it
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// Clashes are the questions whose answers were saved elsewhere since a page with these versions was made, and that mine, what the
// draft would hold, would overwrite with others. A page that does not say its versions, such as one sent by a program, overwrites.
func Clashes(fields []caseflow.Field, versions string, now, mine Answers) []*caseflow.Field {
	was := strings.Split(versions, ".")
	if versions == "" || len(was) != len(fields) {
		return nil
	}
	var list []*caseflow.Field
	for i := range fields {
		f := &fields[i]
		if saved := now.At(f.Name); was[i] != version(saved) && !reflect.DeepEqual(saved, mine.At(f.Name)) {
			list = append(list, f)
		}
	}
	return list
}

// Merged is what the draft will hold once the patch is merged (RFC 7396).
func Merged(data, patch map[string]any) Answers {
	out := make(map[string]any, len(data)+len(patch))
	for k, v := range data {
		out[k] = v
	}
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, k)
		case map[string]any:
			sub, _ := out[k].(map[string]any)
			out[k] = map[string]any(Merged(sub, v))
		default:
			out[k] = v
		}
	}
	return out
}
