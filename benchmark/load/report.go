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
	"strings"
	"time"
)

// What a run found: all that its tables and charts are made of.
type report struct {
	Date     string   `json:"date"`
	Commit   string   `json:"commit"`
	Machine  string   `json:"machine"`
	Load     string   `json:"load"`
	Took     string   `json:"took"`
	Quick    bool     `json:"quick"`
	Failures []string `json:"failures"`
	Targets  []column `json:"targets"`
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
	// Whether what the direct way takes is taken off: only what is added counts.
	added bool
}

type table struct {
	title, about string
	rows         []row
}

var tables = []table{
	{"Time to the first token", "One stream at a time, warm, beyond what the direct way takes.", []row{
		{"first.p50", "p50", "ms", true}, {"first.p99", "p99", "ms", true}}},
	{"Latency of a token", "From the upstream's write to the client's read, beyond the direct way; 50 tokens/s a stream, except for the first line: 5 tokens/s, which the old way can keep up with.", []row{
		{"slow.p50", "1 slow stream, p50", "µs", true},
		{"paced.1.p50", "1 stream, p50", "µs", true}, {"paced.32.p50", "32 streams, p50", "µs", true},
		{"paced.64.p50", "64 streams, p50", "µs", true}, {"paced.64.p99", "64 streams, p99", "µs", true},
		{"paced.256.p50", "256 streams, p50", "µs", true}, {"paced.256.p99", "256 streams, p99", "µs", true},
		{"paced.1000.p50", "1,000 streams of 1 token/s, p50", "µs", true}, {"paced.5000.p50", "5,000 streams of 1 token/s, p50", "µs", true}}},
	{"Processor time of a token", "User's and system's, of all processes between client and upstream.", []row{
		{"paced.64.cpu", "64 streams of 50 tokens/s", "µs", false}, {"paced.256.cpu", "256 streams of 50 tokens/s", "µs", false},
		{"saturated.cpu", "as fast as it goes", "µs", false}}},
	{"Saturation", "64 streams without a pace; client and upstream run on the same cores.", []row{
		{"saturated.tokens", "all together", "tokens/s", false}}},
	{"Memory", "Resident, of all processes between client and upstream.", []row{
		{"idle.rssMB", "idle", "MB", false}, {"paced.1000.rssMB", "1,000 open streams", "MB", false}, {"paced.5000.rssMB", "5,000 open streams", "MB", false}}},
	{"Cancel", "From the client's leaving to the upstream's seeing its connection closed.", []row{
		{"cancel.prefill.p50", "before the first token, p50", "ms", false}, {"cancel.decoding.p50", "in mid-stream, p50", "ms", false},
		{"cancel.prefill.never", "before the first token, not within 3 s", "times", false}, {"cancel.decoding.never", "in mid-stream, not within 3 s", "times", false}}},
	{"A reader that stalls", "64 streams of 50 tokens/s beside one that is not read.", []row{
		{"beside.reader.p50", "without it, p50", "µs", false}, {"beside.stalled.p50", "with it, p50", "µs", false},
		{"beside.stalled.grownMB", "memory that it costs", "MB", false}, {"beside.stalled.stopped", "everybody else stopped", "times", false}}},
	{"Queue", "One slot: from the end of a job to the next one's request at the upstream.", []row{{"handover.p50", "p50", "ms", false}}},
	{"A fresh start", "JVMs as the images start them, with a cache of loaded classes (AOT) and nothing compiled.", []row{
		{"burst.p50", "1,000 requests at once, first token, p50", "ms", false}, {"burst.max", "the same, the last one", "ms", false},
		{"cold.gateway.ready", "gateway: start to ready", "ms", false}, {"cold.gateway.token", "gateway: start to first token", "ms", false},
		{"cold.agent.token", "agent: start to first token", "ms", false},
		{"reconnect.all", "1,000 agents after a restart: open port to the last one back", "ms", false}}},
}

func newReport(all rounds, failures []string, commit, load string, isQuick bool, began time.Time) *report {
	r := &report{Date: began.UTC().Format("2006-01-02 15:04 MST"), Commit: commit, Machine: machine(), Load: load,
		Took: time.Since(began).Round(time.Second).String(), Quick: isQuick, Failures: failures}
	for _, t := range targets {
		if len(all[t.key]) == 0 {
			continue
		}
		c := column{t.key, t.name, map[string]figure{}}
		for name, values := range all[t.key] {
			c.Figures[name] = figure{median(values), slices.Min(values), slices.Max(values), values}
		}
		r.Targets = append(r.Targets, c)
	}
	return r
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
	files := map[string][]byte{"report.json": data, "report.md": r.markdown()}
	for _, c := range r.charts() {
		files["benchmark-"+c.file+".svg"] = c.svg()
	}
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
	fmt.Fprintf(&b, "| | |\n|---|---|\n| date | %s |\n| commit | %s |\n| machine | %s |\n| its load before the run | %s |\n| took | %s%s |\n\n",
		r.Date, r.Commit, r.Machine, r.Load, r.Took, map[bool]string{true: ", with `--quick`: fewer and shorter rounds"}[r.Quick])
	for _, c := range r.charts() {
		fmt.Fprintf(&b, "![%s](benchmark-%s.svg)\n", c.title, c.file)
	}
	fmt.Fprintf(&b, "\nEach value is the median over the rounds, with the least and the most in brackets. In each round the ways are measured\n"+
		"one after the other, each round beginning with another one. Every token carries the moment at which the upstream wrote it,\n"+
		"and all processes share one clock. The upstream is a script in Ollama's place; its own work and the client's are not counted.\n"+
		"nginx and LiteLLM reach their Ollama directly; OllamaOrchestrator, the relay and the old way have a hop more, to an agent\n"+
		"that dialled out. The old way polls every 500 ms and posts each token by itself: it is a simulation, and generous.\n\n")
	fmt.Fprintf(&b, "Before anything is measured, each way serves %d requests one after the other, then %s tokens as fast as it can and %s at\n"+
		"%d × 200 tokens/s, or as many as it can in %s each: the JVM has compiled by then what it will run. The services run with the\n"+
		"flags of their images and the memory of their manifests:\n`%s`, the gateway with `%s`, the agent with `%s`.\n",
		warm.requests, number(float64(warm.fastTokens)), number(float64(warm.pacedTokens)), warmUpStreams, warm.atMost,
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
			return ok && !(each.added && c.Key == straight.key)
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
			any = true
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
	if !each.added {
		return 0
	}
	for _, c := range r.Targets {
		if c.Key == straight.key {
			return c.Figures[each.figure].Median
		}
	}
	return 0
}

// Three digits are all that such a measurement is good for.
func number(value float64) string {
	if value == 0 {
		return "0"
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(value)))))
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(value))))
	text := fmt.Sprintf("%.*f", min(digits, 3), math.Round(value*scale)/scale)
	if whole, _, _ := strings.Cut(text, "."); len(strings.TrimPrefix(whole, "-")) > 3 {
		for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
		return whole
	}
	return text
}
