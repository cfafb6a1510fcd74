package org.ollamaorchestrator.gateway.api.ui;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a browser lets the page do: run the scripts of this gateway and those in the page itself, by their hashes (a map of
 * imports cannot be anywhere else), and talk to this gateway.
 */
final class ContentPolicy {

    private static final Pattern INLINE_SCRIPT =
            Pattern.compile("<script(?![^>]*\\ssrc=)[^>]*>(.*?)</script>", Pattern.DOTALL);

    private ContentPolicy() {}

    static String of(String page) {
        String hashes =
                INLINE_SCRIPT.matcher(page).results().map(ContentPolicy::hash).collect(Collectors.joining());
        return "default-src 'none'; script-src 'self'" + hashes + "; style-src 'self'; img-src 'self' data: blob:;"
                + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static String hash(MatchResult script) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(script.group(1).getBytes(StandardCharsets.UTF_8));
            return " 'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
