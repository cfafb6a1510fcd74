package org.ollamaorchestrator.gateway.observability;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The names of all metrics of the gateway's own and of their labels, as {@code docs/monitoring.md} tells them. Those that
 * begin with {@code gen_ai} are OpenTelemetry's conventions for generative AI, with their bounds of buckets.
 *
 * <p>Every label is of a bounded set: words of ours, or names that {@link KnownNames} lets pass.
 */
final class GatewayMetrics {

    // --- OpenTelemetry's conventions ---

    static final String REQUEST_DURATION = "gen_ai.server.request.duration";
    static final String TIME_TO_FIRST_TOKEN = "gen_ai.server.time_to_first_token";
    static final String TIME_PER_OUTPUT_TOKEN = "gen_ai.server.time_per_output_token";
    static final String TOKEN_USAGE = "gen_ai.client.token.usage";

    // --- Requests ---

    static final String REQUESTS = "orchestrator.requests";
    static final String REFUSALS = "orchestrator.refusals";
    static final String RUNNING = "orchestrator.requests.running";
    static final String QUEUE_DEPTH = "orchestrator.queue.depth";
    static final String QUEUE_OLDEST = "orchestrator.queue.oldest.age";
    static final String QUEUE_WAIT = "orchestrator.queue.wait";
    static final String CLIENTS_STALLED = "orchestrator.clients.stalled";
    static final String CLIENTS_DROPPED = "orchestrator.clients.dropped";
    static final String WINDOW_STALLS = "orchestrator.window.stalls";

    // --- Jobs ---

    static final String PLACEMENTS = "orchestrator.placements";
    static final String RETRIES = "orchestrator.retries";
    static final String LOADS = "orchestrator.loads";
    static final String RESUMES = "orchestrator.resumes";
    static final String CANCELS = "orchestrator.cancels";

    // --- Agents ---

    static final String AGENTS = "orchestrator.agents";
    static final String SLOTS = "orchestrator.slots";
    static final String SLOTS_USED = "orchestrator.slots.used";
    static final String AGENT_SLOTS = "orchestrator.agent.slots";
    static final String AGENT_SLOTS_USED = "orchestrator.agent.slots.used";
    static final String AGENT_JOBS = "orchestrator.agent.jobs";
    static final String AGENT_JOINS = "orchestrator.agent.joins";
    static final String AGENT_DISCONNECTS = "orchestrator.agent.disconnects";

    // --- The door ---

    static final String DENIALS = "orchestrator.denials";

    // --- The store ---

    static final String ROWS_DROPPED = "orchestrator.store.rows.dropped";

    // --- Labels ---

    static final String OPERATION = "gen_ai.operation.name";
    static final String PROVIDER = "gen_ai.provider.name";
    static final String REQUEST_MODEL = "gen_ai.request.model";
    static final String TOKEN_TYPE = "gen_ai.token.type";
    static final String ERROR_TYPE = "error.type";
    static final String DIALECT = "dialect";
    static final String MODEL = "model";
    static final String AGENT = "agent";
    static final String END = "end";
    static final String REASON = "reason";
    static final String STATE = "state";
    static final String TABLE = "table";

    static final String OLLAMA = "ollama";

    private static final Pattern NEXT_WORD = Pattern.compile("([a-z0-9])([A-Z])");

    private static final Duration[] DURATION_BOUNDS =
            seconds(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92);

    private static final Duration[] FIRST_TOKEN_BOUNDS =
            seconds(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);

    private static final Duration[] OUTPUT_TOKEN_BOUNDS =
            seconds(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5);

    private static final double[] TOKEN_BOUNDS = {
        1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864
    };

    private GatewayMetrics() {}

    /** For whatever takes as long as a request, a load or a wait. */
    static Duration[] durationBounds() {
        return DURATION_BOUNDS.clone();
    }

    static Duration[] firstTokenBounds() {
        return FIRST_TOKEN_BOUNDS.clone();
    }

    static Duration[] outputTokenBounds() {
        return OUTPUT_TOKEN_BOUNDS.clone();
    }

    static double[] tokenBounds() {
        return TOKEN_BOUNDS.clone();
    }

    /** A failure's name as a label has it: {@code queue_full} of {@code QueueFull}. */
    static String word(String name) {
        return NEXT_WORD.matcher(name).replaceAll("$1_$2").toLowerCase(Locale.ROOT);
    }

    private static Duration[] seconds(double... bounds) {
        return Arrays.stream(bounds)
                .mapToObj(bound -> Duration.ofNanos(Math.round(bound * 1e9)))
                .toArray(Duration[]::new);
    }
}
