package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gateway that keeps keys and usage on disk is killed in mid-write, again and again; what it told anybody holds. */
@SystemTest
class KilledGatewayIT {
    private static final long SEED = Long.getLong("kill.seed", System.nanoTime());
    private static final int KILLS = 4;
    private static final int CLIENTS = 4;

    /** What a killed gateway may have lost of its ledger, with something for a slow disk. */
    private static final Duration LOSS_MAX = Duration.ofSeconds(2);

    private final IssuedKey boss = IssuedKey.random();
    private final Path folder = newFolder();
    private final GatewayDatabase database = new GatewayDatabase(folder);

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .slots(CLIENTS)
            .administrator(boss)
            .gatewayOption("-Dorchestrator.data-dir=" + folder)
            .start();

    private final ConcurrentLinkedQueue<Created> created = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

    private volatile boolean over;

    /** A key whose creation was answered, and what was answered after that. */
    private static final class Created {
        private final String name;
        private final String secret;
        private volatile boolean revoked;
        private volatile boolean maybeRevoked;
        private volatile long usedAtNanos;

        private Created(String name, String secret) {
            this.name = name;
            this.secret = secret;
        }

        boolean wasUsedAfter(long nanos) {
            return usedAtNanos != 0 && usedAtNanos - nanos > 0;
        }
    }

    private static Path newFolder() {
        try {
            Files.createDirectories(Packaged.workFolder());
            return Files.createTempDirectory(Packaged.workFolder(), "killed").resolve("data");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void what_was_answered_is_on_the_disk_once() {
        var killedAtNanos = new ArrayList<Long>();
        RandomGenerator random = RandomGeneratorFactory.getDefault().create(SEED);
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            var running = new ArrayList<CompletableFuture<Void>>();
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                running.add(CompletableFuture.runAsync(() -> work(client), clients));
            }
            try {
                for (int kill = 0; kill < KILLS; kill++) {
                    int more = created.size() + random.nextInt(40, 120);
                    Patience.within(
                            Duration.ofSeconds(60),
                            "keys to kill among",
                            () -> created.size() >= more || !wrong.isEmpty());
                    fleet.gateway().kill();
                    killedAtNanos.add(System.nanoTime());
                    fleet.gateway().restart();
                }
                long lastKill = killedAtNanos.getLast();
                Patience.within(
                        Duration.ofSeconds(60),
                        "an answer after the last kill",
                        () -> !wrong.isEmpty() || created.stream().anyMatch(key -> key.wasUsedAfter(lastKill)));
            } finally {
                over = true;
            }
            running.forEach(CompletableFuture::join);
        }
        fleet.awaitWhole();
        Figures.show("gateway killed %d times while %d keys were made, seed %d", KILLS, created.size(), SEED);

        assertThat(wrong).as("seed %d", SEED).isEmpty();
        assertThat(database.strings("PRAGMA integrity_check")).containsExactly("ok");
        assertEachKeyIsWhatWasTold();
        assertTheLedgerHasWhatWasAnswered(killedAtNanos);
    }

    private void assertEachKeyIsWhatWasTold() {
        Map<String, Integer> stored = new HashMap<>();
        database.strings("SELECT name FROM api_keys").forEach(name -> stored.merge(name, 1, Integer::sum));
        for (Created key : created) {
            assertThat(stored.get(key.name)).as(key.name).isEqualTo(1);
            int status = Http.exchange(fleet.gateway().port(), "GET", "/v1/models", IssuedKey.header(key.secret), "")
                    .status();
            if (key.revoked) {
                assertThat(status).as("%s, revoked", key.name).isEqualTo(401);
            } else if (!key.maybeRevoked) {
                assertThat(status).as(key.name).isEqualTo(200);
            }
        }
        assertThat(created).anyMatch(key -> key.revoked);
    }

    private void assertTheLedgerHasWhatWasAnswered(List<Long> killedAtNanos) {
        Patience.untilHolds("the last rows to be written", () -> {
            Map<String, Integer> rows = new HashMap<>();
            database.strings("SELECT key_name FROM usage_ledger WHERE ended = 'done'")
                    .forEach(name -> rows.merge(name, 1, Integer::sum));
            for (Created key : created) {
                int count = rows.getOrDefault(key.name, 0);
                assertThat(count).as("rows of %s, which asked once", key.name).isLessThanOrEqualTo(1);
                if (key.usedAtNanos != 0 && !justBefore(key.usedAtNanos, killedAtNanos)) {
                    assertThat(count).as("rows of %s", key.name).isEqualTo(1);
                }
            }
        });
        assertThat(created)
                .as("answers that a ledger has to have")
                .anyMatch(key -> key.usedAtNanos != 0 && !justBefore(key.usedAtNanos, killedAtNanos));
    }

    private static boolean justBefore(long atNanos, List<Long> killedAtNanos) {
        return killedAtNanos.stream()
                .anyMatch(killed -> killed - atNanos >= 0 && killed - atNanos < LOSS_MAX.toNanos());
    }

    /** Makes a key, uses it once, and takes every third back. */
    private void work(int client) {
        for (int i = 0; !over; i++) {
            String name = "client-" + client + "-key-" + i;
            try {
                Http.Reply reply = call("POST", "/api/admin/keys", boss.secret(), "{\"name\":\"" + name + "\"}");
                expect(reply, 201);
                var key = new Created(name, reply.json().path("secret").asText());
                created.add(key);
                expect(
                        call(
                                "POST",
                                "/v1/chat/completions",
                                key.secret,
                                Manner.OPENAI_WHOLE.asking(Fleet.SHARED, name).toString()),
                        200);
                key.usedAtNanos = System.nanoTime();
                if (i % 3 == 0) {
                    key.maybeRevoked = true;
                    expect(call("DELETE", "/api/admin/keys/" + name, boss.secret(), ""), 204);
                    key.revoked = true;
                }
            } catch (UncheckedIOException killed) {
                awaitServing();
            } catch (AssertionError | RuntimeException e) {
                wrong.add(name + ": " + e);
            }
        }
    }

    private Http.Reply call(String method, String path, String secret, String body) {
        var headers = new HashMap<>(IssuedKey.header(secret));
        headers.put("Content-Type", "application/json");
        headers.put("Connection", "close");
        try (HttpConnection connection = HttpConnection.to(fleet.gateway().port())) {
            HttpAnswer answer = connection
                    .request(method, path, headers, body.getBytes(UTF_8))
                    .answer();
            String text = answer.text();
            if (!answer.isWhole()) {
                throw new UncheckedIOException(new IOException("cut off"));
            }
            return new Http.Reply(answer.status(), answer.header("content-type"), text);
        }
    }

    /** While agents are not back yet, a request is refused: that is no answer, and nothing is lost by it. */
    private static void expect(Http.Reply reply, int status) {
        if (reply.status() >= 500 || (status == 200 && reply.status() == 404)) {
            throw new UncheckedIOException(new IOException("not served: " + reply));
        }
        assertThat(reply.status()).as("%s", reply).isEqualTo(status);
    }

    private void awaitServing() {
        Patience.within(Patience.FOR_A_START, "the gateway to have its agent again", () -> over || servesAgain());
    }

    private boolean servesAgain() {
        try {
            return fleet.gateway().totals().total() > 0;
        } catch (UncheckedIOException notYet) {
            return false;
        }
    }

    @Test
    void a_days_budget_is_not_forgotten() {
        Http.Reply made = call("POST", "/api/admin/keys", boss.secret(), "{\"name\":\"thrifty\",\"tokensPerDay\":2}");
        String secret = made.json().path("secret").asText();
        String question =
                Manner.OPENAI_WHOLE.asking(Fleet.SHARED, "all at once").toString();
        expect(call("POST", "/v1/chat/completions", secret, question), 200);
        Patience.untilHolds(
                "the ledger to have it",
                () -> assertThat(database.strings("SELECT id FROM usage_ledger WHERE key_name = 'thrifty'"))
                        .hasSize(1));

        fleet.gateway().kill();
        fleet.mend();

        Http.Reply refused = call("POST", "/v1/chat/completions", secret, question);
        assertThat(refused.status()).as("%s", refused).isEqualTo(429);
        assertThat(refused.body()).contains("tokens per day");
        Http.Reply other = call("POST", "/v1/chat/completions", boss.secret(), question);
        assertThat(other.status()).as("%s", other).isEqualTo(200);
    }
}
