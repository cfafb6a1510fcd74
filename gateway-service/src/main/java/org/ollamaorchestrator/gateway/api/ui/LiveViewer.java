package org.ollamaorchestrator.gateway.api.ui;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.jobs.Client;
import org.ollamaorchestrator.gateway.security.ApiKey;

/**
 * One who watches. Nothing is kept for him: if he has not taken what he was given, changes pass him by, and once he has, he
 * gets the latest snapshot. Owned by the event loop of his connection.
 */
final class LiveViewer {

    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);

    private static final byte[] KEEP_ALIVE = ":\n\n".getBytes(StandardCharsets.UTF_8);

    private final Client client;
    private final Optional<ApiKey> key;
    private @Nullable MultiEmitter<? super byte[]> out;
    private boolean behind = true;
    private boolean over;
    private long lastGivenNanos = System.nanoTime();

    LiveViewer(Client client, Optional<ApiKey> key) {
        this.client = client;
        this.key = key;
    }

    /** Empty where nobody needs one. */
    Optional<ApiKey> key() {
        return key;
    }

    /**
     * @param begins called when he watches
     * @param gone called when he does no more, whoever ended it
     */
    Multi<byte[]> stream(Runnable begins, Runnable gone) {
        return Multi.createFrom()
                .emitter(
                        emitter -> {
                            out = emitter.onTermination(gone);
                            begins.run();
                        },
                        // What exceeds the demand is never given to it.
                        BackPressureStrategy.IGNORE);
    }

    /** From any thread: what is new. */
    void offer(LiveFrame frame) {
        client.onEventLoop(() -> take(frame));
    }

    /** From any thread: the gateway ends it, and says why. */
    void end(String why) {
        client.onEventLoop(() -> {
            if (out != null && !over) {
                over = true;
                out.emit(LiveView.end(why)).complete();
            }
        });
    }

    private void take(LiveFrame frame) {
        if (out == null || over) {
            return;
        }
        if (out.requested() == 0) {
            behind |= frame.changes().isPresent();
        } else if (behind) {
            behind = false;
            give(out, frame.snapshot());
        } else if (frame.changes().isPresent()) {
            give(out, frame.changes().get());
        } else if (System.nanoTime() - lastGivenNanos > SILENCE_MAX.toNanos()) {
            give(out, KEEP_ALIVE);
        }
    }

    private void give(MultiEmitter<? super byte[]> to, byte[] bytes) {
        lastGivenNanos = System.nanoTime();
        var _ = to.emit(bytes);
    }
}
