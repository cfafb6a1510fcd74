package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How long things take: a full run has minutes, a quick one seconds.
type effort struct {
	rounds                         int
	settle, window                 time.Duration
	firsts, cancels, handovers     int
	openStreams                    []int
	simulatedAgents, burst, starts int
	warmUp                         warmUp
}

// What each target serves before anything is measured: until a JVM has compiled, with what it has seen, the way of a
// request, that of a token among many, and that of a token by itself. As many for those that need none of it.
type warmUp struct {
	requests, fastTokens, pacedTokens int
	// For a target that is too slow for so many.
	atMost time.Duration
}

const warmUpStreams = 64

var warm = warmUp{requests: 500, fastTokens: 128_000, pacedTokens: 256_000, atMost: 25 * time.Second}

var (
	full = effort{rounds: 5, settle: time.Second, window: 4 * time.Second, firsts: 100, cancels: 20, handovers: 20,
		openStreams: []int{1_000, 5_000}, simulatedAgents: 1_000, burst: 1_000, starts: 3, warmUp: warm}
	quick = effort{rounds: 2, settle: 500 * time.Millisecond, window: 2 * time.Second, firsts: 30, cancels: 5, handovers: 5,
		openStreams: []int{1_000}, simulatedAgents: 1_000, burst: 1_000, starts: 1, warmUp: warm}
)

// What one round measured of one target, by the name of the figure.
type figures map[string]float64

// Time to the first token of one stream at a time, in milliseconds.
func timeToFirst(r *running, e effort) (figures, error) {
	var times []float64
	for range e.firsts {
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
	rss := r.rss()
	delays, err := l.finish()
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("paced.%d", streams)
	return figures{
		key + ".p50": percentile(delays, 50), key + ".p99": percentile(delays, 99),
		key + ".cpu": us(cpu) / float64(len(delays)), key + ".rssMB": mb(rss),
	}, nil
}

// As fast as it goes: 64 streams without a pace.
func saturated(r *running, e effort) (figures, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l := startLoad(ctx, r, 64, script{tokens: 1 << 30, id: "0"})
	time.Sleep(e.settle)
	before := r.cpu()
	l.measure(e.window)
	cpu := r.cpu() - before
	cancel()
	tokens, err := l.received()
	if err != nil {
		return nil, err
	}
	return figures{"saturated.tokens": tokens / e.window.Seconds(), "saturated.cpu": us(cpu) / tokens}, nil
}

// From the moment at which the client leaves to that at which the upstream sees its connection closed, by phase.
func cancelled(b *bench, r *running, e effort) (figures, error) {
	result := figures{}
	phases := map[string]script{
		"prefill":  {tokens: 10, every: time.Second, first: 20 * time.Second},
		"decoding": {tokens: 100_000, every: 5 * time.Millisecond},
	}
	for phase, s := range phases {
		var times []float64
		for range e.cancels {
			s.id = newID()
			ctx, cancel := context.WithCancel(context.Background())
			tokens := make(chan struct{}, 1)
			ended := make(chan error, 1)
			go func() {
				_, err := ask(ctx, r.url, r.dialect, s, func(int64, int64) {
					select {
					case tokens <- struct{}{}:
					default:
					}
				})
				ended <- err
			}()
			if phase == "decoding" {
				<-tokens
			}
			if _, err := b.awaitSeen(s.id, func(at seen) bool { return at.Began != 0 }); err != nil {
				cancel()
				return nil, err
			}
			time.Sleep(20 * time.Millisecond)
			left := time.Now()
			cancel()
			if err := <-ended; err != nil {
				return nil, err
			}
			at, err := b.awaitSeen(s.id, func(at seen) bool { return at.Ended != 0 })
			if err != nil {
				result["cancel."+phase+".never"]++
				continue
			}
			times = append(times, ms(time.Duration(at.Ended-left.UnixNano())))
		}
		if len(times) > 0 {
			result["cancel."+phase+".p50"] = percentile(times, 50)
		}
	}
	return result, nil
}

// From the end of one job to the next one's request at the upstream, with one slot.
func handedOver(b *bench, r *running, e effort) (figures, error) {
	var times []float64
	for range e.handovers {
		ids := []string{newID(), newID()}
		var both sync.WaitGroup
		errs := make(chan error, 2)
		for _, id := range ids {
			both.Go(func() {
				_, err := ask(context.Background(), r.url, r.dialect, script{tokens: 10, every: 20 * time.Millisecond, id: id}, func(int64, int64) {})
				errs <- err
			})
			time.Sleep(20 * time.Millisecond)
		}
		both.Wait()
		for range ids {
			if err := <-errs; err != nil {
				return nil, err
			}
		}
		one, err1 := b.awaitSeen(ids[0], func(at seen) bool { return at.Ended != 0 })
		other, err2 := b.awaitSeen(ids[1], func(at seen) bool { return at.Began != 0 })
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("the upstream did not see both jobs")
		}
		times = append(times, ms(time.Duration(other.Began-one.Ended)))
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
	return figures{"burst.p50": percentile(times, 50), "burst.max": percentile(times, 100), "burst.rssMB": mb(r.rss())}, nil
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
			_, _ = ask(ctx, r.url, r.dialect, script{tokens: 1 << 30, id: "0"}, func(int64, int64) {
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

// Waits for all streams: how many tokens were read within the window, whenever they were written. Without a pace that may
// be long before.
func (l *load) received() (float64, error) {
	if err := l.await(); err != nil {
		return 0, err
	}
	tokens := 0
	for _, own := range l.samples {
		for _, each := range own {
			if at := each.sent + each.delay; at >= l.from && at < l.to {
				tokens++
			}
		}
	}
	if tokens == 0 {
		return 0, errors.New("no token came")
	}
	return float64(tokens), nil
}

func (b *bench) awaitSeen(id string, wanted func(seen) bool) (seen, error) {
	deadline := time.Now().Add(3 * time.Second)
	for time.Now().Before(deadline) {
		response, err := http.Get(b.upstream + "/bench/seen?id=" + id)
		if err != nil {
			return seen{}, err
		}
		data, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		var at seen
		if json.Unmarshal(data, &at) == nil && wanted(at) {
			return at, nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return seen{}, fmt.Errorf("the upstream did not see it of job %s", id)
}

func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*p/100))]
}

func median(values []float64) float64 { return percentile(values, 50) }

func ms(d time.Duration) float64 { return float64(d) / 1e6 }
func us(d time.Duration) float64 { return float64(d) / 1e3 }
func mb(bytes int64) float64     { return float64(bytes) / (1 << 20) }
