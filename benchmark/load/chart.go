package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// A chart of bars, one for each target, on a logarithmic scale: the ways differ by powers of ten.
type chart struct {
	file, title string
	bars        []bar
}

type bar struct {
	name  string
	value float64
	ours  bool
	text  string
}

var charted = []struct {
	file, title string
	row         row
}{
	{"first", "Added time to the first token, ms (less is better)", row{"first.p50", "", "ms", added}},
	{"token", "Added latency of a token, 64 streams, µs (less is better)", row{"paced.64.p50", "", "µs", added}},
	{"slow", "Added latency of a token, 1 slow stream, µs (less is better)", row{"slow.p50", "", "µs", added}},
	{"cpu", "Processor time of a token, 64 streams, µs (less is better)", row{"paced.64.cpu", "", "µs", plain}},
}

func (r *report) charts() []chart {
	var all []chart
	for _, each := range charted {
		c := chart{file: each.file, title: each.title}
		for _, t := range r.Targets {
			f, ok := t.Figures[each.row.figure]
			value := f.Median - r.takenOff(each.row)
			if ok && value > 0 && t.Key != straight.key {
				c.bars = append(c.bars, bar{t.Name, value, t.Key == ours.key, number(value)})
			}
		}
		if len(c.bars) > 0 {
			all = append(all, c)
		}
	}
	return all
}

func (c chart) svg() []byte {
	const width, left, right, height, top = 760, 290, 90, 26, 44
	least, most := math.Inf(1), 0.0
	for _, each := range c.bars {
		least, most = min(least, each.value), max(most, each.value)
	}
	from := math.Floor(math.Log10(least))
	to := math.Max(math.Ceil(math.Log10(most)), from+1)
	var b bytes.Buffer
	total := top + len(c.bars)*height + 12
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13">`+"\n", width, total)
	fmt.Fprintf(&b, `<title>%s</title><rect width="%d" height="%d" fill="#fff"/>`+"\n", html.EscapeString(c.title), width, total)
	fmt.Fprintf(&b, `<text x="12" y="24" font-size="15" font-weight="600" fill="#1f2937">%s</text>`+"\n", html.EscapeString(c.title))
	for i, each := range c.bars {
		y := top + i*height
		length := (math.Log10(each.value) - from) / (to - from) * (width - left - right)
		colour := "#9ca3af"
		if each.ours {
			colour = "#2563eb"
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" fill="#374151">%s</text>`, left-8, y+16, html.EscapeString(each.name))
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="18" rx="2" fill="%s"/>`, left, y+2, max(2, length), colour)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="#374151">%s</text>`+"\n", float64(left)+max(2, length)+6, y+16, each.text)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
