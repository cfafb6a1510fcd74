package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
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
	{"saturated", "Saturation, 64 streams, tokens/s (more is better)", row{"saturated.tokens", "", "tokens/s", plain}},
	{"memory", "Memory, 1,000 open streams, MB (less is better)", row{"open.1000.rssMB", "", "MB", plain}},
}

// What the one chart that stands for all of them is made of.
var overview = []string{"first", "token", "slow", "cpu"}

func (r *report) charts() []chart {
	var all []chart
	for _, each := range charted {
		c := chart{file: each.file, title: each.title}
		for _, t := range r.Targets {
			// The direct way adds nothing and costs nothing; it has a bar only where more is better.
			value, ok := r.value(t.Key, each.row)
			if ok && value > 0 && !(t.Key == straight.key && each.row.kind.isAdded()) {
				c.bars = append(c.bars, bar{t.Name, value, t.Key == ours.key, number(value)})
			}
		}
		if len(c.bars) > 0 {
			all = append(all, c)
		}
	}
	return all
}

const (
	chartWidth, namesWidth, valuesWidth = 760, 290, 90
	barHeight, chartHead, chartFoot     = 26, 44, 30
)

func (c chart) height() int { return chartHead + len(c.bars)*barHeight + chartFoot }

// One picture of several charts, one below the other.
func svg(title string, charts ...chart) []byte {
	height := 0
	for _, c := range charts {
		height += c.height()
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="13">`+"\n",
		chartWidth, height, chartWidth, height)
	fmt.Fprintf(&b, `<title>%s</title><rect width="%d" height="%d" fill="#fff"/>`+"\n", html.EscapeString(title), chartWidth, height)
	top := 0
	for _, c := range charts {
		fmt.Fprintf(&b, `<g transform="translate(0 %d)">`+"\n", top)
		c.draw(&b)
		b.WriteString("</g>\n")
		top += c.height()
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// The scale begins below the least value, so that this has a bar too, and its lines are powers of ten.
func (c chart) draw(b *bytes.Buffer) {
	least, most := math.Inf(1), 0.0
	for _, each := range c.bars {
		least, most = min(least, each.value), max(most, each.value)
	}
	from := math.Floor(math.Log10(least / 1.5))
	to := math.Max(math.Ceil(math.Log10(most)), from+1)
	at := func(value float64) float64 {
		return namesWidth + (math.Log10(value)-from)/(to-from)*(chartWidth-namesWidth-valuesWidth)
	}
	fmt.Fprintf(b, `<text x="12" y="24" font-size="15" font-weight="600" fill="#1f2937">%s</text>`+"\n", html.EscapeString(c.title))
	bottom := chartHead + len(c.bars)*barHeight
	for power := from; power <= to; power++ {
		x := at(math.Pow(10, power))
		fmt.Fprintf(b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#e5e7eb"/>`, x, chartHead-4, x, bottom+4)
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle" font-size="11" fill="#6b7280">%s</text>`+"\n", x, bottom+18, powerOfTen(power))
	}
	for i, each := range c.bars {
		y := chartHead + i*barHeight
		class, colour, weight := "bar", "#9ca3af", "400"
		if each.ours {
			class, colour, weight = "bar ours", "#2563eb", "600"
		}
		end := at(each.value)
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" font-weight="%s" fill="#374151">%s</text>`, namesWidth-8, y+16, weight, html.EscapeString(each.name))
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="18" rx="2" fill="%s"/>`, class, namesWidth, y+2, end-namesWidth, colour)
		fmt.Fprintf(b, `<text x="%.1f" y="%d" font-weight="%s" fill="#374151" stroke="#fff" stroke-width="3" paint-order="stroke">%s</text>`+"\n",
			end+6, y+16, weight, each.text)
	}
}

func powerOfTen(power float64) string {
	if power < 0 {
		return strconv.FormatFloat(math.Pow(10, power), 'f', int(-power), 64)
	}
	return grouped(strconv.FormatFloat(math.Pow(10, power), 'f', 0, 64))
}

// All charts, each in a file of its own, and the main ones in one.
func (r *report) pictures() map[string][]byte {
	files := map[string][]byte{}
	var main []chart
	for _, c := range r.charts() {
		files["benchmark-"+c.file+".svg"] = svg(c.title, c)
		if slices.Contains(overview, c.file) {
			main = append(main, c)
		}
	}
	if len(main) > 0 {
		files["benchmark.svg"] = svg("What each way to an Ollama adds", main...)
	}
	return files
}
