package org.ollamaorchestrator.gateway.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * A secret as its owner holds it: a prefix that tells what it is, 256 random bits, and a checksum, so that a mistyped or
 * cut one is known as such without a look at any list. It never shows itself in a log.
 */
public final class Secret {

    /** What a secret is for; the prefix lets scanners for leaked secrets find it. */
    public enum Kind {
        API_KEY("olk_"),
        AGENT_TOKEN("ola_"),
        /** Exchanged once for an agent's token. */
        ENROLMENT_TOKEN("ole_");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }
    }

    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_BYTES = 32;
    private static final int RANDOM_DIGITS = 43;
    private static final int CHECK_DIGITS = 6;
    private static final Pattern FORM = Pattern.compile("ol[kae]_[0-9A-Za-z]{" + (RANDOM_DIGITS + CHECK_DIGITS) + "}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    /** A new one, that nobody has ever had. */
    public static Secret random(Kind kind) {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        String body = kind.prefix + digits(new BigInteger(1, bytes), RANDOM_DIGITS);
        return new Secret(body + checksum(body));
    }

    /** Empty if the text is no secret of that kind, or was mistyped. */
    public static Optional<Secret> of(Kind kind, String text) {
        if (!text.startsWith(kind.prefix) || !FORM.matcher(text).matches()) {
            return Optional.empty();
        }
        String body = text.substring(0, text.length() - CHECK_DIGITS);
        return text.endsWith(checksum(body)) ? Optional.of(new Secret(text)) : Optional.empty();
    }

    /** The whole of it: for its owner, once. */
    public String reveal() {
        return text;
    }

    @Override
    public String toString() {
        return text.substring(0, 4) + "…";
    }

    private static String checksum(String body) {
        var crc = new CRC32();
        crc.update(body.getBytes(UTF_8));
        return digits(BigInteger.valueOf(crc.getValue()), CHECK_DIGITS);
    }

    private static String digits(BigInteger number, int count) {
        var digits = new StringBuilder();
        BigInteger rest = number;
        for (int i = 0; i < count; i++) {
            BigInteger[] divided = rest.divideAndRemainder(BigInteger.valueOf(DIGITS.length()));
            digits.append(DIGITS.charAt(divided[1].intValue()));
            rest = divided[0];
        }
        return digits.reverse().toString();
    }
}
