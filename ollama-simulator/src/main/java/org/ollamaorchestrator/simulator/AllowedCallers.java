package org.ollamaorchestrator.simulator;

import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Ollama's guard against web pages: which Host and Origin headers a server on a loopback address takes. */
final class AllowedCallers {
    private static final List<String> LOCAL_SUFFIXES = List.of(".localhost", ".local", ".internal");
    private static final List<String> LOCAL_ORIGINS = List.of("localhost", "127.0.0.1", "0.0.0.0");
    private static final List<String> APP_SCHEMES = List.of("app", "file", "tauri", "vscode-webview", "vscode-file");

    private final boolean checkHost;

    AllowedCallers(String boundTo) {
        InetAddress bound = literal(boundTo);
        checkHost = boundTo.equals("localhost") || (bound != null && bound.isLoopbackAddress());
    }

    boolean allows(HttpServerRequest request) {
        String host = Objects.requireNonNullElse(request.getHeader("Host"), "");
        String origin = request.getHeader("Origin");
        return (!checkHost || localHost(withoutPort(host)))
                && (origin == null || origin.equals("http://" + host) || localOrigin(origin));
    }

    private static boolean localHost(String host) {
        InetAddress address = literal(host);
        if (address != null) {
            return address.isLoopbackAddress() || address.isSiteLocalAddress() || address.isAnyLocalAddress();
        }
        String name = host.toLowerCase(Locale.ROOT);
        return name.isEmpty()
                || name.equals("localhost")
                || LOCAL_SUFFIXES.stream().anyMatch(name::endsWith);
    }

    private static boolean localOrigin(String origin) {
        try {
            URI uri = URI.create(origin);
            String scheme = Objects.requireNonNullElse(uri.getScheme(), "");
            return APP_SCHEMES.contains(scheme)
                    || ((scheme.equals("http") || scheme.equals("https"))
                            && LOCAL_ORIGINS.contains(Objects.requireNonNullElse(uri.getHost(), "")));
        } catch (IllegalArgumentException noUri) {
            return false;
        }
    }

    private static String withoutPort(String host) {
        if (host.startsWith("[")) {
            int end = host.indexOf(']');
            return end < 0 ? host : host.substring(1, end);
        }
        int colon = host.lastIndexOf(':');
        return colon < 0 ? host : host.substring(0, colon);
    }

    private static @Nullable InetAddress literal(String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException name) {
            return null;
        }
    }
}
