// The yardstick: a plain relay of two hops, as one would write it in an afternoon. A gateway takes a request and passes
// it to an agent over the one WebSocket that the agent opened; the agent calls Ollama's OpenAI API and sends each line
// back as a JSON frame of its own. Nothing is queued, checked, acknowledged or resumed.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/coder/websocket"
)

const frameMax = 16 << 20

type frame struct {
	Type string `json:"type"`
	Job  string `json:"job"`
	Body string `json:"body,omitempty"`
	Line string `json:"line,omitempty"`
}

func main() {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	flags := flag.NewFlagSet("relay", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "where the gateway listens")
	gateway := flags.String("gateway", "", "the gateway's WebSocket, for the agent")
	upstream := flags.String("upstream", "", "Ollama's address, for the agent")
	switch role {
	case "gateway":
		_ = flags.Parse(os.Args[2:])
		log.Fatal(http.ListenAndServe(*listen, newGateway()))
	case "agent":
		_ = flags.Parse(os.Args[2:])
		log.Fatal(runAgent(*gateway, *upstream))
	default:
		fmt.Fprintln(os.Stderr, "relay gateway --listen ADDRESS | relay agent --gateway URL --upstream URL")
		os.Exit(2)
	}
}

type gateway struct {
	mu    sync.Mutex
	agent *websocket.Conn
	jobs  map[string]chan string
	last  int
}

func newGateway() http.Handler {
	g := &gateway{jobs: map[string]chan string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/agents", g.serveAgent)
	mux.HandleFunc("/v1/chat/completions", g.serveClient)
	return mux
}

func (g *gateway) serveAgent(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	conn.SetReadLimit(frameMax)
	g.mu.Lock()
	g.agent = conn
	g.mu.Unlock()
	for {
		_, data, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var f frame
		if json.Unmarshal(data, &f) != nil {
			return
		}
		g.mu.Lock()
		lines := g.jobs[f.Job]
		if f.Type == "end" {
			delete(g.jobs, f.Job)
		}
		g.mu.Unlock()
		switch {
		case lines == nil:
		case f.Type == "end":
			close(lines)
		default:
			lines <- f.Line
		}
	}
}

func (g *gateway) serveClient(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	g.mu.Lock()
	agent := g.agent
	g.last++
	job := strconv.Itoa(g.last)
	lines := make(chan string, 1024)
	g.jobs[job] = lines
	g.mu.Unlock()
	if agent == nil {
		http.Error(w, "no agent", http.StatusServiceUnavailable)
		return
	}
	if send(r.Context(), agent, frame{Type: "job", Job: job, Body: string(body)}) != nil {
		http.Error(w, "agent lost", http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := w.(http.Flusher)
	for {
		select {
		case line, more := <-lines:
			for waiting := true; more && waiting; {
				_, _ = io.WriteString(w, line+"\n")
				select {
				case line, more = <-lines:
				default:
					waiting = false
				}
			}
			out.Flush()
			if !more {
				return
			}
		case <-r.Context().Done():
			_ = send(context.Background(), agent, frame{Type: "cancel", Job: job})
			for range lines { // Until the agent has ended it: its lines must not stop those of others.
			}
			return
		}
	}
}

func runAgent(gateway, upstream string) error {
	ctx := context.Background()
	conn, _, err := websocket.Dial(ctx, gateway, nil)
	if err != nil {
		return err
	}
	conn.SetReadLimit(frameMax)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 10_000}}
	var mu sync.Mutex
	cancels := map[string]context.CancelFunc{}
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var f frame
		if err := json.Unmarshal(data, &f); err != nil {
			return err
		}
		mu.Lock()
		switch f.Type {
		case "job":
			jobCtx, cancel := context.WithCancel(ctx)
			cancels[f.Job] = cancel
			go func() {
				call(jobCtx, client, conn, upstream, f)
				mu.Lock()
				delete(cancels, f.Job)
				mu.Unlock()
				cancel()
				_ = send(ctx, conn, frame{Type: "end", Job: f.Job})
			}()
		case "cancel":
			if cancel := cancels[f.Job]; cancel != nil {
				cancel()
			}
		}
		mu.Unlock()
	}
}

func call(ctx context.Context, client *http.Client, conn *websocket.Conn, upstream string, job frame) {
	request, err := http.NewRequestWithContext(
		ctx, http.MethodPost, upstream+"/v1/chat/completions", bytes.NewReader([]byte(job.Body)))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if line := lines.Text(); line != "" && send(context.Background(), conn, frame{Type: "line", Job: job.Job, Line: line + "\n"}) != nil {
			return
		}
	}
}

func send(ctx context.Context, conn *websocket.Conn, f frame) error {
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return conn.Write(ctx, websocket.MessageText, data)
}
