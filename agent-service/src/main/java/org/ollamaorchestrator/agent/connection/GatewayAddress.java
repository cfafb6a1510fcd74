package org.ollamaorchestrator.agent.connection;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the gateway is and how the agent names itself to it.
 *
 * @param base scheme, host, port and query; its path is {@code /}
 * @param path where the agents' WebSocket is
 * @param authorization the value of the Authorization header, if there is a credential; a secret
 */
public record GatewayAddress(
        URI base, String path, @Nullable String authorization) {

    private static final int PORT = 80;
    private static final int SECURE_PORT = 443;

    /**
     * @param url {@code ws://} or {@code wss://}; user information in it is sent as {@code Basic}
     * @param token sent as {@code Bearer}, before user information
     * @throws IllegalArgumentException with a sentence that holds no secret
     */
    public static GatewayAddress of(String url, Optional<String> token) {
        URI uri;
        try {
            uri = new URI(url.strip());
        } catch (URISyntaxException e) {
            // Its message quotes the URL, which may hold a credential.
            throw new IllegalArgumentException("the gateway's URL is not a URL: " + e.getReason());
        }
        if (!"ws".equals(uri.getScheme()) && !"wss".equals(uri.getScheme())) {
            throw new IllegalArgumentException("the gateway's URL does not begin with ws:// or wss://");
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("the gateway's URL names no host");
        }
        String path = uri.getPath() == null || uri.getPath().isEmpty() ? "/" : uri.getPath();
        if (path.contains("{")) {
            throw new IllegalArgumentException("the gateway's URL has a brace in its path");
        }
        try {
            URI base = new URI(uri.getScheme(), null, uri.getHost(), uri.getPort(), "/", uri.getQuery(), null);
            return new GatewayAddress(base, path, authorization(uri.getUserInfo(), token));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the gateway's URL is not a URL: " + e.getReason());
        }
    }

    /** For logs and health: without credentials and query. */
    public String shown() {
        String port = base.getPort() < 0 ? "" : ":" + base.getPort();
        return base.getScheme() + "://" + base.getHost() + port + (path.equals("/") ? "" : path);
    }

    public boolean secure() {
        return "wss".equals(base.getScheme());
    }

    /** As the same gateway's, with another credential. */
    GatewayAddress withToken(String token) {
        return new GatewayAddress(base, path, authorization(null, Optional.of(token)));
    }

    int port() {
        int standardPort = secure() ? SECURE_PORT : PORT;
        return base.getPort() < 0 ? standardPort : base.getPort();
    }

    /** Where the gateway exchanges enrolment tokens, beside its WebSocket. */
    String enrolPath() {
        String before = path.replaceFirst("/+$", "");
        return (before.endsWith("/agents") ? before : before + "/agents") + "/enrol";
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return shown();
    }

    private static @Nullable String authorization(@Nullable String userInfo, Optional<String> token) {
        if (token.isPresent()) {
            return "Bearer " + token.get();
        }
        return userInfo == null ? null : "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(UTF_8));
    }
}
