package org.ollamaorchestrator.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything a gateway says to an agent, in either version of the protocol. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = GatewayMessage.Welcome.class, name = "welcome"),
    @JsonSubTypes.Type(value = GatewayMessage.Registered.class, name = "registered"),
    @JsonSubTypes.Type(value = GatewayMessage.Job.class, name = "job"),
    @JsonSubTypes.Type(value = GatewayMessage.JobPart.class, name = "job_part"),
    @JsonSubTypes.Type(value = GatewayMessage.Cancel.class, name = "cancel"),
    @JsonSubTypes.Type(value = GatewayMessage.Ack.class, name = "ack"),
    @JsonSubTypes.Type(value = GatewayMessage.Resume.class, name = "resume"),
    @JsonSubTypes.Type(value = GatewayMessage.Drain.class, name = "drain")
})
public sealed interface GatewayMessage {

    /** The gateway's first word: the highest version it speaks and, from version 2 on, its terms. */
    sealed interface Welcome extends GatewayMessage {

        @JsonCreator
        static Welcome of(
                @JsonProperty("agentId") @Nullable AgentId agentId,
                @JsonProperty("timestamp") @Nullable Long timestamp,
                @JsonProperty("protocol") @Nullable Integer protocol,
                @JsonProperty("gatewayId") @Nullable GatewayId gatewayId,
                @JsonProperty("heartbeatMs") @Nullable Long heartbeatMs,
                @JsonProperty("resumeWindowMs") @Nullable Long resumeWindowMs,
                @JsonProperty("windowLines") @Nullable Integer windowLines,
                @JsonProperty("windowBytes") @Nullable Integer windowBytes,
                @JsonProperty("gateways") @Nullable List<String> gateways,
                @JsonProperty("plainLines") @Nullable Boolean plainLines) {
            AgentId id = Required.field("agentId", agentId);
            long at = timestamp == null ? 0 : timestamp;
            if (protocol == null || protocol < ProtocolVersion.TUNNEL) {
                return new WelcomeV1(id, at);
            }
            return new WelcomeV2(
                    id,
                    at,
                    Required.field("gatewayId", gatewayId),
                    Required.field("heartbeatMs", heartbeatMs),
                    Required.field("resumeWindowMs", resumeWindowMs),
                    Required.field("windowLines", windowLines),
                    Required.field("windowBytes", windowBytes),
                    gateways,
                    plainLines != null && plainLines);
        }
    }

    /** @param timestamp the gateway's clock, in epoch milliseconds; 0 if it did not say */
    @JsonTypeName("welcome")
    record WelcomeV1(AgentId agentId, long timestamp) implements Welcome {}

    /**
     * @param agentId offered to an agent that has no identity of its own
     * @param heartbeatMs how often both sides ping; three times that without a sign of life is a drop
     * @param resumeWindowMs how long a dropped connection's jobs are kept; 0 if they are not
     * @param windowLines the most lines of a job that may be unacknowledged
     * @param windowBytes the same in bytes, whichever comes first
     * @param gateways the URLs of all gateways, when there are several
     * @param plainLines whether lines may come in plain chunks
     */
    @JsonTypeName("welcome")
    @JsonPropertyOrder({"agentId", "timestamp", "protocol"})
    record WelcomeV2(
            AgentId agentId,
            long timestamp,
            GatewayId gatewayId,
            long heartbeatMs,
            long resumeWindowMs,
            int windowLines,
            int windowBytes,
            @Nullable List<String> gateways,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean plainLines)
            implements Welcome {
        public WelcomeV2 {
            atLeast("heartbeatMs", heartbeatMs, 1);
            atLeast("resumeWindowMs", resumeWindowMs, 0);
            atLeast("windowLines", windowLines, 1);
            atLeast("windowBytes", windowBytes, 1);
            gateways = gateways == null ? null : List.copyOf(gateways);
        }

        /** Says on the wire which version this is. */
        @JsonProperty
        public int protocol() {
            return ProtocolVersion.TUNNEL;
        }
    }

    /** @param agentId the effective identity */
    record Registered(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            AgentId agentId,

            long timestamp) implements GatewayMessage {}

    /** Work: a prompt in version 1, one of Ollama's own requests in version 2. */
    sealed interface Job extends GatewayMessage {

        JobId jobId();

        ModelName model();

        @JsonCreator
        static Job of(
                @JsonProperty("jobId") @Nullable JobId jobId,
                @JsonProperty("model") @Nullable ModelName model,
                @JsonProperty("prompt") @Nullable String prompt,
                @JsonProperty("parameters") @Nullable RawJson parameters,
                @JsonProperty("operation") @Nullable String operation,
                @JsonProperty("request") @Nullable RawJson request,
                @JsonProperty("parts") @Nullable Integer parts,
                @JsonProperty("deadlineMs") @Nullable Long deadlineMs,
                @JsonProperty("traceparent") @Nullable String traceparent) {
            JobId id = Required.field("jobId", jobId);
            ModelName name = Required.field("model", model);
            return operation == null
                    ? new PromptJob(id, name, Required.field("prompt", prompt), parameters)
                    : new OllamaJob(id, name, operation, request, parts, deadlineMs, traceparent);
        }
    }

    /** @param parameters merged into the body of {@code /api/generate} */
    @JsonTypeName("job")
    record PromptJob(
            JobId jobId,
            ModelName model,
            String prompt,
            @Nullable RawJson parameters) implements Job {}

    /**
     * @param operation one of {@link Operation}; kept as text, so that one of a later version can be answered
     * @param request the body for Ollama, or else
     * @param parts the number of {@code job_part}s that it comes in
     * @param deadlineMs from the receipt of this message
     * @param traceparent W3C Trace Context's header
     */
    @JsonTypeName("job")
    record OllamaJob(
            JobId jobId,
            ModelName model,
            String operation,
            @Nullable RawJson request,
            @Nullable Integer parts,
            @Nullable Long deadlineMs,
            @Nullable String traceparent)
            implements Job {
        public OllamaJob {
            if ((request == null) == (parts == null)) {
                throw new IllegalArgumentException("a job has either a request or parts");
            }
            if (parts != null) {
                atLeast("parts", parts, 1);
            }
        }
    }

    /**
     * A piece of the text of a request that is too long for a frame.
     *
     * @param index from 0
     */
    record JobPart(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            JobId jobId,

            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            int index,

            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            String data)
            implements GatewayMessage {}

    /** Ends a job: the agent closes its request to Ollama at once and answers when it has ended. */
    record Cancel(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            JobId jobId) implements GatewayMessage {}

    /** @param seq the client's connection has taken all lines up to this one */
    record Ack(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            JobId jobId,

            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            long seq)
            implements GatewayMessage {}

    /** @param afterSeq send again what came after this line */
    record Resume(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            JobId jobId,

            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            long afterSeq)
            implements GatewayMessage {}

    /** The gateway is going away: finish what runs, take no more from it, come back after a while. */
    record Drain(
            @JsonProperty(required = true) @JsonSetter(nulls = Nulls.FAIL)
            long reconnectAfterMs) implements GatewayMessage {}

    private static void atLeast(String field, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(field + " is less than " + least);
        }
    }
}
