package caseflow

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/tongban/tongban/workday"
	"pgregory.net/rapid"
)

func FuzzDecodeEvents(f *testing.F) {
	d := in(f, PhaseClosed)
	seed, err := EncodeEvents(d.log)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`[{"n":"task-claimed","d":{"task":9}},{"n":"step-ended"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := DecodeEvents(data)
		if err != nil {
			return
		}
		// Apply is total, whatever the journal says; what it makes can be stored and read.
		c := &Case{}
		for _, e := range list {
			Apply(c, e, Meta{At: monday})
		}
		if c.Seq != len(list) {
			t.Fatalf("seq %d after %d events", c.Seq, len(list))
		}
		c.Wake()
		once, err := EncodeEvents(list)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		readAsWritten(t, once)
	})
}

// readAsWritten fails unless DecodeEvents takes from what EncodeEvents wrote just what encoding/json does, which wrote it.
func readAsWritten(t interface{ Fatalf(string, ...any) }, data []byte) {
	list, err := DecodeEvents(data)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v: %s", err, data)
	}
	var raw []struct {
		N string          `json:"n"`
		D json.RawMessage `json:"d"`
	}
	if err := json.Unmarshal(data, &raw); err != nil || len(raw) != len(list) {
		t.Fatalf("%d events were read, error %v, of %s", len(list), err, data)
	}
	for i, r := range raw {
		want := reflect.New(events[r.N])
		if err := json.Unmarshal(r.D, want.Interface()); err != nil || !reflect.DeepEqual(list[i], want.Elem().Interface()) {
			t.Fatalf("%s was read as %+v, error %v, of %s", r.N, list[i], err, r.D)
		}
	}
}

func TestFormsAreReadAsTheyWereStored(t *testing.T) {
	for _, form := range []string{"null", `{"a":1,"a":2}`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"a":1e400,"b":{"c":[null]}}`} {
		data, err := EncodeEvents([]Event{DraftSaved{Form: json.RawMessage(form)}, Submitted{}})
		if err != nil {
			t.Fatalf("%q: %v", form, err)
		}
		readAsWritten(t, data)
	}
}

func FuzzDecodeCase(f *testing.F) {
	for _, phase := range phases {
		data, err := in(f, phase).c.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := DecodeCase(data)
		if err != nil {
			return
		}
		once, err := c.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if c, err = DecodeCase(once); err != nil {
			t.Fatal(err)
		}
		if twice, err := c.Encode(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("encoding is not stable:\n%s\n%s", once, twice)
		}
		var asJSON Case
		if err := json.Unmarshal(once, &asJSON); err != nil || !reflect.DeepEqual(c, &asJSON) {
			t.Fatalf("read as %+v, error %v, of %s", c, err, once)
		}
		c.Wake()
		c.Shares(workday.National(), monday)
		c.Clone()
	})
}

func FuzzMergePatch(f *testing.F) {
	f.Add([]byte(`{"a":{"b":1}}`), []byte(`{"a":{"b":null,"c":[1e30]}}`))
	f.Fuzz(func(t *testing.T, target, patch []byte) {
		once, err := mergePatch(target, patch)
		if err != nil {
			return
		}
		twice, err := mergePatch(once, patch)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("a patch applied twice differs: %s, %s, %v", once, twice, err)
		}
	})
}

// FuzzDecide gives a running case the commands that stand in the text, one a line: seconds to wait, who, verb, body. The
// journal must replay, whatever they are.
func FuzzDecide(f *testing.F) {
	f.Add([]byte("0 0 save-draft {\"a\":1}\n9 2 seen-paper {\"material\":\"identity\"}\n" +
		"9 0 defer {\"material\":\"address\",\"signed\":\"王\"}\n9 0 submit {}\n9 2 accept {}\n" +
		"999999 7 grant {\"task\":2}\n9 8 grant {\"task\":3,\"data\":{}}\n9 7 send-back {\"task\":2,\"to\":\"register\",\"reason\":\"x\"}\n" +
		"99999999 6 tick"))
	f.Fuzz(func(t *testing.T, script []byte) {
		d := newDeskOf(t, matrixItem())
		for line := range bytes.SplitSeq(script[:min(len(script), 4096)], []byte("\n")) {
			var seconds, who int64
			fields := bytes.SplitN(line, []byte(" "), 4)
			if len(fields) < 3 || json.Unmarshal(fields[0], &seconds) != nil || json.Unmarshal(fields[1], &who) != nil {
				continue
			}
			fields = append(fields, nil)
			cmd, ok := decodeCommand(string(fields[2]), fields[3])
			if !ok {
				continue
			}
			if seconds > 0 && seconds < 1e9 {
				d.now = d.now.Add(time.Duration(seconds) * time.Second)
			}
			people := everybody()
			by := people[uint64(who)%uint64(len(people))]
			dec, r := Decide(d.c, d.it, by, cmd, d.env())
			if r != nil {
				continue
			}
			for _, e := range dec.Events {
				d.log, d.at = append(d.log, e), append(d.at, Meta{d.now, by.Stamp()})
			}
			d.c = dec.Case
		}
		d.replays()
	})
}

// FuzzWorld lets the fuzzer choose the item, the people and the commands of the property test.
func FuzzWorld(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		w := newWorld(t, genItem(t), &reached{})
		for range rapid.IntRange(1, 40).Draw(t, "commands") {
			w.step(t)
		}
	}))
}

// decodeCommand reads a command of a script; false if it is none.
func decodeCommand(verb string, body []byte) (Command, bool) {
	t, ok := commands[verb]
	if !ok {
		return nil, false
	}
	v := reflect.New(t)
	if len(body) > 0 && json.Unmarshal(body, v.Interface()) != nil {
		return nil, false
	}
	return v.Elem().Interface().(Command), true
}
