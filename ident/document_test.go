package ident

import (
	"encoding/json"
	"testing"
)

func TestCheckAccepts(t *testing.T) {
	permit := MakeCitizenID("810000", 1985, 7, 1, 23).Reveal()
	foreign := MakeCitizenID("911124", 1981, 8, 3, 2).Reveal()
	for name, c := range map[string]struct {
		doc  Document
		want string
	}{
		"resident id, lower x":             {Document{DocResidentID, "11010519491231002x"}, "11010519491231002X"},
		"resident id with spaces":          {Document{DocResidentID, "610104 19900101 0012"}, "610104199001010012"},
		"residence permit":                 {Document{DocResidencePermit, permit}, permit},
		"credit code":                      {Document{DocCreditCode, "91350100m000100y43"}, "91350100M000100Y43"},
		"Chinese passport":                 {Document{DocPassport, "ea1234567"}, "EA1234567"},
		"passport of digits":               {Document{DocPassport, "５12345678"}, "512345678"},
		"Hong Kong permit":                 {Document{DocHKMacaoPermit, "h12345678"}, "H12345678"},
		"Macao permit, older":              {Document{DocHKMacaoPermit, "M 12345678 01"}, "M1234567801"},
		"Taiwan permit":                    {Document{DocTaiwanPermit, "12345678"}, "12345678"},
		"Taiwan permit, older":             {Document{DocTaiwanPermit, "1234567890"}, "1234567890"},
		"Taiwan permit, older with letter": {Document{DocTaiwanPermit, "1234567890b"}, "1234567890B"},
		"foreigners' card of 2023":         {Document{DocForeignResident, foreign}, foreign},
		"foreigners' card before 2023":     {Document{DocForeignResident, "can310081080302"}, "CAN310081080302"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Check(c.doc, today)
			if err != nil || got.No != c.want || got.Type != c.doc.Type {
				t.Fatalf("got %q, %v", got.No, err)
			}
			if again, err := Check(got, today); err != nil || again != got {
				t.Errorf("checking again: %q, %v", again.No, err)
			}
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	permit := MakeCitizenID("830000", 1985, 7, 1, 23).Reveal()
	foreign := MakeCitizenID("911124", 1981, 8, 3, 2).Reveal()
	for name, c := range map[string]struct {
		doc  Document
		code string
	}{
		"no type":                               {Document{"", "1"}, "doc.type"},
		"unknown type":                          {Document{"driving-licence", "1"}, "doc.type"},
		"wrong check":                           {Document{DocResidentID, "610104199001010013"}, "citizen.check"},
		"a permit as resident id":               {Document{DocResidentID, permit}, "citizen.permit"},
		"a foreigners' card as resident id":     {Document{DocResidentID, foreign}, "citizen.foreign"},
		"a resident id as permit":               {Document{DocResidencePermit, "610104199001010012"}, "citizen.prefix"},
		"a resident id as foreigners' card":     {Document{DocForeignResident, "610104199001010012"}, "foreigncard.prefix"},
		"a foreigners' card, wrong check":       {Document{DocForeignResident, foreign[:17] + "0"}, "foreigncard.check"},
		"a foreigners' card, older, form":       {Document{DocForeignResident, "CA1310081080302"}, "foreigncard.char"},
		"a foreigners' card, length":            {Document{DocForeignResident, "CAN31008108030"}, "foreigncard.length"},
		"passport empty":                        {Document{DocPassport, " - "}, "passport.empty"},
		"passport too short":                    {Document{DocPassport, "E123"}, "passport.length"},
		"passport too long":                     {Document{DocPassport, "E123456789012345"}, "passport.length"},
		"passport with a sign":                  {Document{DocPassport, "E1234567<"}, "passport.char"},
		"passport without digit":                {Document{DocPassport, "PASSPORT"}, "passport.digit"},
		"passport in Chinese":                   {Document{DocPassport, "护照12345678"}, "passport.char"},
		"Hong Kong permit with another letter":  {Document{DocHKMacaoPermit, "C12345678"}, "hkmacao.prefix"},
		"Hong Kong permit, letter O in number":  {Document{DocHKMacaoPermit, "H1234567O"}, "hkmacao.digit"},
		"Hong Kong permit without letter":       {Document{DocHKMacaoPermit, "112345678"}, "hkmacao.char"},
		"Hong Kong permit of 9 digits":          {Document{DocHKMacaoPermit, "H123456789"}, "hkmacao.length"},
		"Taiwan permit of 9 digits":             {Document{DocTaiwanPermit, "123456789"}, "taiwan.length"},
		"Taiwan permit with letter":             {Document{DocTaiwanPermit, "1234567A"}, "taiwan.digit"},
		"Taiwan permit empty":                   {Document{DocTaiwanPermit, ""}, "taiwan.empty"},
		"credit code that is an organisation's": {Document{DocCreditCode, "D2143569-X"}, "uscc.length"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Check(c.doc, today)
			fault(t, err, c.code)
			if got != (Document{}) {
				t.Errorf("a refused document comes back: %v", got)
			}
		})
	}
}

func TestDocumentJSON(t *testing.T) {
	raw, err := json.Marshal(Document{DocPassport, "E12345678"})
	if err != nil || string(raw) != `{"docType":"passport","docNo":"E12345678"}` {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestEveryTypeAndKindHasNames(t *testing.T) {
	for _, d := range DocTypes() {
		if docTypeNames[d][0] == "" || d.Text("zh") != docTypeNames[d][0] || d.Text("en") != docTypeNames[d][1] {
			t.Errorf("%s has no name", d)
		}
	}
	if len(docTypeNames) != len(docTypes) {
		t.Error("a name without a type")
	}
	for prefix, k := range orgKinds {
		if len(prefix) != 2 || k.Text("zh") == "" || k.Text("en") == "" {
			t.Errorf("%s %s has no name", prefix, k)
		}
	}
	if KindIndividual.Text("zh") != "个体工商户" || KindUnknown.Text("en") != "unknown kind" || Male.Text("zh") != "男" ||
		Female.Text("en") != "female" || SexUnknown.Text("en") != "unknown" {
		t.Error("names")
	}
}
