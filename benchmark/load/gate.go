package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"
)

// What a change must not make worse, whatever machine it is measured on.
const (
	// The processor time of a token, as a part of what the plain relay in Go takes in the same minute. A quiet machine shows 0.6
	// to 0.65, with a pair of 1.1 now and then, while the JVM compiles.
	cpuRatioMax = 1.0

	// The same where the machine was never quiet: a third more is what was seen there of a build that keeps the other.
	cpuRatioBusyMax = 1.25

	// What a warm gateway allocates for a token, in bytes, translated to OpenAI's events: 6,100 to 7,500, as more or fewer
	// tokens share a write.
	allocatedMax = 8_500

	// Of pairs that nothing else on the machine disturbed, as many as these are enough, and one waits no longer for them.
	gatePairs    = 7
	gatePairsMax = 18

	// What everything else may take of a processor while a pair is measured. Most of a relay's token is
	// the kernel's work and most of ours is not, so that sharing a processor's caches does not cost both the same.
	othersMax = 0.15
)

// Runs ours and the relay in turn until there are enough pairs that nothing disturbed, and takes their median. Each answer
// is checked to the last token on the way.
func runGate(b *bench) error {
	mine, err := b.run(ours)
	if err != nil {
		return err
	}
	defer mine.stop()
	relay, err := b.run(goRelay)
	if err != nil {
		return err
	}
	defer relay.stop()
	e := effort{settle: 500 * time.Millisecond, window: 3 * time.Second, firsts: 500, saturating: endless, warmUp: warm}
	say("warming up")
	for _, r := range []*running{mine, relay} {
		if err := warmUpOf(r, e); err != nil {
			return err
		}
	}
	if err := checkAllocation(b, mine); err != nil {
		return err
	}
	var quiet, all []float64
	for len(quiet) < gatePairs && len(all) < gatePairsMax {
		others := b.watchOthers(mine, relay)
		ratio, err := pair(mine, relay, e)
		if err != nil {
			return err
		}
		all = append(all, ratio)
		if busy := others(); busy <= othersMax {
			quiet = append(quiet, ratio)
		} else {
			say("    beside something else that took %.2f of a processor", busy)
		}
	}
	ratio, most := median(quiet), cpuRatioMax
	if len(quiet) < gatePairs/2 {
		say("the machine was not quiet: this is the median of all pairs")
		ratio, most = median(all), cpuRatioBusyMax
	}
	say("processor time of a token: %.2f of the relay's; at most %.2f", ratio, most)
	if ratio > most {
		return fmt.Errorf("a token costs more processor time than in the plain relay")
	}
	return nil
}

// To be called again at the end: how much of a processor was taken meanwhile by what is no part of the run.
func (b *bench) watchOthers(measured ...*running) func() float64 {
	own := func() time.Duration {
		sum := b.upstreamProcess.cpu() + ownCPU()
		for _, r := range measured {
			sum += r.cpu()
		}
		return sum
	}
	began, machineBefore, ownBefore := time.Now(), machineCPU(), own()
	return func() float64 {
		return float64(machineCPU()-machineBefore-(own()-ownBefore)) / float64(time.Since(began))
	}
}

// The same of a whole run, whatever it starts and ends.
func (b *bench) watchWholeRun() func() float64 {
	own := func() time.Duration { return b.upstreamProcess.cpu() + ownCPU() + time.Duration(endedCPU.Load()) }
	began, machineBefore, ownBefore := time.Now(), machineCPU(), own()
	return func() float64 {
		return float64(machineCPU()-machineBefore-(own()-ownBefore)) / float64(time.Since(began))
	}
}

// What both cost in the same few seconds, ours as a part of the other's.
func pair(mine, other *running, e effort) (float64, error) {
	var cost []float64
	for _, r := range []*running{mine, other} {
		got, err := paced(context.Background(), r, e, 64, 20*time.Millisecond)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", r.name, err)
		}
		cost = append(cost, got["paced.64.cpu"])
	}
	say("  %.0f µs to %.0f µs", cost[0], cost[1])
	return cost[0] / cost[1], nil
}

func warmUpOf(r *running, e effort) error {
	began := time.Now()
	err1 := shortRequests(r, e.warmUp.requests, warmUpStreams, e.warmUp.atMost)
	err2 := shortRequests(r, e.warmUp.requestsAlone, 1, e.warmUp.atMost)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	for _, s := range []script{
		{tokens: e.warmUp.fastTokens / warmUpStreams, id: "0"},
		{tokens: e.warmUp.pacedTokens / warmUpStreams, every: 5 * time.Millisecond, id: "0"},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), e.warmUp.atMost)
		err := startLoad(ctx, r, warmUpStreams, s).await()
		cancel()
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	say("  %s: up to %d requests, up to %d tokens in %s", r.name, e.warmUp.requests+e.warmUp.requestsAlone,
		e.warmUp.fastTokens+e.warmUp.pacedTokens, time.Since(began).Round(100*time.Millisecond))
	return nil
}

// Short requests, so many at a time, until there were enough or the time is over.
func shortRequests(r *running, requests, atATime int, atMost time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	var left atomic.Int64
	left.Store(int64(requests))
	errs := make(chan error, atATime)
	for range atATime {
		go func() {
			for left.Add(-1) >= 0 {
				_, err := ask(ctx, r.url, r.dialect, script{tokens: 2, id: "0"}, func(int64, int64) {})
				if ctx.Err() != nil {
					break
				}
				if err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var failed error
	for range atATime {
		failed = errors.Join(failed, <-errs)
	}
	return failed
}

// Counts what the gateway's collector has seen come and go while a known number of tokens went through.
func checkAllocation(b *bench, mine *running) error {
	const streams, tokens = 64, 4_000
	before, err := allocated(gcLog(b, ours.key))
	if err != nil {
		return err
	}
	l := startLoad(context.Background(), mine, streams, script{tokens: tokens, every: time.Millisecond, id: "0"})
	l.measure(time.Second)
	if _, err := l.finish(); err != nil {
		return err
	}
	after, err := allocated(gcLog(b, ours.key))
	if err != nil {
		return err
	}
	each := (after - before) / (streams * tokens)
	say("allocated by the gateway for a token: %d bytes; at most %d", each, allocatedMax)
	if each > allocatedMax {
		return fmt.Errorf("the gateway allocates more for a token than it may")
	}
	return nil
}

var collection = regexp.MustCompile(`Pause [^\n]* (\d+)([KM])->(\d+)([KM])\(`)

// All that was allocated up to the last collection: what each found more than the one before it left.
func allocated(log string) (int64, error) {
	text, err := os.ReadFile(log)
	if err != nil {
		return 0, err
	}
	var sum, left int64
	for _, each := range collection.FindAllStringSubmatch(string(text), -1) {
		found := size(each[1], each[2])
		sum += found - left
		left = size(each[3], each[4])
	}
	return sum, nil
}

func size(digits, unit string) int64 {
	value, _ := strconv.ParseInt(digits, 10, 64)
	if unit == "K" {
		return value << 10
	}
	return value << 20
}

// What a change does, in one run: this build beside that of another working copy, or beside itself in another environment.
func runAgainst(b *bench, otherRoot string, environment []string) error {
	mine, err := b.run(ours)
	if err != nil {
		return err
	}
	defer mine.stop()
	before := *b
	before.root, before.environment = otherRoot, environment
	other, err := before.run(target{key: "other", name: "the other", start: func(b *bench) (*running, error) {
		return startOurs(b, "other", openAI, 6_000)
	}})
	if err != nil {
		return err
	}
	defer other.stop()
	e := effort{settle: 500 * time.Millisecond, window: 3 * time.Second, firsts: 500, saturating: endless, warmUp: warm}
	for _, r := range []*running{mine, other} {
		if err := warmUpOf(r, e); err != nil {
			return err
		}
	}
	var ratios []float64
	for range gatePairs {
		ratio, err := pair(mine, other, e)
		if err != nil {
			return err
		}
		ratios = append(ratios, ratio)
	}
	say("processor time of a token: %.2f of the other's", median(ratios))
	var firsts, tails, delays, tokens []float64
	for range gatePairs {
		for _, r := range []*running{mine, other} {
			first, err1 := timeToFirst(r, e)
			alone, err2 := oneStream(r, e, 20*time.Millisecond)
			fast, err3 := saturated(r, e)
			if err := errors.Join(err1, err2, err3); err != nil {
				return err
			}
			firsts = append(firsts, first["first.p50"])
			tails = append(tails, first["first.p99"])
			delays = append(delays, alone["paced.1.p50"])
			tokens = append(tokens, fast["saturated.tokens"])
		}
	}
	sayPairs("time to the first token, p50", "ms", firsts)
	sayPairs("time to the first token, p99", "ms", tails)
	sayPairs("latency of a token, 1 stream, p50", "µs", delays)
	sayPairs("saturation", "tokens/s", tokens)
	return nil
}

// Of values that alternate between the two; what the direct way takes is in them.
func sayPairs(what, unit string, values []float64) {
	var mine, other, ratios []float64
	for i := 0; i+1 < len(values); i += 2 {
		mine, other = append(mine, values[i]), append(other, values[i+1])
		ratios = append(ratios, values[i]/values[i+1])
	}
	say("%s: %.2f of the other's (%.3g to %.3g %s)", what, median(ratios), median(mine), median(other), unit)
}
