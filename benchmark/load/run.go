package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
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

// What is measured in each round, one target after the other.
type step struct {
	key string
	of  func(*running) bool
	run func(*bench, *running, effort) (figures, error)
}

var steps = slices.Concat(
	[]step{
		{"first", all, func(_ *bench, r *running, e effort) (figures, error) { return timeToFirst(r, e) }},
		{"slow", isSlowCompared, func(_ *bench, r *running, e effort) (figures, error) { return slow(r, e) }},
	},
	pacedSteps(1, 32, 64, 256),
	[]step{
		{"saturated", isNew, func(_ *bench, r *running, e effort) (figures, error) { return saturated(r, e) }},
		{"cancel", isNew, cancelled},
	},
)

func pacedSteps(streams ...int) []step {
	var result []step
	for _, each := range streams {
		result = append(result, step{"paced", isNew, func(_ *bench, r *running, e effort) (figures, error) {
			if each == 1 {
				return oneStream(r, e, 20*time.Millisecond)
			}
			return paced(context.Background(), r, e, each, 20*time.Millisecond)
		}})
	}
	return result
}

// What can be asked for by itself: the steps, and what comes after the rounds.
var measures = []string{"first", "slow", "paced", "saturated", "cancel", "open", "stalled", "viewers", "burst", "queue", "starts"}

// Those that need no target that has been warmed up.
var freshMeasures = []string{"burst", "queue", "starts"}

func all(*running) bool     { return true }
func isOld(r *running) bool { return r.key == polling.key || r.key == polling2.key }
func isNew(r *running) bool { return !isOld(r) }

// At a pace that the old way can keep up with: those that it is compared with.
func isSlowCompared(r *running) bool {
	return isOld(r) || r.key == straight.key || r.key == ours.key || r.key == goRelay.key
}

// A run while it goes on.
type measuring struct {
	bench    *bench
	effort   effort
	only     selection
	ready    []*running
	rounds   rounds
	failures []string
	spent    map[string]time.Duration
	// What something else on the machine disturbed while it was measured in a round, and how much of it was measured again.
	measured, disturbed, repeated int
}

// More repetitions would take a run that is never left alone too long.
const repetitionsMax = 20

// What to measure, and of what.
type selection struct {
	targets, measures []string
}

func (s selection) has(t target) bool {
	return len(s.targets) == 0 || slices.Contains(s.targets, t.key)
}

func (s selection) check() error {
	for _, each := range s.measures {
		if !slices.Contains(measures, each) {
			return fmt.Errorf("%s is no measure; there are: %s", each, strings.Join(measures, ", "))
		}
	}
	for _, each := range s.targets {
		if !slices.ContainsFunc(targets, func(t target) bool { return t.key == each }) {
			return fmt.Errorf("%s is no target", each)
		}
	}
	return nil
}

// Measures everything, one target after the other in each step of each round, so that whatever else the machine does meets
// all alike.
func runAll(b *bench, e effort, s selection, commit string, isQuick bool) error {
	if err := s.check(); err != nil {
		return err
	}
	began, load, others := time.Now(), loadAverage(), b.watchWholeRun()
	m := &measuring{bench: b, effort: e, only: s, rounds: rounds{}, spent: map[string]time.Duration{}}
	if slices.ContainsFunc(measures, func(each string) bool { return m.wants(each) && !slices.Contains(freshMeasures, each) }) {
		if err := m.warm(); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(append(freshMeasures, "cancel"), m.wants) {
		for start := range e.starts {
			say("fresh processes, %d of %d", start+1, e.starts)
			m.fresh()
		}
	}
	m.sayWhatTookLong()
	report := newReport(m.rounds, m.failures, commit, isQuick, began)
	report.Load = load
	report.Others = rounded(others())
	report.Disturbed = fmt.Sprintf("%d of %d, of which %d were repeated", m.disturbed, m.measured, m.repeated)
	report.Seconds = seconds(m.spent)
	if err := report.write(b.out); err != nil {
		return err
	}
	say("report: %s/report.md", b.out)
	if len(m.failures) > 0 {
		return fmt.Errorf("%d measures failed:\n  %s", len(m.failures), strings.Join(m.failures, "\n  "))
	}
	return nil
}

func (m *measuring) wants(measure string) bool {
	return len(m.only.measures) == 0 || slices.Contains(m.only.measures, measure)
}

func (m *measuring) failed(format string, args ...any) {
	m.failures = append(m.failures, fmt.Sprintf(format, args...))
	say("  "+format, args...)
}

func (m *measuring) measure(what string, r *running, run func() (figures, error)) {
	began := time.Now()
	got, err := run()
	took := time.Since(began)
	m.spent[what] += took
	if err != nil {
		m.failed("%s, %s: %v", r.name, what, err)
		return
	}
	m.rounds.add(r.key, got)
	say("  %-40s %5.1f s  %s", r.name, took.Seconds(), shown(got))
}

// Measures once more if something else disturbed it, and takes what was disturbed less.
func (m *measuring) measureUndisturbed(what string, r *running, run func() (figures, error)) {
	m.measure(what, r, func() (figures, error) {
		got, others, err := m.beside(run)
		m.measured++
		if err != nil || others <= othersMax {
			return got, err
		}
		m.disturbed++
		if m.repeated == repetitionsMax {
			return got, nil
		}
		m.repeated++
		again, othersAgain, err := m.beside(run)
		if err == nil && othersAgain < others {
			return again, nil
		}
		return got, nil
	})
}

// How much of a processor others took meanwhile: surely, for a machine's time is counted in hundredths of a second, on each
// processor.
func (m *measuring) beside(run func() (figures, error)) (figures, float64, error) {
	began, others := time.Now(), m.bench.watchOthers(m.ready...)
	got, err := run()
	unsure := time.Duration(runtime.NumCPU()) * time.Second / ticksPerSecond
	return got, others() - float64(unsure)/float64(time.Since(began)), err
}

// A process that has started has what it needed for that a while longer.
const idleAfter = 10 * time.Second

func (m *measuring) unmeasured(what string, r *running, run func() error) {
	began := time.Now()
	if err := run(); err != nil {
		m.failed("%s, %s: %v", r.name, what, err)
	}
	m.spent[what] += time.Since(began)
}

// All that is measured of processes that have served for a while.
func (m *measuring) warm() error {
	began := time.Now()
	ready, err := startAll(m.bench, m.only)
	if err != nil {
		return err
	}
	m.ready = ready
	m.spent["starting"] += time.Since(began)
	defer func() {
		for _, r := range ready {
			r.stop()
		}
	}()
	say("memory before anything is asked")
	time.Sleep(idleAfter)
	for _, r := range ready {
		m.measure("idle", r, func() (figures, error) { return r.memory("idle"), nil })
	}
	say("warming up")
	for _, r := range ready {
		if isNew(r) {
			m.unmeasured("warming up", r, func() error { return warmUpOf(r, m.effort.of(r)) })
		}
	}
	say("a round that is not counted")
	m.serveRound()
	for round := range m.effort.rounds {
		say("round %d of %d", round+1, m.effort.rounds)
		for _, each := range steps {
			if !m.wants(each.key) {
				continue
			}
			for _, r := range order(ready, round) {
				if e := m.effort.of(r); each.of(r) && round < e.rounds {
					m.measureUndisturbed(each.key, r, func() (figures, error) { return each.run(m.bench, r, e) })
				}
			}
		}
	}
	find := func(keys ...string) (found []*running) {
		for _, r := range ready {
			if slices.Contains(keys, r.key) {
				found = append(found, r)
			}
		}
		return found
	}
	if m.wants("viewers") {
		m.viewers(find(ours.key))
	}
	if m.wants("stalled") {
		say("a stalled reader")
		for _, stalled := range []bool{false, true} {
			for _, r := range find(ours.key, goRelay.key) {
				m.measure("stalled", r, func() (figures, error) { return beside(r, m.effort, stalled) })
			}
		}
	}
	if m.wants("open") {
		say("many open streams")
		for _, streams := range m.effort.openStreams {
			for _, r := range ready {
				if isNew(r) && r.key != litellm.key && r.key != oursPlain.key {
					m.measure("open", r, func() (figures, error) { return open(r, m.effort, streams) })
				}
			}
		}
		for _, r := range find(litellm.key) {
			m.measure("open", r, func() (figures, error) { return open(r, m.effort, litellmStreams) })
			// It would go on with them.
			r.stop()
		}
	}
	return nil
}

// A JVM goes on compiling for a while what comes in a new mixture.
func (m *measuring) serveRound() {
	for _, each := range steps {
		for _, r := range m.ready {
			if m.wants(each.key) && each.of(r) && isServedAsLongAsOurs(r) {
				m.unmeasured("warming up", r, func() error {
					_, err := each.run(m.bench, r, m.effort.of(r))
					return err
				})
			}
		}
	}
}

// More, of a token a second each, it cannot serve.
const litellmStreams = 1_000

// Nobody has watched before: the first pair is not counted.
func (m *measuring) viewers(watchable []*running) {
	say("ten viewers beside 64 streams")
	for _, r := range watchable {
		m.unmeasured("viewers", r, func() error {
			_, err := watched(r, m.effort, 0)
			return err
		})
		for pair := range m.effort.viewerPairs {
			m.measureUndisturbed("viewers", r, func() (figures, error) { return watched(r, m.effort, pair) })
		}
	}
}

func (m *measuring) sayWhatTookLong() {
	say("what took how long")
	names := slices.SortedFunc(maps.Keys(m.spent), func(a, b string) int { return int(m.spent[b] - m.spent[a]) })
	for _, name := range names {
		say("  %6.1f s  %s", m.spent[name].Seconds(), name)
	}
}

func startAll(b *bench, only selection) ([]*running, error) {
	var all []*running
	for _, t := range targets {
		if !only.has(t) && t.key != straight.key {
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

// A stream at a pace that the old way can keep up with.
func slow(r *running, e effort) (figures, error) {
	got, err := oneStream(r, e, 200*time.Millisecond)
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

func seconds(spent map[string]time.Duration) map[string]float64 {
	result := map[string]float64{}
	for name, took := range spent {
		result[name] = rounded(took.Seconds())
	}
	return result
}
