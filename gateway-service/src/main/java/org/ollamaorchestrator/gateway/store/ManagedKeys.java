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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.ApiKeys;
import org.ollamaorchestrator.gateway.security.Audit;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;

/**
 * The keys that administrators give out and take back. One virtual thread changes them, in the order in which it is asked
 * to: on the disk first, then for those who ask {@link ApiKeys}, and only then is it told as done.
 */
@Singleton
public class ManagedKeys {

    /** Before {@code Exposure} asks whether there are keys. */
    private static final int FIRST = 0;

    private final Database database;
    private final ApiKeys keys;
    private final ExecutorService owner = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("managed keys").factory());

    private volatile List<ManagedKey> all = List.of();

    ManagedKeys(Database database, ApiKeys keys) {
        this.database = database;
        this.keys = keys;
    }

    void start(@Observes @Priority(FIRST) StartupEvent event) {
        if (database.isKept()) {
            database.open();
            reload();
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

    private void reload() {
        List<ManagedKey> read = database.read(KeyTable::all);
        var valid = new HashMap<SecretHash, ApiKey>();
        for (ManagedKey managed : read) {
            if (managed.revoked().isEmpty()) {
                valid.put(managed.hash(), managed.key());
            }
        }
        keys.manage(valid, read.stream().map(managed -> managed.key().name()).toList());
        all = read;
    }

    private <T> Uni<T> owned(Supplier<T> work) {
        return Uni.createFrom().item(work).runSubscriptionOn(owner);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
