package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A script says in a prompt how its answer is to be: so it comes through any proxy and any API.
type script struct {
	tokens int
	every  time.Duration
	first  time.Duration
	id     string
}

func (s script) prompt() string {
	return fmt.Sprintf("bench tokens=%d every=%s first=%s id=%s.", s.tokens, s.every, s.first, s.id)
}

var scriptPattern = regexp.MustCompile(`bench tokens=(\d+) every=([0-9a-zµ.]+?) first=([0-9a-zµ.]+?) id=(\w+)\.`)

func scriptIn(body []byte) (script, error) {
	found := scriptPattern.FindSubmatch(body)
	if found == nil {
		return script{}, fmt.Errorf("no script in the prompt")
	}
	tokens, err1 := strconv.Atoi(string(found[1]))
	every, err2 := time.ParseDuration(string(found[2]))
	first, err3 := time.ParseDuration(string(found[3]))
	if err1 != nil || err2 != nil || err3 != nil {
		return script{}, fmt.Errorf("the script is not one: %s", found[0])
	}
	return script{tokens, every, first, string(found[4])}, nil
}

// What the upstream saw of one request, in nanoseconds of the one clock that all processes of a run share.
type seen struct {
	Began int64 `json:"began"`
	Ended int64 `json:"ended"`
	Whole bool  `json:"whole"`
}

// The upstream stands for Ollama: it speaks as much of its API as agents and proxies need, and generates by script.
// Each token carries its number and the moment at which it was written.
type upstream struct {
	mu   sync.Mutex
	seen map[string]seen
}

const model = "bench:latest"

const (
	tags = `{"models":[{"name":"bench:latest","model":"bench:latest","modified_at":"2026-11-25T00:00:00Z","size":1000000,` +
		`"digest":"b","details":{"format":"gguf","family":"llama","parameter_size":"1B","quantization_level":"Q4_0"}}]}`
	loaded = `{"models":[{"name":"bench:latest","model":"bench:latest","size":1000000,"digest":"b","details":{},` +
		`"expires_at":"2036-11-25T00:00:00Z","size_vram":1000000,"context_length":4096}]}`
	modelInfo = `{"details":{"format":"gguf","family":"llama"},"model_info":{"llama.context_length":4096},"capabilities":["completion"]}`
)

func serveUpstream(listen string) {
	u := &upstream{seen: map[string]seen{}}
	mux := http.NewServeMux()
	fixed := func(path, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		})
	}
	fixed("/api/version", `{"version":"0.32.15"}`)
	fixed("/api/tags", tags)
	fixed("/api/ps", loaded)
	fixed("/api/show", modelInfo)
	fixed("/api/generate", `{"model":"bench:latest","done":true,"done_reason":"load"}`)
	mux.HandleFunc("/api/chat", func(w http.ResponseWriter, r *http.Request) { u.answer(w, r, ollamaForm) })
	mux.HandleFunc("/v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { u.answer(w, r, openAIForm) })
	mux.HandleFunc("/bench/seen", func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		defer u.mu.Unlock()
		_ = json.NewEncoder(w).Encode(u.seen[r.URL.Query().Get("id")])
	})
	log.Fatal(http.ListenAndServe(listen, mux))
}

// How one API writes tokens: what is around each of them.
type form struct {
	contentType          string
	before, after, last  string
	wholeFrom, wholeUpTo string
}

var ollamaForm = form{
	contentType: "application/x-ndjson",
	before:      `{"model":"bench:latest","created_at":"2026-11-25T20:42:25.123456789Z","message":{"role":"assistant","content":"`,
	after:       "\"},\"done\":false}\n",
	last: `{"model":"bench:latest","created_at":"2026-11-25T20:42:25.123456789Z","message":{"role":"assistant","content":""},` +
		`"done":true,"done_reason":"stop","total_duration":1,"load_duration":1,"prompt_eval_count":1,"prompt_eval_duration":1,` +
		"\"eval_count\":1,\"eval_duration\":1}\n",
	wholeFrom: `{"model":"bench:latest","created_at":"2026-11-25T20:42:25.123456789Z","message":{"role":"assistant","content":"`,
	wholeUpTo: `"},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":1}`,
}

var openAIForm = form{
	contentType: "text/event-stream",
	before: `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764103345,"model":"bench:latest",` +
		`"system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"`,
	after: "\"},\"finish_reason\":null}]}\n\n",
	last: `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764103345,"model":"bench:latest",` +
		`"system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n",
	wholeFrom: `{"id":"chatcmpl-1","object":"chat.completion","created":1764103345,"model":"bench:latest",` +
		`"choices":[{"index":0,"message":{"role":"assistant","content":"`,
	wholeUpTo: `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`,
}

func (u *upstream) answer(w http.ResponseWriter, r *http.Request, f form) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s, err := scriptIn(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	began := time.Now()
	u.note(s.id, seen{Began: began.UnixNano()})
	whole := false
	defer func() { u.note(s.id, seen{began.UnixNano(), time.Now().UnixNano(), whole}) }()

	streaming := !strings.Contains(strings.ReplaceAll(string(body), " ", ""), `"stream":false`)
	out := newPacedWriter(w, r, f, streaming)
	// Streams do not move in step: each begins somewhere within its interval.
	due := began.Add(s.first)
	if s.every > 0 && s.first == 0 && s.tokens > 1 {
		due = due.Add(rand.N(s.every))
	}
	for i := range s.tokens {
		if !out.token(i, due) {
			return
		}
		due = due.Add(s.every)
	}
	out.end()
	whole = true
}

func (u *upstream) note(id string, what seen) {
	if id == "0" {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[id] = what
}

// Writes each token by itself, as Ollama does, when it is due.
type pacedWriter struct {
	w         http.ResponseWriter
	r         *http.Request
	f         form
	streaming bool
	timer     *time.Timer
	buffer    []byte
}

func newPacedWriter(w http.ResponseWriter, r *http.Request, f form, streaming bool) *pacedWriter {
	out := &pacedWriter{w: w, r: r, f: f, streaming: streaming, timer: time.NewTimer(time.Hour)}
	if streaming {
		w.Header().Set("Content-Type", f.contentType)
	} else {
		w.Header().Set("Content-Type", "application/json")
		out.buffer = append(out.buffer, f.wholeFrom...)
	}
	return out
}

// False if the reader is gone.
func (p *pacedWriter) token(number int, due time.Time) bool {
	if wait := time.Until(due); wait > 0 {
		p.timer.Reset(wait)
		select {
		case <-p.timer.C:
		case <-p.r.Context().Done():
			return false
		}
	}
	if p.streaming {
		p.buffer = append(p.buffer[:0], p.f.before...)
	}
	p.buffer = append(p.buffer, '@')
	p.buffer = strconv.AppendInt(p.buffer, time.Now().UnixNano(), 10)
	p.buffer = append(p.buffer, '#')
	p.buffer = strconv.AppendInt(p.buffer, int64(number), 10)
	p.buffer = append(p.buffer, ';')
	if !p.streaming {
		return p.r.Context().Err() == nil
	}
	p.buffer = append(p.buffer, p.f.after...)
	return p.write()
}

func (p *pacedWriter) end() {
	if p.streaming {
		p.buffer = append(p.buffer[:0], p.f.last...)
	} else {
		p.buffer = append(p.buffer, p.f.wholeUpTo...)
	}
	p.write()
	p.timer.Stop()
}

func (p *pacedWriter) write() bool {
	if _, err := p.w.Write(p.buffer); err != nil {
		return false
	}
	p.w.(http.Flusher).Flush()
	return p.r.Context().Err() == nil
}
