package main

import (
	"strings"
	"testing"
)

const latency = "Latency of a token, 64 streams, p50"

// A run in which the direct way and others had these medians of a token's latency, and ours cost this much processor time.
func runWith(cpu float64, latencies map[string]float64) *report {
	all := rounds{}
	for key, value := range latencies {
		all.add(key, figures{"paced.64.p50": value})
	}
	all.add(ours.key, figures{"paced.64.cpu": cpu})
	return figuresOnly(all)
}

func wrong(found []disagreement) (texts []string) {
	for _, each := range found {
		if each.counts {
			texts = append(texts, each.measure+": "+each.what)
		}
	}
	return texts
}

func TestTwoRunsOfTheSameAgree(t *testing.T) {
	a := runWith(50, map[string]float64{"direct": 40, "ours": 240, "relay": 340, "nginx": 90})
	compared, found := compareReports(a, a)
	// Two ratios to ours and three orders; of the one value that only ours has nothing.
	if compared != 5 || len(found) != 0 {
		t.Errorf("%d compared, %v", compared, found)
	}
}

func TestAMachineThatIsTwiceAsSlowChangesNoRatio(t *testing.T) {
	a := runWith(50, map[string]float64{"direct": 40, "ours": 240, "relay": 340})
	b := runWith(50, map[string]float64{"direct": 80, "ours": 480, "relay": 680})
	if _, found := compareReports(a, b); len(found) != 0 {
		t.Error(found)
	}
}

func TestARatioMayDifferByAFifth(t *testing.T) {
	for relay, agrees := range map[float64]bool{300 * 1.19: true, 300 / 1.19: true, 300 * 1.21: false, 300 / 1.21: false} {
		a := runWith(50, map[string]float64{"direct": 0, "ours": 100, "relay": 300})
		b := runWith(50, map[string]float64{"direct": 0, "ours": 100, "relay": relay})
		_, found := compareReports(a, b)
		if got := len(found) == 0; got != agrees {
			t.Errorf("300 and %v: %v", relay, found)
		}
		if !agrees && (len(found) != 1 || found[0].measure != latency || !strings.Contains(found[0].what, "relay")) {
			t.Errorf("it is not told which ratio: %v", found)
		}
	}
}

func TestTwoThatChangedPlacesAreTold(t *testing.T) {
	a := runWith(50, map[string]float64{"ours": 100, "relay": 115})
	b := runWith(50, map[string]float64{"ours": 100, "relay": 97})
	_, found := compareReports(a, b)
	if texts := wrong(found); len(texts) != 1 || !strings.Contains(texts[0], "order of OllamaOrchestrator and plain Go relay, two hops") {
		t.Error(found)
	}
}

func TestTwoThatAreAsGoodAsEqualHaveNoOrder(t *testing.T) {
	a := runWith(50, map[string]float64{"ours": 100, "relay": 104})
	b := runWith(50, map[string]float64{"ours": 100, "relay": 96})
	if _, found := compareReports(a, b); len(found) != 0 {
		t.Error(found)
	}
}

func TestTheOrderIsThatOfEachTwoNotOnlyOfOursAndAnother(t *testing.T) {
	a := runWith(50, map[string]float64{"ours": 100, "relay": 200, "nginx": 225})
	b := runWith(50, map[string]float64{"ours": 100, "relay": 225, "nginx": 200})
	_, found := compareReports(a, b)
	if texts := wrong(found); len(texts) != 1 || !strings.Contains(texts[0], "order of plain Go relay, two hops and nginx") {
		t.Error(found)
	}
}

func TestWhatNothingStandsBesideIsToldAndNotCounted(t *testing.T) {
	compared, found := compareReports(runWith(50, nil), runWith(61, nil))
	if compared != 0 || len(found) != 1 || found[0].counts {
		t.Errorf("%d compared, %v", compared, found)
	}
}

func TestARatioOfOneTargetIsCompared(t *testing.T) {
	run := func(ratio float64) *report { return figuresOnly(rounds{"ours": {"viewers.ratio.cpu": {ratio}}}) }
	for ratio, agrees := range map[float64]bool{1.19: true, 1.21: false} {
		compared, found := compareReports(run(1), run(ratio))
		if got := len(wrong(found)) == 0; got != agrees || compared != 1 {
			t.Errorf("1 and %v: %d compared, %v", ratio, compared, found)
		}
	}
}

func TestOfWhoDoesNotKeepUpOnlyTheOrderCounts(t *testing.T) {
	run := func(litellm float64) *report {
		return figuresOnly(rounds{"ours": {"paced.64.p50": {100}}, "litellm": {"paced.64.p50": {litellm}}})
	}
	compared, found := compareReports(run(20_000), run(60_000))
	if compared != 1 || len(found) != 1 || found[0].counts {
		t.Errorf("%d compared, %v", compared, found)
	}
	if _, found = compareReports(run(20_000), run(50)); len(wrong(found)) != 1 {
		t.Error(found)
	}
}

func TestWhatIsTooLittleToBeToldFromNothingIsNotCounted(t *testing.T) {
	a := runWith(50, map[string]float64{"direct": 40, "ours": 240, "nginx": 41})
	b := runWith(50, map[string]float64{"direct": 40, "ours": 240, "nginx": 39})
	_, found := compareReports(a, b)
	if len(found) != 1 || found[0].counts || !strings.Contains(found[0].what, "nginx") {
		t.Error(found)
	}
}

func TestATailIsToldAndNotCounted(t *testing.T) {
	run := func(tail float64) *report {
		return figuresOnly(rounds{"ours": {"paced.64.p99": {100}}, "relay": {"paced.64.p99": {tail}}})
	}
	compared, found := compareReports(run(200), run(900))
	if compared != 0 || len(found) != 1 || found[0].counts {
		t.Errorf("%d compared, %v", compared, found)
	}
}

func TestATargetThatIsInOneRunOnlyIsTold(t *testing.T) {
	a := runWith(50, map[string]float64{"ours": 100, "relay": 200, "nginx": 30})
	b := runWith(50, map[string]float64{"ours": 100, "relay": 200})
	_, found := compareReports(a, b)
	if texts := wrong(found); len(texts) != 1 || !strings.Contains(texts[0], "nginx") {
		t.Error(found)
	}
}

func TestAFaultThatOnlyOneRunHasIsTold(t *testing.T) {
	run := func(never float64) *report {
		return figuresOnly(rounds{"ours": {"cancel.prefill.never": {0, never, 0}}})
	}
	if _, found := compareReports(run(0), run(0)); len(found) != 0 {
		t.Error(found)
	}
	if _, found := compareReports(run(0), run(2)); len(wrong(found)) != 1 {
		t.Error(found)
	}
}
