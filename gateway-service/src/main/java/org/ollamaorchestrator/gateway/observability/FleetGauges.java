package org.ollamaorchestrator.gateway.observability;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.gateway.scheduling.QueueFigures;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;

/**
 * What is so at one moment: the queue, the slots, the agents. Asked of the core every second, so that a scrape waits for
 * nobody and however many scrapes cost the core nothing.
 */
@Singleton
final class FleetGauges {

    private static final Duration EVERY = Duration.ofSeconds(1);

    private static final Slots NO_SLOTS = new Slots(0, 0);

    /** How an agent can be; the first that fits. */
    enum State {
        /** An operator has it take no new jobs. */
        HELD,
        DRAINING,
        OLLAMA_DOWN,
        /** Its connection dropped a moment ago, or it has not confirmed a cancel. */
        AWAY,
        /** It failed repeatedly, and gets jobs only if nobody else can take them. */
        ASIDE,
        USABLE;

        static State of(FleetView.Agent agent) {
            if (agent.held()) {
                return HELD;
            }
            if (agent.profile().draining()) {
                return DRAINING;
            }
            if (agent.profile().ollama() == OllamaState.DOWN) {
                return OLLAMA_DOWN;
            }
            if (agent.notUsedBecause().isPresent()) {
                return AWAY;
            }
            return agent.aside() ? ASIDE : USABLE;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Of one agent, or of those that share a label. */
    private record Slots(long all, long used) {
        static Slots of(FleetView.Agent agent) {
            return new Slots(agent.profile().slots(), agent.active());
        }

        Slots plus(Slots more) {
            return new Slots(all + more.all, used + more.used);
        }
    }

    private record Sample(FleetView fleet, Map<String, Slots> slots, QueueFigures queue) {
        static final Sample NONE = new Sample(new FleetView(List.of()), Map.of(), QueueFigures.NONE);

        long in(State state) {
            return fleet.agents().stream()
                    .filter(agent -> State.of(agent) == state)
                    .count();
        }
    }

    private final Vertx vertx;
    private final CoreLoop core;
    private final KnownNames names;
    private final MultiGauge agentSlots;
    private final MultiGauge agentSlotsUsed;

    private volatile Sample latest = Sample.NONE;
    private Set<String> agentsShown = Set.of();
    private long timer;

    FleetGauges(Vertx vertx, CoreLoop core, JobDesk jobs, KnownNames names, MeterRegistry registry) {
        this.vertx = vertx;
        this.core = core;
        this.names = names;
        gauge(GatewayMetrics.QUEUE_DEPTH, "Requests that wait for a slot", sample -> sample.queue.waiting(), registry);
        gauge(GatewayMetrics.RUNNING, "Requests that an agent has", sample -> sample.queue.running(), registry);
        TimeGauge.builder(
                        GatewayMetrics.QUEUE_OLDEST,
                        this,
                        TimeUnit.MILLISECONDS,
                        gauges -> gauges.latest.queue.longestWait().toMillis())
                .description("How long the request has waited that waits longest")
                .register(registry);
        gauge(GatewayMetrics.SLOTS, "Slots of agents that can be used", sample -> sample.fleet.slots(), registry);
        gauge(GatewayMetrics.SLOTS_USED, "Slots that have a job", sample -> sample.fleet.slotsTaken(), registry);
        for (State state : State.values()) {
            Gauge.builder(GatewayMetrics.AGENTS, this, gauges -> gauges.latest.in(state))
                    .description("Agents that are there, by how they are")
                    .tag(GatewayMetrics.STATE, state.word())
                    .register(registry);
        }
        agentSlots = MultiGauge.builder(GatewayMetrics.AGENT_SLOTS)
                .description("Slots of an agent")
                .register(registry);
        agentSlotsUsed = MultiGauge.builder(GatewayMetrics.AGENT_SLOTS_USED)
                .description("Slots of an agent that have a job")
                .register(registry);
        Gauge.builder(GatewayMetrics.CLIENTS_STALLED, jobs, JobDesk::stalledClients)
                .description("Clients that have not taken for over a second what they were given")
                .register(registry);
    }

    private void gauge(String name, String description, ToLongFunction<Sample> of, MeterRegistry registry) {
        Gauge.builder(name, this, gauges -> of.applyAsLong(gauges.latest))
                .description(description)
                .register(registry);
    }

    void start(@Observes StartupEvent event) {
        timer = vertx.setPeriodic(EVERY.toMillis(), ignored -> look());
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(timer);
    }

    private void look() {
        Uni.combine()
                .all()
                .unis(core.view(), core.queueFigures())
                .with(this::sample)
                .subscribe()
                .with(this::took);
    }

    private Sample sample(FleetView fleet, QueueFigures queue) {
        Map<String, Slots> slots = fleet.agents().stream()
                .collect(Collectors.toMap(
                        agent -> names.agent(agent.profile().name()), Slots::of, Slots::plus, TreeMap::new));
        return new Sample(fleet, slots, queue);
    }

    /** To register is dear, and this is the event loop of many a token: done if other agents are there than before. */
    private void took(Sample sample) {
        latest = sample;
        if (!agentsShown.equals(sample.slots.keySet())) {
            agentsShown = Set.copyOf(sample.slots.keySet());
            agentSlots.register(rows(Slots::all), true);
            agentSlotsUsed.register(rows(Slots::used), true);
        }
    }

    private List<MultiGauge.Row<?>> rows(ToLongFunction<Slots> figure) {
        return agentsShown.stream()
                .<MultiGauge.Row<?>>map(agent -> MultiGauge.Row.of(
                        Tags.of(GatewayMetrics.AGENT, agent),
                        this,
                        gauges -> figure.applyAsLong(gauges.latest.slots.getOrDefault(agent, NO_SLOTS))))
                .toList();
    }
}
