package org.ollamaorchestrator.agent.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Context;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class OllamaProbeTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    /** So rarely that no look of its own falls into a test. */
    private static final Duration HARDLY_EVER = Duration.ofHours(1);

    private final AtomicBoolean hangs = new AtomicBoolean();
    private final List<Boolean> told = new CopyOnWriteArrayList<>();

    @Test
    void an_ollama_that_hangs_while_somebody_waits_is_told_and_that_it_is_back_as_well() {
        try (RawOllama ollama = new RawOllama(this::answer)) {
            OllamaProbe probe = probe(ollama);
            Context loop = ollama.vertx.getOrCreateContext();
            loop.runOnContext(on -> probe.soon());
            await().atMost(BOUND).until(() -> probe.snapshot().up());

            loop.runOnContext(on -> probe.watch(true));
            hangs.set(true);
            await().atMost(BOUND).until(() -> !probe.snapshot().up());
            hangs.set(false);

            await().atMost(BOUND).until(() -> probe.snapshot().up());
            assertThat(told).containsExactly(true, false, true);
        }
    }

    private OllamaProbe probe(RawOllama ollama) {
        return new OllamaProbe(
                ollama.vertx,
                new OllamaClient(ollama.vertx, ollama.url(), 1),
                Set.of(),
                HARDLY_EVER,
                now -> told.add(now.up()));
    }

    private void answer(NetSocket socket, String request) {
        if (hangs.get()) {
            return;
        }
        String json = request.startsWith("GET /api/version") ? "{\"version\":\"1\"}" : "{\"models\":[]}";
        socket.write(RawOllama.whole(json)).onFailure(gone -> {});
    }
}
