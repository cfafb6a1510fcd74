package org.ollamaorchestrator.agent.box;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.Room;

/**
 * Looks now and then what room the machine has: soon after something happened to its models, and else every half minute, for
 * others write on its disk as well. One look at a time, on a thread that may block. All its state belongs to the context that
 * starts it.
 */
public final class RoomProbe {

    private static final Logger LOG = Logger.getLogger(RoomProbe.class);

    private static final Duration EVERY = Duration.ofSeconds(30);

    /** Things may happen many times a second; looks don't begin more often than this. */
    private static final Duration PAUSE_MIN = Duration.ofSeconds(1);

    /** A log that grows by a line is no news: less than this, in bytes, is not told. */
    static final long NEWS_BYTES_MIN = 64L * 1024 * 1024;

    private final Vertx vertx;
    private final Supplier<Room> look;
    private final Consumer<Room> changed;
    private Room told = Room.UNKNOWN;
    private boolean everLooked;
    private boolean looking;
    private boolean lookAgain;
    private boolean stopped;
    private long timer = -1;
    private long lookedAtNanos;

    /**
     * @param look may block
     * @param changed hears of each change that is worth telling, on the probe's context
     */
    public RoomProbe(Vertx vertx, Supplier<Room> look, Consumer<Room> changed) {
        this.vertx = vertx;
        this.look = look;
        this.changed = changed;
    }

    /** Looks at once, or, when a look is under way, once more after it. */
    public void soon() {
        if (looking) {
            lookAgain = true;
        } else {
            lookIn(everLooked ? pauseLeftMillis() : 0);
        }
    }

    public void stop() {
        stopped = true;
        vertx.cancelTimer(timer);
    }

    private long pauseLeftMillis() {
        return PAUSE_MIN.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lookedAtNanos);
    }

    private void lookIn(long millis) {
        vertx.cancelTimer(timer);
        if (!stopped) {
            timer = vertx.setTimer(Math.max(1, millis), due -> look());
        }
    }

    private void look() {
        looking = true;
        lookAgain = false;
        lookedAtNanos = System.nanoTime();
        vertx.executeBlocking(look::get, false).onSuccess(this::seen).onComplete(either -> {
            looking = false;
            everLooked = true;
            lookIn(lookAgain ? PAUSE_MIN.toMillis() : EVERY.toMillis());
        });
    }

    private void seen(Room now) {
        if (stopped) {
            return;
        }
        if (!everLooked) {
            LOG.infof(
                    "room for models: disk %s, VRAM %s",
                    known(now.diskFree(), now.diskTotal()), known(now.vramFree(), now.vramTotal()));
        }
        if (isNews(told, now)) {
            told = now;
            changed.accept(now);
        }
    }

    static boolean isNews(Room before, Room now) {
        return isNews(before.diskTotal(), now.diskTotal())
                || isNews(before.diskFree(), now.diskFree())
                || isNews(before.vramTotal(), now.vramTotal())
                || isNews(before.vramFree(), now.vramFree());
    }

    private static boolean isNews(@Nullable Long before, @Nullable Long now) {
        if (before == null || now == null) {
            return (before == null) != (now == null);
        }
        return Math.abs(now - before) >= NEWS_BYTES_MIN;
    }

    private static String known(@Nullable Long free, @Nullable Long total) {
        if (total == null) {
            return "unknown";
        }
        long gigabyte = 1_000_000_000;
        return free == null ? total / gigabyte + " GB" : free / gigabyte + " of " + total / gigabyte + " GB free";
    }
}
