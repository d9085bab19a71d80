package page

import (
	"net/url"
	"strings"
)

// Attachment is a Content-Disposition that saves a file under its name, also a Chinese one (RFC 6266, RFC 8187).
func Attachment(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/;%`, r) {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
