package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A client that asks and does not read costs nobody else anything. */
@SystemTest
class SlowReaderIT {
    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .slots(4)
            .gatewayOption("-Dorchestrator.clients.stalled-max=2s")
            .gatewayOption("-Xmx256m")
            .start();

    @Test
    void a_client_that_reads_nothing_is_ended_and_others_on_the_same_agent_stream_on() throws IOException {
        double dropped = Scrape.of(fleet.gateway()).value("orchestrator_clients_dropped_total");
        SeedRequest flood = SeedRequest.to(Fleet.SHARED)
                .saying("I will not read this")
                .answeredBy("{\"count\":200000,\"tokenBytes\":1000}");
        SeedRequest steady =
                SeedRequest.to(Fleet.SHARED).saying("I read on").answeredBy("{\"count\":100,\"paceMs\":40}");

        try (SeedStream reading = fleet.client().send(steady);
                SeedStream notReading = fleet.client().sendReadingNothing(flood)) {
            assertThat(reading.awaitNext().token()).isEqualTo("0 ");

            Simulator.Observed ended = fleet.simulator(0).awaitOutcome("I will not read this", "CLIENT_LEFT");
            Figures.show(
                    "client that reads nothing: Ollama's connection closed after %d ms, with %d of 200000 tokens sent",
                    (ended.endedAtNanos() - ended.receivedAtNanos()) / 1_000_000, ended.tokensSent());

            assertThat(ended.tokensSent()).isLessThan(200_000);
            assertThat(reading.text()).endsWith("98 99 ");
            assertThat(notReading.rest().isDone()).isFalse();
        }
        fleet.gateway().awaitIdle();
        assertThat(Scrape.of(fleet.gateway()).value("orchestrator_clients_dropped_total"))
                .isEqualTo(dropped + 1);
        assertThat(fleet.gateway().process().isAlive()).isTrue();
        assertThat(fleet.gateway().process().log()).doesNotContain("OutOfMemory");
        showMemory();
    }

    @Test
    void a_client_that_pauses_for_less_than_that_misses_nothing() {
        SeedRequest request =
                SeedRequest.to(Fleet.SHARED).saying("reads late").answeredBy("{\"count\":20000,\"tokenBytes\":1000}");

        try (SeedStream late = fleet.client().sendReadingNothing(request)) {
            assertThat(late.awaitNext().token()).startsWith("0 ");
            var sent = new AtomicInteger();
            Patience.until("Ollama to be held up", () -> {
                int now = fleet.simulator(0).awaitRequestSaying("reads late").tokensSent();
                return sent.getAndSet(now) == now;
            });
            Figures.show("client that pauses: Ollama is held up after %d of 20000 tokens", sent.get());
            assertThat(sent.get()).isLessThan(20_000);
            assertThat(Scrape.of(fleet.gateway()).value("orchestrator_window_stalls_total"))
                    .isPositive();
            assertThat(Scrape.of(fleet.agent(0)).value("agent_window_stalls_total"))
                    .isPositive();

            SeedStream.Whole whole = late.rest();

            assertThat(whole.isDone()).as("ends in [DONE]").isTrue();
            // All but the first token, the last event, and [DONE].
            assertThat(whole.events()).hasSize(19_999 + 2);
        }
    }

    private void showMemory() throws IOException {
        Path status = Path.of("/proc/" + fleet.gateway().process().pid() + "/status");
        if (Files.isReadable(status)) {
            try (var lines = Files.lines(status)) {
                Figures.show(
                        "gateway's memory after a client that reads nothing: %s",
                        lines.filter(line -> line.startsWith("VmHWM"))
                                .findFirst()
                                .orElse("unknown")
                                .replaceAll("\\s+", " "));
            }
        }
    }
}
