package org.ollamaorchestrator.agent.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.OllamaModel.Facts;
import org.ollamaorchestrator.protocol.ProtocolLimits;

/**
 * Asks Ollama what it is, what it has and what it has loaded: every few seconds, and soon after something happened. One
 * look at a time. While somebody {@linkplain #watch watches}, or Ollama is down, it also feels its pulse every second: that
 * tells one that hangs within seconds, and finds one that is back at once. All its state belongs to the context that starts it; only {@link #snapshot} may be read elsewhere.
 */
public final class OllamaProbe {

    private static final Logger LOG = Logger.getLogger(OllamaProbe.class);

    /** Jobs may end many times a second; looks don't begin more often than this. */
    private static final Duration PAUSE_MIN = Duration.ofMillis(250);

    private static final Duration PULSE_EVERY = Duration.ofSeconds(1);

    /** The catalog travels in one message, beside other fields. */
    private static final int CATALOG_BYTES_MAX = ProtocolLimits.MESSAGE_BYTES_MAX * 3 / 4;

    private final Vertx vertx;
    private final OllamaClient ollama;
    private final Set<ModelName> only;
    private final Duration every;
    private final Consumer<OllamaSnapshot> changed;
    private final Map<String, Facts> shown = new HashMap<>();
    private volatile OllamaSnapshot snapshot = OllamaSnapshot.unknown();
    private boolean everTold;
    private boolean looking;
    private boolean lookAgain;
    private boolean stopped;
    private boolean catalogCut;
    private int failures;
    private long timer = -1;
    private long pulseTimer = -1;
    private boolean watched;
    private boolean feeling;
    private long lookedAtNanos = System.nanoTime() - PAUSE_MIN.toNanos();

    /**
     * @param only the models that may be served; empty means whatever Ollama has
     * @param changed hears of each change that matters to a gateway, on the probe's context
     */
    public OllamaProbe(
            Vertx vertx, OllamaClient ollama, Set<ModelName> only, Duration every, Consumer<OllamaSnapshot> changed) {
        this.vertx = vertx;
        this.ollama = ollama;
        this.only = Set.copyOf(only);
        this.every = every;
        this.changed = changed;
    }

    /** What was seen last; from any thread. */
    public OllamaSnapshot snapshot() {
        return snapshot;
    }

    /** Looks at once, or, when a look is under way, once more after it. */
    public void soon() {
        if (looking) {
            lookAgain = true;
        } else {
            long sinceLast = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lookedAtNanos);
            lookIn(Math.max(0, PAUSE_MIN.toMillis() - sinceLast));
        }
    }

    /** Whether it matters now that Ollama answers: somebody waits for it. */
    public void watch(boolean now) {
        watched = now;
        feelPulse();
    }

    public void stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        vertx.cancelTimer(pulseTimer);
    }

    /** One pulse at a time, as long as there is a reason. */
    private void feelPulse() {
        boolean reason = watched || (everTold && !snapshot.up());
        if (feeling || stopped || !reason) {
            return;
        }
        feeling = true;
        pulseTimer = vertx.setTimer(
                PULSE_EVERY.toMillis(),
                due -> ollama.pulse().onComplete(pulse -> {
                    feeling = false;
                    if (pulse.failed()) {
                        down(pulse.cause());
                    } else if (!snapshot.up()) {
                        soon();
                    }
                    feelPulse();
                }));
    }

    private void lookIn(long millis) {
        vertx.cancelTimer(timer);
        if (stopped) {
            return;
        }
        if (millis < 1) {
            look();
        } else {
            timer = vertx.setTimer(millis, due -> look());
        }
    }

    private void look() {
        looking = true;
        lookAgain = false;
        lookedAtNanos = System.nanoTime();
        Future<JsonNode> version = ollama.version();
        Future<JsonNode> tags = ollama.models();
        Future<JsonNode> loaded = ollama.loadedModels();
        CompositeFuture all = Future.all(version, tags, loaded);
        all.compose(answered -> catalog(tags.result()))
                .map(catalog -> new OllamaSnapshot(
                        true,
                        version.result().path("version").asText(null),
                        catalog,
                        entries(loaded.result()).stream().map(OllamaModel::of).toList(),
                        null))
                .onSuccess(this::seen)
                .onFailure(this::notSeen)
                .onComplete(either -> lookLater());
    }

    private void lookLater() {
        looking = false;
        if (lookAgain) {
            lookIn(PAUSE_MIN.toMillis());
        } else {
            long doubled = PAUSE_MIN.toMillis() << Math.min(failures, 16);
            lookIn(failures == 0 ? every.toMillis() : Math.min(doubled, every.toMillis()));
        }
    }

    private void seen(OllamaSnapshot now) {
        if (!snapshot.up()) {
            LOG.infof(
                    "Ollama %s is there, with %d models",
                    now.version(), now.catalog().size());
        }
        failures = 0;
        become(now);
    }

    private void notSeen(Throwable cause) {
        failures++;
        down(cause);
    }

    private void down(Throwable cause) {
        String why = OllamaFailures.why(cause);
        if (snapshot.up() || !everTold) {
            LOG.warnf("Ollama cannot be reached (%s); asking again until it can", why);
        }
        become(snapshot.down(why));
    }

    private void become(OllamaSnapshot now) {
        OllamaSnapshot before = snapshot;
        snapshot = now;
        if (!everTold || !Change.of(before).equals(Change.of(now))) {
            everTold = true;
            changed.accept(now);
        }
        feelPulse();
    }

    /** Tags' entries as they are, but with the facts of a show where an older Ollama lists no capabilities. */
    private Future<List<OllamaModel>> catalog(JsonNode tags) {
        List<ObjectNode> entries = entries(tags).stream()
                .filter(entry ->
                        only.isEmpty() || only.contains(OllamaModel.of(entry).name()))
                .toList();
        List<Future<OllamaModel>> models = new ArrayList<>();
        Map<String, Facts> stillThere = new HashMap<>();
        for (ObjectNode entry : entries) {
            if (entry.has("capabilities")) {
                models.add(Future.succeededFuture(OllamaModel.of(entry)));
            } else {
                String key =
                        entry.path("name").asText() + " " + entry.path("digest").asText();
                Facts known = shown.get(key);
                if (known != null) {
                    stillThere.put(key, known);
                }
                models.add(withFacts(entry, key, known));
            }
        }
        shown.keySet().retainAll(stillThere.keySet());
        return Future.all(models).map(all -> bounded(all.list()));
    }

    private Future<OllamaModel> withFacts(ObjectNode entry, String key, @Nullable Facts known) {
        if (known != null) {
            return Future.succeededFuture(OllamaModel.withFacts(entry, known));
        }
        return ollama.show(OllamaModel.of(entry).name())
                .map(answer -> {
                    Facts facts = Facts.ofShow(answer);
                    shown.put(key, facts);
                    return OllamaModel.withFacts(entry, facts);
                })
                // A model may be deleted meanwhile; it is listed without facts until the next look.
                .otherwise(gone -> OllamaModel.of(entry));
    }

    private List<OllamaModel> bounded(List<OllamaModel> all) {
        int bytes = 0;
        for (int i = 0; i < all.size(); i++) {
            bytes += all.get(i).json().length();
            if (bytes > CATALOG_BYTES_MAX) {
                if (!catalogCut) {
                    catalogCut = true;
                    LOG.warnf(
                            "Ollama has %d models, more than one message holds: only the first %d are offered",
                            all.size(), i);
                }
                return all.subList(0, i);
            }
        }
        return all;
    }

    /** What names no model is left out. */
    private static List<ObjectNode> entries(JsonNode listing) {
        List<ObjectNode> entries = new ArrayList<>();
        for (JsonNode entry : listing.path("models")) {
            if (entry instanceof ObjectNode object
                    && !object.path("name").asText().isBlank()) {
                entries.add(object);
            }
        }
        return entries;
    }

    /** What of a snapshot a gateway has to hear of. A model's time of expiry moves with each request, and is not. */
    private record Change(boolean up, @Nullable String version, List<OllamaModel> catalog, List<Loaded> loaded) {

        private record Loaded(ModelName name, String digest, long sizeVram, long contextLength) {}

        static Change of(OllamaSnapshot snapshot) {
            return new Change(
                    snapshot.up(),
                    snapshot.version(),
                    snapshot.catalog(),
                    snapshot.loaded().stream().map(Change::loaded).toList());
        }

        private static Loaded loaded(OllamaModel model) {
            JsonNode entry = OllamaClient.parse(model.json());
            return new Loaded(
                    model.name(),
                    entry.path("digest").asText(),
                    entry.path("size_vram").asLong(),
                    entry.path("context_length").asLong());
        }
    }
}
