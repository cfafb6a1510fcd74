package org.ollamaorchestrator.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.agents.AgentCredential;
import org.ollamaorchestrator.gateway.agents.AgentCredential.Certificate;
import org.ollamaorchestrator.gateway.agents.AgentCredential.Token;

/** What agents' tokens and certificates are worth, and for how long. */
@NullMarked
class AgentTokensTest {

    private static final Instant NOON = Instant.parse("2027-01-01T12:00:00Z");

    private final Secret secret = Secret.random(Secret.Kind.AGENT_TOKEN);
    private final SecretHash hash = SecretHash.of(secret, "");
    private Instant now = NOON;
    private final InstantSource clock = () -> now;

    @Test
    void a_token_holds_until_it_expires() {
        AgentTokens tokens = tokens(true, Optional.of(NOON.plusSeconds(10)));
        AgentCredential credential = presented(tokens).orElseThrow();

        now = NOON.plusSeconds(9);
        assertThat(tokens.isValid(credential)).isTrue();
        now = NOON.plusSeconds(10);

        assertThat(tokens.isValid(credential)).isFalse();
        assertThat(presented(tokens)).isEmpty();
    }

    @Test
    void a_token_of_the_same_name_is_another_credential() {
        AgentTokens tokens = none(false);
        tokens.manage(List.of(new Token("a", hash.hex(), Optional.empty())), true, Set.of());
        AgentCredential before = presented(tokens).orElseThrow();

        Secret next = Secret.random(Secret.Kind.AGENT_TOKEN);
        tokens.manage(List.of(new Token("a", SecretHash.of(next, "").hex(), Optional.empty())), true, Set.of());

        assertThat(tokens.isValid(before)).isFalse();
        assertThat(presented(tokens)).isEmpty();
        assertThat(tokens.of("Bearer " + next.reveal(), Optional.empty()))
                .map(AgentCredential::name)
                .hasValue("a");
    }

    @Test
    void once_a_token_was_given_out_every_agent_needs_one_even_if_it_was_revoked() {
        AgentTokens tokens = none(false);
        assertThat(tokens.areRequired()).isFalse();

        tokens.manage(List.of(), true, Set.of("a"));

        assertThat(tokens.areRequired()).isTrue();
    }

    @Test
    void the_configuration_wins_over_a_managed_token_of_its_name() {
        AgentTokens tokens = tokens(false, Optional.empty());
        Secret managed = Secret.random(Secret.Kind.AGENT_TOKEN);

        tokens.manage(List.of(new Token("a", SecretHash.of(managed, "").hex(), Optional.empty())), true, Set.of("a"));

        assertThat(presented(tokens)).isPresent();
        assertThat(tokens.of("Bearer " + managed.reveal(), Optional.empty())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"common-name,gaming-pc", "dns-name,box.lan", "bad-name,''", "no-name,''"})
    void a_certificate_names_its_agent_by_its_common_name_or_its_first_dns_name(String file, String name) {
        assertThat(none(true).of(null, Optional.of(certificate(file))).map(AgentCredential::name))
                .isEqualTo(Optional.of(name).filter(text -> !text.isEmpty()));
    }

    @Test
    void a_certificate_holds_until_it_expires_or_its_name_is_revoked() {
        AgentTokens tokens = none(true);
        X509Certificate certificate = certificate("common-name");
        AgentCredential credential = tokens.of(null, Optional.of(certificate)).orElseThrow();
        assertThat(credential)
                .isEqualTo(new Certificate(
                        "gaming-pc", Optional.of(certificate.getNotAfter().toInstant())));

        tokens.manage(List.of(), false, Set.of("gaming-pc"));
        assertThat(tokens.isValid(credential)).isFalse();
        assertThat(tokens.of(null, Optional.of(certificate))).isEmpty();

        tokens.manage(List.of(), false, Set.of());
        assertThat(tokens.isValid(credential)).isTrue();
        now = certificate.getNotAfter().toInstant();
        assertThat(tokens.isValid(credential)).isFalse();
    }

    @Test
    void certificates_count_only_if_the_owner_wants_them_and_never_beside_a_bad_token() {
        Optional<X509Certificate> certificate = Optional.of(certificate("common-name"));

        assertThat(none(false).of(null, certificate)).isEmpty();
        assertThat(none(true).areRequired()).isTrue();
        assertThat(none(true).of("Bearer made-up", certificate)).isEmpty();
        assertThat(tokens(true, Optional.empty()).of("Bearer " + secret.reveal(), certificate))
                .map(AgentCredential::name)
                .hasValue("a");
    }

    private Optional<AgentCredential> presented(AgentTokens tokens) {
        return tokens.of("Bearer " + secret.reveal(), Optional.empty());
    }

    private AgentTokens none(boolean certificates) {
        return new AgentTokens(Map.of(), certificates, "", clock);
    }

    private AgentTokens tokens(boolean certificates, Optional<Instant> expires) {
        return new AgentTokens(Map.of(hash, new Token("a", hash.hex(), expires)), certificates, "", clock);
    }

    /** Of a self-signed certificate, made by keytool, that is valid for a hundred years. */
    private static X509Certificate certificate(String file) {
        try (InputStream pem = Objects.requireNonNull(
                AgentTokensTest.class.getResourceAsStream("/certificates/" + file + ".pem"), file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
        } catch (IOException | CertificateException e) {
            throw new AssertionError(e);
        }
    }
}
