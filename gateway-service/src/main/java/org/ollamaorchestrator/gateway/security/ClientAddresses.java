package org.ollamaorchestrator.gateway.security;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.GatewayConfig;

/**
 * Where a request comes from: everything that bounds or writes down addresses asks here. A header that tells of it is believed
 * only as far as a proxy that the owner trusts has written it, so that nobody can claim to be somebody else.
 */
@Singleton
public class ClientAddresses {

    private static final String FORWARDED_FOR = "X-Forwarded-For";

    /** Whoever sends one of these did not come by himself, or says so. */
    private static final List<String> FORWARDED = List.of(FORWARDED_FOR, "Forwarded", "Via");

    private final List<IpSubnetFilterRule> trusted;

    @Inject
    ClientAddresses(GatewayConfig config) {
        this(config.trustedProxies().orElse(List.of()));
    }

    /** @param trustedProxies addresses, or networks such as {@code 10.0.0.0/8} */
    public ClientAddresses(List<String> trustedProxies) {
        this.trusted = trustedProxies.stream().map(ClientAddresses::network).toList();
    }

    public InetAddress of(HttpServerRequest request) {
        return of(peer(request), request.headers().getAll(FORWARDED_FOR));
    }

    /**
     * Each proxy adds the address that it was called from at the end: as long as who wrote it is trusted, the one before counts.
     *
     * @param forwardedFor the headers, in their order
     */
    public InetAddress of(InetAddress peer, List<String> forwardedFor) {
        List<String> hops = forwardedFor.stream()
                .flatMap(header -> Stream.of(header.split(",", -1)))
                .map(String::strip)
                .toList()
                .reversed();
        InetAddress known = peer;
        for (String hop : hops) {
            Optional<InetAddress> before = isTrustedProxy(known) ? literal(hop) : Optional.empty();
            if (before.isEmpty()) {
                return known;
            }
            known = before.get();
        }
        return known;
    }

    public boolean isTrustedProxy(InetAddress address) {
        return !trusted.isEmpty()
                && trusted.stream().anyMatch(network -> network.matches(new InetSocketAddress(address, 0)));
    }

    /** Whether it comes from this machine itself, and not through a proxy that nobody has told us to trust. */
    public boolean isOfThisMachine(HttpServerRequest request) {
        boolean forwarded = FORWARDED.stream().anyMatch(request.headers()::contains);
        return of(request).isLoopbackAddress() && (!forwarded || isTrustedProxy(peer(request)));
    }

    private static InetAddress peer(HttpServerRequest request) {
        return literal(request.connection().remoteAddress().hostAddress()).orElse(InetAddress.getLoopbackAddress());
    }

    /** Some proxies add the port. */
    private static Optional<InetAddress> literal(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return Optional.empty();
        }
        String address = text;
        if (text.startsWith("[") && text.contains("]")) {
            address = text.substring(1, text.indexOf(']'));
        } else if (text.indexOf(':') == text.lastIndexOf(':') && text.contains(":")) {
            address = text.substring(0, text.indexOf(':'));
        }
        try {
            return Optional.of(InetAddress.ofLiteral(address));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static IpSubnetFilterRule network(String text) {
        try {
            int slash = text.indexOf('/');
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int bits =
                    slash < 0 ? address.getAddress().length * Byte.SIZE : Integer.parseInt(text.substring(slash + 1));
            return new IpSubnetFilterRule(address, bits, IpFilterRuleType.ACCEPT);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "orchestrator.trusted-proxies has no address and no network such as 10.0.0.0/8: " + text, e);
        }
    }
}
