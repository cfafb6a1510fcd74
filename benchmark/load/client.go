package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// A dialect is the API in which a client asks.
type dialect struct {
	path string
}

var (
	openAI = dialect{"/v1/chat/completions"}
	ollama = dialect{"/api/chat"}
)

func (d dialect) body(s script, stream bool) []byte {
	body, err := json.Marshal(map[string]any{
		"model":    model,
		"stream":   stream,
		"messages": []map[string]string{{"role": "user", "content": s.prompt()}},
	})
	if err != nil {
		panic(err)
	}
	return body
}

var client = &http.Client{Transport: &http.Transport{
	MaxIdleConnsPerHost: 10_000, DisableCompression: true, ReadBufferSize: 32 << 10}}

// What takes longer hangs, and would keep the run from its end.
const answerWithin = 2 * time.Minute

// Told of each token: when it was written at the upstream, and when it was read here, in nanoseconds.
type onToken func(sent, received int64)

// Asks once and reads the answer to its end.
//
// Returns when the first token came, and an error if a token was lost, repeated or out of order, or if the answer was
// not whole. A context that was cancelled on purpose is no error.
func ask(ctx context.Context, url string, d dialect, s script, tell onToken) (first time.Time, err error) {
	return askFor(ctx, url, d, s, true, tell)
}

// Asks for a stream, or for the answer as a whole: all its tokens come then at its end.
func askFor(asker context.Context, url string, d dialect, s script, stream bool, tell onToken) (first time.Time, err error) {
	ctx, cancel := context.WithTimeout(asker, answerWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+d.path, bytes.NewReader(d.body(s, stream)))
	if err != nil {
		return first, err
	}
	request.Header.Set("Content-Type", "application/json")
	if s.id != "0" {
		request.Header.Set("X-Request-Id", s.id)
	}
	response, err := client.Do(request)
	if err != nil {
		return first, unlessCancelled(asker, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 400))
		return first, fmt.Errorf("status %d: %s", response.StatusCode, text)
	}
	next := 0
	var wrong error
	var tokens tokenReader
	buffer := make([]byte, 32<<10)
	for {
		n, err := response.Body.Read(buffer)
		now := time.Now()
		tokens.feed(buffer[:n], func(sent int64, number int) {
			if number == 0 {
				first = now
			}
			if number != next && wrong == nil {
				wrong = fmt.Errorf("token %d came where %d was due", number, next)
			}
			next = number + 1
			tell(sent, now.UnixNano())
		})
		if err == io.EOF {
			if wrong == nil && next != s.tokens {
				wrong = fmt.Errorf("%d tokens of %d came", next, s.tokens)
			}
			return first, wrong
		}
		if err != nil {
			return first, unlessCancelled(asker, err)
		}
	}
}

func unlessCancelled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Finds the upstream's tokens (`@time#number;`) in a stream, in whatever form and pieces it comes.
type tokenReader struct {
	within bool
	text   []byte
}

func (t *tokenReader) feed(data []byte, found func(sent int64, number int)) {
	for len(data) > 0 {
		if !t.within {
			at := bytes.IndexByte(data, '@')
			if at < 0 {
				return
			}
			t.within = true
			t.text = t.text[:0]
			data = data[at+1:]
			continue
		}
		end := bytes.IndexByte(data, ';')
		if end < 0 {
			t.text = append(t.text, data...)
			return
		}
		t.text = append(t.text, data[:end]...)
		t.within = false
		data = data[end+1:]
		if sent, number, ok := bytes.Cut(t.text, []byte{'#'}); ok {
			at, err1 := strconv.ParseInt(string(sent), 10, 64)
			n, err2 := strconv.Atoi(string(number))
			if err1 == nil && err2 == nil {
				found(at, n)
			}
		}
	}
}

var lastID atomic.Int64

// An id by which the upstream keeps what it saw of a request.
func newID() string {
	return "b" + strconv.FormatInt(time.Now().UnixNano(), 36) + strconv.FormatInt(lastID.Add(1), 36)
}
