package org.ollamaorchestrator.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import io.vertx.core.http.ClientAuth;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The gateway's keys: their defaults, that each is read, and that docs/configuration.md tells them as they are. */
@NullMarked
class GatewayConfigTest {

    private static final Map<String, String> OTHER_VALUES = Map.ofEntries(
            Map.entry("orchestrator.insecure", "true"),
            Map.entry("orchestrator.cloud-models", "true"),
            Map.entry("orchestrator.aliases.fast.model", "llama3.2:3b"),
            Map.entry("orchestrator.aliases.fast.options.num_ctx", "8192"),
            Map.entry("orchestrator.agents.port", "9081"),
            Map.entry("orchestrator.agents.heartbeat", "7s"),
            Map.entry("orchestrator.clients.body-max", "2M"),
            Map.entry("orchestrator.clients.body-within", "8s"),
            Map.entry("orchestrator.clients.stalled-max", "9s"),
            Map.entry("orchestrator.clients.first-byte-hold", "11s"),
            Map.entry("orchestrator.clients.keep-alive", "12s"),
            Map.entry("orchestrator.agents.resume-window", "13s"),
            Map.entry("orchestrator.agents.connections-max", "41"),
            Map.entry("orchestrator.agents.connections-per-address-max", "42"),
            Map.entry("orchestrator.agents.register-within", "43s"),
            Map.entry("orchestrator.clients.connections-max", "44"),
            Map.entry("orchestrator.clients.connections-per-address-max", "45"),
            Map.entry("orchestrator.clients.head-within", "46s"),
            Map.entry("orchestrator.clients.idle-max", "47s"),
            Map.entry("orchestrator.trusted-proxies", "10.0.0.0/8,192.168.1.1"),
            Map.entry("orchestrator.pepper", "pinch"),
            Map.entry("orchestrator.data-dir", "kept"),
            Map.entry("orchestrator.keys.fast.hash", "ab"),
            Map.entry("orchestrator.keys.fast.admin", "true"),
            Map.entry("orchestrator.keys.fast.models", "tiny,llama*"),
            Map.entry("orchestrator.keys.fast.requests-per-minute", "31"),
            Map.entry("orchestrator.keys.fast.tokens-per-minute", "32"),
            Map.entry("orchestrator.keys.fast.tokens-per-day", "33"),
            Map.entry("orchestrator.keys.fast.concurrent", "34"),
            Map.entry("orchestrator.keys.fast.weight", "35"),
            Map.entry("orchestrator.keys.fast.priority", "low"),
            Map.entry("orchestrator.keys.fast.waiting-max", "36"),
            Map.entry("orchestrator.keys.fast.expires", "2027-01-01T00:00:00Z"),
            Map.entry("orchestrator.limits.num-ctx", "37"),
            Map.entry("orchestrator.limits.num-predict", "38"),
            Map.entry("orchestrator.limits.budgeted-num-predict", "48"),
            Map.entry("orchestrator.limits.prompt-bytes", "39"),
            Map.entry("orchestrator.limits.job-time", "40s"),
            Map.entry("orchestrator.agents.tokens.fast.hash", "cd"),
            Map.entry("orchestrator.agents.tokens.fast.expires", "2027-02-01T00:00:00Z"),
            Map.entry("orchestrator.agents.tls-configuration-name", "agents"),
            Map.entry("orchestrator.agents.client-certificates", "required"),
            Map.entry("orchestrator.queue.max", "14"),
            Map.entry("orchestrator.queue.bytes-max", "15M"),
            Map.entry("orchestrator.queue.wait-max", "16s"),
            Map.entry("orchestrator.queue.overtake-max", "17s"),
            Map.entry("orchestrator.jobs.replacements-max", "1"),
            Map.entry("orchestrator.jobs.first-line-within", "18s"),
            Map.entry("orchestrator.jobs.load-within", "19s"),
            Map.entry("orchestrator.jobs.stalled-max", "20s"),
            Map.entry("orchestrator.models.fast.stalled-max", "21s"),
            Map.entry("orchestrator.wanted.fast.models", "tiny,embed"),
            Map.entry("orchestrator.wanted.fast.label", "site=home"),
            Map.entry("orchestrator.drain.timeout", "22s"),
            Map.entry("orchestrator.window.lines", "3"),
            Map.entry("orchestrator.window.bytes", "4K"));

    /** One key: the environment variables that set it, and its default; as the document writes them. */
    private record Key(String environment, String whenUnset) {}

    @Test
    void all_defaults() {
        GatewayConfig config = config(Map.of());

        assertThat(config.insecure()).isFalse();
        assertThat(config.cloudModels()).isFalse();
        assertThat(config.aliases()).isEmpty();
        assertThat(config.agents().port()).isEqualTo(8081);
        assertThat(config.agents().heartbeat()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.clients().bodyMax().asLongValue()).isEqualTo(32 * 1024 * 1024);
        assertThat(config.clients().bodyWithin()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.clients().stalledMax()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.clients().firstByteHold()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.clients().keepAlive()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.agents().resumeWindow()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.agents().connectionsMax()).isEqualTo(4_000);
        assertThat(config.agents().connectionsPerAddressMax()).isEqualTo(1_000);
        assertThat(config.agents().registerWithin()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.clients().connectionsMax()).isEqualTo(10_000);
        assertThat(config.clients().connectionsPerAddressMax()).isEqualTo(2_000);
        assertThat(config.clients().headWithin()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.clients().idleMax()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.trustedProxies()).isEmpty();
        assertThat(config.pepper()).isEmpty();
        assertThat(config.dataDir()).isEmpty();
        assertThat(config.keys()).isEmpty();
        assertThat(config.agents().tokens()).isEmpty();
        assertThat(config.agents().tlsConfigurationName()).isEmpty();
        assertThat(config.agents().clientCertificates()).isEqualTo(ClientAuth.NONE);
        assertThat(config.limits().numCtx()).isEmpty();
        assertThat(config.limits().numPredict()).isEmpty();
        assertThat(config.limits().budgetedNumPredict()).isEqualTo(8192);
        assertThat(config.limits().promptBytes()).isEmpty();
        assertThat(config.limits().jobTime()).isEmpty();
        assertThat(config.queue().max()).isEqualTo(1000);
        assertThat(config.queue().bytesMax().asLongValue()).isEqualTo(256 * 1024 * 1024);
        assertThat(config.queue().waitMax()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.queue().overtakeMax()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.jobs().replacementsMax()).isEqualTo(2);
        assertThat(config.jobs().firstLineWithin()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.jobs().loadWithin()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.jobs().stalledMax()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.models()).isEmpty();
        assertThat(config.wanted()).isEmpty();
        assertThat(config.drain().timeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.window().lines()).isEqualTo(256);
        assertThat(config.window().bytes().asLongValue()).isEqualTo(1024 * 1024);
    }

    @Test
    void every_key_set_to_something_else() {
        GatewayConfig config = config(OTHER_VALUES);

        assertThat(OTHER_VALUES.keySet())
                .map(GatewayConfigTest::asDocumented)
                .hasSameElementsAs(mappedKeys().keySet());
        assertThat(config.insecure()).isTrue();
        assertThat(config.cloudModels()).isTrue();
        assertThat(config.aliases()).containsOnlyKeys("fast").hasEntrySatisfying("fast", alias -> {
            assertThat(alias.model()).isEqualTo("llama3.2:3b");
            assertThat(alias.options()).isEqualTo(Map.of("num_ctx", "8192"));
        });
        assertThat(config.agents().port()).isEqualTo(9081);
        assertThat(config.agents().heartbeat()).isEqualTo(Duration.ofSeconds(7));
        assertThat(config.clients().bodyMax().asLongValue()).isEqualTo(2 * 1024 * 1024);
        assertThat(config.clients().bodyWithin()).isEqualTo(Duration.ofSeconds(8));
        assertThat(config.clients().stalledMax()).isEqualTo(Duration.ofSeconds(9));
        assertThat(config.clients().firstByteHold()).isEqualTo(Duration.ofSeconds(11));
        assertThat(config.clients().keepAlive()).isEqualTo(Duration.ofSeconds(12));
        assertThat(config.agents().resumeWindow()).isEqualTo(Duration.ofSeconds(13));
        assertThat(config.agents().connectionsMax()).isEqualTo(41);
        assertThat(config.agents().connectionsPerAddressMax()).isEqualTo(42);
        assertThat(config.agents().registerWithin()).isEqualTo(Duration.ofSeconds(43));
        assertThat(config.clients().connectionsMax()).isEqualTo(44);
        assertThat(config.clients().connectionsPerAddressMax()).isEqualTo(45);
        assertThat(config.clients().headWithin()).isEqualTo(Duration.ofSeconds(46));
        assertThat(config.clients().idleMax()).isEqualTo(Duration.ofSeconds(47));
        assertThat(config.trustedProxies()).hasValue(List.of("10.0.0.0/8", "192.168.1.1"));
        assertThat(config.pepper()).hasValue("pinch");
        assertThat(config.dataDir()).hasValue(Path.of("kept"));
        assertThat(config.keys()).containsOnlyKeys("fast").hasEntrySatisfying("fast", key -> {
            assertThat(key.hash()).isEqualTo("ab");
            assertThat(key.admin()).isTrue();
            assertThat(key.models()).hasValue(List.of("tiny", "llama*"));
            assertThat(key.requestsPerMinute()).isEqualTo(31);
            assertThat(key.tokensPerMinute()).isEqualTo(32);
            assertThat(key.tokensPerDay()).isEqualTo(33);
            assertThat(key.concurrent()).isEqualTo(34);
            assertThat(key.weight()).isEqualTo(35);
            assertThat(key.priority()).isEqualTo("low");
            assertThat(key.waitingMax()).isEqualTo(36);
            assertThat(key.expires()).hasValue(Instant.parse("2027-01-01T00:00:00Z"));
        });
        assertThat(config.agents().tokens()).containsOnlyKeys("fast").hasEntrySatisfying("fast", token -> {
            assertThat(token.hash()).isEqualTo("cd");
            assertThat(token.expires()).hasValue(Instant.parse("2027-02-01T00:00:00Z"));
        });
        assertThat(config.agents().tlsConfigurationName()).hasValue("agents");
        assertThat(config.agents().clientCertificates()).isEqualTo(ClientAuth.REQUIRED);
        assertThat(config.limits().numCtx()).hasValue(37);
        assertThat(config.limits().numPredict()).hasValue(38);
        assertThat(config.limits().promptBytes().orElseThrow().asLongValue()).isEqualTo(39);
        assertThat(config.limits().jobTime()).hasValue(Duration.ofSeconds(40));
        assertThat(config.queue().max()).isEqualTo(14);
        assertThat(config.queue().bytesMax().asLongValue()).isEqualTo(15 * 1024 * 1024);
        assertThat(config.queue().waitMax()).isEqualTo(Duration.ofSeconds(16));
        assertThat(config.queue().overtakeMax()).isEqualTo(Duration.ofSeconds(17));
        assertThat(config.jobs().replacementsMax()).isEqualTo(1);
        assertThat(config.jobs().firstLineWithin()).isEqualTo(Duration.ofSeconds(18));
        assertThat(config.jobs().loadWithin()).isEqualTo(Duration.ofSeconds(19));
        assertThat(config.jobs().stalledMax()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.models())
                .containsOnlyKeys("fast")
                .hasEntrySatisfying(
                        "fast", model -> assertThat(model.stalledMax()).hasValue(Duration.ofSeconds(21)));
        assertThat(config.wanted()).containsOnlyKeys("fast").hasEntrySatisfying("fast", wanted -> {
            assertThat(wanted.models()).containsExactly("tiny", "embed");
            assertThat(wanted.label()).hasValue("site=home");
        });
        assertThat(config.drain().timeout()).isEqualTo(Duration.ofSeconds(22));
        assertThat(config.window().lines()).isEqualTo(3);
        assertThat(config.window().bytes().asLongValue()).isEqualTo(4 * 1024);
    }

    @Test
    void a_misspelt_key_is_refused() {
        assertThatThrownBy(() -> config(Map.of("orchestrator.agents.prot", "1")))
                .hasMessageContaining("SRCFG00050")
                .hasMessageContaining("orchestrator.agents.prot");
    }

    @Test
    void the_document_has_exactly_the_keys_of_the_mapping_with_their_environment_names_and_defaults() {
        assertThat(documentedKeys("Gateway")).containsExactlyInAnyOrderEntriesOf(mappedKeys());
    }

    /** With a placeholder for each name that an owner chooses. */
    private static String asDocumented(String key) {
        return key.replace(".fast.", ".<key>.").replace(".num_ctx", ".<key>");
    }

    private static GatewayConfig config(Map<String, String> keys) {
        return new SmallRyeConfigBuilder()
                .withMapping(GatewayConfig.class)
                .addDiscoveredConverters()
                .withSources(new PropertiesConfigSource(keys, "test", 100))
                .build()
                .getConfigMapping(GatewayConfig.class);
    }

    private static Map<String, Key> mappedKeys() {
        String prefix = Objects.requireNonNull(GatewayConfig.class.getAnnotation(ConfigMapping.class))
                .prefix();
        var keys = new TreeMap<String, Key>();
        addKeys(prefix, GatewayConfig.class, keys);
        return keys;
    }

    private static void addKeys(String prefix, Class<?> group, Map<String, Key> keys) {
        for (Method method : group.getDeclaredMethods()) {
            String name = prefix + "." + nameOf(method);
            Class<?> type = method.getReturnType();
            if (type.isInterface() && type.getEnclosingClass() == GatewayConfig.class) {
                addKeys(name, type, keys);
            } else if (type == Map.class) {
                addMap(name + ".<key>", method, keys);
            } else {
                keys.put(name, keyOf(name, method));
            }
        }
    }

    /** Under each name that an owner chooses: one value, or a group of keys. */
    private static void addMap(String name, Method method, Map<String, Key> keys) {
        Type value = ((ParameterizedType) method.getGenericReturnType()).getActualTypeArguments()[1];
        if (value instanceof Class<?> group && group.isInterface()) {
            addKeys(name, group, keys);
        } else {
            keys.put(name, new Key(code(environmentNameOf(name)), "none"));
        }
    }

    private static String nameOf(Method method) {
        return Optional.ofNullable(method.getAnnotation(WithName.class))
                .map(WithName::value)
                .orElseGet(() -> method.getName()
                        .replaceAll("([a-z0-9])([A-Z])", "$1-$2")
                        .toLowerCase(Locale.ROOT));
    }

    /** A default like {@code ${PORT:3000}} is a second environment variable and what holds without it. */
    private static Key keyOf(String name, Method method) {
        String value = Optional.ofNullable(method.getAnnotation(WithDefault.class))
                .map(WithDefault::value)
                .orElse("");
        Matcher expression = Pattern.compile("\\$\\{([A-Z_]+):(.*)}").matcher(value);
        return expression.matches()
                ? new Key(code(environmentNameOf(name), expression.group(1)), valueCell(expression.group(2)))
                : new Key(code(environmentNameOf(name)), valueCell(value));
    }

    private static String environmentNameOf(String name) {
        return name.replaceAll("[^A-Za-z0-9<>]", "_").toUpperCase(Locale.ROOT);
    }

    private static String valueCell(String value) {
        return value.isEmpty() ? "none" : code(value);
    }

    private static String code(String... words) {
        return Arrays.stream(words).map(word -> "`" + word + "`").collect(Collectors.joining(", "));
    }

    /** The rows of the tables under one heading whose first cell is one of our keys. */
    private static Map<String, Key> documentedKeys(String heading) {
        String section = document().split("(?m)^## " + heading + "$", 2)[1].split("(?m)^## ", 2)[0];
        var keys = new TreeMap<String, Key>();
        Pattern.compile("(?m)^\\| `(orchestrator\\.[^`]+)` \\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\|$")
                .matcher(section)
                .results()
                .forEach(row -> keys.put(row.group(1), new Key(row.group(2), row.group(3))));
        return keys;
    }

    /** Tests run in their module's folder; the document is in the one above that has the wrapper. */
    private static String document() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no folder with mvnw above the tests");
        }
        try {
            return Files.readString(folder.resolve("docs/configuration.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
