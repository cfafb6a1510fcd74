package org.ollamaorchestrator.simulator;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonPOJOBuilder;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How one request is answered. Everything is optional; a script that says nothing answers a short sentence at once.
 *
 * <p>A request always goes the same way: it waits for its slot, its model is loaded, its prompt is read, and only then
 * does it fail, hang, or speak. So a scripted failure holds a slot and takes its load like any other answer. A request
 * without a prompt, which only loads its model, minds {@code loadMs}, {@code failStatus} and {@code hang} alone.
 *
 * @param tokens the words, one line each
 * @param count instead of {@code tokens}: that many numbered ones, {@code "0 "}, {@code "1 "}, …
 * @param paceMs between two tokens, fractions allowed; timers tick in milliseconds, so at half a millisecond two tokens
 *     leave at each tick. 0 is as fast as the client reads.
 * @param firstTokenMs from the end of the load to the first token
 * @param loadMs the load of a cold model; the model's own load time where absent
 * @param thinking tokens of thought before the words, unless the request says {@code think: false}
 * @param toolCalls sent whole after the words
 * @param failStatus status of an error in place of the first line
 * @param failBody that error's body; one in Ollama's form where absent
 * @param failAfter after that many tokens Ollama's error line, and a clean end
 * @param stallAfter after that many tokens silence, with the connection open
 * @param hang never a byte, with the connection open
 * @param cutAfter after that many tokens the connection is closed without the 0-chunk; 0 is before any byte
 * @param resetAfter the same by RST
 * @param splitBytes the answer goes out in TCP segments of that size, one each millisecond
 * @param stamp each token is {@code "<index>:<epoch nanoseconds> "}, taken when it is written
 * @param embeddings numbers in one embedding; the model's own length where absent
 * @param rawBody bytes of a recorded answer, sent instead of everything else
 * @param tokenBytes numbered and stamped tokens are padded to this size
 * @param lineBytes the first line is padded to this size, newline included
 */
@JsonDeserialize(builder = Script.Builder.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Script(
        @Nullable List<String> tokens,
        @Nullable Integer count,
        double paceMs,
        double firstTokenMs,
        @Nullable Double loadMs,
        List<String> thinking,
        List<ToolCall> toolCalls,
        @Nullable Integer failStatus,
        @Nullable String failBody,
        @Nullable Integer failAfter,
        @Nullable Integer stallAfter,
        boolean hang,
        @Nullable Integer cutAfter,
        @Nullable Integer resetAfter,
        @Nullable Integer splitBytes,
        boolean stamp,
        @Nullable Integer embeddings,
        @Nullable String rawBody,
        String rawContentType,
        int rawStatus,
        int tokenBytes,
        int lineBytes) {

    private static final List<String> SENTENCE = List.of("Hello", " there", ",", " good", " to", " see", " you", "!");
    private static final ObjectMapper STRICT = strictMapper();

    public Script {
        tokens = tokens == null ? null : List.copyOf(tokens);
        thinking = List.copyOf(thinking);
        toolCalls = List.copyOf(toolCalls);
        atLeast(0, count, "count");
        atLeast(0, paceMs, "paceMs");
        atLeast(0, firstTokenMs, "firstTokenMs");
        atLeast(0, loadMs, "loadMs");
        status(failStatus, "failStatus");
        atLeast(0, failAfter, "failAfter");
        atLeast(0, stallAfter, "stallAfter");
        atLeast(0, cutAfter, "cutAfter");
        atLeast(0, resetAfter, "resetAfter");
        atLeast(1, splitBytes, "splitBytes");
        atLeast(1, embeddings, "embeddings");
        status(rawStatus, "rawStatus");
        atLeast(0, tokenBytes, "tokenBytes");
        atLeast(0, lineBytes, "lineBytes");
        if (tokens != null && count != null) {
            throw new IllegalArgumentException("script field 'count': there are 'tokens' already");
        }
        if (Stream.of(failAfter, stallAfter, cutAfter, resetAfter)
                        .filter(Objects::nonNull)
                        .count()
                > 1) {
            throw new IllegalArgumentException(
                    "script fields 'failAfter', 'stallAfter', 'cutAfter' and 'resetAfter' exclude one another");
        }
    }

    /** A call of a tool, as the model would make it. */
    public record ToolCall(String name, Map<String, Object> arguments) {
        @SuppressWarnings("NullAway") // Jackson hands over null for what the JSON leaves out
        public ToolCall {
            if (name == null || name.isBlank()) {
                throw new IllegalArgumentException("script field 'toolCalls': a call has no name");
            }
            arguments = arguments == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /** A short sentence at once. */
    public static Script defaults() {
        return builder().build();
    }

    /** Exactly these tokens at once. */
    public static Script saying(String... tokens) {
        return builder().tokens(tokens).build();
    }

    /** That many numbered tokens at once. */
    public static Script counting(int count) {
        return builder().count(count).build();
    }

    /**
     * Reads a script's JSON.
     *
     * @throws IllegalArgumentException naming the field that is wrong
     */
    public static Script parse(String json) {
        try {
            return required(STRICT.readValue(json, Script.class));
        } catch (JsonProcessingException e) {
            throw malformed(e);
        }
    }

    static Script parse(JsonNode json) {
        try {
            return required(STRICT.treeToValue(json, Script.class));
        } catch (JsonProcessingException e) {
            throw malformed(e);
        }
    }

    /** How many tokens of text there are. */
    int textCount() {
        if (count != null) {
            return count;
        }
        return words().size();
    }

    /** One token of text, made at the moment it is sent. */
    String text(int index) {
        if (stamp) {
            return padded(index + ":" + EpochNanos.now() + " ");
        }
        return count == null ? words().get(index) : padded(index + " ");
    }

    /** What this script makes of a request that has its turn. */
    Course course() {
        if (hang) {
            return new Course.Hang();
        }
        if (failStatus != null) {
            return new Course.Refuse(failStatus, failBody == null ? "{\"error\":\"scripted failure\"}" : failBody);
        }
        if (rawBody != null) {
            return new Course.Replay(rawStatus, rawContentType, rawBody);
        }
        if (failAfter != null) {
            return new Course.Speak(failAfter, Course.End.ERROR);
        }
        if (stallAfter != null) {
            return new Course.Speak(stallAfter, Course.End.STALL);
        }
        if (cutAfter != null) {
            return new Course.Speak(cutAfter, Course.End.CUT);
        }
        if (resetAfter != null) {
            return new Course.Speak(resetAfter, Course.End.RESET);
        }
        return new Course.Speak(Integer.MAX_VALUE, Course.End.FINISH);
    }

    private List<String> words() {
        return tokens == null ? SENTENCE : tokens;
    }

    private String padded(String text) {
        int missing = tokenBytes - text.length();
        return missing <= 0 ? text : text + "x".repeat(missing - 1) + " ";
    }

    private static Script required(@Nullable Script script) {
        if (script == null) {
            throw new IllegalArgumentException("script is null, not an object");
        }
        return script;
    }

    private static IllegalArgumentException malformed(JsonProcessingException e) {
        String path = e instanceof JsonMappingException mapping
                ? mapping.getPath().stream()
                        .map(JsonMappingException.Reference::getFieldName)
                        .filter(Objects::nonNull)
                        .collect(Collectors.joining("."))
                : "";
        if (e instanceof UnrecognizedPropertyException unknown) {
            return new IllegalArgumentException("script field '" + unknown.getPropertyName() + "' is unknown", e);
        }
        String why = e.getOriginalMessage();
        boolean named = path.isEmpty() || why.startsWith("script field");
        return new IllegalArgumentException(named ? why : "script field '" + path + "': " + why, e);
    }

    private static void atLeast(int least, @Nullable Number value, String field) {
        // Written so that NaN fails as well.
        if (value != null && !(value.doubleValue() >= least)) {
            throw new IllegalArgumentException("script field '" + field + "' is less than " + least + ": " + value);
        }
    }

    private static void status(@Nullable Integer value, String field) {
        if (value != null && (value < 200 || value > 599)) {
            throw new IllegalArgumentException("script field '" + field + "' is no final HTTP status: " + value);
        }
    }

    private static ObjectMapper strictMapper() {
        ObjectMapper mapper = JsonMapper.builder()
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .withCoercionConfig(
                        LogicalType.Textual,
                        config -> config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .build();
        mapper.setDefaultSetterInfo(JsonSetter.Value.forValueNulls(Nulls.SKIP, Nulls.FAIL));
        return mapper;
    }

    /** Names the parts of a script one by one; the parts are those of {@link Script}. */
    @JsonPOJOBuilder(withPrefix = "")
    public static final class Builder {
        private @Nullable List<String> tokens;
        private @Nullable Integer count;
        private double paceMs;
        private double firstTokenMs;
        private @Nullable Double loadMs;
        private List<String> thinking = List.of();
        private List<ToolCall> toolCalls = List.of();
        private @Nullable Integer failStatus;
        private @Nullable String failBody;
        private @Nullable Integer failAfter;
        private @Nullable Integer stallAfter;
        private boolean hang;
        private @Nullable Integer cutAfter;
        private @Nullable Integer resetAfter;
        private @Nullable Integer splitBytes;
        private boolean stamp;
        private @Nullable Integer embeddings;
        private @Nullable String rawBody;
        private String rawContentType = "application/x-ndjson";
        private int rawStatus = 200;
        private int tokenBytes;
        private int lineBytes;

        private Builder() {}

        @CanIgnoreReturnValue
        public Builder tokens(String... value) {
            tokens = Arrays.asList(value);
            return this;
        }

        @CanIgnoreReturnValue
        public Builder count(int value) {
            count = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder paceMs(double value) {
            paceMs = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder firstTokenMs(double value) {
            firstTokenMs = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder loadMs(double value) {
            loadMs = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder thinking(String... value) {
            thinking = Arrays.asList(value);
            return this;
        }

        @CanIgnoreReturnValue
        public Builder toolCalls(ToolCall... value) {
            toolCalls = Arrays.asList(value);
            return this;
        }

        @CanIgnoreReturnValue
        public Builder failStatus(int value) {
            failStatus = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder failBody(String value) {
            failBody = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder failAfter(int value) {
            failAfter = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder stallAfter(int value) {
            stallAfter = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder hang(boolean value) {
            hang = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder cutAfter(int value) {
            cutAfter = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder resetAfter(int value) {
            resetAfter = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder splitBytes(int value) {
            splitBytes = value;
            return this;
        }

        @CanIgnoreReturnValue
        @JsonAlias("stampMs")
        public Builder stamp(boolean value) {
            stamp = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder embeddings(int value) {
            embeddings = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder rawBody(String value) {
            rawBody = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder rawContentType(String value) {
            rawContentType = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder rawStatus(int value) {
            rawStatus = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder tokenBytes(int value) {
            tokenBytes = value;
            return this;
        }

        @CanIgnoreReturnValue
        public Builder lineBytes(int value) {
            lineBytes = value;
            return this;
        }

        public Script build() {
            return new Script(
                    tokens,
                    count,
                    paceMs,
                    firstTokenMs,
                    loadMs,
                    thinking,
                    toolCalls,
                    failStatus,
                    failBody,
                    failAfter,
                    stallAfter,
                    hang,
                    cutAfter,
                    resetAfter,
                    splitBytes,
                    stamp,
                    embeddings,
                    rawBody,
                    rawContentType,
                    rawStatus,
                    tokenBytes,
                    lineBytes);
        }
    }
}
