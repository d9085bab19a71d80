//go:build js && wasm

// Command wasm is the verify page's half that runs in the browser: it puts one function, tongbanVerify, where the page's script finds it.
// It opens no connection; the receipt never leaves the browser.
package main

import (
	"syscall/js"

	"github.com/tongban/tongban/internal/receipt"
)

// main leaves the function for the page and waits until the page is closed.
func main() {
	js.Global().Set("tongbanVerify", js.FuncOf(verify))
	if ready := js.Global().Get("tongbanReady"); ready.Type() == js.TypeFunction {
		ready.Invoke()
	}
	select {}
}

// verify takes the language, the receipt and the trusted keys, and returns {holds, lines}: what the receipt proves, or why it does not
// hold.
func verify(_ js.Value, args []js.Value) any {
	if len(args) != 3 {
		return nil
	}
	lang := args[0].String()
	text, err := receipt.Tell(lang, []byte(args[1].String()), args[2].String())
	if err != nil {
		text = receipt.Why(lang, err)
	}
	return map[string]any{"holds": err == nil, "text": text}
}
