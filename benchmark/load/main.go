// The benchmark of OllamaOrchestrator: what it adds to an Ollama, beside its peers, in one run on one machine.
//
//	load run --root DIR --out DIR [--quick] [--only KEY,…] [--measures KEY,…]    measures, and writes the report
//	load gate --root DIR --out DIR                  fails if a token costs more than in the plain relay
//	load against --root DIR --out DIR --other DIR   compares two builds
//	load compare REPORT.json REPORT.json            fails if two runs do not tell the same
//
// The others are parts of it: an upstream by script, and the old way, simulated.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "where it listens")
	gateway := flags.String("gateway", "", "the gateway's address")
	upstream := flags.String("upstream", "", "the upstream's address")
	network := flags.Duration("network", 0, "what each exchange takes longer")
	root := flags.String("root", ".", "the repository")
	out := flags.String("out", "", "where logs and report go")
	isQuick := flags.Bool("quick", false, "less of everything: for a look, and for a machine that is not quiet")
	only := flags.String("only", "", "the targets to measure, by their keys")
	those := flags.String("measures", "", "what to measure of them: "+strings.Join(measures, ", "))
	java := flags.String("java", "java", "the JVM to use")
	commit := flags.String("commit", "", "what is measured, for the report")
	other := flags.String("other", "", "another working copy, to compare this one with")
	environment := flags.String("environment", "", "what the other one runs with: NAME=VALUE, separated by spaces")
	_ = flags.Parse(os.Args[2:])

	switch os.Args[1] {
	case "upstream":
		serveUpstream(*listen)
	case "old-gateway":
		serveOldGateway(*listen)
	case "old-agent":
		runOldAgent(*gateway, *upstream, *network)
	case "run":
		e := full
		if *isQuick {
			e = quick
		}
		s := selection{targets: list(*only), measures: list(*those)}
		exit(withBench(*root, *out, *java, func(b *bench) error { return runAll(b, e, s, *commit, *isQuick) }))
	case "compare":
		if flags.NArg() != 2 {
			usage()
		}
		exit(runCompare(flags.Arg(0), flags.Arg(1)))
	case "against":
		if *other == "" {
			*other = *root
		}
		where, err := filepath.Abs(*other)
		if err != nil {
			exit(err)
		}
		exit(withBench(*root, *out, *java, func(b *bench) error { return runAgainst(b, where, strings.Fields(*environment)) }))
	case "gate":
		exit(withBench(*root, *out, *java, runGate))
	default:
		usage()
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "load run|gate|against|compare|upstream|old-gateway|old-agent, each with --help")
	os.Exit(2)
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' })
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// With an upstream that lives as long as the run.
func withBench(root, out, java string, run func(*bench) error) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	root, err = filepath.Abs(root)
	if err != nil {
		return err
	}
	out, err = filepath.Abs(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	port := freePort()
	b := &bench{root: root, out: out, java: java, self: self, relay: filepath.Join(filepath.Dir(self), "relay"),
		upstream: fmt.Sprintf("http://127.0.0.1:%d", port)}
	p, err := start(out, "upstream", nil, self, "upstream", "--listen", strings.TrimPrefix(b.upstream, "http://"))
	if err != nil {
		return err
	}
	defer p.kill()
	b.upstreamProcess = p
	if err := awaitListening(b.upstream+"/api/version", 10*time.Second); err != nil {
		return err
	}
	return run(b)
}
