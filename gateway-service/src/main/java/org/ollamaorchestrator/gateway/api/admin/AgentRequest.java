package org.ollamaorchestrator.gateway.api.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.runtime.configuration.DurationConverter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.RequestObject;

/** An agent that is to be let in, as an administrator asks for it. A field that is not known is refused. */
final class AgentRequest {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private static final Duration TTL = Duration.ofHours(1);
    private static final Duration TTL_MAX = Duration.ofDays(30);

    private AgentRequest() {}

    /** One that gets its token from whoever asks for it. */
    record WithToken(String name, Optional<Instant> expires) {

        /** @throws ClientErrorException naming the field at fault */
        static WithToken of(ObjectNode body) {
            RequestObject request = known(body, Set.of("name", "expires"));
            return new WithToken(nameOf(request), expiresOf(request));
        }
    }

    /**
     * One that is to get its token by itself.
     *
     * @param ttl how long it may take to come
     */
    record WithEnrolment(String name, Duration ttl) {

        /** @throws ClientErrorException naming the field at fault */
        static WithEnrolment of(ObjectNode body) {
            RequestObject request = known(body, Set.of("name", "ttl"));
            return new WithEnrolment(nameOf(request), ttlOf(request));
        }
    }

    private static RequestObject known(ObjectNode body, Set<String> fields) {
        body.fieldNames().forEachRemaining(field -> {
            if (!fields.contains(field)) {
                throw ClientErrorException.badField(field, "is not known");
            }
        });
        return RequestObject.of(body);
    }

    private static String nameOf(RequestObject request) {
        String name = request.requiredText("name");
        if (!NAME.matcher(name).matches()) {
            throw request.wrong("name", "has to be 1 to 64 letters, digits, dots, dashes or underscores");
        }
        return name;
    }

    private static Optional<Instant> expiresOf(RequestObject request) {
        return request.text("expires").map(text -> {
            try {
                return Instant.ofEpochMilli(Instant.parse(text).toEpochMilli());
            } catch (DateTimeException | ArithmeticException e) {
                throw request.wrong("expires", "is not a time such as 2027-01-01T00:00:00Z");
            }
        });
    }

    private static Duration ttlOf(RequestObject request) {
        Duration ttl = request.text("ttl").map(text -> duration(request, text)).orElse(TTL);
        if (!ttl.isPositive() || ttl.compareTo(TTL_MAX) > 0) {
            throw request.wrong("ttl", "is not more than nothing, or is more than " + TTL_MAX.toDays() + "d");
        }
        return ttl;
    }

    private static Duration duration(RequestObject request, String text) {
        try {
            return DurationConverter.parseDuration(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw request.wrong("ttl", "is not a duration such as 90s, 30m or 2h");
        }
    }
}
