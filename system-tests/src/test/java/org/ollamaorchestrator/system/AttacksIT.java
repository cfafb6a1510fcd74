package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What somebody with bad intentions sends to a packaged gateway, and what he gets: a plain 4xx in the form of the API that he
 * called, while the next client is served as if nothing had been.
 */
@SystemTest
class AttacksIT {
    private static final int MEGABYTE = 1024 * 1024;
    private static final String MODEL = Fleet.SHARED;

    private final IssuedKey boss = IssuedKey.random();
    private final IssuedKey user = IssuedKey.random();
    private final IssuedKey elsewhere = IssuedKey.random();
    private final IssuedKey expired = IssuedKey.random();
    private final IssuedKey revoked = IssuedKey.random();
    private final IssuedKey minute = IssuedKey.random();
    private final IssuedKey otherMinute = IssuedKey.random();
    private final IssuedKey three = IssuedKey.random();

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .slots(8)
            .administrator(boss)
            .key("user", user)
            .key("elsewhere", elsewhere, "models=llama*")
            .key("expired", expired, "expires=2020-01-01T00:00:00Z")
            .key("minute", minute, "requests-per-minute=60")
            .key("other-minute", otherMinute, "requests-per-minute=60")
            .key("three", three, "concurrent=3")
            .gatewayOption("-Dorchestrator.data-dir=" + Packaged.workFolder().resolve("attacks-" + System.nanoTime()))
            .start();

    private String takenBack = "";

    /** The APIs, by a path of each, and the form of their errors. */
    enum Api {
        OPENAI("/v1/chat/completions"),
        ANTHROPIC("/v1/messages"),
        OLLAMA("/api/chat"),
        SEED("/api/chat/completions");

        private final String path;

        Api(String path) {
            this.path = path;
        }

        String asking(String model, String text) {
            return "{\"model\":\"%s\",\"max_tokens\":20,\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                    .formatted(model, text);
        }

        void assertError(Http.Reply reply, int status) {
            assertThat(reply.status()).as("%s", reply).isEqualTo(status);
            JsonNode body = reply.json();
            String message = switch (this) {
                case OPENAI -> body.path("error").path("message").asText();
                case ANTHROPIC -> {
                    assertThat(body.path("type").asText()).isEqualTo("error");
                    assertThat(body.path("error").path("type").asText()).isNotBlank();
                    yield body.path("error").path("message").asText();
                }
                case OLLAMA, SEED -> body.path("error").asText();
            };
            assertThat(message).as("%s", reply).isNotBlank();
        }
    }

    /** Keys that are not good enough. */
    enum BadKey {
        NONE(401),
        EMPTY(401),
        WRONG(401),
        MISTYPED(401),
        AGENTS_TOKEN(401),
        EXPIRED(401),
        REVOKED(401),
        OF_ANOTHER_MODEL(403);

        private final int status;

        BadKey(int status) {
            this.status = status;
        }
    }

    /** Bodies that cost the sender little, and would cost a careless reader all its memory or time. */
    enum Bomb {
        DEEP_LISTS {
            @Override
            String body() {
                return "{\"model\":" + "[".repeat(100_000);
            }
        },
        DEEP_OBJECTS {
            @Override
            String body() {
                return "{\"a\":".repeat(100_000);
            }
        },
        DEEP_AND_WHOLE {
            @Override
            String body() {
                return "{\"model\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}";
            }
        },
        A_MILLION_KEYS {
            @Override
            String body() {
                var body = new StringBuilder("{\"model\":\"m\"");
                for (int i = 0; i < 1_000_000; i++) {
                    body.append(",\"").append(i).append("\":0");
                }
                return body.append('}').toString();
            }
        },
        MILLIONS_OF_EMPTY_OBJECTS {
            @Override
            String body() {
                return "{\"messages\":[{}" + ",{}".repeat(4_000_000) + "]}";
            }
        },
        A_LONG_NUMBER {
            @Override
            String body() {
                return "{\"model\":\"m\",\"max_tokens\":" + "9".repeat(1_000_000) + "}";
            }
        },
        A_GREAT_EXPONENT {
            @Override
            String body() {
                return "{\"model\":1e999999999,\"messages\":[]}";
            }
        },
        A_LONG_NAME {
            @Override
            String body() {
                return "{\"" + "n".repeat(MEGABYTE) + "\":1}";
            }
        },
        A_LONG_MODEL {
            @Override
            String body() {
                return "{\"model\":\"" + "m".repeat(8 * MEGABYTE)
                        + "\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
            }
        },
        NOT_UTF8 {
            @Override
            String body() {
                return "{\"model\":\"\u00ff\u00fe\u00c0\"}";
            }
        },
        NO_JSON {
            @Override
            String body() {
                return "<xml/>";
            }
        },
        A_LIST {
            @Override
            String body() {
                return "[]";
            }
        };

        abstract String body();
    }

    @BeforeAll
    void aKeyIsRevoked() {
        Http.Reply made = call(boss.secret(), "POST", "/api/admin/keys", "{\"name\":\"taken-back\"}");
        takenBack = made.json().path("secret").asText();
        assertThat(call(boss.secret(), "DELETE", "/api/admin/keys/taken-back", "")
                        .status())
                .isEqualTo(204);
    }

    @AfterEach
    void theNextClientIsServed() {
        for (Api api : EnumSet.of(Api.OPENAI, Api.OLLAMA)) {
            Http.Reply reply = call(user.secret(), "POST", api.path, api.asking(MODEL, "Hi"));
            assertThat(reply.status()).as("%s", reply).isEqualTo(200);
        }
    }

    static Stream<Arguments> everyBadKeyInEveryApi() {
        return Stream.of(Api.values()).flatMap(api -> Stream.of(BadKey.values()).map(key -> Arguments.of(api, key)));
    }

    @ParameterizedTest
    @MethodSource("everyBadKeyInEveryApi")
    void a_bad_key_gets_nothing(Api api, BadKey key) {
        Http.Reply reply = Http.exchange(
                fleet.gateway().port(), "POST", api.path, headers(key), api.asking(MODEL, "for a bad key: " + key));

        api.assertError(reply, key.status);
        assertThat(reply.body()).doesNotContain("olk_").doesNotContain("for a bad key");
        assertThat(fleet.simulator(0).requestsSaying("for a bad key")).isEmpty();
    }

    private Map<String, String> headers(BadKey key) {
        var headers = new HashMap<>(Map.of("Content-Type", "application/json", "Connection", "close"));
        headers.putAll(
                switch (key) {
                    case NONE -> Map.<String, String>of();
                    case EMPTY -> Map.of("Authorization", "Bearer ");
                    case WRONG -> IssuedKey.header(revoked.secret());
                    case MISTYPED ->
                        IssuedKey.header(
                                user.secret().substring(0, user.secret().length() - 1) + "~");
                    case AGENTS_TOKEN -> IssuedKey.header(user.secret().replace("olk_", "ola_"));
                    case EXPIRED -> expired.header();
                    case REVOKED -> IssuedKey.header(takenBack);
                    case OF_ANOTHER_MODEL -> elsewhere.header();
                });
        return headers;
    }

    static Stream<Arguments> everyBombInEveryApi() {
        return Stream.of(Api.values()).flatMap(api -> Stream.of(Bomb.values()).map(bomb -> Arguments.of(api, bomb)));
    }

    @ParameterizedTest
    @MethodSource("everyBombInEveryApi")
    void a_body_that_is_a_trap_is_refused(Api api, Bomb bomb) {
        try (HttpConnection connection = HttpConnection.to(fleet.gateway().port())) {
            var headers = new HashMap<>(user.header());
            headers.put("Content-Type", "application/json");
            connection.request("POST", api.path, headers, bomb.body().getBytes(ISO_8859_1));

            Http.Reply reply = Http.reply(connection);

            api.assertError(reply, 400);
            assertThat(reply.body().length()).isLessThan(1_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_body_beyond_the_bound_is_refused_while_it_comes(Api api) {
        try (HttpConnection connection = HttpConnection.to(fleet.gateway().port())) {
            var headers = new HashMap<>(user.header());
            headers.put("Transfer-Encoding", "chunked");
            connection.head("POST", api.path, headers);
            byte[] chunk = " ".repeat(MEGABYTE).getBytes(UTF_8);
            try {
                for (int i = 0; i < 40; i++) {
                    connection.sendChunk(chunk);
                }
            } catch (UncheckedIOException refused) {
                // The answer says why.
            }

            api.assertError(Http.reply(connection), 413);
        }
    }

    @Test
    void too_many_or_too_long_headers_are_refused_before_anything_is_done() {
        var many = new HashMap<>(user.header());
        for (int i = 0; i < 5_000; i++) {
            many.put("X-" + i, "1");
        }
        assertThat(refusal("/v1/models", many)).isIn(0, 400, 431);
        assertThat(refusal("/v1/models", Map.of("Cookie", "c".repeat(MEGABYTE))))
                .isIn(0, 400, 431);
        assertThat(refusal("/v1/models?" + "q".repeat(MEGABYTE), user.header())).isIn(0, 400, 414);
    }

    /** The status, or 0 if the connection ended without one: it may, while its client still sends. */
    private int refusal(String path, Map<String, String> headers) {
        try (HttpConnection connection = HttpConnection.to(fleet.gateway().port())) {
            try {
                connection.head("GET", path, headers);
            } catch (UncheckedIOException refused) {
                // The answer, if it is still there, says why.
            }
            return connection.answer().status();
        } catch (UncheckedIOException closed) {
            return 0;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST,   /api/create,               403",
        "POST,   /api/push,                 403",
        "POST,   /api/copy,                 403",
        "POST,   /api/blobs/sha256:00,      403",
        "POST,   /api/signout,              404",
        "POST,   /api/me,                   405",
        "GET,    /debug/pprof/,             404",
        "GET,    /api/../../etc/passwd,     404",
        "GET,    /simulator/requests,       404",
        "POST,   /v1/../simulator/requests, 404",
        "GET,    /q/metrics,                404",
        "GET,    /q/dev-ui,                 404",
        "POST,   /drain,                    404",
        "TRACE,  /v1/models,                405",
        "DELETE, /v1/chat/completions,      405",
    })
    void what_is_not_offered_is_not_done(String method, String path, int status) {
        List<String> before = pathsSeen();

        Http.Reply reply = call(user.secret(), method, path, "{\"model\":\"" + MODEL + "\"}");

        assertThat(reply.status()).as("%s", reply).isEqualTo(status);
        assertThat(pathsSeen()).as("asked of Ollama").hasSameSizeAs(before);
    }

    /** But for what agents ask by themselves. */
    private List<String> pathsSeen() {
        return fleet.simulator(0).requests().stream()
                .map(Simulator.Observed::path)
                .filter(path ->
                        !List.of("/api/tags", "/api/ps", "/api/version", "/").contains(path))
                .toList();
    }

    @Test
    void two_keys_with_sixty_requests_a_minute_get_sixty_each() {
        try (var clients = Executors.newFixedThreadPool(16)) {
            List<CompletableFuture<Integer>> one = new ArrayList<>();
            List<CompletableFuture<Integer>> other = new ArrayList<>();
            for (int i = 0; i < 90; i++) {
                one.add(CompletableFuture.supplyAsync(() -> status(minute), clients));
                other.add(CompletableFuture.supplyAsync(() -> status(otherMinute), clients));
            }

            for (List<CompletableFuture<Integer>> key : List.of(one, other)) {
                List<Integer> statuses =
                        key.stream().map(CompletableFuture::join).toList();
                assertThat(statuses).filteredOn(status -> status == 200).hasSize(60);
                assertThat(statuses).filteredOn(status -> status == 429).hasSize(30);
            }
        }
    }

    private int status(IssuedKey key) {
        return call(key.secret(), "POST", Api.OLLAMA.path, Api.OLLAMA.asking(MODEL, "counted"))
                .status();
    }

    @Test
    void a_key_never_runs_more_at_a_time_than_it_may() {
        try (var clients = Executors.newFixedThreadPool(16)) {
            List<CompletableFuture<Integer>> asked = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                asked.add(CompletableFuture.supplyAsync(() -> slow(three), clients));
            }
            List<Integer> statuses = asked.stream().map(CompletableFuture::join).toList();

            assertThat(statuses).contains(200).containsOnly(200, 429);
        }
        List<Simulator.Observed> ran = fleet.simulator(0).requestsSaying("three at a time");
        assertThat(ran)
                .isNotEmpty()
                .allSatisfy(one -> assertThat(ran.stream()
                                .filter(other -> other.receivedAtNanos() <= one.receivedAtNanos()
                                        && one.receivedAtNanos() < other.endedAtNanos()))
                        .hasSizeLessThanOrEqualTo(3));
    }

    private int slow(IssuedKey key) {
        return call(
                        key.secret(),
                        "POST",
                        Api.OLLAMA.path,
                        "{\"model\":\"%s\",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":\"three at a time\"}],\"options\":{\"simulator\":{\"count\":10,\"paceMs\":5}}}"
                                .formatted(MODEL))
                .status();
    }

    private Http.Reply call(String secret, String method, String path, String body) {
        var headers = new HashMap<>(IssuedKey.header(secret));
        headers.put("Content-Type", "application/json");
        headers.put("Connection", "close");
        return Http.exchange(fleet.gateway().port(), method, path, headers, body);
    }
}
