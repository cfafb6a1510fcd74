package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// All rounds of all targets: for each target its figures, a value for each round.
type rounds map[string]map[string][]float64

func (all rounds) add(key string, f figures) {
	if all[key] == nil {
		all[key] = map[string][]float64{}
	}
	for name, value := range f {
		all[key][name] = append(all[key][name], value)
	}
}

var targets = []target{straight, ours, oursPlain, goRelay, nginx, litellm, polling, polling2}

// Measures everything, one target after the other in each round, so that whatever else the machine does meets all alike.
func runAll(b *bench, e effort, only, commit string, isQuick bool) error {
	began, load := time.Now(), loadAverage()
	ready, err := startAll(b, only)
	if err != nil {
		return err
	}
	defer func() {
		for _, r := range ready {
			r.stop()
		}
	}()
	all := rounds{}
	var failures []string
	measure := func(what string, r *running, m func() (figures, error)) {
		got, err := m()
		if err != nil {
			failures = append(failures, fmt.Sprintf("%s, %s: %v", r.name, what, err))
			say("  %s, %s: %v", r.name, what, err)
			return
		}
		all.add(r.key, got)
		say("  %-44s %s", r.name, shown(got))
	}

	say("memory before anything is asked")
	for _, r := range ready {
		measure("idle", r, func() (figures, error) { return figures{"idle.rssMB": mb(r.rss())}, nil })
	}
	say("warming up")
	for _, r := range ready {
		if !isOld(r) {
			if err := warmUpOf(r, e); err != nil {
				failures = append(failures, fmt.Sprintf("warming up: %v", err))
			}
		}
	}
	for round := range e.rounds {
		say("round %d of %d", round+1, e.rounds)
		for _, r := range order(ready, round) {
			measure("time to first token", r, func() (figures, error) { return timeToFirst(r, fewer(e, r)) })
			measure("slow stream", r, func() (figures, error) { return slow(r, e) })
			if isOld(r) {
				continue
			}
			for _, streams := range []int{1, 32, 64, 256} {
				measure("paced", r, func() (figures, error) { return paced(context.Background(), r, e, streams, 20*time.Millisecond) })
			}
			measure("saturated", r, func() (figures, error) { return saturated(r, e) })
			measure("cancel", r, func() (figures, error) { return cancelled(b, r, e) })
		}
	}
	say("many open streams")
	for _, streams := range e.openStreams {
		for _, r := range ready {
			if !isOld(r) && r.key != litellm.key {
				measure("open streams", r, func() (figures, error) { return paced(context.Background(), r, e, streams, time.Second) })
			}
		}
	}
	say("a stalled reader")
	for _, stalled := range []bool{false, true} {
		for _, r := range ready {
			if r.key == ours.key || r.key == goRelay.key {
				measure("stalled reader", r, func() (figures, error) { return beside(r, e, stalled) })
			}
		}
	}
	for _, r := range ready {
		r.stop()
	}
	ready = nil
	for range e.starts {
		if err := fresh(b, e, measure); err != nil {
			failures = append(failures, err.Error())
		}
	}
	report := newReport(all, failures, commit, load, isQuick, began)
	if err := report.write(b.out); err != nil {
		return err
	}
	say("report: %s/report.md", b.out)
	if len(failures) > 0 {
		return fmt.Errorf("%d measures failed:\n  %s", len(failures), strings.Join(failures, "\n  "))
	}
	return nil
}

func startAll(b *bench, only string) ([]*running, error) {
	var all []*running
	for _, t := range targets {
		if only != "" && !slices.Contains(strings.Split(only, ","), t.key) && t.key != straight.key {
			continue
		}
		r, err := b.run(t)
		if err != nil {
			for _, each := range all {
				each.stop()
			}
			return nil, err
		}
		if r == nil {
			say("%s is not on this machine", t.name)
			continue
		}
		all = append(all, r)
	}
	return all, nil
}

// No target is always the first.
func order(all []*running, round int) []*running {
	n := round % len(all)
	return append(slices.Clone(all[n:]), all[:n]...)
}

func isOld(r *running) bool { return r.key == polling.key || r.key == polling2.key }

// The old way takes a quarter of a second and more for each.
func fewer(e effort, r *running) effort {
	if isOld(r) {
		e.firsts = max(4, e.firsts/10)
	}
	return e
}

// A stream at a pace that the old way can keep up with.
func slow(r *running, e effort) (figures, error) {
	got, err := paced(context.Background(), r, e, 1, 200*time.Millisecond)
	if err != nil {
		return nil, err
	}
	return figures{"slow.p50": got["paced.1.p50"]}, nil
}

func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

func shown(f figures) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&text, "%s=%.3g ", name, f[name])
	}
	return text.String()
}
