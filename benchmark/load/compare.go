package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
)

const (
	// What the ratio between two targets may differ by from run to run.
	ratioWithin = 1.2
	// Two targets that are as close as this, in both runs, have no order.
	sameWithin = 1.1
)

// What two runs do not agree on.
type disagreement struct {
	measure, what string
	// Whether it is one that should not be: a tail, what is too small to be told from nothing, and what cannot be compared differ always.
	counts bool
}

func runCompare(first, second string) error {
	a, err := readReport(first)
	if err != nil {
		return err
	}
	b, err := readReport(second)
	if err != nil {
		return err
	}
	if a.Machine != b.Machine {
		say("the machines differ: %s, %s", a.Machine, b.Machine)
	}
	compared, found := compareReports(a, b)
	counted := 0
	for _, each := range found {
		mark := "  (told only)"
		if each.counts {
			mark = ""
			counted++
		}
		fmt.Printf("%s: %s%s\n", each.measure, each.what, mark)
	}
	fmt.Printf("%d of %d comparisons agree: the order is the same, and ratios are within %.0f %%\n",
		compared-counted, compared, (ratioWithin-1)*100)
	if counted > 0 {
		return fmt.Errorf("%d do not", counted)
	}
	return nil
}

func readReport(path string) (*report, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &report{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Holds all lines of the reports' tables against each other: how many comparisons counted, and what differs.
//
// Of a measure of several targets that is each one's ratio to ours (or to the first, if ours has none) and the order of each two.
// What nothing stands beside is as fast as the machine was, and is told only, unless it is a ratio by itself; and so is the ratio of
// one that does not keep up, whose backlog depends on how long was measured.
func compareReports(a, b *report) (compared int, found []disagreement) {
	for _, t := range tables {
		for _, each := range t.rows {
			c := comparison{row: each, measure: fmt.Sprintf("%s, %s", t.title, each.title), a: a, b: b}
			c.run()
			compared += c.compared
			found = append(found, c.found...)
		}
	}
	return compared, found
}

// One line of a table.
type comparison struct {
	row      row
	measure  string
	a, b     *report
	compared int
	found    []disagreement
}

// A target's value in both runs.
type both struct {
	key, name string
	a, b      float64
	keepsUp   bool
}

func (v both) isMeasurable() bool { return v.a > 0 && v.b > 0 }

func (c *comparison) run() {
	values := c.values()
	if c.row.kind == fault {
		for _, v := range values {
			c.check((v.a > 0) == (v.b > 0), "%s: %s times and %s times", v.name, number(v.a), number(v.b))
		}
		return
	}
	if len(values) == 0 {
		return
	}
	if len(values) == 1 {
		v := values[0]
		c.checkIf(c.row.unit == ofOne, differBy(v.a, v.b) <= ratioWithin, "%s: %s and %s %s", v.name, number(v.a), number(v.b), c.row.unit)
		return
	}
	to := values[0]
	for _, v := range values {
		if v.key == ours.key {
			to = v
		}
	}
	for i, v := range values {
		if v.key != to.key {
			c.checkIf(v.keepsUp, differBy(v.a/to.a, v.b/to.b) <= ratioWithin,
				"%s to %s: %s and %s", v.name, to.name, number(v.a/to.a), number(v.b/to.b))
		}
		for _, other := range values[:i] {
			c.check(haveSameOrder(v, other), "order of %s and %s: %s to %s, then %s to %s %s", other.name, v.name,
				number(other.a), number(v.a), number(other.b), number(v.b), c.row.unit)
		}
	}
}

// Of the targets that can be compared. The others are told: those of one run only as a disagreement.
func (c *comparison) values() []both {
	var result []both
	for _, t := range targets {
		if c.row.kind.isAdded() && t.key == straight.key {
			continue
		}
		inA, ok1 := c.a.value(t.key, c.row)
		inB, ok2 := c.b.value(t.key, c.row)
		v := both{t.key, t.name, inA, inB, t.keepsUpWith(c.row.streams())}
		switch {
		case !ok1 && !ok2:
		case ok1 != ok2:
			c.checkIf(t.keepsUpWith(c.row.streams()), false, "%s: in one of the two only", t.name)
		case c.row.kind == fault || v.isMeasurable():
			result = append(result, v)
		case inA != inB:
			c.found = append(c.found, disagreement{c.measure, fmt.Sprintf("%s: %s and %s %s, too little to be compared",
				t.name, number(inA), number(inB), c.row.unit), false})
		}
	}
	return result
}

func (c *comparison) check(agrees bool, format string, args ...any) {
	c.checkIf(true, agrees, format, args...)
}

// Counts only if it is comparable; else it is told.
func (c *comparison) checkIf(comparable, agrees bool, format string, args ...any) {
	counts := comparable && c.row.kind != tail && c.row.kind != addedTail
	if counts {
		c.compared++
	}
	if !agrees {
		c.found = append(c.found, disagreement{c.measure, fmt.Sprintf(format, args...), counts})
	}
}

func differBy(a, b float64) float64 { return math.Max(a/b, b/a) }

func haveSameOrder(v, other both) bool {
	isTie := differBy(v.a, other.a) <= sameWithin && differBy(v.b, other.b) <= sameWithin
	return isTie || (v.a < other.a) == (v.b < other.b)
}
