package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a run found: all that its tables and charts are made of.
type report struct {
	Date    string `json:"date"`
	Commit  string `json:"commit"`
	Machine string `json:"machine"`
	// Before the run.
	Load string `json:"load"`
	// How much of a processor was taken in the mean, during the run, by what is no part of it.
	Others float64 `json:"others"`
	// How many measures of the rounds that disturbed.
	Disturbed string   `json:"disturbed"`
	Took      string   `json:"took"`
	Quick     bool     `json:"quick"`
	Failures  []string `json:"failures"`
	Targets   []column `json:"targets"`
	// What the measures took.
	Seconds map[string]float64 `json:"seconds"`
}

// One target, with each figure's median and spread over the rounds.
type column struct {
	Key     string            `json:"key"`
	Name    string            `json:"name"`
	Figures map[string]figure `json:"figures"`
}

type figure struct {
	Median float64   `json:"median"`
	Least  float64   `json:"least"`
	Most   float64   `json:"most"`
	Rounds []float64 `json:"rounds"`
}

// A line of the report's tables.
type row struct {
	figure, title, unit string
	kind                kind
}

// The unit of what is a ratio by itself.
const ofOne = "of 1"

// How many streams the line is of; 0 if that does not belong to it.
func (r row) streams() int {
	if _, rest, ok := strings.Cut(r.figure, "."); ok {
		number, _, _ := strings.Cut(rest, ".")
		if streams, err := strconv.Atoi(number); err == nil {
			return streams
		}
	}
	return 0
}

// What may be done with a line's values.
type kind int

const (
	plain kind = iota
	// What the direct way takes is taken off: only what is added counts.
	added
	// The same of a tail, which is told, but differs from run to run.
	addedTail
	tail
	// How often something happened that should not: told only if it did.
	fault
)

func (k kind) isAdded() bool { return k == added || k == addedTail }

type table struct {
	title, about string
	rows         []row
}

var tables = []table{
	{"Time to the first token", "One stream at a time, warm, beyond what the direct way takes.", []row{
		{"first.p50", "p50", "ms", added}, {"first.p99", "p99", "ms", addedTail}}},
	{"Latency of a token", "From the upstream's write to the client's read, beyond the direct way; 50 tokens/s a stream, except for the first line:\n" +
		"5 tokens/s, which the old way can keep up with. LiteLLM cannot keep up with 64 streams and more: what it shows there is how much\n" +
		"has piled up in the second that it is measured.", []row{
		{"slow.p50", "1 slow stream, p50", "µs", added},
		{"paced.1.p50", "1 stream, p50", "µs", added}, {"paced.32.p50", "32 streams, p50", "µs", added},
		{"paced.64.p50", "64 streams, p50", "µs", added}, {"paced.64.p99", "64 streams, p99", "µs", addedTail},
		{"paced.256.p50", "256 streams, p50", "µs", added}, {"paced.256.p99", "256 streams, p99", "µs", addedTail},
		{"open.1000.p50", "1,000 streams of 1 token/s, p50", "µs", added}, {"open.1000.p99", "1,000 streams of 1 token/s, p99", "µs", addedTail},
		{"open.5000.p50", "5,000 streams of 1 token/s, p50", "µs", added}, {"open.5000.p99", "5,000 streams of 1 token/s, p99", "µs", addedTail}}},
	{"Processor time of a token", "User's and system's, of all processes between client and upstream. In µs, which are also seconds a million tokens.", []row{
		{"paced.1.cpu", "1 stream of 50 tokens/s", "µs", plain},
		{"paced.64.cpu", "64 streams of 50 tokens/s", "µs", plain}, {"paced.256.cpu", "256 streams of 50 tokens/s", "µs", plain},
		{"saturated.cpu", "as fast as it goes", "µs", plain}}},
	{"Saturation", "64 streams without a pace; client and upstream run on the same cores.", []row{
		{"saturated.tokens", "all together", "tokens/s", plain}}},
	{"Memory", "Resident, of all processes between client and upstream, and of a pair's each part. Fresh are processes that have just started\n" +
		"and answered a burst of 1,000 requests; the others have served all that is told above.", []row{
		{"idle.rssMB", "idle", "MB", plain}, {"idle.gateway.rssMB", "idle, gateway", "MB", plain}, {"idle.agent.rssMB", "idle, agent", "MB", plain},
		{"fresh.1000.rssMB", "1,000 open streams, fresh", "MB", plain}, {"fresh.1000.gateway.rssMB", "1,000 open streams, fresh, gateway", "MB", plain},
		{"fresh.1000.agent.rssMB", "1,000 open streams, fresh, agent", "MB", plain},
		{"open.1000.rssMB", "1,000 open streams", "MB", plain}, {"open.1000.gateway.rssMB", "1,000 open streams, gateway", "MB", plain},
		{"open.1000.agent.rssMB", "1,000 open streams, agent", "MB", plain},
		{"open.5000.rssMB", "5,000 open streams", "MB", plain}, {"open.5000.gateway.rssMB", "5,000 open streams, gateway", "MB", plain},
		{"open.5000.agent.rssMB", "5,000 open streams, agent", "MB", plain}}},
	{"Cancel", "From the client's leaving to the upstream's seeing its connection closed. In the queue, of a gateway with one slot: to the first\n" +
		"look at `/api/queue` that does not show the request any more, the look included; nothing of it may reach the upstream.", []row{
		{"cancel.queued.p50", "in the queue, p50", "ms", plain}, {"cancel.prefill.p50", "before the first token, p50", "ms", plain},
		{"cancel.decoding.p50", "in mid-stream, p50", "ms", plain}, {"cancel.whole.p50", "of an answer that is no stream, p50", "ms", plain},
		{"cancel.queued.reached", "from the queue, reached the upstream all the same", "times", fault},
		{"cancel.prefill.never", "before the first token, not within 3 s", "times", fault}, {"cancel.decoding.never", "in mid-stream, not within 3 s", "times", fault},
		{"cancel.whole.never", "of an answer that is no stream, not within 3 s", "times", fault}}},
	{"A reader that stalls", "64 streams of 50 tokens/s beside one that is not read.", []row{
		{"beside.reader.p50", "without it, p50", "µs", plain}, {"beside.stalled.p50", "with it, p50", "µs", plain},
		{"beside.stalled.grownMB", "memory that it costs", "MB", tail}, {"beside.stalled.stopped", "everybody else stopped", "times", fault}}},
	{"Ten viewers of the web UI", "64 streams of 50 tokens/s while ten clients read the gateway's live stream, and while none does, in turn.", []row{
		{"viewers.without.cpu", "processor time of a token, nobody watches", "µs", plain}, {"viewers.with.cpu", "ten watch", "µs", plain},
		{"viewers.ratio.cpu", "processor time of a token, ten to nobody", ofOne, plain},
		{"viewers.ratio.p50", "latency of a token, p50, ten to nobody", ofOne, plain},
		{"viewers.ratio.p95", "latency of a token, p95, ten to nobody", ofOne, tail},
		{"viewers.kilobytes", "what a viewer gets", "KB/s", plain}}},
	{"Queue", "One slot, warm: from the end of a job to the next one's request at the upstream.", []row{{"handover.p50", "p50", "ms", plain}}},
	{"A fresh start", "JVMs as the images start them, with a cache of loaded classes (AOT) and nothing compiled.", []row{
		{"burst.p50", "1,000 requests at once, first token, p50", "ms", plain}, {"burst.max", "the same, the last one", "ms", tail},
		{"cold.gateway.ready", "gateway: start to ready", "ms", plain}, {"cold.gateway.token", "gateway: start to first token", "ms", plain},
		{"cold.agent.token", "agent: start to first token", "ms", plain},
		{"reconnect.all", "1,000 agents after a restart: open port to the last one back", "ms", tail}, {"reconnect.rssMB", "the gateway then", "MB", plain}}},
}

func newReport(all rounds, failures []string, commit string, isQuick bool, began time.Time) *report {
	r := &report{Date: began.UTC().Format("2006-01-02 15:04 MST"), Commit: commit, Machine: machine(),
		Took: time.Since(began).Round(time.Second).String(), Quick: isQuick, Failures: failures}
	for _, t := range targets {
		if len(all[t.key]) == 0 {
			continue
		}
		c := column{t.key, t.name, map[string]figure{}}
		for name, values := range all[t.key] {
			c.Figures[name] = figureOf(values)
		}
		r.Targets = append(r.Targets, c)
	}
	return r
}

func figureOf(values []float64) figure {
	f := figure{Median: rounded(median(values)), Least: rounded(slices.Min(values)), Most: rounded(slices.Max(values))}
	for _, each := range values {
		f.Rounds = append(f.Rounds, rounded(each))
	}
	return f
}

// To five digits, more of which nobody can read.
func rounded(value float64) float64 {
	result, _ := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 5, 64), 64)
	return result
}

// Of a target: the median, less what the direct way takes if only what is added counts; of a fault the worst.
func (r *report) value(key string, each row) (float64, bool) {
	f, ok := r.figure(key, each.figure)
	if each.kind == fault {
		return f.Most, ok
	}
	return f.Median - r.takenOff(each), ok
}

func (r *report) figure(key, name string) (figure, bool) {
	for _, c := range r.Targets {
		if c.Key == key {
			f, ok := c.Figures[name]
			return f, ok
		}
	}
	return figure{}, false
}

func machine() string {
	cpu := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				cpu = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d × %s, Linux %s", runtime.NumCPU(), cpu, strings.TrimSpace(string(kernel)))
}

// How many processes wanted a processor in the last minute, so that one can see whether the machine did something else.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// report.json, report.md and a chart for each of the main figures.
func (r *report) write(out string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	files := r.pictures()
	files["report.json"], files["report.md"] = data, r.markdown()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (r *report) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Benchmark\n\nWhat each way from a client to an Ollama adds, measured side by side by `benchmark/run`.\n\n")
	fmt.Fprintf(&b, "| | |\n|---|---|\n| date | %s |\n| commit | %s |\n| machine | %s |\n| its load before the run | %s |\n"+
		"| what else it did during the run | %s of a processor |\n| measures that this disturbed | %s |\n| took | %s%s |\n\n",
		r.Date, r.Commit, r.Machine, r.Load, number(r.Others), r.Disturbed, r.Took, map[bool]string{true: ", with `--quick`: fewer and shorter rounds"}[r.Quick])
	for _, c := range r.charts() {
		fmt.Fprintf(&b, "![%s](benchmark-%s.svg)\n", c.title, c.file)
	}
	r.writeGoals(&b)
	fmt.Fprintf(&b, "\n## How it is measured\n\nThe charts' scales are logarithmic. "+
		"Each value is the median over the rounds, with the least and the most in brackets. Everything that is measured is measured of one\n"+
		"way after the other, each round beginning with another one. Every token carries the moment at which the upstream wrote it,\n"+
		"and all processes share one clock. The upstream is a script in Ollama's place; its own work and the client's are not counted.\n"+
		"nginx and LiteLLM reach their Ollama directly; OllamaOrchestrator, the relay and the old way have a hop more, to an agent\n"+
		"that dialled out. The old way polls every 500 ms and posts each token by itself: it is a simulation, and generous.\n"+
		"What took place while something else took more than %s of a processor is measured again, and the quieter of the two counts.\n"+
		"A round is %s of each pace, and of one stream the median of %d times half of it. The old way has fewer rounds, LiteLLM fewer and shorter ones.\n\n",
		number(othersMax), map[bool]time.Duration{true: quick.window, false: full.window}[r.Quick], singleStreams)
	fmt.Fprintf(&b, "Before anything is measured, OllamaOrchestrator and the relay serve %s short requests, %d at a time, %s one at a time,\n"+
		"then %s tokens as fast as they can and %s at %d × 200 tokens/s, each at most %s, and a round that is not counted:\n"+
		"the JVM has compiled by then most of what it will run. The others compile nothing, and do the same for at most %s each, LiteLLM\n"+
		"less of it, and without that round. The services run with the flags of their images and the memory of their manifests:\n"+
		"`%s`, the gateway with `%s`, the agent with `%s`.\n\n"+
		"Two runs tell the same if `benchmark/target/bin/load compare` of their `report.json` finds the same order and ratios within 20 %%.\n"+
		"Tails, and what nothing stands beside, are told only, and so are the ratios of LiteLLM where it does not keep up.\n",
		number(float64(warm.requests)), warmUpStreams, number(float64(warm.requestsAlone)), number(float64(warm.fastTokens)), number(float64(warm.pacedTokens)), warmUpStreams, warm.atMost, warm.atMostCompiled,
		strings.Join(jvmFlags, " "), strings.Join(gatewayFlags, " "), strings.Join(agentFlags, " "))
	for _, t := range tables {
		r.writeTable(&b, t)
	}
	if len(r.Failures) > 0 {
		fmt.Fprintf(&b, "\n## What failed\n\n")
		for _, f := range r.Failures {
			fmt.Fprintf(&b, "- %s\n", f)
		}
	}
	return b.Bytes()
}

func (r *report) writeTable(b *bytes.Buffer, t table) {
	var with []column
	for _, c := range r.Targets {
		if slices.ContainsFunc(t.rows, func(each row) bool {
			_, ok := c.Figures[each.figure]
			return ok && !(each.kind.isAdded() && c.Key == straight.key)
		}) {
			with = append(with, c)
		}
	}
	if len(with) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| |", t.title, t.about)
	for _, c := range with {
		fmt.Fprintf(b, " %s |", c.Name)
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---|", len(with)))
	for _, each := range t.rows {
		var cells strings.Builder
		any := false
		for _, c := range with {
			f, ok := c.Figures[each.figure]
			if !ok {
				cells.WriteString(" – |")
				continue
			}
			any = any || each.kind != fault || f.Most > 0
			off := r.takenOff(each)
			fmt.Fprintf(&cells, " %s", number(f.Median-off))
			if len(f.Rounds) > 1 {
				fmt.Fprintf(&cells, " (%s–%s)", number(f.Least-off), number(f.Most-off))
			}
			cells.WriteString(" |")
		}
		if any {
			fmt.Fprintf(b, "| %s, %s |%s\n", each.title, each.unit, cells.String())
		}
	}
}

func (r *report) takenOff(each row) float64 {
	if !each.kind.isAdded() {
		return 0
	}
	f, _ := r.figure(straight.key, each.figure)
	return f.Median
}

// Three digits are all that such a measurement is good for.
func number(value float64) string {
	if value == 0 {
		return "0"
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(value))))
	value = math.Round(value*scale) / scale
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(value)))))
	text := fmt.Sprintf("%.*f", min(digits, 3), value)
	if whole, _, _ := strings.Cut(text, "."); len(strings.TrimPrefix(whole, "-")) > 3 {
		return grouped(whole)
	}
	return text
}

// A whole number's digits by threes.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
