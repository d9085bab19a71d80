package api_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// BenchmarkCommand measures one durable command through HTTP: rights, decision, SQLite with full durability, evidence
// leaf; one client, and as many as the flag -cpu says times 16, on cases of their own.
func BenchmarkCommand(b *testing.B) {
	h := newHouse(b)
	h.rules = nil // what is measured is the server
	body := []byte(mustJSON(b, map[string]any{"data": map[string]any{"company": map[string]any{"name": "渭南秦东商贸有限公司"}}}))
	token := h.token("owner")
	save := func(client *http.Client, no string) error {
		req, err := http.NewRequestWithContext(b.Context(), "POST", h.server.URL+api.Prefix+"/cases/"+no+"/save-draft", bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if res.StatusCode != http.StatusOK {
			b.Errorf("status %d", res.StatusCode)
		}
		_ = res.Body.Close()
		return err
	}
	b.Run("one client", func(b *testing.B) {
		no := h.open()
		b.ReportAllocs()
		for b.Loop() {
			must(b, save(h.server.Client(), no))
		}
	})
	b.Run("16 clients a processor", func(b *testing.B) {
		transport := &http.Transport{MaxIdleConnsPerHost: 64}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport}
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			no := h.open()
			for pb.Next() {
				if err := save(client, no); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
