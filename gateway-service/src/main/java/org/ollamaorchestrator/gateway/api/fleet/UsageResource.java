package org.ollamaorchestrator.gateway.api.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.Callers;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.store.UsageLedger;
import org.ollamaorchestrator.gateway.store.UsageReport;

/** What was used, hour by hour or day by day: a key sees its own use, an administrator everybody's. */
@Path("/api/usage")
@Produces(MediaType.APPLICATION_JSON)
public class UsageResource {

    private static final int CONFLICT = 409;

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration USUALLY = Duration.ofDays(7);

    /** So that no answer is longer than a person can look at. */
    private static final int STEPS_MAX = 1000;

    private final UsageLedger ledger;

    UsageResource(UsageLedger ledger) {
        this.ledger = ledger;
    }

    /** @param cut whether there is more than is told: ask for a shorter time */
    public record Usage(Instant from, Instant to, String by, String step, boolean cut, List<Used> usage) {}

    /**
     * @param at the beginning of the hour or day, in UTC
     * @param name of the key, model or agent; absent for requests that no agent ever had
     * @param failed of the requests, those without a whole answer
     * @param firstTokenMs mean, from the request's arrival on; absent if no answer began
     * @param durationMs of all requests together
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Used(
            Instant at,
            @Nullable String name,
            long requests,
            long failed,
            long promptTokens,
            long answerTokens,
            @Nullable Long firstTokenMs,
            long durationMs) {}

    /**
     * @param from a time such as 2027-01-01T00:00:00Z; a week ago if absent
     * @param to the same; now if absent
     * @param by {@code key}, {@code model} (if absent) or {@code agent}
     * @param step {@code hour} or {@code day} (if absent)
     */
    @GET
    public Uni<Usage> usage(
            RoutingContext context,
            @QueryParam("from") @Nullable String from,
            @QueryParam("to") @Nullable String to,
            @QueryParam("by") @Nullable String by,
            @QueryParam("step") @Nullable String step) {
        Instant until = time("to", to).orElseGet(Instant::now);
        var query = new UsageReport.Query(
                time("from", from).orElseGet(() -> until.minus(USUALLY)),
                until,
                by(Optional.ofNullable(by).orElse("model")),
                step(Optional.ofNullable(step).orElse("day")),
                Callers.of(context).filter(key -> !key.admin()).map(ApiKey::name));
        check(query);
        if (!ledger.isKept()) {
            throw ClientErrorException.of(CONFLICT, "no usage is kept: set orchestrator.data-dir");
        }
        return ledger.report(query).map(report -> shown(query, report));
    }

    private static Optional<Instant> time(String parameter, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.ofEpochMilli(Instant.parse(text).toEpochMilli()));
        } catch (DateTimeException | ArithmeticException e) {
            throw ClientErrorException.badField(parameter, "is not a time such as 2027-01-01T00:00:00Z");
        }
    }

    private static UsageReport.By by(String text) {
        return UsageReport.By.ofWireName(text)
                .orElseThrow(() -> ClientErrorException.badField("by", "is not one of key, model and agent"));
    }

    private static Duration step(String text) {
        return switch (text) {
            case "hour" -> HOUR;
            case "day" -> DAY;
            default -> throw ClientErrorException.badField("step", "is not one of hour and day");
        };
    }

    private static void check(UsageReport.Query query) {
        if (!query.from().isBefore(query.to())) {
            throw ClientErrorException.badField("from", "is not before to");
        }
        if (Duration.between(query.from(), query.to()).dividedBy(query.step()) > STEPS_MAX) {
            throw ClientErrorException.badField("from", "is more than " + STEPS_MAX + " steps before to");
        }
    }

    private static Usage shown(UsageReport.Query query, UsageReport report) {
        return new Usage(
                query.from(),
                query.to(),
                query.by().wireName(),
                query.step().equals(HOUR) ? "hour" : "day",
                report.cut(),
                report.rows().stream().map(UsageResource::shown).toList());
    }

    private static Used shown(UsageReport.Row row) {
        return new Used(
                row.at(),
                row.name().orElse(null),
                row.requests(),
                row.failed(),
                row.promptTokens(),
                row.answerTokens(),
                row.firstLine().map(Duration::toMillis).orElse(null),
                row.duration().toMillis());
    }
}
