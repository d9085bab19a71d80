package paper

import "github.com/tongban/tongban/internal/web/i18n"

// KindText gives a text of the table in kind.json, which says how a decision is called and told by the kind of its item: a licence
// (行政许可) is granted, a fact confirmed (行政确认), a grant paid (行政给付). What a kind has no words of its own for is said as of any other.
func KindText(lang, kind, what string, args ...any) string {
	if !i18n.Has("kind." + kind + "." + what) {
		kind = "other"
	}
	return i18n.T(lang, "kind."+kind+"."+what, args...)
}
