package org.ollamaorchestrator.gateway.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.agents.AgentCredential;
import org.ollamaorchestrator.gateway.agents.AgentRecords;
import org.ollamaorchestrator.gateway.agents.AgentRegistry;
import org.ollamaorchestrator.gateway.security.AgentTokens;
import org.ollamaorchestrator.gateway.security.Audit;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.ollamaorchestrator.gateway.store.ManagedAgent.Enrolment;
import org.ollamaorchestrator.gateway.store.ManagedAgent.Source;
import org.ollamaorchestrator.protocol.AgentId;

/**
 * The agents that administrators let in and shut out. One virtual thread changes them, in the order in which it is asked
 * to: on the disk first, then for those who ask {@link AgentTokens}, and only then is it told as done.
 */
@Singleton
public class ManagedAgents implements AgentRecords {

    private static final Logger LOG = Logger.getLogger(ManagedAgents.class);

    /** After {@code ManagedKeys} has opened the database, before {@code Exposure} asks whether there are tokens. */
    private static final int SECOND = 1;

    private final Database database;
    private final AgentTokens tokens;
    private final AgentRegistry registry;
    private final ExecutorService owner = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("managed agents").factory());

    /** Of those whose token stands in the configuration, by its name: as many as there are names. */
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    private volatile List<ManagedAgent> all = List.of();

    ManagedAgents(Database database, AgentTokens tokens, AgentRegistry registry) {
        this.database = database;
        this.tokens = tokens;
        this.registry = registry;
    }

    /** When an agent was last there, since this gateway was started, and which id it used. */
    public record Seen(Instant at, AgentId agent) {}

    /** An enrolment token, and until when it can be exchanged. */
    public record Invitation(Secret secret, Instant expires) {}

    /** What came of an attempt to enrol. */
    public sealed interface Exchange {}

    /** @param secret the agent's own token, to be told once */
    public record Enrolled(String name, Secret secret) implements Exchange {}

    /** @param why in words, for whoever has the enrolment token */
    public record Refused(String why) implements Exchange {}

    void start(@Observes @Priority(SECOND) StartupEvent event) {
        if (database.isKept()) {
            reload();
            for (ManagedAgent agent : all) {
                if (agent.revoked().isEmpty()) {
                    agent.agentId().ifPresent(id -> registry.remember(id, agent.name()));
                }
            }
        }
    }

    void stop(@Observes ShutdownEvent event) {
        owner.shutdown();
    }

    /** Whether agents can be managed, since there is a place to keep them. */
    public boolean areKept() {
        return database.isKept();
    }

    /** Those that were revoked, too. */
    public List<ManagedAgent> all() {
        return all;
    }

    /** When an agent was last there whose token stands in the configuration. */
    public Optional<Seen> seen(String configuredName) {
        return Optional.ofNullable(seen.get(configuredName));
    }

    /**
     * Gives an agent its token.
     *
     * @param actor who does it, for the audit
     * @return the secret, to be told once; empty if the name is another's
     */
    public Uni<Optional<Secret>> create(String name, Optional<Instant> expires, String actor) {
        return owned(() -> {
            Secret secret = Secret.random(Secret.Kind.AGENT_TOKEN);
            ManagedAgent agent =
                    agent(name, Source.MANAGED, Optional.of(tokens.hashOf(secret)), expires, Optional.empty());
            return added(agent, Audit.Event.AGENT_CREATED, actor) ? Optional.of(secret) : Optional.empty();
        });
    }

    /** @return what an agent of that name can exchange for its own token, to be told once; empty if the name is another's */
    public Uni<Optional<Invitation>> invite(String name, Duration within, String actor) {
        return owned(() -> {
            Secret secret = Secret.random(Secret.Kind.ENROLMENT_TOKEN);
            Instant until = now().plus(within);
            var enrolment = new Enrolment(tokens.hashOf(secret), until, Optional.empty());
            ManagedAgent agent =
                    agent(name, Source.ENROLMENT, Optional.empty(), Optional.empty(), Optional.of(enrolment));
            return added(agent, Audit.Event.AGENT_INVITED, actor)
                    ? Optional.of(new Invitation(secret, until))
                    : Optional.empty();
        });
    }

    /** @return whether there was such an agent; its connection ends within seconds */
    public Uni<Boolean> revoke(String name, String actor) {
        return owned(() -> {
            Optional<ManagedAgent> agent = holding(name);
            if (agent.isEmpty()) {
                return false;
            }
            database.change(connection -> {
                var _ = AgentTable.revoke(connection, agent.get().id(), now());
                AuditTable.insert(connection, AuditEvent.of(Audit.Event.AGENT_REVOKED, actor, name, now()));
            });
            reload();
            registry.release(name);
            return true;
        });
    }

    /**
     * Gives an agent its own token for its enrolment token. Until it first connects with that, it can ask again, if the answer
     * was lost, and gets another in the place of the one before.
     *
     * @param actor where it asks from, for the audit
     */
    public Uni<Exchange> exchange(Secret enrolment, String actor) {
        SecretHash hash = tokens.hashOf(enrolment);
        return owned(() -> {
            Optional<ManagedAgent> invited = all.stream()
                    .filter(agent -> agent.enrolment()
                            .filter(open -> open.hash().equals(hash))
                            .isPresent())
                    .findFirst();
            Optional<Refused> refusal = invited.map(ManagedAgents::refusal)
                    .orElseGet(() -> Optional.of(new Refused("the enrolment token is not known")));
            return refusal.isPresent() ? refusal.get() : enrolled(invited.orElseThrow(), actor);
        });
    }

    private static Optional<Refused> refusal(ManagedAgent invited) {
        if (invited.revoked().isPresent()) {
            return Optional.of(new Refused("the enrolment token was revoked"));
        }
        if (invited.enrolment().flatMap(Enrolment::used).isPresent()) {
            return Optional.of(new Refused("the enrolment token was used already"));
        }
        return invited.isLapsed(now()) ? Optional.of(new Refused("the enrolment token has expired")) : Optional.empty();
    }

    private Exchange enrolled(ManagedAgent invited, String actor) {
        Secret secret = Secret.random(Secret.Kind.AGENT_TOKEN);
        database.change(connection -> {
            var _ = AgentTable.exchange(connection, invited.id(), tokens.hashOf(secret));
            AuditTable.insert(connection, AuditEvent.of(Audit.Event.AGENT_ENROLLED, actor, invited.name(), now()));
        });
        reload();
        return new Enrolled(invited.name(), secret);
    }

    @Override
    public Uni<Boolean> connecting(AgentCredential credential) {
        Optional<ManagedAgent> first = managed(credential)
                .filter(agent ->
                        agent.enrolment().filter(open -> open.used().isEmpty()).isPresent());
        if (first.isEmpty()) {
            return Uni.createFrom().item(true);
        }
        return owned(() -> {
            String hash = first.get().hash().orElseThrow().hex();
            boolean holds = database.changed(
                    connection -> AgentTable.enrolled(connection, first.get().id(), hash, now()));
            reload();
            // Of two connections at once the second finds it done by the first.
            return holds || tokens.isValid(credential);
        });
    }

    @Override
    public void registered(AgentCredential credential, AgentId agent) {
        if (tokens.isOfConfiguration(credential.name())) {
            seen.put(credential.name(), new Seen(now(), agent));
        } else if (database.isKept()) {
            owned(() -> written(credential, agent))
                    .subscribe()
                    .with(
                            ignored -> {},
                            failure -> LOG.errorf(
                                    failure, "when agent %s connected could not be written down", credential.name()));
        }
    }

    private boolean written(AgentCredential credential, AgentId agent) {
        Optional<ManagedAgent> known = managed(credential);
        if (known.isPresent()) {
            ManagedAgent seenNow = known.get().seen(agent, now());
            database.change(connection -> AgentTable.registered(connection, seenNow));
            // Agents come often, and all at once after a restart: the table is not read again for each.
            all = all.stream()
                    .map(each -> each.id().equals(seenNow.id()) ? seenNow : each)
                    .toList();
        } else if (credential instanceof AgentCredential.Certificate && tokens.isValid(credential)) {
            var came = new ManagedAgent(
                    UUID.randomUUID().toString(),
                    credential.name(),
                    Source.CERTIFICATE,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(agent),
                    now(),
                    Optional.of(now()),
                    Optional.empty());
            database.change(connection -> AgentTable.insert(connection, came));
            reload();
        }
        return true;
    }

    private Optional<ManagedAgent> managed(AgentCredential credential) {
        return holding(credential.name()).filter(agent -> switch (credential) {
            case AgentCredential.Token token ->
                agent.hash().filter(hash -> hash.hex().equals(token.hash())).isPresent();
            case AgentCredential.Certificate certificate -> true;
        });
    }

    /** Who has the name now. */
    private Optional<ManagedAgent> holding(String name) {
        return all.stream()
                .filter(agent -> agent.name().equals(name) && agent.revoked().isEmpty())
                .findFirst();
    }

    private static ManagedAgent agent(
            String name,
            Source source,
            Optional<SecretHash> hash,
            Optional<Instant> expires,
            Optional<Enrolment> enrolment) {
        return new ManagedAgent(
                UUID.randomUUID().toString(),
                name,
                source,
                hash,
                expires,
                enrolment,
                Optional.empty(),
                now(),
                Optional.empty(),
                Optional.empty());
    }

    /** Whether the name was free, or waited for an agent that never came. */
    private boolean added(ManagedAgent agent, Audit.Event event, String actor) {
        Optional<ManagedAgent> before = holding(agent.name());
        if (tokens.isOfConfiguration(agent.name())
                || before.filter(holder -> !holder.isLapsed(now())).isPresent()) {
            return false;
        }
        database.change(connection -> {
            if (before.isPresent()) {
                var _ = AgentTable.revoke(connection, before.get().id(), now());
            }
            AgentTable.insert(connection, agent);
            AuditTable.insert(connection, AuditEvent.of(event, actor, agent.name(), agent.created()));
        });
        reload();
        return true;
    }

    private void reload() {
        List<ManagedAgent> read = database.read(AgentTable::all);
        var valid = new ArrayList<AgentCredential.Token>();
        var revoked = new HashSet<String>();
        boolean given = false;
        for (ManagedAgent agent : read) {
            given |= agent.source() != Source.CERTIFICATE;
            if (agent.revoked().isPresent()) {
                revoked.add(agent.name());
            }
        }
        for (ManagedAgent agent : read) {
            if (agent.revoked().isEmpty()) {
                revoked.remove(agent.name());
                agent.hash()
                        .map(hash -> new AgentCredential.Token(agent.name(), hash.hex(), agent.expires()))
                        .ifPresent(valid::add);
            }
        }
        tokens.manage(valid, given, revoked);
        all = read;
    }

    private <T> Uni<T> owned(Supplier<T> work) {
        return Uni.createFrom().item(work).runSubscriptionOn(owner);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
