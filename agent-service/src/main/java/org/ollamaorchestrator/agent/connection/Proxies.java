package org.ollamaorchestrator.agent.connection;

import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that the environment names, as curl understands it: {@code HTTPS_PROXY}, {@code HTTP_PROXY} and
 * {@code NO_PROXY}, lower case first. A WebSocket prefers the HTTPS proxy, encrypted or not, since both go through
 * CONNECT (RFC 6455, section 4.1).
 */
public final class Proxies {

    /**
     * One proxy.
     *
     * @param username empty where it wants none
     * @param password a secret
     */
    public record Proxy(String host, int port, String username, String password) {

        ProxyOptions options() {
            ProxyOptions options =
                    new ProxyOptions().setType(ProxyType.HTTP).setHost(host).setPort(port);
            return username.isEmpty() ? options : options.setUsername(username).setPassword(password);
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    private static final int STANDARD_PORT = 3128;

    private final @Nullable Proxy https;
    private final @Nullable Proxy http;
    private final List<String> direct;

    private Proxies(@Nullable Proxy https, @Nullable Proxy http, List<String> direct) {
        this.https = https;
        this.http = http;
        this.direct = direct;
    }

    public static Proxies none() {
        return of(Map.of());
    }

    /** @throws IllegalArgumentException with a sentence that holds no secret, if a proxy's URL is of no use */
    public static Proxies of(Map<String, String> environment) {
        return new Proxies(
                proxy("HTTPS_PROXY", environment),
                proxy("HTTP_PROXY", environment),
                value("NO_PROXY", environment).stream()
                        .flatMap(list -> Stream.of(list.split("[,\\s]+")))
                        .map(entry -> entry.toLowerCase(Locale.ROOT))
                        .filter(entry -> !entry.isEmpty())
                        .toList());
    }

    /** The proxy on the way to a {@code ws://} or {@code wss://} address; none for this machine itself. */
    public Optional<Proxy> onTheWayTo(URI address) {
        String host = address.getHost().toLowerCase(Locale.ROOT);
        boolean secure = "wss".equals(address.getScheme());
        int standardPort = secure ? 443 : 80;
        int port = address.getPort() < 0 ? standardPort : address.getPort();
        if (loopback(host) || direct.stream().anyMatch(entry -> covers(entry, host, port))) {
            return Optional.empty();
        }
        return Optional.ofNullable(https != null || secure ? https : http);
    }

    private static boolean loopback(String host) {
        return host.equals("localhost")
                || host.endsWith(".localhost")
                || host.matches("127(\\.\\d{1,3}){3}")
                || host.equals("[::1]");
    }

    /** An entry is a host, or a domain with or without a leading dot, perhaps with a port; {@code *} is everything. */
    private static boolean covers(String entry, String host, int port) {
        if (entry.equals("*")) {
            return true;
        }
        String name = entry;
        int colon = entry.lastIndexOf(':');
        boolean bareIpv6 = entry.indexOf(':') != colon && !entry.startsWith("[");
        if (colon > 0 && !bareIpv6 && entry.indexOf(']', colon) < 0) {
            if (!entry.substring(colon + 1).equals(Integer.toString(port))) {
                return false;
            }
            name = entry.substring(0, colon);
        }
        name = bareIpv6 ? "[" + name + "]" : name;
        name = name.startsWith(".") ? name.substring(1) : name;
        return !name.isEmpty() && (host.equals(name) || host.endsWith("." + name));
    }

    private static @Nullable Proxy proxy(String variable, Map<String, String> environment) {
        return value(variable, environment).map(url -> parsed(variable, url)).orElse(null);
    }

    private static Proxy parsed(String variable, String url) {
        URI uri;
        try {
            uri = new URI(url.contains("://") ? url : "http://" + url);
        } catch (URISyntaxException e) {
            // Its message quotes the URL, which may hold a password.
            throw new IllegalArgumentException(variable + " is not a URL: " + e.getReason());
        }
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new IllegalArgumentException(variable + " is not of the form http://host:port");
        }
        String[] user =
                uri.getUserInfo() == null ? new String[0] : uri.getUserInfo().split(":", 2);
        return new Proxy(
                uri.getHost(),
                uri.getPort() < 0 ? STANDARD_PORT : uri.getPort(),
                user.length > 0 ? user[0] : "",
                user.length > 1 ? user[1] : "");
    }

    private static Optional<String> value(String variable, Map<String, String> environment) {
        return Stream.of(variable.toLowerCase(Locale.ROOT), variable)
                .map(environment::get)
                .filter(value -> value != null && !value.isBlank())
                .map(String::strip)
                .findFirst();
    }
}
