package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Processes that are treated as a kubelet would: probed from the start to the end, and ended by a SIGTERM under load. */
@SystemTest
class KubeletIT {
    private static final Duration PROBE_EVERY = Duration.ofMillis(50);

    /** Tokens for longer than all else takes here, and for less than the drain. */
    private static final String SIX_SECONDS = "{\"count\":120,\"paceMs\":50}";

    private static final Duration DRAIN = Duration.ofSeconds(30);

    /** What the manifests give a gateway, less what they wait before the SIGTERM. */
    private static final Duration GRACE = Duration.ofSeconds(40);

    /** One probe; no status if nobody answered. */
    private record Probe(String path, Optional<Integer> status, long atNanos) {}

    @Test
    void from_the_start_to_the_end_of_a_gateway_under_load() {
        try (Simulator ollama = Simulator.launch("simulator", "--models", "shared", "--parallel", "4");
                Gateway gateway = Gateway.launch(List.of("-Dorchestrator.drain.timeout=" + DRAIN.toSeconds() + "s"));
                Kubelet kubelet = new Kubelet(gateway.port())) {
            ollama.awaitReady();
            Patience.within(Patience.FOR_A_START, "the startup probe", () -> kubelet.last("started") == 200);
            try (Agent agent =
                    Agent.launch("agent", gateway.agentsUrl(), ollama.url(), List.of("-Dorchestrator.slots=4"))) {
                agent.awaitUsable(gateway);
                var streams = new ArrayList<SeedStream>();
                for (int i = 0; i < 4; i++) {
                    SeedStream stream = gateway.client()
                            .send(SeedRequest.to("shared").saying("long " + i).answeredBy(SIX_SECONDS));
                    assertThat(stream.awaitNext().token()).isEqualTo("0 ");
                    streams.add(stream);
                }
                JsonNode underLoad = data(gateway);
                assertThat(underLoad.path("slots").asInt()).isEqualTo(4);
                assertThat(underLoad.path("slotsTaken").asInt()).isEqualTo(4);
                assertThat(underLoad.path("running").asInt()).isEqualTo(4);

                long asked = System.nanoTime();
                gateway.process().terminate();
                Patience.until("the drain to be seen by the readiness probe", () -> kubelet.last("ready") == 503);
                assertRefused(gateway);

                for (SeedStream stream : streams) {
                    assertThat(stream.text()).endsWith("118 119 ");
                    stream.close();
                }
                int exitCode = gateway.process().exitCode(GRACE);
                Figures.show(
                        "SIGTERM to exit of a gateway with four answers of 6 s: %d ms", Figures.millisSince(asked));
                assertThat(exitCode).isIn(0, 143);
                // Alive from the first answer to the last: nobody who restarts what is dead would have restarted it.
                assertThat(kubelet.answersOf("live")).isNotEmpty().allMatch(status -> status == 200);
                assertThat(kubelet.answersOf("ready").getFirst()).isEqualTo(200);
                assertThat(kubelet.answersOf("ready").getLast()).isEqualTo(503);
            }
        }
    }

    @Test
    void an_agent_is_started_and_alive_without_anybody_and_ready_once_it_can_work() {
        int port = Ports.free();
        int health = Ports.free();
        try (Simulator ollama = Simulator.launch("simulator", "--models", "shared");
                Agent agent = Agent.launch(
                        "lonely",
                        "ws://127.0.0.1:" + port,
                        ollama.url(),
                        List.of("-Dquarkus.http.port=" + health, "-Dorchestrator.reconnect.max=200ms"))) {
            ollama.awaitReady();
            agent.process()
                    .awaitReady(() -> Http.statusOf(health, "/q/health/started").equals(Optional.of(200)));
            assertThat(Http.statusOf(health, "/q/health/live")).hasValue(200);
            assertThat(Http.statusOf(health, "/q/health/ready")).hasValue(503);

            try (Gateway gateway = Gateway.start("-Dorchestrator.agents.port=" + port)) {
                Patience.until(
                        "the agent to be ready",
                        () -> Http.statusOf(health, "/q/health/ready").equals(Optional.of(200)));
                JsonNode told = Http.get(health, "/q/health/ready").json().at("/checks/0/data");
                assertThat(told.path("ollamaVersion").asText())
                        .isNotEqualTo("unknown")
                        .isNotBlank();

                gateway.kill();
                Patience.until(
                        "the agent to be unready",
                        () -> Http.statusOf(health, "/q/health/ready").equals(Optional.of(503)));
                assertThat(Http.statusOf(health, "/q/health/live")).hasValue(200);
            }
        }
    }

    /** The manifests hand a Secret's entries over as environment variables, and open the port to the pod's network. */
    @Test
    void a_gateway_that_has_its_keys_from_the_environment_listens_and_asks_for_them() {
        int port = Ports.free();
        String printed = Tool.run(List.of(
                        System.getProperty("java.home") + "/bin/java",
                        "-jar",
                        Packaged.gateway().toString(),
                        "new-key"))
                .said();
        String secret = word(printed, "olk_[^\\s]+");
        String hash = word(printed, "(?<=hash=)[0-9a-f]+");
        Map<String, String> environment = Map.of(
                "PORT",
                Integer.toString(port),
                "ORCHESTRATOR_AGENTS_PORT",
                Integer.toString(Ports.free()),
                "GATEWAY_MANAGEMENT_PORT",
                Integer.toString(Ports.free()),
                "QUARKUS_HTTP_HOST",
                "0.0.0.0",
                "ORCHESTRATOR_KEYS_ADMIN_HASH",
                hash,
                "ORCHESTRATOR_KEYS_ADMIN_ADMIN",
                "true");
        try (ServiceProcess gateway =
                ServiceProcess.jar("gateway-with-keys", Packaged.gateway(), List.of(), List.of(), environment)) {
            gateway.awaitReady(() -> Http.statusOf(port, "/q/health/started").equals(Optional.of(200)));

            assertThat(Http.statusOf(port, "/v1/models")).hasValue(401);
            assertThat(Http.exchange(
                                    port,
                                    "GET",
                                    "/api/admin/keys",
                                    Map.of("Authorization", "Bearer " + secret, "Connection", "close"),
                                    "")
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void a_gateway_without_keys_does_not_start_on_the_pods_network() {
        Map<String, String> environment = Map.of("PORT", "0", "QUARKUS_HTTP_HOST", "0.0.0.0");
        try (ServiceProcess gateway =
                ServiceProcess.jar("gateway-without-keys", Packaged.gateway(), List.of(), List.of(), environment)) {
            assertThat(gateway.exitCode()).isEqualTo(1);
            assertThat(gateway.log()).contains("quarkus.http.host is 0.0.0.0");
        }
    }

    private static void assertRefused(Gateway gateway) {
        try (SeedStream refused = gateway.client().send(SeedRequest.to("shared").saying("too late"))) {
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.answer().header("retry-after")).isPresent();
        }
    }

    private static String word(String text, String pattern) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        assertThat(found.find()).as(text).isTrue();
        return found.group();
    }

    private static JsonNode data(Gateway gateway) {
        for (JsonNode check : Http.get(gateway.port(), "/q/health/ready").json().path("checks")) {
            if (check.path("name").asText().equals("gateway")) {
                return check.path("data");
            }
        }
        throw new AssertionError("the gateway says nothing of itself");
    }

    /** Asks all three probes, again and again, as long as it is there. */
    private static final class Kubelet implements AutoCloseable {
        private final List<Probe> seen = new CopyOnWriteArrayList<>();
        private final AtomicBoolean over = new AtomicBoolean();
        private final Thread thread;

        Kubelet(int port) {
            thread = Thread.ofVirtual().start(() -> {
                while (!over.get()) {
                    for (String path : List.of("started", "live", "ready")) {
                        seen.add(new Probe(path, Http.statusOf(port, "/q/health/" + path), System.nanoTime()));
                    }
                    LockSupport.parkNanos(PROBE_EVERY.toNanos());
                }
            });
        }

        /** The last answer of that probe; 0 if there is none, or nobody answered. */
        int last(String path) {
            return seen.reversed().stream()
                    .filter(probe -> probe.path().equals(path))
                    .findFirst()
                    .flatMap(Probe::status)
                    .orElse(0);
        }

        /** In their order, without those that nobody answered. */
        List<Integer> answersOf(String path) {
            return seen.stream()
                    .filter(probe -> probe.path().equals(path))
                    .flatMap(probe -> probe.status().stream())
                    .toList();
        }

        @Override
        public void close() {
            over.set(true);
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
