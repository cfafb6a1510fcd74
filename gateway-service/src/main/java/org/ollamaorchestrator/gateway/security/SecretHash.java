package org.ollamaorchestrator.gateway.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What is stored of a secret: its HMAC-SHA256. A secret is random over 256 bits, so that nobody can find it from its hash;
 * the pepper, if there is one, makes a stolen list useless even for checking a guess.
 *
 * @param hex 64 lower-case hex digits
 */
public record SecretHash(String hex) {

    private static final String ALGORITHM = "HmacSHA256";

    /** Without a pepper: sets these hashes apart from those of any other program. */
    private static final String NO_PEPPER = "ollama-orchestrator secret, version 1";

    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException if it is no such hash */
    public SecretHash {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("a hash has 64 lower-case hex digits");
        }
    }

    /** @param pepper empty for none */
    public static SecretHash of(Secret secret, String pepper) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            String key = pepper.isEmpty() ? NO_PEPPER : pepper;
            mac.init(new SecretKeySpec(key.getBytes(UTF_8), ALGORITHM));
            return new SecretHash(
                    HexFormat.of().formatHex(mac.doFinal(secret.reveal().getBytes(UTF_8))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has " + ALGORITHM, e);
        }
    }

    @Override
    public String toString() {
        return hex.substring(0, 8) + "…";
    }
}
