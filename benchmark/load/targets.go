package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// Where everything is that a run needs.
type bench struct {
	root, out, java string
	upstream        string
	self, relay     string
	upstreamProcess *process
	// Of our gateway, besides what each run sets.
	environment []string
}

// One way from a client to the upstream.
type target struct {
	key, name string
	// Whether it is one of the proxies that stand in front of an Ollama that they can reach, and so need no agent.
	direct bool
	// The most streams that it keeps up with; 0 if no measure has more.
	streamsMax int
	start      func(b *bench) (*running, error)
}

func (t target) keepsUpWith(streams int) bool { return t.streamsMax == 0 || streams <= t.streamsMax }

// A target that runs: what is counted are its own processes, never client and upstream.
type running struct {
	target
	url     string
	dialect dialect
	// Of a pair the gateway, then the agent.
	processes []*process
}

func (r *running) cpu() (sum time.Duration) {
	for _, p := range r.processes {
		sum += p.cpu()
	}
	return sum
}

func (r *running) rss() (sum int64) {
	for _, p := range r.processes {
		sum += p.rss()
	}
	return sum
}

// What it has in memory, under a name; of a pair each part by itself as well.
func (r *running) memory(name string) figures {
	result := figures{name + ".rssMB": mb(r.rss())}
	if len(r.processes) == 2 {
		result[name+".gateway.rssMB"] = mb(r.processes[0].rss())
		result[name+".agent.rssMB"] = mb(r.processes[1].rss())
	}
	return result
}

func (r *running) stop() {
	for i := len(r.processes) - 1; i >= 0; i-- {
		r.processes[i].kill()
	}
}

var (
	ours      = target{key: "ours", name: "OllamaOrchestrator", start: func(b *bench) (*running, error) { return startOurs(b, "ours", openAI, 6_000) }}
	oursPlain = target{key: "ours-ollama", name: "OllamaOrchestrator, Ollama's API", start: func(b *bench) (*running, error) { return startOurs(b, "ours-ollama", ollama, 6_000) }}
	goRelay   = target{key: "relay", name: "plain Go relay, two hops", start: startRelay}
	straight  = target{key: "direct", name: "direct", direct: true, start: func(b *bench) (*running, error) {
		return &running{url: b.upstream, dialect: openAI}, nil
	}}
	nginx    = target{key: "nginx", name: "nginx", direct: true, start: startNginx}
	litellm  = target{key: "litellm", name: "LiteLLM", direct: true, streamsMax: 32, start: startLitellm}
	polling  = target{key: "old", name: "the old way, simulated", start: func(b *bench) (*running, error) { return startOld(b, "old", 0) }}
	polling2 = target{key: "old-80ms", name: "the old way, simulated, 80 ms of network", start: func(b *bench) (*running, error) { return startOld(b, "old-80ms", 80*time.Millisecond) }}
)

// Nil without an error if it is not installed.
func (b *bench) run(t target) (*running, error) {
	r, err := t.start(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	if r != nil {
		r.target = t
	}
	return r, nil
}

// What the images start the services with (deploy/containers), in as much memory as deploy/kubernetes gives them. The cache is
// of their classes, and there is one if benchmark/run has made it.
var (
	jvmFlags = []string{
		"--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED",
		"-XX:+UseSerialGC", "-XX:+UseTransparentHugePages", "-XX:TrimNativeHeapInterval=5000",
		"-XX:CompileCommand=quiet", "-XX:CompileCommand=CompileThresholdScaling,io.netty.channel.epoll.EpollEventLoop::run,0.01",
		"-XX:AOTCache=app.aot",
	}
	gatewayFlags = []string{"-Xms32m", "-XX:NewSize=16m", "-XX:SurvivorRatio=2", "-XX:MaxRAM=2g", "-XX:MaxRAMPercentage=60"}
	agentFlags   = []string{"-Xms16m", "-XX:NewSize=8m", "-XX:SurvivorRatio=2", "-XX:MaxRAM=512m", "-XX:MaxRAMPercentage=50"}
)

// Our gateway alone. Its garbage collector's log tells what it allocated.
func startGateway(b *bench, name string, port, agentsPort int) (*process, error) {
	return startIn(b.folder("gateway-service"), b.out, name+"-gateway",
		append([]string{
			"QUARKUS_HTTP_HOST=127.0.0.1", fmt.Sprintf("PORT=%d", port), fmt.Sprintf("ORCHESTRATOR_AGENTS_PORT=%d", agentsPort),
			"QUARKUS_MANAGEMENT_PORT=0", "ORCHESTRATOR_QUEUE_MAX=10000", "ORCHESTRATOR_DATA_DIR=",
			// All clients and all simulated agents of a run have one address.
			"ORCHESTRATOR_CLIENTS_CONNECTIONS_PER_ADDRESS_MAX=10000", "ORCHESTRATOR_AGENTS_CONNECTIONS_PER_ADDRESS_MAX=4000",
		}, b.environment...),
		b.jvm(append(slices.Clone(gatewayFlags), fmt.Sprintf("-Xlog:gc:file=%s", gcLog(b, name))))...)
}

func gcLog(b *bench, name string) string { return filepath.Join(b.out, name+"-gateway-gc.log") }

func startAgent(b *bench, name string, agentsPort, slots int) (*process, error) {
	state, err := os.MkdirTemp(b.out, "agent-state-")
	if err != nil {
		return nil, err
	}
	return startIn(b.folder("agent-service"), b.out, name+"-agent",
		append([]string{
			"OLLAMA_URL=" + b.upstream, fmt.Sprintf("SERVER_WS_URL=ws://127.0.0.1:%d", agentsPort),
			fmt.Sprintf("ORCHESTRATOR_SLOTS=%d", slots), "ORCHESTRATOR_STATE_DIR=" + state, "QUARKUS_HTTP_PORT=0", "QUARKUS_MANAGEMENT_PORT=0",
		}, b.environment...),
		b.jvm(agentFlags)...)
}

func (b *bench) jvm(flags []string) []string {
	return slices.Concat([]string{b.java}, jvmFlags, flags, []string{"-jar", "quarkus-run.jar"})
}

func (b *bench) folder(service string) string {
	return filepath.Join(b.root, service, "target/quarkus-app")
}

func startOurs(b *bench, name string, d dialect, slots int) (*running, error) {
	port, agentsPort := freePort(), freePort()
	gateway, err := startGateway(b, name, port, agentsPort)
	if err != nil {
		return nil, err
	}
	r := &running{url: fmt.Sprintf("http://127.0.0.1:%d", port), dialect: d, processes: []*process{gateway}}
	if err := awaitListening(r.url+"/q/health/started", time.Minute); err != nil {
		r.stop()
		return nil, err
	}
	agent, err := startAgent(b, name, agentsPort, slots)
	if err != nil {
		r.stop()
		return nil, err
	}
	r.processes = append(r.processes, agent)
	return ready(r, time.Minute)
}

func ready(r *running, within time.Duration) (*running, error) {
	if err := awaitAnswer(r.url, r.dialect, within, r.processes...); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func startRelay(b *bench) (*running, error) {
	port := freePort()
	return startPair(b, "relay", port,
		[]string{b.relay, "gateway", "--listen", fmt.Sprintf("127.0.0.1:%d", port)},
		[]string{b.relay, "agent", "--gateway", fmt.Sprintf("ws://127.0.0.1:%d/agents", port), "--upstream", b.upstream})
}

func startOld(b *bench, name string, network time.Duration) (*running, error) {
	port := freePort()
	return startPair(b, name, port,
		[]string{b.self, "old-gateway", "--listen", fmt.Sprintf("127.0.0.1:%d", port)},
		[]string{b.self, "old-agent", "--gateway", fmt.Sprintf("http://127.0.0.1:%d", port),
			"--upstream", b.upstream, "--network", network.String()})
}

func startPair(b *bench, name string, port int, gateway, agent []string) (*running, error) {
	first, err := start(b.out, name+"-gateway", nil, gateway...)
	if err != nil {
		return nil, err
	}
	r := &running{url: fmt.Sprintf("http://127.0.0.1:%d", port), dialect: openAI, processes: []*process{first}}
	if err := awaitListening(r.url, time.Minute); err != nil {
		r.stop()
		return nil, err
	}
	second, err := start(b.out, name+"-agent", nil, agent...)
	if err != nil {
		r.stop()
		return nil, err
	}
	r.processes = append(r.processes, second)
	return ready(r, time.Minute)
}

const nginxConfig = `daemon off;
pid %[1]s/nginx.pid;
error_log %[1]s/nginx-error.log;
worker_processes 1;
worker_rlimit_nofile 20000;
events { worker_connections 12000; }
http {
  access_log off;
  client_body_temp_path %[1]s/nginx-body;
  proxy_temp_path %[1]s/nginx-proxy;
  fastcgi_temp_path %[1]s/nginx-fastcgi;
  uwsgi_temp_path %[1]s/nginx-uwsgi;
  scgi_temp_path %[1]s/nginx-scgi;
  upstream ollama { server %[2]s; keepalive 1000; }
  server {
    listen 127.0.0.1:%[3]d;
    location / {
      proxy_pass http://ollama;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`

func startNginx(b *bench) (*running, error) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		return nil, nil
	}
	port := freePort()
	config := filepath.Join(b.out, "nginx.conf")
	text := fmt.Sprintf(nginxConfig, b.out, b.upstream[len("http://"):], port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := start(b.out, "nginx", nil, path, "-c", config, "-e", filepath.Join(b.out, "nginx-error.log"))
	if err != nil {
		return nil, err
	}
	return ready(&running{url: fmt.Sprintf("http://127.0.0.1:%d", port), dialect: openAI, processes: []*process{p}}, 20*time.Second)
}

const litellmConfig = `model_list:
  - model_name: bench:latest
    litellm_params: {model: "openai/bench:latest", api_base: "%s/v1", api_key: none}
litellm_settings: {telemetry: false}
`

func startLitellm(b *bench) (*running, error) {
	path := filepath.Join(b.root, "benchmark/target/litellm/bin/litellm")
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("litellm"); err != nil {
			return nil, nil
		}
	}
	port := freePort()
	config := filepath.Join(b.out, "litellm.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, litellmConfig, b.upstream), 0o600); err != nil {
		return nil, err
	}
	p, err := start(b.out, "litellm",
		[]string{"LITELLM_LOG=ERROR", "LITELLM_LOCAL_MODEL_COST_MAP=True", "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true",
			// It opens 500 connections to an upstream at most, if nobody says otherwise.
			"AIOHTTP_CONNECTOR_LIMIT=10000", "AIOHTTP_CONNECTOR_LIMIT_PER_HOST=10000"},
		path, "--config", config, "--host", "127.0.0.1", "--port", fmt.Sprint(port))
	if err != nil {
		return nil, err
	}
	return ready(&running{url: fmt.Sprintf("http://127.0.0.1:%d", port), dialect: openAI, processes: []*process{p}}, 2*time.Minute)
}
