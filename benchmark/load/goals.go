package main

import (
	"bytes"
	"fmt"
)

// A goal is one number of ours that must not be more than its bound, or not less.
type goal struct {
	what, goal string
	bound      bound
	// Ours and, where it has one, the plain relay's, in the words of the report.
	unit  string
	shown row
	// What is held against the bound, from a report: not there if something was not measured.
	value func(*report) (float64, bool)
}

type bound struct {
	isLeast bool
	value   float64
}

func atMost(value float64) bound  { return bound{false, value} }
func atLeast(value float64) bound { return bound{true, value} }

func (b bound) holds(value float64) bool {
	if b.isLeast {
		return value >= b.value
	}
	return value <= b.value
}

// Those that the project has set itself.
var goals = []goal{
	{"added time to the first token, p50", "at most 1.5 × the relay's", atMost(1.5), "ms", row{figure: "first.p50", kind: added},
		part(row{figure: "first.p50", kind: added}, ours.key, goRelay.key)},
	{"added latency of a token, 1 stream, p50", "at most 0.8 × the relay's", atMost(0.8), "µs", row{figure: "paced.1.p50", kind: added},
		part(row{figure: "paced.1.p50", kind: added}, ours.key, goRelay.key)},
	{"processor time of a token, 64 streams", "at most 0.75 × the relay's", atMost(0.75), "µs", row{figure: "paced.64.cpu"},
		part(row{figure: "paced.64.cpu"}, ours.key, goRelay.key)},
	{"saturation", "at least 0.7 × direct", atLeast(0.7), "tokens/s", row{figure: "saturated.tokens"},
		part(row{figure: "saturated.tokens"}, ours.key, straight.key)},
	cancelGoal("in the queue", "cancel.queued.p50"),
	cancelGoal("before the first token", "cancel.prefill.p50"),
	cancelGoal("in mid-stream", "cancel.decoding.p50"),
	cancelGoal("no stream", "cancel.whole.p50"),
	{"the old way to ours: time to the first token", "at least 100 ×", atLeast(100), "ms", row{figure: "first.p50", kind: added},
		part(row{figure: "first.p50", kind: added}, polling.key, ours.key)},
	{"the old way with 80 ms of network to ours: latency of a token", "at least 100 ×", atLeast(100), "µs", row{figure: "slow.p50", kind: added},
		part(row{figure: "slow.p50", kind: added}, polling2.key, ours.key)},
	alone("first burst of 1,000 requests, fresh processes, first token, p50", "at most 2,000 ms", atMost(2_000), "ms", "burst.p50"),
	alone("memory of the gateway, idle", "at most 120 MB", atMost(120), "MB", "idle.gateway.rssMB"),
	alone("memory of the gateway, 1,000 open streams, fresh", "at most 250 MB", atMost(250), "MB", "fresh.1000.gateway.rssMB"),
}

func cancelGoal(phase, figure string) goal {
	return alone("cancel, "+phase+", p50", "at most 2 ms", atMost(2), "ms", figure)
}

// Of ours by itself.
func alone(what, text string, b bound, unit, figure string) goal {
	each := row{figure: figure}
	return goal{what, text, b, unit, each, func(r *report) (float64, bool) { return r.value(ours.key, each) }}
}

// One target's value as a part of another's. Nothing is added where that is less than what the direct way itself varies by:
// then there is no part to speak of.
func part(each row, of, to string) func(*report) (float64, bool) {
	return func(r *report) (float64, bool) {
		mine, ok1 := r.value(of, each)
		other, ok2 := r.value(to, each)
		return mine / other, ok1 && ok2 && other > 0
	}
}

func (r *report) writeGoals(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n## Goals\n\n| what | goal | OllamaOrchestrator | plain Go relay | in the goal's terms | |\n|---|---|---|---|---|---|\n")
	for _, g := range goals {
		held, inTerms := "not measured", "–"
		if value, ok := g.value(r); ok {
			inTerms = number(value)
			held = map[bool]string{true: "holds", false: "**missed**"}[g.bound.holds(value)]
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", g.what, g.goal, r.cell(ours.key, g), r.cell(goRelay.key, g), inTerms, held)
	}
}

func (r *report) cell(key string, g goal) string {
	value, ok := r.value(key, g.shown)
	if !ok {
		return "–"
	}
	return number(value) + " " + g.unit
}
