package org.ollamaorchestrator.gateway.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.ollamaorchestrator.gateway.jobs.JobUsage;
import org.ollamaorchestrator.gateway.jobs.Ledger;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * Counts each request once, when it has its end: how long it took and what it used, from Ollama's own figures and from when
 * its first line came. Nothing is counted while its tokens pass.
 */
@Singleton
final class RequestMetrics implements Ledger {

    /** The client's own doing, and no refusal of ours. */
    private static final String CANCELLED = "cancelled";

    /** OpenTelemetry's word for a request without a failure is no word. */
    private static final String NO_ERROR = "";

    private static final String INPUT = "input";
    private static final String OUTPUT = "output";

    private final KnownNames names;
    private final MeterProvider<Timer> durations;
    private final MeterProvider<Timer> firstTokens;
    private final MeterProvider<Timer> outputTokens;
    private final MeterProvider<DistributionSummary> usage;
    private final MeterProvider<Counter> requests;
    private final MeterProvider<Counter> refusals;
    private final Timer queueWait;

    RequestMetrics(MeterRegistry registry, KnownNames names) {
        this.names = names;
        durations = Timer.builder(GatewayMetrics.REQUEST_DURATION)
                .description("From the arrival of a request to its end")
                .serviceLevelObjectives(GatewayMetrics.durationBounds())
                .withRegistry(registry);
        firstTokens = Timer.builder(GatewayMetrics.TIME_TO_FIRST_TOKEN)
                .description("From the arrival of a request to the first line of its answer")
                .serviceLevelObjectives(GatewayMetrics.firstTokenBounds())
                .withRegistry(registry);
        outputTokens = Timer.builder(GatewayMetrics.TIME_PER_OUTPUT_TOKEN)
                .description("Between two tokens of a whole answer, after its first one, in the mean")
                .serviceLevelObjectives(GatewayMetrics.outputTokenBounds())
                .withRegistry(registry);
        usage = DistributionSummary.builder(GatewayMetrics.TOKEN_USAGE)
                .description("Tokens of one request, as Ollama counted them")
                .serviceLevelObjectives(GatewayMetrics.tokenBounds())
                .withRegistry(registry);
        requests = Counter.builder(GatewayMetrics.REQUESTS)
                .description("Requests that have their end, and how they ended")
                .withRegistry(registry);
        refusals = Counter.builder(GatewayMetrics.REFUSALS)
                .description("Requests that no agent ever had, and why")
                .withRegistry(registry);
        queueWait = Timer.builder(GatewayMetrics.QUEUE_WAIT)
                .description("From the arrival of a request until an agent had it, loads included")
                .serviceLevelObjectives(GatewayMetrics.durationBounds())
                .register(registry);
    }

    @Override
    public void ended(Entry entry) {
        String end = GatewayMetrics.word(entry.end());
        Tags request = Tags.of(
                GatewayMetrics.OPERATION, entry.operation().conventionalName(),
                GatewayMetrics.PROVIDER, GatewayMetrics.OLLAMA,
                GatewayMetrics.REQUEST_MODEL, names.model(entry.model()));
        durations
                .withTags(request.and(GatewayMetrics.ERROR_TYPE, entry.isDone() ? NO_ERROR : end))
                .record(entry.duration());
        entry.firstLine().filter(time -> entry.operation().generates()).ifPresent(time -> {
            firstTokens.withTags(request).record(time);
            pace(entry, time, request);
        });
        entry.queued().ifPresent(queueWait::record);
        used(entry.usage(), request);
        requests.withTags(GatewayMetrics.DIALECT, entry.dialect(), GatewayMetrics.END, end)
                .increment();
        if (entry.agent().isEmpty() && !end.equals(CANCELLED)) {
            refused(end, entry.dialect());
        }
    }

    @Override
    public void refused(JobFailure why, String dialect) {
        refused(GatewayMetrics.word(why.getClass().getSimpleName()), dialect);
    }

    private void refused(String reason, String dialect) {
        refusals.withTags(GatewayMetrics.DIALECT, dialect, GatewayMetrics.REASON, reason)
                .increment();
    }

    /** Of an answer with one token nothing can be said, nor of one that broke off. */
    private void pace(Entry entry, Duration firstToken, Tags request) {
        long between = entry.usage().answerTokens() - 1;
        if (entry.isDone() && entry.usage().exact() && between > 0) {
            outputTokens
                    .withTags(request)
                    .record(entry.duration().minus(firstToken).dividedBy(between));
        }
    }

    /** What was only guessed is no measurement. */
    private void used(JobUsage used, Tags request) {
        if (used.exact()) {
            usage.withTags(request.and(GatewayMetrics.TOKEN_TYPE, INPUT)).record((double) used.promptTokens());
            usage.withTags(request.and(GatewayMetrics.TOKEN_TYPE, OUTPUT)).record((double) used.answerTokens());
        }
    }
}
