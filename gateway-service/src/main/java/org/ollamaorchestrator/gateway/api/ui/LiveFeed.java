package org.ollamaorchestrator.gateway.api.ui;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.agents.AgentRegistry;
import org.ollamaorchestrator.gateway.agents.AgentSession;
import org.ollamaorchestrator.gateway.jobs.Client;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.jobs.OpenRequest;
import org.ollamaorchestrator.gateway.jobs.Paces;
import org.ollamaorchestrator.gateway.models.ModelOperations;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.gateway.scheduling.QueueView;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.ApiKeys;
import org.ollamaorchestrator.protocol.AgentId;

/**
 * What the fleet does, for all who watch: a few times a second it is looked at once, and what changed is written once for
 * each audience, however many viewers that has. While nobody watches, nothing happens. One event loop owns it all.
 */
@Singleton
public class LiveFeed {

    private static final Logger LOG = Logger.getLogger(LiveFeed.class);

    /** A tab each; beyond it somebody has forgotten to close his. */
    private static final int VIEWERS_MAX = 500;

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Context loop;
    private final CoreLoop core;
    private final JobDesk jobs;
    private final AgentRegistry sessions;
    private final Paces paces;
    private final ModelOperations operations;
    private final ApiKeys keys;
    private final LiveFacts.About about = new AboutAgents();

    private final Set<LiveViewer> viewers = new HashSet<>();
    private final Map<Audience, LiveView> last = new HashMap<>();
    private boolean looking;
    private boolean stopped;

    LiveFeed(
            Vertx vertx,
            CoreLoop core,
            JobDesk jobs,
            AgentRegistry sessions,
            Paces paces,
            ModelOperations operations,
            ApiKeys keys) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.core = core;
        this.jobs = jobs;
        this.sessions = sessions;
        this.paces = paces;
        this.operations = operations;
        this.keys = keys;
    }

    /** Viewers who see the same. */
    private sealed interface Audience {

        boolean maySee(OpenRequest request);
    }

    private record Everything() implements Audience {
        @Override
        public boolean maySee(OpenRequest request) {
            return true;
        }
    }

    private record OfKey(String key) implements Audience {
        @Override
        public boolean maySee(OpenRequest request) {
            return request.share().key().equals(key);
        }
    }

    private final class AboutAgents implements LiveFacts.About {
        @Override
        public Optional<Instant> lastSeen(AgentId agent) {
            return sessions.sessionOf(agent).map(AgentSession::lastSeen);
        }

        @Override
        public Optional<Paces.Pace> pace(AgentId agent) {
            return paces.of(agent);
        }
    }

    /** @param key of the viewer; empty where nobody needs one */
    Multi<byte[]> watch(Client client, Optional<ApiKey> key) {
        var viewer = new LiveViewer(client, key);
        return viewer.stream(() -> onLoop(() -> add(viewer)), () -> onLoop(() -> viewers.remove(viewer)));
    }

    void stop(@Observes ShutdownEvent event) {
        onLoop(() -> stopped = true);
    }

    private void onLoop(Runnable task) {
        loop.runOnContext(ignored -> task.run());
    }

    private void add(LiveViewer viewer) {
        if (viewers.size() >= VIEWERS_MAX) {
            viewer.end("too many watch this gateway");
            return;
        }
        viewers.add(viewer);
        if (!looking) {
            looking = true;
            look();
        }
    }

    private void look() {
        Uni.combine()
                .all()
                .unis(core.view(), core.queueView())
                .asTuple()
                .subscribe()
                .with(
                        seen -> onLoop(() -> tellOrLookAgain(seen.getItem1(), seen.getItem2())),
                        failure -> onLoop(() -> lookAgain(failure)));
    }

    /** An error of ours must not leave everybody with what they saw last, nor fill the log. */
    private void lookAgain(Throwable failure) {
        LOG.error("the fleet could not be looked at", failure);
        vertx.setTimer(AFTER_FAILURE.toMillis(), ignored -> onLoop(() -> after(0)));
    }

    private void tellOrLookAgain(FleetView fleet, QueueView queue) {
        try {
            tell(fleet, queue);
        } catch (RuntimeException e) {
            lookAgain(e);
        }
    }

    private void tell(FleetView fleet, QueueView queue) {
        viewers.removeIf(this::isShutOut);
        var facts = new LiveFacts(fleet, queue, jobs.requests(), operations.views(), about);
        var frames = new HashMap<Audience, LiveFrame>();
        for (LiveViewer viewer : viewers) {
            viewer.offer(frames.computeIfAbsent(audienceOf(viewer), audience -> frame(audience, facts)));
        }
        last.clear();
        frames.forEach((audience, frame) -> last.put(audience, frame.view()));
        after(frames.values().stream()
                .flatMap(frame -> frame.changes().stream())
                .mapToInt(changes -> changes.length)
                .max()
                .orElse(0));
    }

    private LiveFrame frame(Audience audience, LiveFacts facts) {
        return new LiveFrame(facts.seenBy(audience::maySee), last.getOrDefault(audience, LiveView.NOTHING));
    }

    private void after(int bytes) {
        if (viewers.isEmpty() || stopped) {
            looking = false;
            last.clear();
        } else {
            vertx.setTimer(LivePace.after(bytes).toMillis(), ignored -> onLoop(this::look));
        }
    }

    private boolean isShutOut(LiveViewer viewer) {
        Optional<String> why = viewer.key().flatMap(this::worthNothing);
        why.ifPresent(viewer::end);
        return why.isPresent();
    }

    private Optional<String> worthNothing(ApiKey key) {
        if (!keys.isValid(key)) {
            return Optional.of("the API key was revoked");
        }
        return key.expires().filter(at -> !Instant.now().isBefore(at)).map(at -> "the API key has expired");
    }

    private static Audience audienceOf(LiveViewer viewer) {
        return viewer.key()
                .filter(key -> !key.admin())
                .<Audience>map(key -> new OfKey(key.name()))
                .orElseGet(Everything::new);
    }
}
