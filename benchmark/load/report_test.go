package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAGoalIsToldAsItIs(t *testing.T) {
	r := figuresOnly(rounds{
		"direct": {"first.p50": {0.1}, "saturated.tokens": {1000}},
		"relay":  {"first.p50": {0.5}, "paced.64.cpu": {100}},
		"ours":   {"first.p50": {0.6}, "paced.64.cpu": {80}, "saturated.tokens": {700}},
	})
	var b strings.Builder
	b.Write(r.markdown())
	for _, want := range []string{
		"| added time to the first token, p50 | at most 1.5 × the relay's | 0.500 ms | 0.400 ms | 1.25 | holds |",
		"| processor time of a token, 64 streams | at most 0.75 × the relay's | 80.0 µs | 100 µs | 0.800 | **missed** |",
		"| saturation | at least 0.7 × direct | 700 tokens/s | – | 0.700 | holds |",
		"| memory of the gateway, idle | at most 120 MB | – | – | – | not measured |",
	} {
		if !strings.Contains(b.String(), want+"\n") {
			t.Errorf("it does not say %s", want)
		}
	}
}

func TestAFaultIsTheMostThatARoundHadOfIt(t *testing.T) {
	r := figuresOnly(rounds{"ours": {"cancel.prefill.p50": {1, 1, 1}, "cancel.prefill.never": {0, 2, 0}, "cancel.decoding.never": {0, 0, 0}}})
	text := string(r.markdown())
	if !strings.Contains(text, "| before the first token, not within 3 s, times | 0 (0–2.00) |") {
		t.Error("a fault of one round is not told")
	}
	if strings.Contains(text, "in mid-stream, not within 3 s") {
		t.Error("a fault that nobody had is told")
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	out := t.TempDir()
	all := rounds{"ours": {"first.p50": {1.23456789, 2}}, "direct": {"first.p50": {0.1, 0.2}}}
	if err := newReport(all, nil, "abc", true, time.Now()).write(out); err != nil {
		t.Fatal(err)
	}
	r, err := readReport(filepath.Join(out, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := r.figure("ours", "first.p50"); f.Median != 1.6173 || f.Rounds[0] != 1.2346 || r.Commit != "abc" {
		t.Errorf("%v", r)
	}
}

func TestChartsAreXMLWithABarForEachWay(t *testing.T) {
	out := t.TempDir()
	all := rounds{"direct": {"first.p50": {0.1}}, "ours": {"first.p50": {0.5}}, "relay": {"first.p50": {0.7}}, "litellm": {"first.p50": {15}},
		"old": {"first.p50": {250}}}
	r := figuresOnly(all)
	r.Targets[1].Name = "OllamaOrchestrator & <more>"
	if err := r.write(out); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"benchmark-first.svg", "benchmark.svg"} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := bars(t, string(text)); got != 4 {
			t.Errorf("%s: %d bars", name, got)
		}
	}
}

func bars(t *testing.T, text string) (count int) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "rect" {
			for _, each := range element.Attr {
				if each.Name.Local == "class" && strings.HasPrefix(each.Value, "bar") {
					count++
				}
			}
		}
	}
}

func figuresOnly(all rounds) *report {
	r := &report{}
	for _, t := range targets {
		if len(all[t.key]) > 0 {
			c := column{Key: t.key, Name: t.name, Figures: map[string]figure{}}
			for name, values := range all[t.key] {
				c.Figures[name] = figureOf(values)
			}
			r.Targets = append(r.Targets, c)
		}
	}
	return r
}

func TestAMedianIsTheMiddle(t *testing.T) {
	for want, values := range map[float64][]float64{0: nil, 2: {3, 1, 2}, 2.5: {4, 1, 2, 3}} {
		if got := median(values); got != want {
			t.Errorf("%v: %v", values, got)
		}
	}
}
