package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// refusalWords is the sentence of a refusal code, "" for one that the catalogue does not know.
func refusalWords(lang, code string, args ...string) string {
	key := "refusal." + code
	if !i18n.Has(key) {
		return ""
	}
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = a
	}
	return i18n.T(lang, key, list...)
}

// spoken turns a refusal into a sentence for whoever typed the command; other errors stay as they are.
func spoken(err error) error {
	var refusal *caseflow.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	all := []string{page.Sentence("en", refusal)} // of whichever package the refusal is
	for _, f := range refusal.Fields {
		text := f.Text.EN
		if text == "" {
			text = refusalWords("en", "field."+f.Code)
		}
		all = append(all, f.Field+": "+text)
	}
	return errors.New(strings.Join(all, "\n  "))
}

// renderMessage writes a message as it goes out: a text for people, a mail with a subject, an event for programs as it is.
func renderMessage(lib web.Library, base string) func(*store.Message) (subject, text string, err error) {
	return func(m *store.Message) (string, string, error) {
		if m.Channel == hall.ChannelWebhook {
			return "", string(m.Body), nil
		}
		var n hall.Notice
		if err := json.Unmarshal(m.Body, &n); err != nil {
			return "", "", fmt.Errorf("body: %w", err)
		}
		if m.Channel == hall.ChannelEmail {
			subject, text := lib.Mail(m.Template, n, base)
			return subject, text, nil
		}
		return "", lib.Text(m.Template, n, i18n.Chinese, base), nil
	}
}

// site is what every page says about itself. The English name of a city is that of a pack for it.
func site(region string, packs []*pack.Pack) ui.Site {
	name := caseflow.Text{ZH: region}
	if r, ok := regionByCode(region); ok {
		name.ZH = r.Name
	}
	for _, p := range packs {
		if p.Region == region {
			name.EN = p.City.EN
		}
	}
	return ui.Site{
		Name:  caseflow.Text{ZH: name.ZH + "政务服务", EN: "Government services of " + name.In(i18n.English)},
		Host:  caseflow.Text{ZH: name.ZH + "行政审批服务局", EN: "Administrative Approval Bureau of " + name.In(i18n.English)},
		Phone: "12345", Complaints: "12345",
	}
}
