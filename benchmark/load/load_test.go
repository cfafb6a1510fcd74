package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestTokensAreFoundHoweverTheStreamIsCut(t *testing.T) {
	text := []byte(`data: {"content":"@17#0;"}` + "\n\n" + `data: {"content":"@1764103345123456789#1; @5#2;"}` + "\n\n")
	want := []sample{{17, 0}, {1764103345123456789, 1}, {5, 2}}
	for first := range len(text) {
		for second := first; second < len(text); second++ {
			var got []sample
			var tokens tokenReader
			for _, piece := range [][]byte{text[:first], text[first:second], text[second:]} {
				tokens.feed(piece, func(sent int64, number int) { got = append(got, sample{sent, int64(number)}) })
			}
			if !slices.Equal(got, want) {
				t.Fatalf("cut at %d and %d: %v", first, second, got)
			}
		}
	}
}

func TestAScriptComesThroughAPrompt(t *testing.T) {
	want := script{tokens: 7, every: 20 * time.Millisecond, first: 1500 * time.Millisecond, id: "b1x"}
	for _, d := range []dialect{openAI, ollama} {
		got, err := scriptIn(d.body(want, true))
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", d.path, got, err)
		}
	}
}

func TestABodyWithoutAScriptIsRefused(t *testing.T) {
	if _, err := scriptIn([]byte(`{"messages":[]}`)); err == nil {
		t.Error("it was taken")
	}
}

func TestWhatWasAllocatedIsWhatEachCollectionFoundMoreThanTheLastLeft(t *testing.T) {
	log := filepath.Join(t.TempDir(), "gc.log")
	text := "[0.1s][info][gc] Using Serial\n" +
		"[1.0s][info][gc] GC(0) Pause Young (Allocation Failure) 20M->4M(96M) 3.1ms\n" +
		"[2.0s][info][gc] GC(1) Pause Full (Metadata GC Threshold) 10M->3M(96M) 9.0ms\n" +
		"[3.0s][info][gc] GC(2) Pause Young (Allocation Failure) 5120K->1024K(98304K) 1.0ms\n"
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := allocated(log)
	if want := int64(20+6+2) << 20; err != nil || got != want {
		t.Errorf("%d instead of %d, %v", got, want, err)
	}
}

func TestAMachineIsBusyWithItsProcesses(t *testing.T) {
	stat := "cpu  100 20 30 9000 700 4 6 50 0 0\ncpu0 50 10 15 4500 350 2 3 25 0 0\n"
	if got, want := busyTime(stat), 1500*time.Millisecond; got != want {
		t.Errorf("%s instead of %s", got, want)
	}
}

func TestNumbersHaveThreeDigits(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 0.3934: "0.393", 99.97: "100", 12.345: "12.3", 1234.5: "1,230", 1364200: "1,360,000", -47.11: "-47.1"} {
		if got := number(value); got != want {
			t.Errorf("%v: %s instead of %s", value, got, want)
		}
	}
}

func TestThePercentileOfNothingIsZero(t *testing.T) {
	if got := percentile(nil, 50); got != 0 {
		t.Error(got)
	}
	if got := percentile([]float64{3, 1, 2}, 50); got != 2 {
		t.Error(got)
	}
}

func TestNoTokenHasNoCost(t *testing.T) {
	if got := perToken("cpu", time.Second, 0); len(got) != 0 {
		t.Error(got)
	}
	if got := perToken("cpu", time.Second, 4); got["cpu"] != 250_000 {
		t.Error(got)
	}
}
