package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// What is measured of processes that have just started.
func (m *measuring) fresh() {
	for _, t := range []target{ours, goRelay} {
		if !m.only.has(t) {
			continue
		}
		m.withFresh(t, []string{"burst"}, func(r *running) {
			time.Sleep(idleAfter)
			m.measure("idle", r, func() (figures, error) { return r.memory("idle"), nil })
			m.measure("burst", r, func() (figures, error) { return burst(r, m.effort) })
			m.measure("open streams of a fresh process", r, func() (figures, error) {
				got, err := open(r, m.effort, 1_000)
				return onlyMemory(got, "open.1000", "fresh.1000"), err
			})
		})
	}
	if !m.only.has(ours) {
		return
	}
	m.withFresh(oneSlot, []string{"queue", "cancel"}, func(r *running) {
		r.key = ours.key
		some := m.effort
		some.firsts, some.handovers, some.cancels = 3_000, 60, 100
		m.unmeasured("warming up", r, func() error {
			_, err1 := timeToFirst(r, some)
			_, err2 := handedOver(m.bench, r, some)
			_, err3 := cancelledInQueue(m.bench, r, some)
			return errors.Join(err1, err2, err3)
		})
		if m.wants("queue") {
			m.measure("hand-over", r, func() (figures, error) { return handedOver(m.bench, r, m.effort) })
		}
		if m.wants("cancel") {
			m.measure("cancel in the queue", r, func() (figures, error) { return cancelledInQueue(m.bench, r, m.effort) })
		}
	})
	if m.wants("starts") {
		if err := measureStarts(m.bench, m.effort, m.measure); err != nil {
			m.failed("starts: %v", err)
		}
	}
}

// With a target that runs for this alone.
func (m *measuring) withFresh(t target, wanted []string, use func(*running)) {
	if !slices.ContainsFunc(wanted, m.wants) {
		return
	}
	r, err := m.bench.run(t)
	if err != nil {
		m.failed("%v", err)
		return
	}
	defer r.stop()
	use(r)
}

func onlyMemory(all figures, name, as string) figures {
	result := figures{}
	for figure, value := range all {
		if part, ok := strings.CutPrefix(figure, name); ok && strings.HasSuffix(part, "rssMB") {
			result[as+part] = value
		}
	}
	return result
}

var oneSlot = target{key: "ours-1", name: "OllamaOrchestrator, one slot", start: func(b *bench) (*running, error) {
	return startOurs(b, "ours-1", openAI, 1)
}}

// From the start of a process to the first token through it: the gateway while its agent dials, then the agent; and a
// thousand agents that find their gateway gone and dial until it is back.
func measureStarts(b *bench, e effort, measure func(string, *running, func() (figures, error))) error {
	port, agentsPort := freePort(), freePort()
	r := &running{target: ours, url: fmt.Sprintf("http://127.0.0.1:%d", port), dialect: openAI}
	agent, err := startAgent(b, "cold", agentsPort, 10)
	if err != nil {
		return err
	}
	time.Sleep(3 * time.Second)
	measure("cold start of the gateway", r, func() (figures, error) {
		began := time.Now()
		gateway, err := startGateway(b, "cold", port, agentsPort)
		if err != nil {
			return nil, err
		}
		r.processes = []*process{gateway}
		if err := awaitListening(r.url+"/q/health/ready", time.Minute); err != nil {
			return nil, err
		}
		ready := time.Since(began)
		if err := awaitAnswer(r.url, r.dialect, time.Minute); err != nil {
			return nil, err
		}
		return figures{"cold.gateway.ready": ms(ready), "cold.gateway.token": ms(time.Since(began))}, nil
	})
	agent.kill()
	measure("cold start of the agent", r, func() (figures, error) {
		began := time.Now()
		agent, err := startAgent(b, "cold", agentsPort, 10)
		if err != nil {
			return nil, err
		}
		defer agent.kill()
		if err := awaitAnswer(r.url, r.dialect, time.Minute); err != nil {
			return nil, err
		}
		return figures{"cold.agent.token": ms(time.Since(began))}, nil
	})
	measure("reconnecting", r, func() (figures, error) {
		defer r.stop()
		fleet := dialFleet(fmt.Sprintf("ws://127.0.0.1:%d/agents", agentsPort), e.simulatedAgents)
		defer fleet.stop()
		if _, err := fleet.awaitAll(time.Minute); err != nil {
			return nil, err
		}
		r.processes[0].kill()
		fleet.forget()
		gateway, err := startGateway(b, "cold", port, agentsPort)
		if err != nil {
			return nil, err
		}
		r.processes[0] = gateway
		if err := awaitListening(fmt.Sprintf("http://127.0.0.1:%d", agentsPort), time.Minute); err != nil {
			return nil, err
		}
		open := time.Now()
		last, err := fleet.awaitAll(time.Minute)
		if err != nil {
			return nil, err
		}
		return figures{"reconnect.all": ms(last.Sub(open)), "reconnect.rssMB": mb(gateway.rss())}, nil
	})
	return nil
}

// Agents that register and do nothing else, and dial again as ours do: at once, then after a random part of at most 5 s.
type simulatedFleet struct {
	mu         sync.Mutex
	registered map[int]time.Time
	agents     int
	cancel     context.CancelFunc
	done       sync.WaitGroup
}

func dialFleet(url string, agents int) *simulatedFleet {
	ctx, cancel := context.WithCancel(context.Background())
	f := &simulatedFleet{registered: map[int]time.Time{}, agents: agents, cancel: cancel}
	for i := range agents {
		f.done.Go(func() {
			wait := 250 * time.Millisecond
			for ctx.Err() == nil {
				if f.connect(ctx, url, i) {
					wait = 250 * time.Millisecond
					continue
				}
				select {
				case <-time.After(rand.N(wait)):
				case <-ctx.Done():
				}
				wait = min(2*wait, 5*time.Second)
			}
		})
	}
	return f
}

// Returns when the connection has ended: whether there was one.
func (f *simulatedFleet) connect(ctx context.Context, url string, number int) bool {
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: http.DefaultClient})
	if err != nil {
		return false
	}
	defer conn.CloseNow()
	register := fmt.Sprintf(`{"type":"register","protocol":2,"models":["bench:latest"],"agentId":"%032x","instanceId":"%032x",`+
		`"name":"simulated-%d","version":"0.1.0","slots":1,"labels":{},"ollamaVersion":"0.32.15",`+
		`"catalog":[{"name":"bench:latest","model":"bench:latest","size":1000000}],"loaded":[],"resuming":[]}`,
		number+1, number+1, number)
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return true
		}
		switch text := string(data); {
		case strings.Contains(text, `"welcome"`):
			if conn.Write(ctx, websocket.MessageText, []byte(register)) != nil {
				return true
			}
		case strings.Contains(text, `"registered"`):
			f.mu.Lock()
			f.registered[number] = time.Now()
			f.mu.Unlock()
		}
	}
}

func (f *simulatedFleet) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.registered = map[int]time.Time{}
}

// When the last of them was registered.
func (f *simulatedFleet) awaitAll(within time.Duration) (last time.Time, err error) {
	deadline := time.Now().Add(within)
	for time.Now().Before(deadline) {
		f.mu.Lock()
		if len(f.registered) == f.agents {
			for _, at := range f.registered {
				if at.After(last) {
					last = at
				}
			}
			f.mu.Unlock()
			return last, nil
		}
		f.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
	return last, errors.New("not all agents came back in time")
}

func (f *simulatedFleet) stop() {
	f.cancel()
	f.done.Wait()
}
