package org.ollamaorchestrator.gateway.observability;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.security.Denials;
import org.ollamaorchestrator.gateway.store.AuditTrail;
import org.ollamaorchestrator.gateway.store.UsageLedger;

/** What others count for themselves: only read, when somebody scrapes. */
@Singleton
@Startup
final class KeptCounts {

    private final MeterRegistry registry;

    KeptCounts(JobDesk jobs, Denials denials, UsageLedger usage, AuditTrail audit, MeterRegistry registry) {
        this.registry = registry;
        counter(
                GatewayMetrics.WINDOW_STALLS,
                "Times that an agent had to stop, since as much waited for a client as may",
                jobs,
                JobDesk::fullWindows);
        counter(
                GatewayMetrics.CLIENTS_DROPPED,
                "Clients whose connections were ended since they took too little",
                jobs,
                JobDesk::droppedClients);
        for (Denials.Reason reason : Denials.Reason.values()) {
            counter(
                    GatewayMetrics.DENIALS,
                    "Calls and agents that were refused for who they are, with 401 or 403",
                    denials,
                    from -> from.count(reason),
                    GatewayMetrics.REASON,
                    reason.name().toLowerCase(Locale.ROOT));
        }
        String dropped = "Rows that came faster than they could be written";
        counter(GatewayMetrics.ROWS_DROPPED, dropped, usage, UsageLedger::dropped, GatewayMetrics.TABLE, "usage");
        counter(GatewayMetrics.ROWS_DROPPED, dropped, audit, AuditTrail::dropped, GatewayMetrics.TABLE, "audit");
    }

    private <T> void counter(String name, String description, T from, ToDoubleFunction<T> count, String... tags) {
        FunctionCounter.builder(name, from, count)
                .description(description)
                .tags(tags)
                .register(registry);
    }
}
