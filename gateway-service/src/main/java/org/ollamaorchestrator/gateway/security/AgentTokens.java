package org.ollamaorchestrator.gateway.security;

import io.vertx.core.http.ClientAuth;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.agents.AgentCredential;
import org.ollamaorchestrator.gateway.agents.AgentCredential.Certificate;
import org.ollamaorchestrator.gateway.agents.AgentCredential.Token;
import org.ollamaorchestrator.gateway.agents.AgentCredentials;

/**
 * What agents prove themselves by: tokens, by the hashes of their secrets, those of the configuration and those that are
 * managed; and client certificates, if the owner wants them. Who asks sees one snapshot, whole and unchanging.
 */
@Singleton
public class AgentTokens implements AgentCredentials {

    private final Map<SecretHash, Token> configured;
    private final Set<String> configuredNames;
    private final boolean certificates;
    private final String pepper;
    private final InstantSource clock;
    private volatile Snapshot now;

    @Inject
    AgentTokens(GatewayConfig config) {
        this(
                configured(config),
                config.agents().clientCertificates() != ClientAuth.NONE,
                config.pepper().orElse(""),
                InstantSource.system());
    }

    /** @param certificates whether a client certificate proves an agent too */
    public AgentTokens(Map<SecretHash, Token> tokens, boolean certificates, String pepper, InstantSource clock) {
        this.configured = Map.copyOf(tokens);
        this.configuredNames = configured.values().stream().map(Token::name).collect(Collectors.toUnmodifiableSet());
        this.certificates = certificates;
        this.pepper = pepper;
        this.clock = clock;
        this.now = new Snapshot(configured, !configured.isEmpty(), Set.of());
    }

    /**
     * What holds at one time.
     *
     * @param given whether a token was ever given out
     * @param revoked names that were taken back, whatever somebody proves to have them by
     */
    private record Snapshot(Map<SecretHash, Token> tokens, boolean given, Set<String> revoked) {
        Snapshot {
            tokens = Map.copyOf(tokens);
            revoked = Set.copyOf(revoked);
        }
    }

    @Override
    public boolean areRequired() {
        return certificates || now.given();
    }

    public boolean takeCertificates() {
        return certificates;
    }

    @Override
    public boolean isValid(AgentCredential credential) {
        Snapshot snapshot = now;
        boolean held = switch (credential) {
            case Token token -> token.equals(snapshot.tokens().get(new SecretHash(token.hash())));
            case Certificate certificate -> !snapshot.revoked().contains(certificate.name());
        };
        return held && !isOver(credential);
    }

    /**
     * What an agent proves itself by; empty if that is worth nothing. A token that is presented is what counts, even beside a
     * certificate.
     *
     * @param authorization the header of the upgrade request
     * @param certificate which the TLS connection was opened with, of an authority that the owner trusts
     */
    public Optional<AgentCredential> of(@Nullable String authorization, Optional<X509Certificate> certificate) {
        Optional<AgentCredential> presented =
                authorization == null ? certificate.flatMap(this::certificate) : token(authorization);
        return presented.filter(this::isValid);
    }

    private Optional<AgentCredential> token(String authorization) {
        return Credentials.of(authorization, null)
                .flatMap(text -> Secret.of(Secret.Kind.AGENT_TOKEN, text))
                .map(secret -> now.tokens().get(hashOf(secret)));
    }

    private Optional<AgentCredential> certificate(X509Certificate certificate) {
        return certificates
                ? CertificateName.of(certificate)
                        .map(name -> new Certificate(
                                name, Optional.of(certificate.getNotAfter().toInstant())))
                : Optional.empty();
    }

    private boolean isOver(AgentCredential credential) {
        return credential.expires().filter(at -> !clock.instant().isBefore(at)).isPresent();
    }

    /** Those of the configuration, which nobody can change at run time. */
    public List<Token> ofConfiguration() {
        return configured.values().stream()
                .sorted((one, other) -> one.name().compareTo(other.name()))
                .toList();
    }

    public boolean isOfConfiguration(String name) {
        return configuredNames.contains(name);
    }

    public SecretHash hashOf(Secret secret) {
        return SecretHash.of(secret, pepper);
    }

    /**
     * From now on these hold besides those of the configuration, which win.
     *
     * @param given whether any was ever given out
     * @param revoked names that were taken back and not given out again
     */
    public void manage(Collection<Token> managed, boolean given, Set<String> revoked) {
        var tokens = new HashMap<SecretHash, Token>();
        for (Token token : managed) {
            if (!isOfConfiguration(token.name())) {
                tokens.put(new SecretHash(token.hash()), token);
            }
        }
        tokens.putAll(configured);
        var names = new HashSet<>(revoked);
        names.removeAll(configuredNames);
        now = new Snapshot(tokens, given || !configured.isEmpty(), names);
    }

    private static Map<SecretHash, Token> configured(GatewayConfig config) {
        var tokens = new HashMap<SecretHash, Token>();
        config.agents().tokens().forEach((name, token) -> {
            SecretHash hash = ApiKeys.hash("orchestrator.agents.tokens." + name + ".hash", token.hash());
            if (tokens.put(hash, new Token(name, hash.hex(), token.expires())) != null) {
                throw new IllegalStateException("orchestrator.agents.tokens." + name + ".hash is another token's too");
            }
        });
        return tokens;
    }
}
