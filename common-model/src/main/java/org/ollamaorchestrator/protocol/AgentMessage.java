package org.ollamaorchestrator.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Everything an agent says to its gateway, in either version of the protocol. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = AgentMessage.Register.class, name = "register"),
    @JsonSubTypes.Type(value = AgentMessage.Heartbeat.class, name = "heartbeat"),
    @JsonSubTypes.Type(value = AgentMessage.Status.class, name = "status"),
    @JsonSubTypes.Type(value = AgentMessage.Token.class, name = "token"),
    @JsonSubTypes.Type(value = AgentMessage.Chunk.class, name = "chunk"),
    @JsonSubTypes.Type(value = AgentMessage.JobComplete.class, name = "job_complete"),
    @JsonSubTypes.Type(value = AgentMessage.JobError.class, name = "job_error")
})
public sealed interface AgentMessage {

    /** What the agent is and can do: the first thing it says, and the version it will speak. */
    sealed interface Register extends AgentMessage {

        @JsonCreator
        static Register of(
                @JsonProperty("models") @Nullable List<String> models,
                @JsonProperty("protocol") @Nullable Integer protocol,
                @JsonProperty("agentId") @Nullable AgentId agentId,
                @JsonProperty("instanceId") @Nullable InstanceId instanceId,
                @JsonProperty("name") @Nullable String name,
                @JsonProperty("version") @Nullable String version,
                @JsonProperty("slots") @Nullable Integer slots,
                @JsonProperty("labels") @Nullable Map<String, String> labels,
                @JsonProperty("ollamaVersion") @Nullable String ollamaVersion,
                @JsonProperty("catalog") @Nullable List<OllamaModel> catalog,
                @JsonProperty("loaded") @Nullable List<OllamaModel> loaded,
                @JsonProperty("resuming") @Nullable List<Resuming> resuming,
                @JsonProperty("operations") @Nullable List<String> operations,
                @JsonProperty("room") @Nullable Room room) {
            int version1 = ProtocolVersion.PROMPTS;
            int spoken = protocol == null ? version1 : protocol;
            if (spoken == version1) {
                return new RegisterV1(Required.field("models", models).stream()
                        .filter(model -> !model.isBlank())
                        .map(ModelName::new)
                        .toList());
            }
            if (spoken != ProtocolVersion.TUNNEL) {
                throw new IllegalArgumentException("protocol is not one of those offered");
            }
            return new RegisterV2(
                    agentId,
                    Required.field("instanceId", instanceId),
                    name,
                    version,
                    Required.field("slots", slots),
                    labels == null ? Map.of() : labels,
                    ollamaVersion,
                    catalog == null ? List.of() : catalog,
                    loaded == null ? List.of() : loaded,
                    resuming == null ? List.of() : resuming,
                    operations,
                    room);
        }
    }

    /** @param models what the agent serves; empty means any model */
    @JsonTypeName("register")
    record RegisterV1(List<ModelName> models) implements Register {
        public RegisterV1 {
            models = List.copyOf(models);
        }
    }

    /**
     * @param agentId the identity the agent has kept; absent if the gateway is to give it one
     * @param slots how many jobs the agent runs at once
     * @param catalog the models the agent can serve; empty means none
     * @param loaded the models in its Ollama's memory
     * @param resuming the jobs of this gateway whose end the agent has not been acknowledged
     * @param operations what the agent's owner lets a gateway ask for; absent for whatever the agent knows
     * @param room what its machine has room for; absent if it does not say
     */
    @JsonTypeName("register")
    @JsonPropertyOrder({"protocol", "models"})
    record RegisterV2(
            @Nullable AgentId agentId,
            InstanceId instanceId,
            @Nullable String name,
            @Nullable String version,
            int slots,
            Map<String, String> labels,
            @Nullable String ollamaVersion,
            List<OllamaModel> catalog,
            List<OllamaModel> loaded,
            List<Resuming> resuming,
            @Nullable List<String> operations,
            @Nullable Room room)
            implements Register {
        public RegisterV2 {
            if (slots < 1) {
                throw new IllegalArgumentException("slots is less than 1");
            }
            labels = Map.copyOf(labels);
            catalog = List.copyOf(catalog);
            loaded = List.copyOf(loaded);
            resuming = List.copyOf(resuming);
            operations = operations == null ? null : List.copyOf(operations);
        }

        /** Says on the wire which version this is. */
        @JsonProperty
        public int protocol() {
            return ProtocolVersion.TUNNEL;
        }

        /** The field that version 1 has; the catalog says more. */
        @JsonProperty
        public List<ModelName> models() {
            return catalog.stream().map(OllamaModel::name).toList();
        }
    }

    /** A job that a reconnecting agent still has, and the last line of it that it sent. */
    record Resuming(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            JobId jobId,

            long lastSeq) {}

    /**
     * A sign of life of version 1.
     *
     * @param timestamp a number without meaning: the seed's agent sends a monotonic clock in seconds
     */
    record Heartbeat(@Nullable Double timestamp) implements AgentMessage {}

    /**
     * The agent's state, whenever it changed. All but {@code status} is of version 2.
     *
     * @param active how many jobs run
     * @param catalog only when it changed
     * @param room only when it changed, and then the whole of it: what it lacks is not known any more
     * @param ollamaVersion only when it changed: it was not known when the agent registered, or Ollama is another one now
     */
    record Status(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            Activity status,

            @Nullable Integer active,
            @Nullable Integer slots,
            @Nullable List<OllamaModel> loaded,
            @Nullable List<OllamaModel> catalog,
            @Nullable Boolean draining,
            @Nullable OllamaState ollama,
            @Nullable Room room,
            @Nullable String ollamaVersion)
            implements AgentMessage {
        public Status {
            loaded = loaded == null ? null : List.copyOf(loaded);
            catalog = catalog == null ? null : List.copyOf(catalog);
            if (slots != null && slots < 1) {
                throw new IllegalArgumentException("slots is less than 1");
            }
        }

        /** Version 1's whole status. */
        public static Status of(Activity status) {
            return new Status(status, null, null, null, null, null, null, null, null);
        }
    }

    enum Activity {
        IDLE,
        BUSY;

        @JsonValue
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether the agent's Ollama answers. */
    enum OllamaState {
        UP,
        DOWN;

        @JsonValue
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** One piece of an answer, version 1. */
    record Token(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            JobId jobId,

            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            String token,

            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            boolean done)
            implements AgentMessage {}

    /** Lines of an answer, version 2: several whole ones, or a piece of one that is too long for a frame. */
    sealed interface Chunk extends AgentMessage {

        JobId jobId();

        /** The number of the (first) line, from 1. */
        long seq();

        @JsonCreator
        static Chunk of(
                @JsonProperty("jobId") @Nullable JobId jobId,
                @JsonProperty("seq") @Nullable Long seq,
                @JsonProperty("lines") @Nullable List<String> lines,
                @JsonProperty("part") @Nullable Integer part,
                @JsonProperty("more") @Nullable Boolean more,
                @JsonProperty("data") @Nullable String data) {
            JobId id = Required.field("jobId", jobId);
            long first = Required.field("seq", seq);
            return lines != null
                    ? new Lines(id, first, lines)
                    : new LinePart(
                            id,
                            first,
                            Required.field("part", part),
                            Required.field("more", more),
                            Required.field("data", data));
        }
    }

    /** @param lines each the exact text of one of Ollama's lines, without its newline */
    @JsonTypeName("chunk")
    record Lines(JobId jobId, long seq, List<String> lines) implements Chunk {
        public Lines {
            if (seq < 1) {
                throw new IllegalArgumentException("seq is less than 1");
            }
            lines = Required.elements("lines", lines);
            if (lines.isEmpty()) {
                throw new IllegalArgumentException("lines is empty");
            }
        }
    }

    /**
     * @param part the number of this piece, from 0
     * @param more whether another piece of the same line follows
     */
    @JsonTypeName("chunk")
    record LinePart(JobId jobId, long seq, int part, boolean more, String data) implements Chunk {
        public LinePart {
            if (seq < 1) {
                throw new IllegalArgumentException("seq is less than 1");
            }
            if (part < 0) {
                throw new IllegalArgumentException("part is less than 0");
            }
        }
    }

    /** @param lastSeq the number of the last line; absent in version 1 */
    record JobComplete(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            JobId jobId,

            @Nullable Long lastSeq) implements AgentMessage {}

    /**
     * The end of a job that did not complete. Version 1 has only the text.
     *
     * @param code one of {@link JobErrorCode}; kept as text, since a later version may know more
     * @param status Ollama's own, with its {@code contentType} and {@code body}
     */
    record JobError(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            JobId jobId,

            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            String error,

            @Nullable String code,
            @Nullable Integer status,
            @Nullable String contentType,
            @Nullable String body,
            @Nullable Boolean retryable)
            implements AgentMessage {

        /** The failure as version 2 tells it. */
        public static JobError of(JobId jobId, JobFailure failure) {
            var answered = failure instanceof JobFailure.OllamaAnswered a
                    ? Optional.of(a)
                    : Optional.<JobFailure.OllamaAnswered>empty();
            return new JobError(
                    jobId,
                    failure.message(),
                    codeOf(failure).wireName(),
                    answered.map(JobFailure.OllamaAnswered::status).orElse(null),
                    answered.map(JobFailure.OllamaAnswered::contentType).orElse(null),
                    answered.map(JobFailure.OllamaAnswered::body).orElse(null),
                    failure.retryable());
        }

        /** What the gateway makes of it, whichever version said it. */
        public JobFailure failure() {
            if (status != null && body != null) {
                return new JobFailure.OllamaAnswered(status, contentType, body);
            }
            return switch (JobErrorCode.ofWireName(code == null ? "" : code).orElse(JobErrorCode.OLLAMA_ERROR)) {
                case NO_SLOT -> new JobFailure.AgentRefused(false);
                case DRAINING -> new JobFailure.AgentRefused(true);
                case MODEL_NOT_FOUND, OLLAMA_ERROR -> new JobFailure.OllamaBroke(error);
                case OLLAMA_UNREACHABLE -> new JobFailure.OllamaUnreachable(error);
                case BAD_REQUEST -> new JobFailure.BadRequest(error);
                case DEADLINE -> new JobFailure.DeadlinePassed();
                case CANCELLED -> new JobFailure.Cancelled();
            };
        }

        private static JobErrorCode codeOf(JobFailure failure) {
            return switch (failure) {
                case JobFailure.AgentRefused f -> f.draining() ? JobErrorCode.DRAINING : JobErrorCode.NO_SLOT;
                case JobFailure.NoSuchModel f -> JobErrorCode.MODEL_NOT_FOUND;
                case JobFailure.OllamaUnreachable f -> JobErrorCode.OLLAMA_UNREACHABLE;
                case JobFailure.OllamaAnswered f ->
                    f.status() == 404 ? JobErrorCode.MODEL_NOT_FOUND : JobErrorCode.OLLAMA_ERROR;
                case JobFailure.OllamaBroke f -> JobErrorCode.OLLAMA_ERROR;
                case JobFailure.BadRequest f -> JobErrorCode.BAD_REQUEST;
                case JobFailure.NotForVersion1 f -> JobErrorCode.BAD_REQUEST;
                case JobFailure.NotAllowed f -> JobErrorCode.BAD_REQUEST;
                case JobFailure.DeadlinePassed f -> JobErrorCode.DEADLINE;
                case JobFailure.Cancelled f -> JobErrorCode.CANCELLED;
                case JobFailure.AgentLost f -> throw gatewaysOwn(failure);
                case JobFailure.NoAgent f -> throw gatewaysOwn(failure);
                case JobFailure.QueueFull f -> throw gatewaysOwn(failure);
                case JobFailure.WaitedTooLong f -> throw gatewaysOwn(failure);
                case JobFailure.LimitReached f -> throw gatewaysOwn(failure);
                case JobFailure.KeyRevoked f -> throw gatewaysOwn(failure);
                case JobFailure.GatewayDraining f -> throw gatewaysOwn(failure);
                case JobFailure.Stalled f -> throw gatewaysOwn(failure);
                case JobFailure.ProtocolBroken f -> throw gatewaysOwn(failure);
                case JobFailure.SlowClient f -> throw gatewaysOwn(failure);
                case JobFailure.Internal f -> throw gatewaysOwn(failure);
            };
        }

        private static IllegalArgumentException gatewaysOwn(JobFailure failure) {
            return new IllegalArgumentException(
                    "no agent fails with " + failure.getClass().getSimpleName());
        }
    }
}
