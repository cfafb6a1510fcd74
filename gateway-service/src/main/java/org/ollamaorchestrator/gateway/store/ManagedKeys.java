package org.ollamaorchestrator.gateway.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.ApiKeys;
import org.ollamaorchestrator.gateway.security.Audit;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;

/**
 * The keys that administrators give out and take back. One virtual thread changes them, in the order in which it is asked
 * to: on the disk first, then for those who ask {@link ApiKeys}, and only then is it told as done. Every few seconds it
 * looks for what another process has changed there: the command line puts the first administrator's key into the database.
 */
@Singleton
public class ManagedKeys {

    /** Before {@code Exposure} asks whether there are keys. */
    private static final int FIRST = 0;

    private static final long LOOKED_AT_EVERY_MS = 2000;

    private static final Logger LOG = Logger.getLogger(ManagedKeys.class);

    private final Database database;
    private final ApiKeys keys;
    private final ScheduledExecutorService owner = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("managed keys").factory());

    /** Whether the last look failed, so that a broken disk is told once; the owner's alone. */
    private boolean unreadable;

    private volatile List<ManagedKey> all = List.of();

    ManagedKeys(Database database, ApiKeys keys) {
        this.database = database;
        this.keys = keys;
    }

    void start(@Observes @Priority(FIRST) StartupEvent event) {
        if (database.isKept()) {
            database.open();
            reload();
            var _ = owner.scheduleWithFixedDelay(
                    this::look, LOOKED_AT_EVERY_MS, LOOKED_AT_EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        owner.shutdown();
    }

    /** Whether keys can be managed, since there is a place to keep them. */
    public boolean areKept() {
        return database.isKept();
    }

    /** Those that were taken back, too. */
    public List<ManagedKey> all() {
        return all;
    }

    /**
     * Gives out a key.
     *
     * @param actor who does it, for the audit
     * @return its secret, to be told once; empty if the name is another's, or once was
     */
    public Uni<Optional<Secret>> create(ApiKey key, String actor) {
        return owned(() -> {
            if (keys.isTaken(key.name())) {
                return Optional.empty();
            }
            Secret secret = Secret.random(Secret.Kind.API_KEY);
            var managed = new ManagedKey(key, keys.hashOf(secret), now(), Optional.empty());
            database.change(connection -> {
                KeyTable.insert(connection, managed);
                AuditTable.insert(
                        connection, AuditEvent.of(Audit.Event.KEY_CREATED, actor, key.name(), managed.created()));
            });
            reload();
            return Optional.of(secret);
        });
    }

    /** @return whether there was such a key; its requests end within seconds */
    public Uni<Boolean> revoke(String name, String actor) {
        return owned(() -> {
            boolean revoked = database.changed(connection -> {
                boolean found = KeyTable.revoke(connection, name, now());
                if (found) {
                    AuditTable.insert(connection, AuditEvent.of(Audit.Event.KEY_REVOKED, actor, name, now()));
                }
                return found;
            });
            reload();
            return revoked;
        });
    }

    /** @return a new secret in the place of the old one, which is worth nothing from now on; empty if there is no such key */
    public Uni<Optional<Secret>> rotate(String name, String actor) {
        return owned(() -> {
            Secret secret = Secret.random(Secret.Kind.API_KEY);
            boolean rotated = database.changed(connection -> {
                boolean found = KeyTable.rotate(connection, name, keys.hashOf(secret));
                if (found) {
                    AuditTable.insert(connection, AuditEvent.of(Audit.Event.KEY_ROTATED, actor, name, now()));
                }
                return found;
            });
            reload();
            return rotated ? Optional.of(secret) : Optional.empty();
        });
    }

    /** What is known goes on to hold if the database cannot be read. */
    private void look() {
        try {
            List<ManagedKey> read = database.read(KeyTable::all);
            unreadable = false;
            if (!read.equals(all)) {
                LOG.info("API keys were changed by another process");
                take(read);
            }
        } catch (Database.Failed e) {
            if (!unreadable) {
                LOG.warn("API keys cannot be looked at", e);
            }
            unreadable = true;
        }
    }

    private void reload() {
        take(database.read(KeyTable::all));
    }

    private void take(List<ManagedKey> read) {
        var valid = new HashMap<SecretHash, ApiKey>();
        var revoked = new HashMap<SecretHash, ApiKey>();
        for (ManagedKey managed : read) {
            (managed.revoked().isEmpty() ? valid : revoked).put(managed.hash(), managed.key());
        }
        keys.manage(valid, revoked);
        all = read;
    }

    private <T> Uni<T> owned(Supplier<T> work) {
        return Uni.createFrom().item(work).runSubscriptionOn(owner);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
