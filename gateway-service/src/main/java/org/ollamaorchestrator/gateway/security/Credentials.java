package org.ollamaorchestrator.gateway.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What somebody presents to prove who he is: {@code Authorization}, as Bearer or Basic, or {@code x-api-key}. */
public final class Credentials {

    private static final String BEARER = "bearer ";
    private static final String BASIC = "basic ";

    private Credentials() {}

    /**
     * The secret that was presented, if any. Of Basic it is the password, or the user's name where there is no password:
     * that is how clients of Ollama's and agents of version 1 put it into a URL.
     */
    public static Optional<String> of(@Nullable String authorization, @Nullable String apiKey) {
        if (apiKey != null && !apiKey.isBlank()) {
            return Optional.of(apiKey.strip());
        }
        if (authorization == null) {
            return Optional.empty();
        }
        String scheme = authorization.toLowerCase(Locale.ROOT);
        if (scheme.startsWith(BEARER)) {
            return Optional.of(authorization.substring(BEARER.length()).strip());
        }
        return scheme.startsWith(BASIC)
                ? basic(authorization.substring(BASIC.length()).strip())
                : Optional.empty();
    }

    private static Optional<String> basic(String encoded) {
        try {
            String pair = new String(Base64.getDecoder().decode(encoded), UTF_8);
            int colon = pair.indexOf(':');
            String password = colon < 0 ? "" : pair.substring(colon + 1);
            return Optional.of(password.isEmpty() ? pair.substring(0, colon < 0 ? pair.length() : colon) : password);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
