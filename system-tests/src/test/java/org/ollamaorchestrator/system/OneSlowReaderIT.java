package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** One client reads slowly: the fifty beside it on the same agent do not notice. */
@SystemTest
class OneSlowReaderIT {
    private static final int OTHERS = 50;
    private static final int TOKENS = 250;
    private static final String STEADY = "{\"count\":" + TOKENS + ",\"paceMs\":20}";

    @AutoClose
    private final Fleet fleet = Fleet.plan().slots(64).gatewayOption("-Xmx256m").start();

    @Test
    void a_client_that_reads_a_kilobyte_a_second_slows_nobody_else() {
        List<Double> _ = gapsOfOthers("warming up");
        List<Double> alone = gapsOfOthers("without the slow one");
        List<Double> beside;
        try (SlowReader slow = new SlowReader(HttpConnection.to(fleet.gateway().port(), 16 * 1024))) {
            Patience.until("the slow one to read", () -> slow.bytesRead() > 0);
            beside = gapsOfOthers("beside the slow one");

            assertThat(slow.failure()).isNull();
            Figures.show(
                    "the slow client has read %d bytes; Ollama has sent it %d of 200000 tokens",
                    slow.bytesRead(),
                    fleet.simulator(0).awaitRequestSaying("I read slowly").tokensSent());
            assertThat(fleet.simulator(0).awaitRequestSaying("I read slowly").outcome())
                    .isEqualTo("RUNNING");
        }
        Simulator.Observed _ = fleet.simulator(0).awaitOutcome("I read slowly", "CLIENT_LEFT");
        fleet.gateway().awaitIdle();

        Figures.show(
                "gap between tokens of %d streams, median (99th percentile): %.2f ms (%.1f ms) without the slow one, "
                        + "%.2f ms (%.1f ms) beside it",
                OTHERS, percentile(alone, 50), percentile(alone, 99), percentile(beside, 50), percentile(beside, 99));
        Figures.show(
                "gateway of at most 256 MB heap: %s", fleet.gateway().process().memoryPeak());
        assertThat(fleet.gateway().process().isAlive()).isTrue();
        assertThat(fleet.gateway().process().log()).doesNotContain("OutOfMemory");
    }

    /** Runs the others, each of them exact; the milliseconds between their tokens, in order of size. */
    private List<Double> gapsOfOthers(String text) {
        var gaps = new ArrayList<Double>();
        try (var readers = Executors.newFixedThreadPool(OTHERS)) {
            var running = new ArrayList<CompletableFuture<List<Double>>>();
            for (int i = 0; i < OTHERS; i++) {
                running.add(CompletableFuture.supplyAsync(() -> gapsOfOne(text), readers));
            }
            running.forEach(one -> gaps.addAll(one.join()));
        }
        return gaps.stream().sorted().toList();
    }

    private List<Double> gapsOfOne(String text) {
        try (SeedStream stream =
                fleet.client().send(SeedRequest.to(Fleet.SHARED).saying(text).answeredBy(STEADY))) {
            SeedStream.Whole whole = stream.rest();
            assertThat(whole.isDone()).as("ends in [DONE]").isTrue();
            assertThat(whole.text()).isEqualTo(Words.counting(TOKENS));
            var gaps = new ArrayList<Double>();
            for (int i = 1; i < TOKENS; i++) {
                gaps.add((whole.events().get(i).arrivedNanos()
                                - whole.events().get(i - 1).arrivedNanos())
                        / 1e6);
            }
            return gaps;
        }
    }

    private static double percentile(List<Double> sorted, int percent) {
        return sorted.get((sorted.size() - 1) * percent / 100);
    }

    /** Asks for a fast stream and takes 1,024 bytes of it each second. */
    private static final class SlowReader implements AutoCloseable {
        private final HttpConnection connection;
        private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        private final AtomicLong bytesRead = new AtomicLong();
        private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

        SlowReader(HttpConnection connection) {
            this.connection = connection;
            connection.request(
                    "POST",
                    SeedClient.PATH,
                    Map.of("Content-Type", "application/json"),
                    SeedRequest.to(Fleet.SHARED)
                            .saying("I read slowly")
                            .answeredBy("{\"count\":200000}")
                            .text()
                            .getBytes(UTF_8));
            var _ = clock.scheduleAtFixedRate(this::readSome, 0, 1, TimeUnit.SECONDS);
        }

        private void readSome() {
            try {
                int read = connection.input().readNBytes(1024).length;
                if (read < 1024) {
                    failure.complete(new IOException("the answer ended"));
                }
                bytesRead.addAndGet(read);
            } catch (IOException e) {
                failure.complete(e);
            }
        }

        long bytesRead() {
            return bytesRead.get();
        }

        @Nullable Throwable failure() {
            return failure.getNow(null);
        }

        @Override
        public void close() {
            clock.shutdownNow();
            connection.close();
        }
    }
}
