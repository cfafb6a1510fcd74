package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// How long things take: a full run has minutes, a quick one less of everything.
type effort struct {
	rounds                     int
	settle, window             time.Duration
	firsts, cancels, handovers int
	openStreams                []int
	// What the pauses before the requests for a first token are spread over, for a target that would answer all in step.
	firstsOver time.Duration
	// How long a stream without a pace is at most: it is left when enough has been seen of it.
	saturating int
	// Pairs of streams with and without viewers.
	viewerPairs                    int
	simulatedAgents, burst, starts int
	warmUp                         warmUp
}

// What each target serves before anything is measured: until a JVM has compiled, with what it has seen, the way of a
// request among many, that of one by itself, and those of a token.
type warmUp struct {
	requests, requestsAlone, fastTokens, pacedTokens int
	// For a target that is too slow for so many.
	atMost time.Duration
	// For one that compiles nothing.
	atMostCompiled time.Duration
}

// Tokens of a stream that is left before its end.
const endless = 1 << 30

const warmUpStreams = 64

var warm = warmUp{requests: 20_000, requestsAlone: 10_000, fastTokens: 2_000_000, pacedTokens: 400_000, atMost: 30 * time.Second, atMostCompiled: 5 * time.Second}

var (
	full = effort{rounds: 5, settle: 400 * time.Millisecond, window: 2 * time.Second, firsts: 165, cancels: 40, handovers: 20, saturating: endless,
		openStreams: []int{1_000, 5_000}, viewerPairs: 5, simulatedAgents: 1_000, burst: 1_000, starts: 3, warmUp: warm}
	quick = effort{rounds: 2, settle: 500 * time.Millisecond, window: 1500 * time.Millisecond, firsts: 50, cancels: 5, handovers: 10, saturating: endless,
		openStreams: []int{1_000}, viewerPairs: 2, simulatedAgents: 1_000, burst: 1_000, starts: 1, warmUp: warm}
)

// What a target gets of it. Each is asked for everything that it can do, but not as often if it is slow, or if it is there for
// the order of magnitude only.
func (e effort) of(r *running) effort {
	switch {
	case isOld(r):
		// A quarter of a second and more for each.
		e.firsts = max(5, e.firsts/15)
		e.firstsOver = pollEvery
		e.rounds = min(e.rounds, 3)
	case r.key == litellm.key:
		// At 256 streams it needs ten times as long for what it is sent; and it goes on with what nobody wants any more, so
		// that it is given no more than it can do.
		e.firsts /= 5
		e.settle, e.window = e.settle/2, min(e.window, time.Second)
		e.rounds = min(e.rounds, 2)
		e.saturating = 150
		e.warmUp.requests, e.warmUp.requestsAlone, e.warmUp.fastTokens, e.warmUp.pacedTokens = 100, 10, 6_400, 3_200
	}
	if !isServedAsLongAsOurs(r) {
		e.warmUp.atMost = e.warmUp.atMostCompiled
	}
	return e
}

// A JVM, and what it is measured by.
func isServedAsLongAsOurs(r *running) bool {
	return r.key == ours.key || r.key == oursPlain.key || r.key == goRelay.key
}

// What one round measured of one target, by the name of the figure.
type figures map[string]float64

// Time to the first token of one stream at a time, in milliseconds.
func timeToFirst(r *running, e effort) (figures, error) {
	// The first one opens the connection, and brings one that is answered in step into step.
	if _, err := ask(context.Background(), r.url, r.dialect, script{tokens: 1, id: "0"}, func(int64, int64) {}); err != nil {
		return nil, err
	}
	var times []float64
	for i := range e.firsts {
		time.Sleep(e.firstsOver * time.Duration(2*i+1) / time.Duration(2*e.firsts))
		began := time.Now()
		first, err := ask(context.Background(), r.url, r.dialect, script{tokens: 1, id: "0"}, func(int64, int64) {})
		if err != nil {
			return nil, err
		}
		times = append(times, ms(first.Sub(began)))
	}
	return figures{"first.p50": percentile(times, 50), "first.p99": percentile(times, 99)}, nil
}

// Many streams at a pace: what each token takes on its way, and what it costs.
func paced(ctx context.Context, r *running, e effort, streams int, every time.Duration) (figures, error) {
	tokens := int((e.settle+e.window)/every) + 1
	l := startLoad(ctx, r, streams, script{tokens: tokens, every: every, id: "0"})
	time.Sleep(e.settle)
	before := r.cpu()
	l.measure(e.window)
	cpu := r.cpu() - before
	delays, err := l.finish()
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("paced.%d", streams)
	result := perToken(key+".cpu", cpu, l.received())
	maps.Copy(result, figures{
		key + ".p50": percentile(delays, 50), key + ".p95": percentile(delays, 95), key + ".p99": percentile(delays, 99),
	})
	return result, nil
}

// What a token cost; no figure if none came in time, as from one that is far behind.
func perToken(key string, cpu time.Duration, tokens float64) figures {
	if tokens == 0 {
		return figures{}
	}
	return figures{key: us(cpu) / tokens}
}

// One stream at a pace, several times, and shorter for it: on which processors its processes meet differs from stream to
// stream, and a token takes less where they do. The median of each figure.
func oneStream(r *running, e effort, every time.Duration) (figures, error) {
	e.window /= 2
	all := map[string][]float64{}
	for range singleStreams {
		got, err := paced(context.Background(), r, e, 1, every)
		if err != nil {
			return nil, err
		}
		for name, value := range got {
			all[name] = append(all[name], value)
		}
	}
	middle := figures{}
	for name, values := range all {
		middle[name] = median(values)
	}
	return middle, nil
}

const singleStreams = 6

// Many streams that are all open: what they take of memory, and a token on its way. A stream has a token each second.
func open(r *running, e effort, streams int) (figures, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began := time.Now()
	l := startLoad(ctx, r, streams, script{tokens: endless, every: time.Second, id: "0"})
	if err := l.awaitBegun(answerWithin / 2); err != nil {
		return nil, err
	}
	opened := time.Since(began)
	time.Sleep(e.settle)
	before := r.cpu()
	// Of so slow streams fewer tokens come than of the others.
	l.measure(2 * e.window)
	cpu := r.cpu() - before
	memory := r.memory("open." + strconv.Itoa(streams))
	// What was written within the window is to be read as well.
	time.Sleep(time.Second)
	cancel()
	delays, err := l.finish()
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("open.%d", streams)
	maps.Copy(memory, perToken(key+".cpu", cpu, l.received()))
	maps.Copy(memory, figures{
		key + ".p50": percentile(delays, 50), key + ".p99": percentile(delays, 99), key + ".opened": ms(opened),
	})
	return memory, nil
}

// As fast as it goes: 64 streams without a pace. Those without an end are left, after what is measured; others are measured
// from their beginning to their end.
func saturated(r *running, e effort) (figures, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began, before := time.Now(), r.cpu()
	l := startLoad(ctx, r, 64, script{tokens: e.saturating, id: "0"})
	if e.saturating == endless {
		time.Sleep(e.settle)
		before = r.cpu()
		l.measure(e.window)
	} else {
		l.from = began.UnixNano()
		l.streams.Wait()
		l.to = time.Now().UnixNano()
	}
	cpu := r.cpu() - before
	cancel()
	if err := l.await(); err != nil {
		return nil, err
	}
	tokens := l.received()
	if tokens == 0 {
		return nil, errors.New("no token came")
	}
	took := time.Duration(l.to - l.from)
	return figures{"saturated.tokens": tokens / took.Seconds(), "saturated.cpu": us(cpu) / tokens}, nil
}

// From the end of one job to the next one's request at the upstream, with one slot.
func handedOver(b *bench, r *running, e effort) (figures, error) {
	var times []float64
	for range e.handovers {
		one := startAsking(r, script{tokens: 10, every: 10 * time.Millisecond, id: newID()})
		if _, err := b.awaitSeen(one.id, func(at seen) bool { return at.Began != 0 }); err != nil {
			return nil, err
		}
		next := startAsking(r, script{tokens: 1, id: newID()})
		if err := awaitQueue(r, next.id, true); err != nil {
			return nil, err
		}
		if err := errors.Join(<-one.ended, <-next.ended); err != nil {
			return nil, err
		}
		first, err1 := b.awaitSeen(one.id, func(at seen) bool { return at.Ended != 0 })
		second, err2 := b.lookFor(next.id)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		times = append(times, ms(time.Duration(second.Began-first.Ended)))
	}
	return figures{"handover.p50": percentile(times, 50)}, nil
}

// All at once on processes that have just started.
func burst(r *running, e effort) (figures, error) {
	var mu sync.Mutex
	var times []float64
	var all sync.WaitGroup
	errs := make(chan error, e.burst)
	began := time.Now()
	for range e.burst {
		all.Go(func() {
			first, err := ask(context.Background(), r.url, r.dialect, script{tokens: 1, id: "0"}, func(int64, int64) {})
			errs <- err
			mu.Lock()
			defer mu.Unlock()
			times = append(times, ms(first.Sub(began)))
		})
	}
	all.Wait()
	for range e.burst {
		if err := <-errs; err != nil {
			return nil, err
		}
	}
	return figures{"burst.p50": percentile(times, 50), "burst.max": percentile(times, 100)}, nil
}

// One client that reads nothing of a stream without an end, beside 64 that read: what do those notice?
func beside(r *running, e effort, stalled bool) (figures, error) {
	key := "beside.reader"
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if stalled {
		key = "beside.stalled"
		go func() {
			block := make(chan struct{})
			_, _ = ask(ctx, r.url, r.dialect, script{tokens: endless, id: "0"}, func(int64, int64) {
				select {
				case <-block:
				case <-ctx.Done():
				}
			})
		}()
		time.Sleep(time.Second)
	}
	before := r.rss()
	limited, stop := context.WithTimeout(ctx, e.settle+e.window+5*time.Second)
	defer stop()
	got, err := paced(limited, r, e, 64, 20*time.Millisecond)
	if limited.Err() != nil {
		return figures{key + ".stopped": 1}, nil
	}
	if err != nil {
		return nil, err
	}
	return figures{
		key + ".stopped": 0, key + ".p50": got["paced.64.p50"], key + ".p99": got["paced.64.p99"],
		key + ".grownMB": mb(r.rss() - before),
	}, nil
}

// A number of streams that run, and what became of each token.
type load struct {
	from, to int64
	samples  [][]sample
	begun    atomic.Int64
	streams  sync.WaitGroup
	errs     chan error
}

type sample struct {
	sent, delay int64
}

func startLoad(ctx context.Context, r *running, streams int, s script) *load {
	l := &load{samples: make([][]sample, streams), errs: make(chan error, streams)}
	for i := range streams {
		l.streams.Go(func() {
			var own []sample
			_, err := ask(ctx, r.url, r.dialect, s, func(sent, received int64) {
				if len(own) == 0 {
					l.begun.Add(1)
				}
				own = append(own, sample{sent, received - sent})
			})
			l.samples[i] = own
			l.errs <- err
		})
	}
	return l
}

func (l *load) measure(window time.Duration) {
	l.from = time.Now().UnixNano()
	time.Sleep(window)
	l.to = time.Now().UnixNano()
}

// Waits until each stream has its first token. None of them may end meanwhile.
func (l *load) awaitBegun(within time.Duration) error {
	deadline := time.Now().Add(within)
	for time.Now().Before(deadline) {
		if len(l.errs) > 0 {
			return errors.Join(errors.New("a stream ended"), <-l.errs)
		}
		if l.begun.Load() == int64(len(l.samples)) {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("%d streams of %d began within %s", l.begun.Load(), len(l.samples), within)
}

// Waits for all streams.
func (l *load) await() error {
	l.streams.Wait()
	var all []error
	for range l.samples {
		all = append(all, <-l.errs)
	}
	return errors.Join(all...)
}

// Waits for all streams: what each token took that was written within the window, in microseconds.
func (l *load) finish() ([]float64, error) {
	if err := l.await(); err != nil {
		return nil, err
	}
	var delays []float64
	for _, own := range l.samples {
		for _, each := range own {
			if each.sent >= l.from && each.sent < l.to {
				delays = append(delays, float64(each.delay)/1e3)
			}
		}
	}
	if len(delays) == 0 {
		return nil, errors.New("no token came")
	}
	return delays, nil
}

// Once all streams have ended: how many tokens were read within the window, whenever they were written. Without a pace, or with
// one that is too fast for a target, that may be long before.
func (l *load) received() float64 {
	tokens := 0
	for _, own := range l.samples {
		for _, each := range own {
			if at := each.sent + each.delay; at >= l.from && at < l.to {
				tokens++
			}
		}
	}
	return float64(tokens)
}

func (b *bench) awaitSeen(id string, wanted func(seen) bool) (seen, error) {
	deadline := time.Now().Add(3 * time.Second)
	for time.Now().Before(deadline) {
		at, err := b.lookFor(id)
		if err != nil || wanted(at) {
			return at, err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return seen{}, fmt.Errorf("the upstream did not see it of job %s", id)
}

// What the upstream has seen of a request by now: nothing, if it has not heard of it.
func (b *bench) lookFor(id string) (at seen, err error) {
	response, err := http.Get(b.upstream + "/bench/seen?id=" + id)
	if err != nil {
		return at, err
	}
	defer response.Body.Close()
	return at, json.NewDecoder(response.Body).Decode(&at)
}

func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*p/100))]
}

// The middle one, or the mean of the two in the middle.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }
func us(d time.Duration) float64 { return float64(d) / 1e3 }
func mb(bytes int64) float64     { return float64(bytes) / (1 << 20) }
