//go:build js && wasm

// Command wasm is the verify page's half that runs in the browser: it puts two functions, tongbanVerify and tongbanPrinted, where the page's
// script finds them. It opens no connection; a file never leaves the browser, and files of the log are read by the script.
package main

import (
	"encoding/json"
	"errors"
	"strings"
	"syscall/js"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/web/i18n"
)

// main leaves the functions for the page and waits until the page is closed.
func main() {
	js.Global().Set("tongbanVerify", js.FuncOf(verify))
	js.Global().Set("tongbanPrinted", js.FuncOf(printed))
	if ready := js.Global().Get("tongbanReady"); ready.Type() == js.TypeFunction {
		ready.Invoke()
	}
	select {}
}

// verify takes the language, the receipt or the record of a draw, the trusted keys and what is printed on a paper, and returns {holds, text}:
// what the file proves, or why it does not hold. Keys and paper say nothing about a draw.
func verify(_ js.Value, args []js.Value) any {
	if len(args) != 4 {
		return nil
	}
	lang, file := args[0].String(), []byte(args[1].String())
	var head struct{ Format string }
	if json.Unmarshal(file, &head) == nil && strings.HasPrefix(head.Format, "tongban.draw/") {
		return drawn(lang, file)
	}
	text, err := receipt.Tell(lang, file, args[2].String(), args[3].String())
	return told(lang, text, err)
}

// drawn computes a draw again and tells it: who was drawn, one a line with the own team, and last what the record comes to.
func drawn(lang string, file []byte) map[string]any {
	r, err := draw.Verify(file)
	if f, ok := errors.AsType[*draw.Fault](err); ok {
		err = errors.New(i18n.T(lang, "receipt.draw-fails", f.Text(lang)))
	}
	if err != nil {
		return told(lang, "", err)
	}
	text := r.Commitment().Plan().Title + "\n"
	for _, id := range r.Drawn() {
		text += strings.Join(append([]string{id}, r.Team(id)...), " ") + "\n"
	}
	return told(lang, text+r.Text(lang), nil)
}

// printed takes the language, what is printed, the trusted keys and a function that gives a promise of a file of the log as bytes, and
// returns a promise of {holds, text, case, leaf}: whether the log is still the one of the paper.
func printed(_ js.Value, args []js.Value) any {
	if len(args) != 4 {
		return nil
	}
	lang, text, keys, read := args[0].String(), args[1].String(), args[2].String(), args[3]
	return js.Global().Get("Promise").New(js.FuncOf(func(_ js.Value, settle []js.Value) any {
		done := settle[0]
		go func() {
			p, said, err := receipt.TellPrinted(lang, text, keys, func(path string) ([]byte, error) { return await(read.Invoke(path)) })
			answer := told(lang, said, err)
			if p != nil {
				answer["case"], answer["leaf"] = string(p.Case), p.Leaf.String()
			}
			done.Invoke(answer)
		}()
		return nil
	}))
}

// told is the answer in a language.
func told(lang, text string, err error) map[string]any {
	if err != nil {
		text = receipt.Why(lang, err)
	}
	return map[string]any{"holds": err == nil, "text": text}
}

// await waits for the bytes that a promise gives.
func await(promise js.Value) ([]byte, error) {
	got := make(chan js.Value, 1)
	then := js.FuncOf(func(_ js.Value, args []js.Value) any { got <- args[0]; return nil })
	failed := js.FuncOf(func(js.Value, []js.Value) any { got <- js.Null(); return nil })
	defer then.Release()
	defer failed.Release()
	promise.Call("then", then, failed)
	value := <-got
	if value.IsNull() {
		return nil, errors.New("the server does not give it")
	}
	body := make([]byte, value.Length())
	js.CopyBytesToGo(body, value)
	return body, nil
}
