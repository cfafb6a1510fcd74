package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The old way, simulated: an agent that asks for jobs every half second and posts each chunk by itself, waiting for the
// answer before it posts the next. It is generous where the old way is not described: a poll takes all jobs that wait,
// and everything else costs nothing but what the network's delay is set to.
const pollEvery = 500 * time.Millisecond

type oldJob struct {
	ID   string `json:"id"`
	Body string `json:"body"`
}

type oldGateway struct {
	mu      sync.Mutex
	last    int
	waiting []oldJob
	running map[string]chan []byte
}

func serveOldGateway(listen string) {
	g := &oldGateway{running: map[string]chan []byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/poll", g.poll)
	mux.HandleFunc("/chunk", g.chunk)
	mux.HandleFunc("/v1/chat/completions", g.client)
	log.Fatal(http.ListenAndServe(listen, mux))
}

func (g *oldGateway) poll(w http.ResponseWriter, _ *http.Request) {
	g.mu.Lock()
	jobs := g.waiting
	g.waiting = nil
	g.mu.Unlock()
	_ = json.NewEncoder(w).Encode(jobs)
}

// An empty chunk is the end.
func (g *oldGateway) chunk(_ http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	g.mu.Lock()
	chunks := g.running[r.URL.Query().Get("job")]
	g.mu.Unlock()
	if chunks != nil {
		chunks <- data
	}
}

func (g *oldGateway) client(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	chunks := make(chan []byte, 100_000)
	g.mu.Lock()
	g.last++
	job := oldJob{strconv.Itoa(g.last), string(body)}
	g.waiting = append(g.waiting, job)
	g.running[job.ID] = chunks
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		delete(g.running, job.ID)
		g.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		select {
		case data := <-chunks:
			if len(data) == 0 {
				return
			}
			_, _ = w.Write(data)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func runOldAgent(gateway, upstream string, network time.Duration) {
	exchange := func(path string, body []byte) []byte {
		time.Sleep(network)
		response, err := client.Post(gateway+path, "application/octet-stream", bytes.NewReader(body))
		if err != nil {
			return nil
		}
		defer response.Body.Close()
		answer, _ := io.ReadAll(response.Body)
		return answer
	}
	for range time.Tick(pollEvery) {
		var jobs []oldJob
		_ = json.Unmarshal(exchange("/poll", nil), &jobs)
		for _, job := range jobs {
			go oldCall(upstream, job, func(data []byte) { exchange("/chunk?job="+job.ID, data) })
		}
	}
}

func oldCall(upstream string, job oldJob, post func([]byte)) {
	defer post(nil)
	request, err := http.NewRequestWithContext(
		context.Background(), http.MethodPost, upstream+openAI.path, bytes.NewReader([]byte(job.Body)))
	if err != nil {
		return
	}
	response, err := client.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if len(lines.Bytes()) > 0 {
			post([]byte(lines.Text() + "\n\n"))
		}
	}
}
