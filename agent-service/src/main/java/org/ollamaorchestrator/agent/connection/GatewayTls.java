package org.ollamaorchestrator.agent.connection;

import io.quarkus.tls.TlsConfiguration;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.SSLOptions;
import java.util.Optional;

/**
 * The TLS that the agent speaks with its gateway: whose certificates it trusts, and its own if it has one. Asked anew for
 * each connection, so that certificates which were renewed on the disk are in use from the next one on.
 */
public final class GatewayTls {

    private static final String NO_VERIFICATION = "NONE";

    private final Optional<TlsConfiguration> configuration;

    private GatewayTls(Optional<TlsConfiguration> configuration) {
        this.configuration = configuration;
    }

    /** Trusts whom the JVM trusts, and has no certificate. */
    public static GatewayTls standard() {
        return new GatewayTls(Optional.empty());
    }

    public static GatewayTls of(TlsConfiguration configuration) {
        return new GatewayTls(Optional.of(configuration));
    }

    /** Whether the gateway's certificate has to be for the host that was dialled; only the owner's own word says no. */
    boolean verifiesHost() {
        return configuration
                .flatMap(TlsConfiguration::getHostnameVerificationAlgorithm)
                .filter(NO_VERIFICATION::equalsIgnoreCase)
                .isEmpty();
    }

    void secure(ClientOptionsBase options) {
        configuration.ifPresent(tls -> {
            SSLOptions ssl = tls.getSSLOptions();
            options.setTrustAll(tls.isTrustAll());
            options.setKeyCertOptions(ssl.getKeyCertOptions());
            options.setTrustOptions(ssl.getTrustOptions());
            options.setEnabledSecureTransportProtocols(ssl.getEnabledSecureTransportProtocols());
            options.setSslHandshakeTimeout(ssl.getSslHandshakeTimeout());
            options.setSslHandshakeTimeoutUnit(ssl.getSslHandshakeTimeoutUnit());
            ssl.getEnabledCipherSuites().forEach(options::addEnabledCipherSuite);
            ssl.getCrlPaths().forEach(options::addCrlPath);
            ssl.getCrlValues().forEach(options::addCrlValue);
        });
    }
}
