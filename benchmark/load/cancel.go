package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// A moment in a request's life at which its client leaves.
type phase struct {
	name   string
	script script
	stream bool
	// Whether the client waits for a token before it leaves.
	hasBegun bool
}

// Those in which Ollama works. That in which it does not yet, the queue, is measured by cancelledInQueue. Each would go on for
// longer than one waits for its end, but not for much longer: a way that does not stop it has it still to do.
var phases = []phase{
	{name: "prefill", script: script{tokens: 1, first: 4 * time.Second}, stream: true},
	{name: "decoding", script: script{tokens: 800, every: 5 * time.Millisecond}, stream: true, hasBegun: true},
	{name: "whole", script: script{tokens: 800, every: 5 * time.Millisecond}},
}

// One that does not stop Ollama costs seconds of waiting, and tells enough.
const neverMax = 1

// How long a client stays once everything has begun, so that what it leaves is at rest.
const staysFor = 20 * time.Millisecond

// From the moment at which the client leaves to that at which the upstream sees its connection closed, by phase.
func cancelled(b *bench, r *running, e effort) (figures, error) {
	result := figures{}
	for _, p := range phases {
		var times []float64
		never := 0
		for range e.cancels {
			took, err := b.leave(r, p)
			switch {
			case err != nil:
				return nil, fmt.Errorf("%s: %w", p.name, err)
			case took < 0:
				never++
			default:
				times = append(times, ms(took))
			}
			if never == neverMax {
				break
			}
		}
		if len(times) > 0 {
			result["cancel."+p.name+".p50"] = percentile(times, 50)
		}
		result["cancel."+p.name+".never"] = float64(never)
	}
	return result, nil
}

// Asks, leaves in the phase, and waits for the upstream to see it: how long that took, or less than nothing if it did not
// see it in time.
func (b *bench) leave(r *running, p phase) (time.Duration, error) {
	s := p.script
	s.id = newID()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tokens := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		_, err := askFor(ctx, r.url, r.dialect, s, p.stream, func(int64, int64) {
			select {
			case tokens <- struct{}{}:
			default:
			}
		})
		ended <- err
	}()
	if p.hasBegun {
		select {
		case <-tokens:
		case err := <-ended:
			return 0, fmt.Errorf("it ended before its first token: %w", err)
		}
	}
	if _, err := b.awaitSeen(s.id, func(at seen) bool { return at.Began != 0 }); err != nil {
		return 0, err
	}
	time.Sleep(staysFor)
	left := time.Now()
	cancel()
	if err := <-ended; err != nil {
		return 0, err
	}
	at, err := b.awaitSeen(s.id, func(at seen) bool { return at.Ended != 0 })
	if err != nil {
		return -1, nil
	}
	return time.Duration(at.Ended - left.UnixNano()), nil
}

// Clients that leave while their job waits for the one slot of a gateway.
//
// What is measured ends with the first look at the gateway's queue that does not show the job any more; one look follows the
// other, so that a look's own time is part of it. Then the slot becomes free, the job that came after it runs, and the upstream
// must not have heard of the one that was left.
func cancelledInQueue(b *bench, r *running, e effort) (figures, error) {
	var times []float64
	reached := 0
	for range e.cancels {
		took, wasRun, err := b.leaveQueue(r)
		if err != nil {
			return nil, err
		}
		times = append(times, ms(took))
		if wasRun {
			reached++
		}
	}
	return figures{"cancel.queued.p50": percentile(times, 50), "cancel.queued.reached": float64(reached)}, nil
}

func (b *bench) leaveQueue(r *running) (took time.Duration, wasRun bool, err error) {
	holder := startAsking(r, script{tokens: 100_000, every: 20 * time.Millisecond, id: newID()})
	defer holder.leave()
	if _, err := b.awaitSeen(holder.id, func(at seen) bool { return at.Began != 0 }); err != nil {
		return 0, false, err
	}
	left := startAsking(r, script{tokens: 1, id: newID()})
	defer left.leave()
	if err := awaitQueue(r, left.id, true); err != nil {
		return 0, false, err
	}
	time.Sleep(staysFor)

	began := time.Now()
	left.leave()
	if err := awaitQueue(r, left.id, false); err != nil {
		return 0, false, err
	}
	took = time.Since(began)
	if err := <-left.ended; err != nil {
		return 0, false, err
	}

	next := startAsking(r, script{tokens: 1, id: newID()})
	defer next.leave()
	if err := awaitQueue(r, next.id, true); err != nil {
		return 0, false, err
	}
	holder.leave()
	if err := <-next.ended; err != nil {
		return 0, false, err
	}
	at, err := b.lookFor(left.id)
	return took, at.Began != 0, err
}

// A client that asks until it is answered or leaves.
type asking struct {
	id    string
	leave context.CancelFunc
	ended chan error
}

func startAsking(r *running, s script) *asking {
	ctx, leave := context.WithCancel(context.Background())
	a := &asking{s.id, leave, make(chan error, 1)}
	go func() {
		_, err := ask(ctx, r.url, r.dialect, s, func(int64, int64) {})
		a.ended <- err
	}()
	return a
}

// Looks at our gateway's queue, one look after the other, until the request is in it or is not.
func awaitQueue(r *running, id string, isIn bool) error {
	deadline := time.Now().Add(3 * time.Second)
	for time.Now().Before(deadline) {
		is, err := isQueued(r, id)
		if err != nil {
			return err
		}
		if is == isIn {
			return nil
		}
	}
	return fmt.Errorf("in the queue is %s not as it should be: %t", id, isIn)
}

func isQueued(r *running, id string) (bool, error) {
	response, err := client.Get(r.url + "/api/queue?id=" + id)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the queue's status is %d", response.StatusCode)
	}
	var queue struct {
		Requests []struct{} `json:"requests"`
	}
	if err := json.NewDecoder(response.Body).Decode(&queue); err != nil {
		return false, err
	}
	return len(queue.Requests) > 0, nil
}
